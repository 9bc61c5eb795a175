"""The few calls of the Linux kernel that Python has no function for.

Names and numbers are those of the kernel's own headers (`sched.h`, `mount.h`, `prctl.h`,
`capability.h`). Every call raises OSError with the name of what was refused.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Callable
from functools import cache

_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_SECUREBITS = 28
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_TID_ADDRESS = 40
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
# No capabilities by being root, none kept over a change of user, none raised; and no way back.
_SECUREBITS = 0xEF
_CAPABILITY_VERSION_3 = 0x20080522

# The system call `clone`: its number, and at which place it takes the address for the child's tid.
_CLONE = {"x86_64": (56, 3), "aarch64": (220, 4)}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


@cache
def _prctl_function() -> Callable[..., int]:
    function = _libc.prctl
    function.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    return function


def _prctl(option: int, *values: int) -> int:
    return _prctl_function()(option, *(*values, 0, 0, 0, 0)[:4])


def fork_into(namespaces: int) -> int:
    """Fork, as `os.fork` does, and let the child begin in new namespaces.

    With `os.fork` and `unshare` a new pid namespace takes a second fork, and forks of a process
    with NumPy and Matplotlib in it are what an enclosure costs most. This process must have one
    thread only.

    Parameters
    ----------
    namespaces : int
        `CLONE_NEW*` flags.

    Returns
    -------
    pid : int
        The child's, or 0 in the child.
    """
    number, place = _CLONE[platform.machine()]
    # The C library keeps the thread's id in its memory; the kernel writes the new one there.
    tid = ctypes.c_void_p()
    _check(_prctl(_PR_GET_TID_ADDRESS, ctypes.addressof(tid)), "where the C library keeps the tid")
    words = [0, 0, 0, 0, 0]
    words[0] = namespaces | _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID | signal.SIGCHLD
    words[place] = tid.value or 0
    # Python's own preparations for a fork and its hooks; both libraries are called with the lock
    # of the interpreter held, as `os.fork` does.
    python = ctypes.pythonapi
    call = ctypes.PyDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    arguments = [ctypes.c_long(number), *map(ctypes.c_ulong, words)]
    python.PyOS_BeforeFork()
    pid: int = call(*arguments)
    error = ctypes.get_errno()
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(error, f"new namespaces: {os.strerror(error)}")
    return pid


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(result, f"mounting {kind or source} on {target}")


def die_with_parent(signal: int) -> None:
    """Have the kernel send this process `signal` when its parent ends."""
    _check(_prctl(_PR_SET_PDEATHSIG, signal), "a signal at the parent's end")


def set_dumpable(dumpable: bool) -> None:
    """Set whether processes of the same user may look into this one through `/proc`."""
    _check(_prctl(_PR_SET_DUMPABLE, int(dumpable)), "dumpable")


def drop_privileges() -> None:
    """Give up all capabilities, and every way of getting some, for this process and its children.

    Afterwards setuid programs run without their rights (`no_new_privs`).
    """
    _check(_prctl(_PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    _check(_prctl(_PR_SET_SECUREBITS, _SECUREBITS), "securebits")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    capability = 0
    while not _prctl(_PR_CAPBSET_DROP, capability):  # fails past the last one the kernel knows
        capability += 1
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION_3, 0))
    nothing = ctypes.create_string_buffer(24)
    _check(_libc.capset(header, nothing), "dropping capabilities")


def filter_system_calls(program: bytes) -> None:
    """Install a seccomp filter, see `grader.inside.seccomp`, for good."""
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, padding, a pointer to them.
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    buffer = ctypes.create_string_buffer(head)
    address = ctypes.addressof(buffer)
    _check(_prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, address), "the seccomp filter")
