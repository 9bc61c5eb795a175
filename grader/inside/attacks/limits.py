"""Attacks to use more than a submission may."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any

from grader.inside.attacks.registry import SMALL, attack

_libc = ctypes.CDLL(None, use_errno=True)
_FEW = 16


@attack()
def process_bomb(known: dict[str, Any]) -> str:
    """There are not more processes than allowed."""
    if resource.getrlimit(resource.RLIMIT_NPROC)[1] == resource.RLIM_INFINITY:
        return "processes are not limited"
    children = []
    try:
        for _ in range(SMALL.processes + 4):
            pid = os.fork()
            if not pid:
                time.sleep(5)
                os._exit(0)
            children.append(pid)
    except BlockingIOError:
        exact = len(children) == SMALL.processes - 1
        return "" if exact else f"{len(children) + 1} processes, not {SMALL.processes}"
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return f"{len(children)} processes"


@attack()
def memory(known: dict[str, Any]) -> str:
    """Memory of a process is limited."""
    try:
        block = bytearray(SMALL.memory_bytes)
    except MemoryError:
        return ""
    return f"gets {len(block)} bytes"


@attack(killed=True)
def memory_together(known: dict[str, Any]) -> str:
    """Memory of all processes together is limited."""
    pids = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            block = bytearray(b"x") * (SMALL.memory_bytes * 2 // 5)
            time.sleep(1)
            os._exit(len(block) > 0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    return "4 processes had 1.6 times the memory"


@attack(killed=True)
def cpu_time(known: dict[str, Any]) -> str:
    """CPU time of a process is limited."""
    start = time.process_time()
    while time.process_time() < start + 1.2 * SMALL.cpu_seconds:
        pass
    return "more than allowed"


@attack(killed=True)
def cpu_time_together(known: dict[str, Any]) -> str:
    """CPU time of all processes together is limited."""
    for _ in range(3):
        pid = os.fork()
        if not pid:
            while time.process_time() < SMALL.cpu_seconds / 2:
                pass
            os._exit(0)
        os.waitpid(pid, 0)
        time.sleep(0.01)
        if not os.fork():  # the sum is taken where there are several processes
            time.sleep(2)
            os._exit(0)
    time.sleep(0.5)
    return "3 processes of half the time each"


@attack(killed=True)
def cpu_time_of_forgotten_children(known: dict[str, Any]) -> str:
    """CPU time counts of children, too, whose end nobody waits for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in range(5):
        pid = os.fork()
        if not pid:
            while time.process_time() < SMALL.cpu_seconds / 2:
                pass
            os._exit(0)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    return "5 processes of half the time each"


@attack()
def open_files(known: dict[str, Any]) -> str:
    """The number of open files is limited."""
    opened = []
    try:
        for _ in range(SMALL.open_files + 1):
            opened.append(open("/dev/null", "rb"))  # noqa: SIM115
    except OSError as error:
        return "" if error.errno == errno.EMFILE else str(error)
    finally:
        for file in opened:
            file.close()
    return f"{len(opened)} open files"


@attack()
def file_size(known: dict[str, Any]) -> str:
    """The size of a file is limited."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path = Path(os.environ["TMPDIR"], "large")
    try:
        with path.open("wb", buffering=0) as file:
            for _ in range(1 + (SMALL.file_bytes >> 16)):
                file.write(bytes(1 << 16))
    except OSError as error:
        return "" if error.errno == errno.EFBIG else str(error)
    finally:
        path.unlink()
    return f"a file of more than {SMALL.file_bytes} bytes"


@attack()
def scratch_size(known: dict[str, Any]) -> str:
    """The scratch folder's size is limited, /tmp and /dev/shm included."""
    made: list[Path] = []
    try:
        for index in range(2 * SMALL.scratch_bytes // SMALL.file_bytes):
            place = ("/dev/shm", os.environ["HOME"], os.environ["TMPDIR"])[index % 3]
            made.append(Path(place, f"attack-{os.getpid()}-{index}"))
            made[-1].write_bytes(bytes(SMALL.file_bytes))
    except OSError as error:
        return "" if error.errno == errno.ENOSPC else str(error)
    finally:
        for path in made:
            path.unlink(missing_ok=True)
    return f"writes {2 * SMALL.scratch_bytes} bytes"


@attack()
def file_count(known: dict[str, Any]) -> str:
    """The number of files is limited."""
    free = os.statvfs(os.environ["TMPDIR"]).f_ffree
    return "" if 0 < free < 100_000 else f"{free} files"


@attack()
def raising_limits(known: dict[str, Any]) -> str:
    """No limit can be raised."""
    for name in ("AS", "CPU", "FSIZE", "NOFILE"):
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY:
            return f"{name} is not limited"
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (hard, hard + 1))
            return f"raises {name}"
    return ""


@attack()
def out_of_memory(known: dict[str, Any]) -> str:
    """Where memory runs out, the submission goes first."""
    path = Path("/proc/self/oom_score_adj")
    score = path.read_text(encoding="ascii").strip()
    if score != "1000":
        return f"its score is {score}"
    with contextlib.suppress(OSError):
        path.write_text("0", encoding="ascii")
        return "changes its score"
    return ""


@attack()
def uncounted_memory(known: dict[str, Any]) -> str:
    """No memory is had that no limit counts."""
    with contextlib.suppress(OSError), mmap.mmap(-1, mmap.PAGESIZE):
        return "gets shared memory without a file"
    with (
        contextlib.suppress(OSError),
        open("/dev/zero", "r+b", buffering=0) as zero,
        mmap.mmap(zero.fileno(), mmap.PAGESIZE),
    ):
        return "gets shared memory of /dev/zero"
    reading, writing = os.pipe()
    try:
        # A pipe keeps the page, and with it all of a huge page, when it is unmapped.
        text = ctypes.create_string_buffer(b"page")
        parts = (ctypes.c_size_t * 2)(ctypes.addressof(text), 4)
        given = _libc.vmsplice(writing, parts, ctypes.c_size_t(1), 0)
        return "gives pages to a pipe" if given == 4 else ""
    finally:
        os.close(reading)
        os.close(writing)


@attack()
def scarce_things(known: dict[str, Any]) -> str:
    """What the machine has only so many of is not used up."""
    place = ctypes.c_ulong(0)
    number = 206 if os.uname().machine == "x86_64" else 0
    if _libc.syscall(ctypes.c_long(number), 1, ctypes.byref(place)) == 0:
        return "gets a place for asynchronous operations"
    opened: list[int] = []
    try:
        while (watcher := _libc.inotify_init()) >= 0:
            opened.append(watcher)
        if len(opened) > _FEW:
            return f"gets {len(opened)} watchers of files"
        terminals = 0
        with contextlib.suppress(OSError):
            while terminals <= _FEW:
                opened += os.openpty()
                terminals += 1
        return f"gets {terminals} terminals" if terminals > _FEW else ""
    finally:
        for descriptor in opened:
            os.close(descriptor)
