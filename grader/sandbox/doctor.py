"""What this machine can enforce, found out by trying it."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.inside.isolation import Isolation
from grader.sandbox.view import SandboxError

INSTALL = "Install bubblewrap: apt install bubblewrap (Debian, Ubuntu), dnf install bubblewrap."
ELSEWHERE = (
    "The sandbox is made of Linux's namespaces. Grade on Linux: on a server, in a virtual machine, "
    "in Windows' subsystem for Linux."
)
NO_NAMESPACES = (
    "This machine does not let you make user namespaces. Debian: sysctl "
    "kernel.unprivileged_userns_clone=1. Everywhere: sysctl user.max_user_namespaces must not be 0."
)
APPARMOR = (
    "Ubuntu's AppArmor keeps user namespaces from programs without a profile: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0."
)
CONTAINER = (
    "Containers often forbid namespaces, or hide parts of /proc, so that no new one can be "
    "mounted. Docker and Podman: run with --security-opt seccomp=unconfined --security-opt "
    "systempaths=unconfined --security-opt apparmor=unconfined, and as root in the container with "
    "--cap-add SYS_ADMIN as well; or grade outside of the container."
)
WITHOUT = (
    "Without it code of submissions runs with the rights of your account. If you accept that, in a "
    "throw-away machine say, grade with --isolation none; results are marked so."
)


@dataclass(frozen=True)
class Finding:
    """What was found out about one thing.

    Attributes
    ----------
    name : str
        The thing, or the promise.
    holds : bool
    detail : str
        How it was found out, or what got through.
    """

    name: str
    holds: bool
    detail: str = ""


def examine() -> Iterator[Finding]:
    """Try everything that default isolation promises, one finding after the other.

    It ends early where nothing more can be tried. All together takes some seconds.
    """
    from grader.sandbox.bubblewrap import find_bubblewrap

    try:
        program = find_bubblewrap()
    except SandboxError as error:
        yield Finding("bubblewrap", False, str(error))
        return
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    yield Finding("bubblewrap", True, f"{version.stdout.strip()} at {program}")
    yield from _try_inside()


def enforceable() -> Finding:
    """Say whether submissions can be enclosed here: the quick question, before grading.

    It starts a nursery and encloses one child, which takes about a tenth of a second; what each
    protection is worth is for `examine`.
    """
    from grader.sandbox.rehearsal import Rehearsal

    name = "Submissions can be enclosed"
    try:
        with Rehearsal() as rehearsal:
            if not rehearsal.started:
                return Finding(name, False, rehearsal.complaints().splitlines()[-1:][0])
            result = rehearsal.run("print('inside')")
    except (SandboxError, OSError, IndexError) as error:
        return Finding(name, False, str(error) or "the nursery does not start")
    if result.output != "inside\n" or result.status:
        lines = result.output.strip().splitlines() or [f"it ended with status {result.status}"]
        return Finding(name, False, lines[-1])
    return Finding(name, True, "a child was started in namespaces of its own")


def remedies() -> list[str]:
    """Return what can be done on this machine, where something is missing."""
    if sys.platform != "linux":
        return [ELSEWHERE, WITHOUT]
    if shutil.which("bwrap") is None:
        return [INSTALL, WITHOUT]
    advice = []
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        advice.append(APPARMOR)
    if "0" in (_setting("kernel/unprivileged_userns_clone"), _setting("user/max_user_namespaces")):
        advice.append(NO_NAMESPACES)
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        advice.append(CONTAINER)
    return [*(advice or [NO_NAMESPACES, APPARMOR, CONTAINER]), WITHOUT]


def require(isolation: Isolation) -> None:
    """Make sure that submissions can be isolated as asked; grading must not begin otherwise.

    Raises
    ------
    SandboxError
        With the reason and what to do.
    """
    if isolation is Isolation.NONE:
        return
    finding = enforceable()
    if not finding.holds:
        advice = "\n".join(f"- {line}" for line in remedies())
        raise SandboxError(
            f"Submissions cannot be isolated on this machine ({finding.detail}).\n{advice}\n"
            "`grader doctor` says more."
        )


def _try_inside() -> Iterator[Finding]:
    from grader.inside import attacks
    from grader.sandbox.rehearsal import Rehearsal

    first = enforceable()
    yield first
    if not first.holds:
        return
    with _something_to_find() as known, Rehearsal() as rehearsal:
        for attack in attacks.ATTACKS.values():
            result = rehearsal.run(attack.source(known), attacks.SMALL)
            holds = attack.held(result.output, result.status)
            detail = "tried" if holds else result.output.strip()[-200:] or f"status {result.status}"
            yield Finding(attack.promise, holds, detail)


@contextlib.contextmanager
def _something_to_find() -> Iterator[dict[str, object]]:
    """Have a file and a socket outside that a submission must not reach."""
    from grader.inside.attacks import facts

    place = os.getcwd() if os.access(".", os.W_OK) else None
    name = f"twoapples-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="doctor-", dir=place) as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        Path(folder, "gradebook").write_text("secret", encoding="ascii")
        listening.bind(f"\0{name}")
        listening.listen()
        yield facts(Path(folder), name)


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def here() -> str:
    """Describe the machine in a few words."""
    account = "root" if getattr(os, "geteuid", lambda: -1)() == 0 else "an ordinary user"
    return f"{platform.system()} {platform.release()}, {platform.machine()}, as {account}"
