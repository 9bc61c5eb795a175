"""Helpers of the sandbox's tests: rehearsals as this account, and as an ordinary user."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from grader.inside import attacks as attacks
from grader.inside.isolation import Isolation
from grader.inside.limits import Limits
from grader.sandbox.doctor import enforceable
from grader.sandbox.rehearsal import Rehearsal, Tried

ROOT = Path(__file__).parents[1]
NOBODY = 65534

# Runs in an account of its own and passes requests on to a rehearsal there.
_CLIENT = """
import json, sys
from dataclasses import asdict
from grader.inside.isolation import Isolation
from grader.inside.limits import Limits
from grader.sandbox.rehearsal import Rehearsal

with Rehearsal(Isolation(sys.argv[1])) as rehearsal:
    if not rehearsal.started:
        sys.exit(rehearsal.complaints() or "the nursery did not start")
    for line in sys.stdin:
        source, limits, seconds = json.loads(line)
        result = rehearsal.run(source, Limits(**limits), seconds)
        print(json.dumps(asdict(result)), flush=True)
"""


def need_sandbox() -> None:
    """Skip where there is no sandbox, but not in CI."""
    finding = enforceable()
    if not finding.holds:
        if os.environ.get("CI") == "true":
            pytest.fail(f"there is no sandbox on this machine: {finding.detail}")
        pytest.skip(f"there is no sandbox on this machine: {finding.detail}")


@contextlib.contextmanager
def something_to_find() -> Iterator[dict[str, Any]]:
    """Have a file, a variable and a socket outside that a submission must not reach."""
    name = f"twoapples-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="course-") as folder,
        socket.socket(socket.AF_UNIX) as listening,
    ):
        Path(folder, "gradebook.db").write_text("secret", encoding="ascii")
        Path(folder).chmod(0o755)
        os.environ["TWOAPPLES_TEST_SECRET"] = folder
        listening.bind(f"\0{name}")
        listening.listen()
        try:
            yield attacks.facts(Path(folder), name)
        finally:
            del os.environ["TWOAPPLES_TEST_SECRET"]


class OrdinaryUser:
    """Rehearsals as nobody, with Debian's Python and copies of the packages: not editable."""

    def __init__(self, folder: Path, isolation: Isolation) -> None:
        python = _environment(folder)
        self.process = subprocess.Popen(
            [str(python), "-c", _CLIENT, isolation.value],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
        )

    def run(self, source: str, limits: Limits | None = None, seconds: float = 60) -> Tried:
        used = asdict(limits or Limits())
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([source, used, seconds]) + "\n")
        self.process.stdin.flush()
        return Tried(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def _environment(folder: Path) -> Path:
    """Make a virtual environment that anybody can read, with copies of the two packages."""
    python = folder / "venv" / "bin" / "python"
    making = ["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder / "venv")]
    subprocess.run(making, check=True)
    packages = next((folder / "venv" / "lib").glob("python3*/site-packages"))
    skip = shutil.ignore_patterns("__pycache__")
    for name in ("grader/inside", "grader/sandbox", "grader/tools"):
        shutil.copytree(ROOT / name, packages / name, ignore=skip)
    for name in ("grader/__init__.py", "grader/errors.py", "twoapples/__init__.py"):
        (packages / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, packages / name)
    return python


@contextlib.contextmanager
def rehearsing(
    account: str, isolation: Isolation = Isolation.DEFAULT
) -> Iterator[Rehearsal | OrdinaryUser]:
    """Rehearse as ``this`` account or as an ``ordinary`` user; skip what is not possible."""
    need_sandbox()
    if account == "this":
        with Rehearsal(isolation) as rehearsal:
            yield rehearsal
        return
    if os.geteuid() != 0:
        pytest.skip("this is an ordinary user already")
    if not Path("/usr/bin/python3").exists():
        pytest.skip("there is no system Python that another account can run")
    with tempfile.TemporaryDirectory(prefix="ordinary-") as folder:
        Path(folder).chmod(0o755)
        user = OrdinaryUser(Path(folder), isolation)
        try:
            yield user
        finally:
            user.close()


def alive(marker: str) -> list[int]:
    """Return the processes of this machine that call themselves `marker` (15 letters at most)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if path.read_text(encoding="utf-8").strip() == marker:
                found.append(int(path.parent.name))
    return found


def wait_until(condition: Any, seconds: float = 10) -> bool:
    """Wait for something to become true; the limit only ends a test that fails."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True
