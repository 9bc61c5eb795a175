"""Garbage from a submission's process, and garbage as code: bounded, and never an error of ours."""

import ast
import copy
import json
import re
import socket
import time

import nbformat
import pytest
from fuzzing import (
    CODE,
    FORBIDS,
    HONEST,
    LIMITS,
    fuzzed,
    jsons,
    mutated,
    plan,
    received,
    submitted,
    texts,
)
from hypothesis import example, given
from hypothesis import strategies as st

from grader.execution.outputs import Collector
from grader.execution.picture_cache import PictureCache
from grader.execution.run import SubmissionRun
from grader.feedback.bounds import Room
from grader.feedback.safety import fitted, printable, printable_code, prose
from grader.inside import wire
from grader.judging.compose import to_bytes
from grader.judging.repair import repair
from grader.judging.verdicts import find_forbidden, judge_all
from twoapples.checking.forbids.find import find_use, words_for
from twoapples.checking.forbids.names import read

pytestmark = pytest.mark.slow

WORDS = [
    "text", "display", "result", "error", "clear", "done", "answers", "large", "end", "failed",
    "full", "stdout", "stderr", "cell", "ask", "double", "text/plain", "text/html", "image/png",
    "application/json", "application/vnd.jupyter.widget-view+json", "forbidden", "show_text",
]  # fmt: skip
keys = st.one_of(st.sampled_from(WORDS), texts)
values = jsons(keys, st.one_of(st.none(), st.booleans(), st.integers(-9, 10**12), keys))
frames = st.one_of(
    st.sampled_from(HONEST),
    st.sampled_from(HONEST).flatmap(lambda frame: mutated(frame, keys, most=2)),
    st.lists(values, min_size=1, max_size=5),
)


@fuzzed(80)
@given(st.lists(frames, max_size=4), st.lists(st.integers(1, 40), max_size=20))
def test_frames_arrive_whole_however_they_are_cut(sent, sizes):
    wanted = []
    data = b""
    for frame in sent:
        try:
            data += wire.pack(frame)
        except ValueError:
            continue
        wanted.append(json.loads(wire.dumps(frame)))
    bad = next(
        (
            i
            for i, f in enumerate(wanted)
            if not (isinstance(f, list) and f and isinstance(f[0], str))
        ),
        None,
    )
    reader = wire.FrameReader(10_000, 100_000, 100)
    if bad is None:
        assert received(data, sizes, reader) == wanted
    else:
        with pytest.raises(wire.GarbageError):
            received(data, sizes, reader)


@fuzzed(100)
@given(
    st.binary(max_size=60) | st.binary(max_size=40).map(lambda b: len(b).to_bytes(4, "big") + b),
    st.lists(st.integers(1, 9), max_size=20),
)
@example(b"\0\0\0\x04[1e9", [])
@example(len(b"[" * 9_000).to_bytes(4, "big") + b"[" * 9_000, [])
@example(b'\0\0\0\x0b["\\ud800"]1', [])
@example(b"\0\0\0\x05[NaN]", [])
@example(b"\0\0\0\0", [])
@example(b"\xff\xff\xff\xff", [])
@example((5_000).to_bytes(4, "big") + b'["a",' + b"9" * 4_994 + b"]", [])
def test_bytes_are_frames_or_garbage(data, sizes):  # fmt: skip
    try:
        found = received(data, sizes, wire.FrameReader(10_000, 20_000, 3))
    except wire.GarbageError as error:
        assert str(error).isprintable()
        return
    assert len(found) <= 3
    for frame in found:
        json.dumps(frame).encode()
        json.dumps(frame, ensure_ascii=False).encode("utf-8")  # no halves of pairs


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (wire.FrameReader(100, 10_000, 9), wire.pack(["x" * 100])),
        (wire.FrameReader(100, 10, 9), wire.pack(["x"]) * 2),
        (wire.FrameReader(100, 10_000, 2), wire.pack(["x"]) * 3),
    ],
)
def test_more_than_is_read(reader, data):
    with pytest.raises(wire.GarbageError):
        received(data, [], reader)


def valid(notebook):
    nbformat.validate(notebook)
    again = nbformat.reads(to_bytes(copy.deepcopy(notebook)).decode("utf-8"), as_version=4)
    nbformat.validate(again)


@fuzzed(100)
@given(st.lists(frames, max_size=8))
def test_outputs_are_clean_whatever_is_sent(sent):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x")])
    collector = Collector(LIMITS)
    collector.begin(notebook.cells[0])
    for frame in sent:
        if isinstance(frame, list) and frame and isinstance(frame[0], str):
            try:
                collector.take(frame)
            except wire.GarbageError:
                break
    collector.end()
    valid(notebook)
    assert len(json.dumps(notebook.cells[0].outputs)) < 100_000


class Nobody:
    """Stands for the connection: what is sent to it is lost."""

    def send(self, data):
        raise OSError


