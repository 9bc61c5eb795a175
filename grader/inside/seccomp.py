"""Which system calls a submission may not make: a seccomp filter for x86_64 and aarch64.

The filter refuses and never kills, so that a library which only probes for a feature lives on. It
refuses by a list, and whatever is newer than the list: a kernel to come may bring calls that
nobody has thought about here. libseccomp's bindings would do the same by names; this table is
shorter than the ways to do without them on machines that have no libseccomp, and a test holds its
numbers against libseccomp's.
"""

from __future__ import annotations

import errno
import platform
import struct

#: Number of each refused call on x86_64 and on aarch64 (None: not there). One block a reason.
DENIED: dict[str, tuple[int | None, int | None]] = {
    # Looking into other processes, or taking what they hold.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Another view of the file system.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "fanotify_init": (300, 262),
    # New namespaces, in which one would be root.
    "unshare": (272, 97),
    "setns": (308, 268),
    # Parts of the kernel with a long history of holes that a notebook never needs.
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "vhangup": (153, 58),
    "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18),
    "syslog": (103, 116),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "_sysctl": (156, None),
    # What outlives a process: keys, System V's and POSIX's objects between processes.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # Memory that no limit counts.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "vmsplice": (278, 75),
    # Of which the whole machine has only so many.
    "io_setup": (206, 0),
    # The machine as a whole.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "iopl": (172, None),
    "ioperm": (173, None),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "personality": (135, 92),
}

#: Calls whose arguments decide.
EXAMINED: dict[str, tuple[int, int]] = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "ioctl": (16, 29),
    "mmap": (9, 222),
    "socket": (41, 198),
    "socketpair": (53, 199),
}

#: The newest call that was looked at (futex_requeue); the numbers are the same everywhere by now.
NEWEST = 456

#: AUDIT_ARCH_* of the kernel's `audit.h`, in the order of the table's columns.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_NAMESPACES = 0x7E020000  # the CLONE_NEW* flags that clone knows
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # typing into somebody else's terminal
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_AF_UNIX = 1

ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


def _refuse(number: int) -> int:
    return _ERRNO | number


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)


def _argument(index: int) -> bytes:
    """Load the lower half of an argument: flags, requests and families are 32 bits wide."""
    return _instruction(_LOAD, _ARGUMENTS + 8 * index)


def _when(call: int, *body: bytes) -> list[bytes]:
    """Run `body`, which returns, for one call."""
    return [_instruction(_EQUAL, call, 0, len(body)), *body]


def program(machine: str | None = None) -> bytes:
    """Return the filter as a program of classic BPF, 8 bytes an instruction.

    Parameters
    ----------
    machine : str, optional
        ``x86_64`` or ``aarch64``; by default this machine.

    Raises
    ------
    NotImplementedError
        If there is no table for the machine.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise NotImplementedError(f"There is no seccomp filter for {machine}.")
    column = list(ARCHITECTURES).index(machine)
    number = {name: numbers[column] for name, numbers in EXAMINED.items()}
    allow = _instruction(_RETURN, ALLOW)
    deny = _instruction(_RETURN, _refuse(errno.EPERM))
    unknown = _instruction(_RETURN, _refuse(errno.ENOSYS))
    no_family = _instruction(_RETURN, _refuse(errno.EAFNOSUPPORT))
    lines = [
        # Calls of another architecture (32 bits on a 64-bit kernel) have other numbers.
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_EQUAL, ARCHITECTURES[machine], 1, 0),
        unknown,
        _instruction(_LOAD, _NUMBER),
        # Too new, or x32, whose numbers begin far above.
        _instruction(_GREATER, NEWEST, 0, 1),
        unknown,
        # Its flags lie in memory, where a filter cannot look; the C library falls back to clone.
        *_when(number["clone3"], unknown),
        *_when(
            number["clone"], _argument(0), _instruction(_ANY_BIT, _NAMESPACES, 1, 0), allow, deny
        ),
        *_when(
            number["ioctl"],
            _argument(1),
            _instruction(_EQUAL, _TIOCSTI, 2, 0),
            _instruction(_EQUAL, _TIOCLINUX, 1, 0),
            allow,
            deny,
        ),
        # Shared memory without a file stays as long as one page of it is mapped, and no limit
        # counts the others. Files for sharing are in /dev/shm, whose size is limited.
        *_when(
            number["mmap"],
            _argument(3),
            _instruction(_ANY_BIT, _MAP_ANONYMOUS, 0, 1),
            _instruction(_ANY_BIT, _MAP_SHARED, 1, 0),
            allow,
            deny,
        ),
    ]
    for call in ("socket", "socketpair"):
        family = (_argument(0), _instruction(_EQUAL, _AF_UNIX, 0, 1), allow, no_family)
        lines += _when(number[call], *family)
    denied = sorted(n for n in (numbers[column] for numbers in DENIED.values()) if n is not None)
    for index, call_number in enumerate(denied):
        # From here to the last instruction, over the rest of the list and `allow`.
        lines.append(_instruction(_EQUAL, call_number, len(denied) - index, 0))
    return b"".join([*lines, allow, deny])
