"""Inside: fork a child of the nursery and enclose it before it touches a submission.

The child is process 1 of a pid namespace of its own. When it ends, the kernel kills what is left in
the namespace before the nursery can reap it. So once it is reaped, nothing of the submission runs
any more, and its files are gone with its last process. (As process 1 it is spared the signals that
it sends itself and has no handler for; those from the nursery reach it.)

While a child lives the nursery looks, ten times a second, what its processes use together.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterable
from functools import cache
from typing import NoReturn

from grader.inside import linux, seccomp, watch
from grader.inside.isolation import (
    FONTS,
    FONTS_VARIABLE,
    GID,
    HOME,
    MATPLOTLIB,
    SCRATCH,
    TEMPORARY,
    UID,
    WORK,
    Isolation,
)
from grader.inside.limits import Limits

# Read once, in the nursery, while nothing of a submission is near.
_ISOLATION = Isolation.here()
_FILTER = seccomp.program() if _ISOLATION is not Isolation.NONE else b""
_OUTER = os.geteuid(), os.getegid()
_FONTS_NAME = os.environ.get(FONTS_VARIABLE, "")

_NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWCGROUP
)
_INODES = 16384  # an empty file costs memory too, which a limit in bytes does not count
# What the machine, or the account that grades, has only so many of.
_TERMINALS, _WATCHERS, _WATCHES = 16, 16, 1024


def fork(limits: Limits) -> int:
    """Fork a child that is to be enclosed; in place of `os.fork`, and with what it returns.

    The nursery must have one thread only; its SIGALRM and its interval timer are used here. SIGINT
    to the pid interrupts the submission, SIGKILL ends all of it.

    Parameters
    ----------
    limits : Limits
        What all processes of the submission together may use.

    Raises
    ------
    OSError
        If the kernel refuses new namespaces.
    RuntimeError
        If the nursery shares memory with its children.
    """
    if _ISOLATION is Isolation.NONE:
        return os.fork()
    _check_memory()
    pid = linux.fork_into(_NAMESPACES)
    if pid:
        watch.begin(pid, limits)
    return pid


@cache
def _check_memory() -> None:
    """Before the first fork: make sure that no submission can leave something for the next."""
    shared = shared_memory()
    if shared:
        raise RuntimeError(f"The nursery would share memory with submissions: {shared[0]}")


def exit_code(status: int) -> int:
    """Return how a submission ended: its exit status, or minus the number of a signal.

    Parameters
    ----------
    status : int
        What `os.waitpid` says of the process that `fork` returned. (Without a sandbox there is
        one process between, which ends as a shell does: with 128 and the signal's number.)
    """
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code > 128 else code


def enclose(limits: Limits, *, keep_fds: Iterable[int] = ()) -> str:
    """Shut this process, which `fork` made, off from everything but its scratch.

    Call it before anything of the submission is read.

    Parameters
    ----------
    limits : Limits
        What the submission may use.
    keep_fds : iterable of int
        Open files that the child keeps. All others, standard input and outputs included, become
        `/dev/null`: a number that some library still holds never comes to mean another file.

    Returns
    -------
    scratch : str
        The folder to work in, empty, and already the working directory. `/tmp` (where the Python
        environment does not lie there), `/dev/shm` and the home are in the same file system, which
        vanishes with the submission.

    Raises
    ------
    OSError
        If the kernel refuses a protection. The submission must not be run then.
    RuntimeError
        If this process was not made by `fork`.
    """
    kept = frozenset(keep_fds)
    if _ISOLATION is Isolation.NONE:
        scratch = _limit_only(limits, kept)
    elif os.getpid() == 1:
        scratch = _enclose(limits, kept)
    else:
        raise RuntimeError("Fork with grader.inside.enclose.fork what is to be enclosed.")
    os.chdir(scratch)
    return scratch


def _enclose(limits: Limits, kept: frozenset[int]) -> str:
    linux.die_with_parent(signal.SIGKILL)
    watch.forget()
    # A group of its own as well: groups know nothing of namespaces.
    os.setsid()
    _become_user()
    _mount(limits)
    _forget_files(kept)
    linux.drop_privileges()
    linux.filter_system_calls(_FILTER)
    _set_limits(limits, limits.processes)
    return WORK


def shared_memory() -> list[str]:
    """Return the writable memory that this process would share with its children."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return [line.strip() for line in maps if line.split(maxsplit=2)[1].startswith("rw-s")]


def _become_user() -> None:
    """Be UID in the new user namespace, with all rights there for the moment."""
    # Files in /proc belong to root while a process is not dumpable, as after a change of user.
    linux.set_dumpable(True)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{UID} {_OUTER[0]} 1"),
        ("gid_map", f"{GID} {_OUTER[1]} 1"),
    ):
        _write(f"/proc/self/{name}", text)


