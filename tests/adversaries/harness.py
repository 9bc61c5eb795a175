"""Lets a batch of hostile submissions loose on a small course, and looks at what came of it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mini_course
import nbformat
import pytest
from mini_course import LESSON, NOTEBOOK, answer, hand_in
from sandbox_inside import need_sandbox, wait_until

from adversaries import Adversary, World, folder_of
from grader.cli.console import PlainConsole
from grader.cli.progress import Terminal
from grader.execution import Limits
from grader.grading.options import GradingOptions
from grader.grading.run import Outcome, grade_lesson
from grader.report.results import as_csv, as_json, as_table, read_results
from grader.tools.text import plain

# Honest submissions beside the hostile ones, with their scores.
HONEST = {
    "honest-right": {"double": 4.0, "Counter": 2.0},
    "honest-squared": {"double": 0.0, "Counter": 2.0},
    "honest-stub": {"double": 0.0, "Counter": 0.0},
}
#: Short, so that bombs end soon.
LIMITS = Limits(
    cell_seconds=5,
    total_seconds=40,
    cpu_seconds=5,
    memory_bytes=1 << 30,
    processes=24,
    file_bytes=8 << 20,
    scratch_bytes=16 << 20,
    text_bytes=50_000,
    output_bytes=1_000_000,
    answer_bytes=2_000_000,
)


@dataclass
class Graded:
    """What came of a batch."""

    world: World
    outcomes: dict[str, Outcome]
    scores: dict[str, dict[str, float]]
    verdicts: dict[str, dict[str, tuple[str, str]]]
    log: str
    table: str
    data: str
    changed: list[str]
    connections: int
    left: list[str]
    rows: tuple[Any, Any]
    seconds: float

    def notebook(self, student: str) -> str:
        """Return the graded notebook's text."""
        path = self.world.course.root / "autograded" / student / LESSON / f"{NOTEBOOK}.ipynb"
        return path.read_text(encoding="utf-8")

    def feedback(self, student: str) -> str:
        """Return the feedback page's text."""
        path = self.world.course.root / "feedback" / student / LESSON / f"{NOTEBOOK}.html"
        return path.read_text(encoding="utf-8")

    def told(self, student: str) -> list[str]:
        """Return problem and notes of a submission."""
        outcome = self.outcomes[student]
        return [outcome.problem, *outcome.notes]


def batch(adversaries: Sequence[Adversary], isolation: str = "default", workers: int = 2) -> Any:
    """Return a fixture that grades all adversaries once."""

    @pytest.fixture(scope="module")
    def graded() -> Iterator[Graded]:
        if isolation != "none":
            need_sandbox()
        # Not pytest's folder, which is closed to other accounts: here only the sandbox hides it.
        with tempfile.TemporaryDirectory(prefix="adversaries-") as folder:
            os.chmod(folder, 0o755)
            with world_in(Path(folder)) as (world, listening):
                yield grade(world, listening, adversaries, isolation, workers)

    return graded


def grade(
    world: World,
    listening: list[socket.socket],
    adversaries: Sequence[Adversary],
    isolation: str,
    workers: int,
) -> Graded:
    """Grade an honest submission, then hostile and honest ones together."""
    limits = replace(LIMITS, text_bytes=world.token)
    early = "honest-early"
    hand_in(world.course, early, world.right)
    run = partial(
        grade_lesson,
        world.course,
        LESSON,
        GradingOptions(workers=workers, limits=limits, isolation=isolation),
    )
    run()
    database = world.course.root / "gradebook.db"
    before_rows = rows_of(database, early)
    _hand_in_honest(world)
    for adversary in adversaries:
        adversary.hand_in(world, folder_of(world, adversary))
    before = fingerprints(world)
    out = io.StringIO()
    console = PlainConsole(file=out, width=200)
    report = Terminal(LESSON, console, PlainConsole(file=io.StringIO()))
    start = time.monotonic()
    with report:
        outcomes = run(listener=report.listener(lambda: False))
    seconds = time.monotonic() - start
    left: list[str] = []

    def gone() -> bool:
        left[:] = processes(world)
        return not left

    wait_until(gone, 5)
    results = read_results(world.course, LESSON)
    scores: dict[str, dict[str, float]] = {}
    verdicts: dict[str, dict[str, tuple[str, str]]] = {}
    for row in results:
        if row.exercise != "why":
            scores.setdefault(row.student, {})[row.exercise] = row.score
            verdicts.setdefault(row.student, {})[row.exercise] = (row.verdict, row.message)
    return Graded(
        world,
        {outcome.student: outcome for outcome in outcomes},
        scores,
        verdicts,
        out.getvalue(),
        _table(results),
        as_csv(results) + as_json(results),
        sorted(set(before.items()) ^ set(fingerprints(world).items())),
        sum(_connections(one) for one in listening),
        left,
        (before_rows, rows_of(database, early)),
        seconds,
    )


