"""Nothing that a submission's process sends is believed: frames, outputs and answers."""

import json
import socket
import struct

import pytest
from execution_pairs import check_cell, forked, notebook, result
from nbformat import validate
from nbformat.v4 import new_code_cell, new_notebook

from grader.execution import Limits, can_fork
from grader.execution.forked import ForkedExecutor
from grader.execution.outputs import Collector
from grader.inside.wire import FrameReader, GarbageError, pack, receive

pytestmark = pytest.mark.slow


def read(*data, max_frame=1000, max_total=10_000, max_frames=10):
    """Return the frames that a reader makes of bytes."""
    ours, theirs = socket.socketpair()
    reader, frames = FrameReader(max_frame, max_total, max_frames), []
    with ours, theirs:
        for part in data:
            theirs.sendall(part)
            assert reader.feed(ours)
            while (frame := reader.next()) is not None:
                frames.append(frame)
    return frames


def test_frames_come_through_whole_however_they_were_cut():
    data = pack(["text", "stdout", "한글\n", True]) + pack(["end"])
    assert read(*(data[i : i + 1] for i in range(len(data)))) == [
        ["text", "stdout", "한글\n", True],
        ["end"],
    ]


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", 10**9),
        struct.pack(">I", 3) + b"{]}",
        struct.pack(">I", 2) + b"\xff\xfe",
        pack({"a": 1}),
        pack([]),
        pack([1, "text"]),
        struct.pack(">I", 900) + b"[" * 900,
        struct.pack(">I", 5) + b"[NaN]",
        struct.pack(">I", 900) + b'["n",' + b"9" * 894 + b"]",
        pack(["a"]) * 11,
        b"".join(pack(["x" * 900]) for _ in range(20)),
    ],
)
def test_garbage_is_an_error_of_one_kind(data):
    if data.startswith(struct.pack(">I", 900) + b'["n"'):
        assert len(str(read(data)[0][1])) == 894  # a long number is only a number
        return
    with pytest.raises(GarbageError):
        read(data)


def test_halves_of_characters_become_question_marks():
    data = b'["text",{"\\ud800":["\\uDFFF"]}]'
    assert read(struct.pack(">I", len(data)) + data) == [["text", {"?": ["?"]}]]
    assert json.loads(pack(["\ud800"])[4:]) == ["?"]


def test_a_trusted_reader_notices_the_end():
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(pack([1])[:-1])
        with pytest.raises(EOFError):
            receive(ours)


def collect(*frames, limits=None):
    cell = new_code_cell("x")
    collector = Collector(limits or Limits())
    collector.begin(cell)
    for frame in frames:
        collector.take(list(frame))
    collector.end()
    validate(new_notebook(cells=[cell]))
    return cell


@pytest.mark.parametrize(
    "frame",
    [
        ["unknown"],
        ["begin", 1],
        ["text"],
        ["text", "stdin", "x", True],
        ["text", "stdout", 5, True],
        ["text", ["stdout"], "x", True],
        ["display", "no bundle", {}, None, False],
        ["display", {}, {}],
        ["error", "E", "v", ["line", 5]],
        ["error", "E", None, []],
        ["result", None, {}, 1],
        ["clear"],
    ],
)
def test_messages_that_no_honest_process_sends_are_garbage(frame):
    with pytest.raises(GarbageError):
        collect(frame)


def test_outputs_hold_known_kinds_of_data_only():
    data = {
        "text/plain": "a",
        "text/html": ["<b>", "b</b>"],
        "image/png": 'iVBORw0KGgo="><script>',
        "image/jpeg": "/9j=\n",
        "application/javascript": "alert(1)",
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "application/json": {"a": [1]},
        "text/latex": 5,
    }
    metadata = {"image/png": {"width": 5, "deep": {"a": 1}}, "isolated": True, "x": [1], "y": {}}
    output = collect(["display", data, metadata, None, False]).outputs[0]
    assert output.data == {
        "text/plain": "a",
        "text/html": "<b>b</b>",
        "image/jpeg": "/9j=\n",
        "application/json": {"a": [1]},
    }
    assert output.metadata == {"isolated": True, "image/png": {"width": 5}}


@pytest.mark.parametrize("count", [None, "7", 10**30, True, [1]])
def test_execution_counts_are_plain_numbers(count):
    cell = collect(["result", {"text/plain": "1"}, {}, count])
    assert cell.execution_count == 1 and cell.outputs[0].execution_count == 1


# Sockets are found by what they are: the submission's own two.
FIND = """
import os, socket, struct, json
def frames(*values):
    return b"".join(struct.pack(">I", len(d)) + d for d in (json.dumps(v).encode() for v in values))
def send(data):
    for fd in range(3, 50):
        try:
            socket.socket(fileno=os.dup(fd)).sendall(data)
        except OSError:
            pass
"""
QUESTIONS = {"double": [{"steps": [{"do": "call", "on": {"subject": True}, "arguments": [3]}]}]}


@pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")
@pytest.mark.parametrize(
    "code",
    [
        "send(b'\\xff' * 100)",
        "send(frames(['unknown', 1]))",
        "send(frames(['end']))",
        "send(frames(['answers', 'double', {'answers': [[{'value': 6}]]}]))",
        "send(frames(['done', 'cell', 5, 1, False]))",
        "send(frames(['text', 'stdout', 'x' * 100, True]) * 100_000)",
    ],
)
def test_a_submission_that_writes_to_its_sockets_hurts_itself_only(code):
    with ForkedExecutor(isolation="none", figures=False) as executor:
        given = notebook(FIND, code, "def double(x):\n    return x")
        given.cells.append(check_cell("double"))
        execution = forked(executor, given, QUESTIONS)
        assert execution.died and "its process ended too early (it " in execution.incidents[-1]
        assert execution.answers == {}
        assert result(forked(executor, notebook("5")).notebook.cells[0]) == ["5"]