def _mount(limits: Limits) -> None:
    """Mount what is this submission's own: scratch, `/proc`, and within `/dev` what is writable."""
    hard = linux.MS_NOSUID | linux.MS_NODEV
    empty = not os.listdir("/tmp")
    options = f"size={limits.scratch_bytes},nr_inodes={_INODES},mode=0700"
    linux.mount("scratch", SCRATCH, "tmpfs", hard, options)
    for folder in (WORK, HOME, TEMPORARY, MATPLOTLIB):
        os.mkdir(folder, 0o700)
    if _FONTS_NAME:
        os.symlink(FONTS, f"{MATPLOTLIB}/{_FONTS_NAME}")
    linux.mount(TEMPORARY, "/dev/shm", "", linux.MS_BIND)
    if empty:
        linux.mount(TEMPORARY, "/tmp", "", linux.MS_BIND)
    terminals = f"newinstance,ptmxmode=0666,mode=0620,max={_TERMINALS}"
    linux.mount("devpts", "/dev/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, terminals)
    linux.mount("proc", "/proc", "proc", hard | linux.MS_NOEXEC)
    # The filter of system calls says the same; this holds where it has a gap.
    _write("/proc/sys/user/max_user_namespaces", "0")
    for name, most in (("instances", _WATCHERS), ("watches", _WATCHES)):
        with contextlib.suppress(FileNotFoundError):  # a kernel without inotify
            _write(f"/proc/sys/user/max_inotify_{name}", str(most))
    # When the machine runs out of memory, let it be the submission that goes. It could take that
    # back, so that nothing in /proc can be written from here on.
    _write("/proc/self/oom_score_adj", "1000")
    closed = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY
    linux.mount("proc", "/proc", "", closed | hard | linux.MS_NOEXEC)


def _wait(child: int) -> int:
    """Reap processes until the child ended; return its exit status as a shell does."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _forget_files(kept: Iterable[int]) -> None:
    """Point every open file but `kept` at `/dev/null`."""
    kept = set(kept)
    nothing = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    for number in map(int, os.listdir("/dev/fd")):
        if number in kept or number == nothing:
            continue
        # Listing the folder opened one more file, which is closed by now.
        with contextlib.suppress(OSError):
            flags = fcntl.fcntl(number, fcntl.F_GETFD)
            os.dup2(nothing, number, inheritable=not flags & fcntl.FD_CLOEXEC)
    for number in {0, 1, 2} - kept - {nothing}:
        os.dup2(nothing, number)
    if nothing > 2:
        os.close(nothing)


def _set_limits(limits: Limits, processes: int) -> None:
    seconds = max(1, round(limits.cpu_seconds))
    wanted = {
        # At the hard limit the kernel kills; the signal of the soft one process 1 need not heed.
        "RLIMIT_CPU": (seconds, seconds),
        "RLIMIT_AS": (limits.memory_bytes, limits.memory_bytes),
        "RLIMIT_FSIZE": (limits.file_bytes, limits.file_bytes),
        "RLIMIT_NOFILE": (limits.open_files, limits.open_files),
        "RLIMIT_NPROC": (processes, processes),
        "RLIMIT_STACK": (8 << 20, 8 << 20),
        # Not 0: where the system hands cores to a program, 0 means no limit and 1 means none.
        "RLIMIT_CORE": (1, 1),
        "RLIMIT_MEMLOCK": (1 << 16, 1 << 16),
        "RLIMIT_MSGQUEUE": (0, 0),
        "RLIMIT_NICE": (0, 0),
        "RLIMIT_RTPRIO": (0, 0),
        "RLIMIT_SIGPENDING": (1024, 1024),
    }
    for name, values in wanted.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            resource.setrlimit(kind, values)


def _limit_only(limits: Limits, kept: frozenset[int]) -> str:
    """Isolation `none`: a scratch folder and limits, as far as the system has them."""
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()
    scratch = tempfile.mkdtemp(prefix="submission-")
    work = os.path.join(scratch, "work")  # nobody's folder lies beside it
    os.mkdir(work)
    keeper = os.getpid()
    child = os.fork()
    if child:
        _keep(child, scratch)
    with contextlib.suppress(AttributeError, OSError):
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != keeper:
            os._exit(1)
    os.setsid()  # a group of its own: killing it leaves the keeper to clear up
    _forget_files(kept)
    signal.signal(signal.SIGINT, interrupt)
    # Processes are not limited: without a namespace the limit would count all of the account's.
    with contextlib.suppress(OSError, ValueError):
        _set_limits(limits, resource.getrlimit(resource.RLIMIT_NPROC)[1])
    return work


def _keep(child: int, scratch: str) -> NoReturn:
    """Wait for a submission without a sandbox, and clear its folder away."""
    status = 1
    try:
        signal.signal(signal.SIGINT, lambda *_: _send(child, signal.SIGINT))
        _forget_files(())
        status = _wait(child)
        shutil.rmtree(scratch, ignore_errors=True)
    finally:
        os._exit(status)


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
