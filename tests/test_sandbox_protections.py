"""Every protection matters: left out, one of the attacks succeeds.

Some are there twice and are not in the list: `no_new_privs` (bubblewrap sets it as well), the
namespaces for network, IPC and names (the nursery has its own, and a filter stands before them).
Without the pid namespace `enclose` refuses to go on.
"""

from __future__ import annotations

import pytest
from sandbox_inside import need_sandbox, something_to_find

from grader.inside.attacks import ATTACKS, SMALL
from grader.sandbox import bubblewrap
from grader.sandbox.rehearsal import Rehearsal

pytestmark = pytest.mark.slow

_CHILD = "from grader.inside import enclose as child, isolation, limits, linux as kernel\n"
_NO_LIMIT = (
    _CHILD + "import resource\nreal = resource.setrlimit\n"
    "resource.setrlimit = lambda kind, values: kind == resource.RLIMIT_{} or real(kind, values)"
)
_NO_MOUNT = (
    _CHILD + "real = kernel.mount\n"
    "kernel.mount = lambda source, target, *rest: target in {} or real(source, target, *rest)"
)
_NO_WATCH = _CHILD + "child.watch.begin = lambda pid, limits: None"
_NO_FILTER = _CHILD + "kernel.filter_system_calls = lambda program: None"

# What is left out inside, and which attack succeeds then.
INSIDE = {
    "filter of system calls": ("system_calls", _NO_FILTER),
    "filter for mounts": ("mounting", _NO_FILTER),
    "dropped capabilities": ("privileges", _CHILD + "kernel.drop_privileges = lambda: None"),
    "own /proc": ("processes", _NO_MOUNT.format("('/proc',)")),
    "own scratch": (
        "scratch_size",
        _CHILD + "child._mount = lambda limits: None",
    ),
    "size of the scratch folder": (
        "scratch_size",
        _CHILD + "real = child._mount\n"
        "class Large:\n    scratch_bytes = 1 << 30\n"
        "child._mount = lambda limits: real(Large)",
    ),
    "number of files": ("file_count", _CHILD + "child._INODES = 0"),
    "namespaces of a namespace": (
        "namespaces",
        _CHILD + "real = child._write\n"
        "child._write = lambda path, text: 'max_user' in path or real(path, text)",
    ),
    "score for the lack of memory": (
        "out_of_memory",
        _CHILD + "real = child._write\n"
        "child._write = lambda path, text: 'oom_score' in path or real(path, text)",
    ),
    "/proc closed": (
        "out_of_memory",
        _CHILD + "real = kernel.mount\n"
        "kernel.mount = lambda source, target, kind, flags, *rest: "
        "flags & kernel.MS_RDONLY or real(source, target, kind, flags, *rest)",
    ),
    "filter for shared memory": ("uncounted_memory", _NO_FILTER),
    "filter for pages in pipes": (
        "uncounted_memory",
        _CHILD + "from grader.inside import seccomp\n"
        "del seccomp.DENIED['vmsplice']\nchild._FILTER = seccomp.program()",
    ),
    "filter for asynchronous operations": (
        "scarce_things",
        _CHILD + "from grader.inside import seccomp\n"
        "del seccomp.DENIED['io_setup']\nchild._FILTER = seccomp.program()",
    ),
    "number of watchers": ("scarce_things", _CHILD + "child._WATCHERS = 1000"),
    "number of terminals": ("scarce_things", _CHILD + "child._TERMINALS = 1000"),
    "own session": ("signals", _CHILD + "import os\nos.setsid = lambda: None"),
    "closed files": ("open_files_inherited", _CHILD + "child._forget_files = lambda kept: None"),
    "limit on processes": ("process_bomb", _NO_LIMIT.format("NPROC")),
    "limit on memory": ("memory", _NO_LIMIT.format("AS")),
    "limit on CPU time": ("cpu_time", _NO_LIMIT.format("CPU")),
    "limit on open files": ("open_files", _NO_LIMIT.format("NOFILE")),
    "limit on a file's size": ("file_size", _NO_LIMIT.format("FSIZE")),
    "hard limits": (
        "raising_limits",
        _CHILD + "import resource\nreal = resource.setrlimit\n"
        "resource.setrlimit = lambda kind, values: "
        "real(kind, (values[0], resource.getrlimit(kind)[1]))",
    ),
    "watch over memory": ("memory_together", _NO_WATCH),
    "watch over CPU time": ("cpu_time_together", _NO_WATCH),
    "memory of the watch": (
        "cpu_time_of_forgotten_children",
        _CHILD + "child.watch._Watched.seconds = lambda self, now: sum(now.values())",
    ),
}

# Arguments of bubblewrap that are left out, or replaced by others.
OUTSIDE = {
    "root file system closed": ("writing", ["--remount-ro", "/"], []),
    "/dev closed": ("writing", ["--remount-ro", "/dev"], []),
    "/dev/zero that cannot be mapped": (
        "uncounted_memory",
        ["--dev-bind", "/dev/full", "/dev/zero"],
        [],
    ),
    "minimal /dev": ("devices", ["--dev", "/dev"], ["--dev-bind", "/dev", "/dev"]),
    "read-only system": ("writing", ["--ro-bind", "/usr", "/usr"], ["--bind", "/usr", "/usr"]),
    "neutral name": ("machine", ["--hostname", "sandbox"], []),
    "files out of sight": (
        "files",
        ["--remount-ro", "/dev"],
        ["--ro-bind", "{folder}", "{folder}", "--remount-ro", "/dev"],
    ),
}


@pytest.fixture(scope="module")
def known():
    need_sandbox()
    with something_to_find() as known:
        yield known


def stopped(rehearsal, name, known):
    attack = ATTACKS[name]
    result = rehearsal.run(attack.source(known), SMALL)
    return attack.held(result.output, result.status)


@pytest.mark.parametrize("protection", INSIDE)
def test_left_out_inside(known, protection):
    name, prepare = INSIDE[protection]
    with Rehearsal(prepare=prepare) as rehearsal:
        assert rehearsal.started
        assert not stopped(rehearsal, name, known)


@pytest.mark.parametrize("protection", OUTSIDE)
def test_left_out_outside(known, protection, monkeypatch):
    name, wanted, instead = OUTSIDE[protection]
    real = bubblewrap.command

    def command(*args, **kwargs):
        argv, env = real(*args, **kwargs)
        at = [i for i in range(len(argv)) if argv[i : i + len(wanted)] == wanted]
        assert len(at) == 1
        filled = [part.format(folder=known["folder"]) for part in instead]
        argv[at[0] : at[0] + len(wanted)] = filled
        return argv, env

    monkeypatch.setattr(bubblewrap, "command", command)
    with Rehearsal() as rehearsal:
        assert rehearsal.started, rehearsal.complaints()
        assert not stopped(rehearsal, name, known)


def test_the_nursery_may_share_no_memory():
    need_sandbox()
    with Rehearsal(prepare="import mmap, sys\nsys.shared = mmap.mmap(-1, 4096)") as rehearsal:
        assert rehearsal.started
        result = rehearsal.run(
            _CHILD + "child.fork(limits.Limits())\nprint('forked')",
            enclosed=False,
        )
        assert "RuntimeError: The nursery would share memory" in result.output