def begun():
    """Return a run that waits for what comes from the first cell."""
    repaired, _ = repair(submitted(), plan().record)
    run = SubmissionRun(repaired, {item.name: item.questions for item in plan().exercises}, LIMITS)
    run.deadline, run.step = time.monotonic() + 1000, 0
    run.connection = run.interrupts = Nobody()
    run._begin()
    return run


def test_the_clock_cannot_be_restarted_for_ever():
    """Each time that the process says that it asks anew, it gets some seconds more."""
    run = begun()
    run.step = next(i for i, step in enumerate(run.steps) if step[0] == "ask")
    again = ["done", *run.steps[run.step], False, False]
    assert not run._take(again) and not run._take(again)
    run.deadline = time.monotonic() - 1
    assert run._take(again)
    assert (
        run.execution.died and "240 s were used up at the check of" in run.execution.incidents[-1]
    )


def asked_for_a_picture(run, sent):
    """Return the answer to a request, or None where it ends the submission."""
    ours, theirs = socket.socketpair()
    run.connection, run.nursery, run.step_deadline = ours, None, 0.0
    with ours, theirs:
        try:
            for frame in received(wire.pack_text(sent), [], run.reader):
                assert not run._take(frame)
        except wire.GarbageError as error:
            assert str(error) == "it sent what is no message"
            return None
        return theirs.recv(100)


def test_whatever_picture_is_asked_for_there_is_an_answer_or_an_end():
    """Some of it can be read and not be written again: numbers, and what is nested just so."""
    run = begun()
    run.pictures, run.reader = PictureCache(), wire.FrameReader(10_000, 10**7, 1000)
    assert asked_for_a_picture(run, b'["draw","a","b",[1],{}]') == wire.pack(["no"])
    assert asked_for_a_picture(run, b'["draw","a","b",1e999,{}]') is None
    assert asked_for_a_picture(run, b'["draw",-1e400]') is None
    answers = [
        asked_for_a_picture(run, b'["draw","a","b",' + b"[" * depth + b"]" * depth + b",{}]")
        for depth in range(600, 1000)
    ]
    # Where the end is depends on Python: 3.12 and later read and write far deeper.
    assert answers[0] == wire.pack(["no"]) and set(answers) <= {answers[0], None}


@fuzzed(80)
@given(st.lists(frames, max_size=10))
@example([["done", "cell", True, 1, False]])
@example([["answers", "double", {}]] * 3)
def test_a_run_takes_every_frame(sent):
    """Frames in the place of a whole conversation; then judging what came of it."""
    run = begun()
    # The honest way through the cells before the first question, so that answers are taken too.
    start = [["done", kind, what, 1, False] for kind, what in run.steps[:2]]
    try:
        for frame in [*start, *sent]:
            if isinstance(frame, list) and frame and isinstance(frame[0], str) and run._take(frame):
                break
    except wire.GarbageError as error:
        run._died(str(error))
    run._finish_cell()
    valid(run.execution.notebook)
    verdicts = judge_all(plan(), run.execution)
    assert {v.score for v in verdicts.values()} == {0}
    assert all(len(incident) < 500 for incident in run.execution.incidents)


# Texts on their way to a page


@fuzzed(100)
@given(texts | st.text(max_size=60))
def test_texts_are_fit_to_be_shown(text):
    for shown in (printable(text), printable_code(text), str(prose(text))):
        shown.encode("utf-8")
        assert "\x1b" not in shown and "\u202e" not in shown and "\0" not in shown
    assert "<" not in re.sub("</?(code|em)>", "", str(prose(text)))
    assert len(fitted(text, 10, 2, Room(20))[0]) <= 10


# Code that is read

LINES = CODE.splitlines()


@st.composite
def codes(draw):
    """Python with pieces exchanged, on the level of texts or of trees."""
    if draw(st.booleans()):
        lines = draw(st.lists(st.one_of(st.sampled_from(LINES), texts), max_size=15))
        return "\n".join(lines)
    tree = ast.parse(CODE)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    for _ in range(draw(st.integers(1, 3))):
        parent = draw(st.sampled_from(list(ast.walk(tree))))
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.expr) and draw(st.booleans()):
                setattr(parent, name, copy.deepcopy(draw(st.sampled_from(nodes))))
    try:
        return ast.unparse(tree)
    except (ValueError, RecursionError, AttributeError):
        return CODE


@fuzzed(80)
@given(st.lists(codes(), min_size=1, max_size=3))
def test_all_code_can_be_read(cells):
    assert find_use("double", cells, FORBIDS) in ["", *FORBIDS]
    words_for(cells, FORBIDS)
    notebook = submitted(double=cells[0])
    for cell in notebook.cells[-len(cells) :]:
        cell.source = cells[-1]
    found = find_forbidden(plan(), repair(notebook, plan().record)[0])
    assert set(found) == {"double", "Counter"}


def test_the_code_itself_is_read():
    """The pieces above are code that is understood: else nothing would be tried."""
    reading = read(CODE)
    assert {"np", "sp", "*", "double", "A", "q", "r", "s"} <= reading.defines
    assert find_use("double", [CODE], ["scipy.special"]) == "scipy.special"