def _table(results: Any) -> str:
    out = io.StringIO()
    PlainConsole(file=out, width=4000).print(as_table(results))
    return out.getvalue()


@contextlib.contextmanager
def world_in(folder: Path) -> Iterator[tuple[World, list[socket.socket]]]:
    canary = f"canary-{secrets.token_hex(8)}"
    outside = folder / "outside"
    outside.mkdir(mode=0o755)
    course = mini_course.make_course(folder / "course")
    source = course.root / "source" / LESSON / "exercises.py"
    source.write_text(source.read_text(encoding="utf-8") + f"\n# {canary}\n", encoding="utf-8")
    solutions = course.root / "solutions" / "doubling.py"
    text = solutions.read_text(encoding="utf-8")
    solutions.write_text(text + f"\nSECRET = {canary!r}\n", encoding="utf-8")
    (outside / "canary.txt").write_text(canary, encoding="ascii")
    stub, right = mini_course.stub(course), mini_course.solved(course)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TWOAPPLES_TEST_SECRET", canary)
        port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        abstract = f"twoapples-{secrets.token_hex(8)}"
        unix.bind(f"\0{abstract}")
        unix.listen()
        # The limit on text stands in the command line of every process of a submission.
        token = LIMITS.text_bytes + secrets.randbelow(10_000)
        public = len(course.lesson(LESSON).public_traces()["double"].cases)
        world = World(course, outside, canary, port, abstract, token, public, right, stub)
        yield world, [tcp, unix, udp]
    shutil.rmtree(course.root, ignore_errors=True)


def _hand_in_honest(world: World) -> None:
    secret = nbformat.v4.new_code_cell(f"# {world.canary}")
    for student in HONEST:
        notebook = nbformat.from_dict(world.stub if student == "honest-stub" else world.right)
        notebook.cells = [*notebook.cells, secret]
        if student == "honest-squared":
            notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
            answer(notebook, double="def double(x):\n    return x * x")
        hand_in(world.course, student, notebook)


def _connections(listening: socket.socket) -> int:
    listening.settimeout(0)
    count = 0
    with contextlib.suppress(OSError):
        while True:
            if listening.type == socket.SOCK_DGRAM:
                listening.recv(100)
            else:
                listening.accept()[0].close()
            count += 1
    return count


def processes(world: World) -> list[str]:
    """Return the processes that a submission of this world has left running."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes()
            if str(world.token).encode() in line and int(path.parent.name) != os.getpid():
                found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def fingerprints(world: World) -> dict[str, str]:
    """Return a digest of every file that grading must not change, by path."""
    root = world.course.root
    found = {}
    for folder in ("source", "solutions", "submitted", "grading"):
        for path in sorted((root / folder).rglob("*")):
            shown = str(path.relative_to(root))
            # A kept plan is recorded anew where the grader's own code has changed.
            if {"__pycache__", "plans"} & set(path.parts) or path.suffix == ".lock":
                continue
            if path.is_symlink():
                found[shown] = os.readlink(path)
            elif path.is_file():
                digest = hashlib.sha256()
                with path.open("rb") as file:
                    digest.update(file.read(1 << 20))
                found[shown] = digest.hexdigest()
    for path in root.iterdir():
        found[path.name] = "is there"
    for path in world.outside.iterdir():
        found[f"outside/{path.name}"] = "is there"
    return found


def rows_of(database: Path, student: str) -> list[Any]:
    """Return what the gradebook holds of a student."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT s.id, s.timestamp, n.id, n.late_submission_penalty, g.* "
            "FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id "
            "JOIN grade g ON g.notebook_id = n.id WHERE s.student_id = ? ORDER BY g.id",
            [student],
        ).fetchall()


