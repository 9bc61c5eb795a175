"""`grader doctor`, and grading where there is no sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sandbox_inside import need_sandbox

from grader.cli import main
from grader.inside import attacks
from grader.inside.isolation import Isolation
from grader.sandbox import bubblewrap, doctor
from grader.sandbox.view import SandboxError

pytestmark = pytest.mark.slow

SOME = ("files", "network", "system_calls")


@pytest.fixture
def few(monkeypatch):
    """Try only some things; tests/test_sandbox_attacks.py tries all."""
    few = {name: attacks.ATTACKS[name] for name in SOME}
    monkeypatch.setattr(attacks, "ATTACKS", few)
    return few


@pytest.fixture
def no_bubblewrap(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    bubblewrap.find_bubblewrap.cache_clear()
    yield
    bubblewrap.find_bubblewrap.cache_clear()


@pytest.fixture
def on_macos(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    bubblewrap.find_bubblewrap.cache_clear()
    yield
    bubblewrap.find_bubblewrap.cache_clear()


@pytest.fixture
def course(tmp_path):
    for name in ("source", "solutions"):
        (tmp_path / "course" / name).mkdir(parents=True)
    lesson = tmp_path / "course" / "source" / "01-lesson"
    lesson.mkdir()
    (lesson / "lesson.md").write_text("", encoding="utf-8")
    handed_in = tmp_path / "course" / "submitted" / "ada" / "01-lesson"
    handed_in.mkdir(parents=True)
    (handed_in / "lesson.ipynb").write_text("", encoding="utf-8")
    return str(tmp_path / "course")


def run(*args):
    return CliRunner().invoke(main, args, catch_exceptions=False)


def test_a_good_machine(few):
    need_sandbox()
    result = run("doctor")
    assert result.exit_code == 0, result.output
    for attack in few.values():
        assert f"yes  {attack.promise}\n" in result.output
    assert "NO" not in result.output


def test_a_protection_that_does_not_hold(few, monkeypatch):
    need_sandbox()
    monkeypatch.setattr(attacks.Attack, "held", lambda self, output, status: False)
    result = run("doctor")
    assert result.exit_code == 1
    assert f"NO   {few['network'].promise} (held)" in result.output
    assert "--isolation none" in result.output


def test_without_bubblewrap(no_bubblewrap):
    result = run("doctor")
    assert result.exit_code == 1
    assert "apt install bubblewrap" in result.output and "--isolation none" in result.output


def test_elsewhere_than_on_linux(on_macos):
    result = run("doctor")
    assert result.exit_code == 1
    assert "needs Linux; this is darwin" in result.output and "virtual machine" in result.output


def test_where_namespaces_are_refused():
    """In a user namespace that allows none below it, as locked-down containers do."""
    need_sandbox()
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare")
    script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    command = [sys.executable, "-m", "grader", "doctor"]
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "sh", "-c", script, "sh", *command],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "NO   Submissions can be enclosed" in done.stdout
    assert "user.max_user_namespaces" in done.stdout


def test_settings_of_debian_and_ubuntu_are_named(monkeypatch):
    settings = {"kernel/unprivileged_userns_clone": "0"}
    monkeypatch.setattr(doctor, "_setting", lambda name: settings.get(name, ""))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/bwrap")
    assert doctor.NO_NAMESPACES in doctor.remedies()
    settings["kernel/apparmor_restrict_unprivileged_userns"] = "1"
    assert doctor.APPARMOR in doctor.remedies()


@pytest.mark.parametrize("students", [1, 3])  # one alone is started early
def test_grading_stops_where_there_is_no_sandbox(no_bubblewrap, course, capsys, students):
    for number in range(1, students):
        folder = Path(course) / "submitted" / f"student-{number}" / "01-lesson"
        folder.mkdir(parents=True)
        (folder / "lesson.ipynb").write_text("", encoding="utf-8")
    for isolation in ((), ("--isolation", "default"), ("--isolation", "strict")):
        with pytest.raises(SystemExit) as stop:
            main(["--course", course, "grade", "01", *isolation])
        assert stop.value.code == 2
        said = " ".join(capsys.readouterr().err.split())
        assert "cannot be isolated" in said and "apt install bubblewrap" in said
        assert "--isolation none" in said


def test_what_a_program_asks_for_is_required(no_bubblewrap):
    for isolation in (Isolation.DEFAULT, Isolation.STRICT):
        with pytest.raises(SandboxError, match="--isolation none"):
            doctor.require(isolation)
    doctor.require(Isolation.NONE)


def test_doctor_leaves_nothing_behind(few, tmp_path, monkeypatch):
    need_sandbox()
    monkeypatch.chdir(tmp_path)
    assert run("doctor").exit_code == 0
    assert os.listdir(tmp_path) == []


def test_a_font_list_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bubblewrap.font_list.cache_clear()
    made = bubblewrap.font_list()
    bubblewrap.font_list.cache_clear()
    assert made is not None and made.is_relative_to(tmp_path)
    before = made.stat().st_mtime_ns
    assert bubblewrap.font_list() == made and made.stat().st_mtime_ns == before
    bubblewrap.font_list.cache_clear()
    assert [path.name for path in Path(made).parent.iterdir()] == [made.name]
