"""Attacks to reach what is not the submission's."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.inside.attacks.registry import attack
from grader.inside.isolation import SCRATCH

_libc = ctypes.CDLL(None, use_errno=True)


@attack()
def files(known: dict[str, Any]) -> str:
    """Files of the course and the account are out of sight."""
    folder = Path(known["folder"])
    seen = [str(path) for path in folder.glob("*")]
    seen += [name for name in ("/etc/shadow", "/etc/resolv.conf", "/sys", "/var") if _there(name)]
    return f"sees {seen}" if seen else ""


@attack()
def environment(known: dict[str, Any]) -> str:
    """The environment holds nothing of the instructor's."""
    with contextlib.suppress(OSError):
        texts = [*os.environ.values(), *_read_all("/proc/[0-9]*/environ")]
        if any(known["folder"] in text for text in texts):
            return "reads the instructor's environment"
    return "" if os.environ.get("HOME", "").startswith(SCRATCH) else f"HOME={os.environ['HOME']}"


@attack()
def processes(known: dict[str, Any]) -> str:
    """Other processes are out of sight."""
    seen = {name for name in os.listdir("/proc") if name.isdecimal()}
    return f"sees processes {sorted(seen)[:5]}" if seen - {"1", str(os.getpid())} else ""


@attack()
def signals(known: dict[str, Any]) -> str:
    """Other processes cannot be signalled."""
    others = [pid for pid in (*range(3, 5000), known["pid"]) if pid != os.getpid()]
    for pid in others:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, 0)
            return f"can signal process {pid}"
    return "" if os.getsid(0) == os.getpgrp() == os.getpid() else "shares a process group"


@attack()
def memory_of_others(known: dict[str, Any]) -> str:
    """Memory and files of other processes cannot be read."""
    for pid in {1, 2, known["pid"], os.getppid()} - {os.getpid()}:
        for name in ("mem", "environ", "maps"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as file:
                file.read(0 if name == "mem" else -1)
                return f"opens /proc/{pid}/{name}"
        with contextlib.suppress(OSError):
            return f"sees open files {os.listdir(f'/proc/{pid}/fd')}"
    return ""


@attack()
def open_files_inherited(known: dict[str, Any]) -> str:
    """No open file is inherited."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{number}")
            kept = int(number) in (1, 2) or target.startswith("pipe:")
            if not kept and target != "/dev/null" and "/proc/" not in target:
                found.append(f"{number}: {target}")
    mine = os.fstat(1)
    strangers = [n for n in _pipes() if os.fstat(n).st_ino != mine.st_ino]
    return f"inherits {found or strangers}" if found or strangers else ""


@attack()
def network(known: dict[str, Any]) -> str:
    """There is no network."""
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM):
            return f"gets a socket of family {family}"
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()[2:]
    seen = [line.split(":")[0].strip() for line in lines]
    return f"sees {seen}" if set(seen) - {"lo"} else ""


@attack()
def abstract_sockets(known: dict[str, Any]) -> str:
    """Abstract sockets of others cannot be reached."""
    with socket.socket(socket.AF_UNIX) as end, contextlib.suppress(OSError):
        end.connect("\0" + known["socket"])
        return "connects"
    return ""


@attack()
def writing(known: dict[str, Any]) -> str:
    """Nothing can be written but the scratch folder."""
    own = (SCRATCH, "/tmp", "/dev/shm", "/proc", "/dev/pts")
    places = [Path(p) for p in ("/", "/dev", "/etc", "/run", "/usr", "/usr/lib", "/var", "/home")]
    places += [Path(sys.prefix), Path(sys.prefix, "bin"), Path(os.__file__).parent]
    places += [Path(__file__).parent, *(Path(known["folder"]).parents)]
    for place in places:
        if str(place).startswith(own):
            continue
        with contextlib.suppress(OSError):
            path = place / "twoapples-attack"
            path.write_text("", encoding="ascii")
            path.unlink()
            return f"writes to {place}"
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, target, kind, options, *_ = line.split()
        devices = ("devtmpfs", "devpts", "proc")
        if "rw" in options.split(",") and not target.startswith(own) and kind not in devices:
            return f"{target} is mounted to be written"
    return ""


@attack()
def mounting(known: dict[str, Any]) -> str:
    """Nothing can be mounted, moved or remounted."""
    # Calls that do nothing where they are allowed: there is no such kind of file system, and no
    # such flag. Only a filter says EPERM to the second.
    for name, function, arguments in (
        ("mount", _libc.mount, (b"none", b"/proc", b"twoapples", ctypes.c_ulong(0), None)),
        ("unmount", _libc.umount2, (b"/proc", 1 << 20)),
    ):
        ctypes.set_errno(0)
        if function(*arguments) == 0 or ctypes.get_errno() != errno.EPERM:
            return f"may {name}"
    return "gets mounts of its own" if _can(_unshare, 0x20000) else ""


@attack()
def namespaces(known: dict[str, Any]) -> str:
    """No new namespaces."""
    if _can(_unshare, 0x10000000):
        return "makes a user namespace"
    path = Path("/proc/sys/user/max_user_namespaces")
    return "" if path.read_text(encoding="ascii").strip() == "0" else "namespaces are allowed"


@attack()
def privileges(known: dict[str, Any]) -> str:
    """No privileges, and none from setuid programs."""
    status = dict(
        line.split(":\t", 1)
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        if ":\t" in line
    )
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        if int(status[name], 16):
            return f"{name} is {status[name]}"
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    if any("nosuid" not in line.split()[3].split(",") for line in mounts):
        return "setuid programs work"
    return "" if status["NoNewPrivs"] == "1" else "may get new privileges"


@attack()
def system_calls(known: dict[str, Any]) -> str:
    """System calls that a notebook never needs are refused."""
    from grader.inside import seccomp

    if "Seccomp:\t2" not in Path("/proc/self/status").read_text(encoding="utf-8"):
        return "there is no filter"
    column = list(seccomp.ARCHITECTURES).index(platform.machine())
    through = []
    for name, numbers in seccomp.DENIED.items():
        number = numbers[column]
        if number is not None:
            result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
            if result != -1 or ctypes.get_errno() != errno.EPERM:
                through.append(name)
    return f"may call {through}" if through else ""


@attack()
def devices(known: dict[str, Any]) -> str:
    """The rest of /dev is out of reach."""
    usual = {"core", "console", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr"}
    more = set(os.listdir("/dev")) - usual - {"stdin", "stdout", "tty", "urandom", "zero"}
    return f"sees {sorted(more)[:5]}" if more else ""


@attack()
def machine(known: dict[str, Any]) -> str:
    """The machine's name and accounts stay unknown."""
    accounts = len(Path("/etc/passwd").read_text(encoding="utf-8").splitlines())
    if platform.node() != "sandbox" or accounts > 3:
        return f"sees {platform.node()} and {accounts} accounts"
    return ""


def _unshare(flags: int) -> int:
    return int(_libc.unshare(ctypes.c_int(flags)))


def _can(function: Callable[[int], int], argument: int) -> bool:
    """Try a call in a process of its own, which it would change."""
    pid = os.fork()
    if not pid:
        os._exit(0 if function(argument) == 0 else 1)
    return os.waitpid(pid, 0)[1] == 0


def _there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def _read_all(pattern: str) -> list[str]:
    texts = []
    for path in Path("/").glob(pattern.lstrip("/")):
        with contextlib.suppress(OSError):
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    return texts


def _pipes() -> list[int]:
    numbers = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith("pipe:"):
                numbers.append(int(name))
    return numbers