# What holds for every hostile submission.


def check(graded: Graded, adversary: Adversary) -> None:
    """Deserved score, and no side effect that can be seen from this submission alone."""
    student, world = adversary.who, graded.world
    outcome = graded.outcomes[student]
    assert outcome.state == "graded", outcome
    assert graded.scores[student] == adversary.deserved, (outcome, graded.verdicts[student])
    for exercise, (verdict, _) in graded.verdicts[student].items():
        full = {"double": 4, "Counter": 2}[exercise] == adversary.deserved[exercise]
        assert (verdict == "right") == full
    if adversary.problem:
        assert adversary.problem in outcome.problem
    elif adversary.problem is not None:
        assert outcome.problem == ""
    for note in adversary.notes:
        assert any(note in told for told in graded.told(student)), outcome.notes
    assert not world.marker(adversary.name).exists()
    text, page = graded.notebook(student), graded.feedback(student)
    for shown in (text, page, *graded.told(student)):
        assert world.canary not in shown
    assert active_parts(page) == []
    for hidden in adversary.hidden:
        assert hidden not in page
        assert not any(hidden in line for line in graded.log.split("\n") if student in line)
    # Plain JSON, as browsers read it, that is a notebook.
    notebook = nbformat.from_dict(json.loads(text, parse_constant=_refuse))
    nbformat.validate(notebook)
    outputs = json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    for mark in adversary.marks:
        assert mark not in outputs
    points = {
        cell.metadata["nbgrader"]["grade_id"]: cell.metadata["nbgrader"]["points"]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("points")
    }
    assert points == {"check-double": 4, "check-Counter": 2, "why": 3}
    assert len(text) < 15 * LIMITS.output_bytes
    assert plain(student).split("\n")[0] in graded.table
    assert len(outcome.notes) <= 25 and max(map(len, graded.told(student))) < 1000


def check_batch(graded: Graded) -> None:
    """Honest submissions are unharmed, nothing outside has changed, and nothing is left."""
    for student, scores in HONEST.items():
        assert graded.outcomes[student].state == "graded"
        assert graded.outcomes[student].problem == ""
        assert graded.scores[student] == scores
        assert graded.world.canary in graded.notebook(student)
    assert graded.verdicts["honest-squared"]["double"][0] == "misconception"
    assert graded.outcomes["honest-early"].state == "unchanged"
    before, after = graded.rows
    assert before == after and len(before) == 3
    assert graded.changed == []
    assert graded.connections == 0
    assert graded.left == []
    for text in (graded.log, graded.table, graded.data):
        assert {c for c in text if not c.isprintable()} <= {"\n"}


class _Active(HTMLParser):
    """Finds what would run, or be fetched, when a page is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "form", "link"):
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or address.startswith(("javascript:", "vbscript:")):
                self.found.append(f"{tag} {name}")
            if name in ("src", "srcset", "data", "action") and not address.startswith(
                "data:image/"
            ):
                self.found.append(f"{tag} {name}={value}")


def active_parts(page: str) -> list[str]:
    """Return what a page would run or fetch."""
    reader = _Active()
    reader.feed(page)
    return reader.found


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def each(adversaries: Sequence[Adversary]) -> Callable[..., Any]:
    """Return the parameters of a test for each adversary."""
    return pytest.mark.parametrize("adversary", adversaries, ids=lambda one: one.name)
