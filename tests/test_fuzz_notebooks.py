"""Garbage in place of notebooks: always a verdict, never more points than deserved."""

import functools
import json
import subprocess
import sys

import mini_course
import nbformat
import pytest
from fuzzing import (
    WRONG,
    Canned,
    answers,
    broken,
    course,
    fuzzed,
    jsons,
    mutated,
    plan,
    submitted,
    texts,
)
from hypothesis import given
from hypothesis import strategies as st

from grader.build.build import build_lesson
from grader.gradebook.opening import open_database
from grader.gradebook.released import read_released
from grader.judging.compose import marks_of
from grader.judging.repair import repair
from grader.judging.task import Order, Result, Task, perform
from grader.nbgrader_api.read_config import read_settings
from grader.notebook.cells import to_text
from grader.notebook.reading import UnreadableError, decode_notebook

pytestmark = pytest.mark.slow

WORDS = [
    "cells", "metadata", "nbformat", "nbformat_minor", "cell_type", "source", "outputs", "id",
    "execution_count", "attachments", "nbgrader", "grade_id", "locked", "solution", "grade",
    "points", "schema_version", "checksum", "task", "tags", "worksheets", "signature", "kernelspec",
    "twoapples", "output_type", "data", "text", "ename", "jupyter", "name", "orig_nbformat",
]  # fmt: skip
VALUES = [
    "code", "markdown", "raw", "heading", "double", "check-double", "setup", "why", "display_data",
    "skip-execution",
]  # fmt: skip
keys = st.one_of(st.sampled_from(WORDS), texts)
leaves = st.one_of(st.none(), st.booleans(), st.integers(-2, 9), st.sampled_from(VALUES), texts)


@functools.cache
def original():
    return json.loads(to_text(submitted(double=WRONG)))


@functools.cache
def whole():
    """An order with the released cells, so that the result is what nbgrader keeps."""
    build_lesson(course(), mini_course.LESSON)
    database = open_database(read_settings(course()).db_url, course().root, print)
    read = functools.partial(
        read_released, lesson=mini_course.LESSON, notebook=mini_course.NOTEBOOK
    )
    released = database.transact(read, write=False)
    database.close()
    return Order(plan(), released.cells)


notebooks = st.one_of(
    st.deferred(lambda: mutated(original(), keys, most=6)),
    jsons(keys, leaves),
    st.fixed_dictionaries(
        {
            "cells": st.lists(jsons(keys, leaves), max_size=3),
            "nbformat": st.integers(0, 6) | leaves,
            "nbformat_minor": st.integers(0, 9) | leaves,
            "metadata": jsons(keys, leaves),
        }
    ),
).map(lambda data: json.dumps(data).encode())
contents = st.one_of(
    notebooks,
    st.binary(max_size=100),
    st.deferred(lambda: broken(json.dumps(original()).encode())),
    notebooks.map(lambda content: b"\xef\xbb\xbf" + content),
    notebooks.map(lambda content: content.decode().encode("utf-16")),
)


def graded(content, order, outputs=(), replies=None):
    task = Task("the name.ipynb", content, "", [], "digest")
    executor = Canned(answers(WRONG) if replies is None else replies, outputs)
    return Result.from_bytes(perform(order, task.to_bytes(), executor))


@fuzzed(35)
@given(contents)
def test_a_notebook_is_read_or_refused_with_a_reason(content):
    try:
        notebook = decode_notebook(content, "the name.ipynb")
    except UnreadableError as error:
        assert "the name.ipynb" in str(error)
        assert len(str(error)) < 300 and str(error).isprintable()
        return
    repaired, notes = repair(notebook, plan().record)
    nbformat.validate(repaired)
    assert all(len(note) < 200 for note in notes)
    found = {}
    for cell in repaired.cells:
        if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
            assert name not in found
            found[name] = cell
    wanted = {
        c.metadata["nbgrader"]["grade_id"]: c
        for c in plan().record.cells
        if "nbgrader" in c.metadata
    }
    assert set(found) == set(wanted)
    for name, cell in wanted.items():
        assert found[name].metadata["nbgrader"] == cell.metadata["nbgrader"]
        assert found[name].cell_type == cell.cell_type
        if cell.metadata["nbgrader"]["locked"] and cell.cell_type == "code":
            assert found[name].source == cell.source
    assert len({cell["id"] for cell in repaired.cells}) == len(repaired.cells)


@fuzzed(35)
@given(contents)
def test_there_is_always_a_verdict_and_garbage_wins_nothing(content):
    """The code is wrong in one exercise: whatever surrounds it, that stays at 0."""
    result = graded(content, whole())
    assert result.scores["check-double"] == 0
    assert 0 <= result.scores["check-Counter"] <= 2
    assert set(result.scores) == {"check-double", "check-Counter"}
    notebook = json.loads(result.notebook)
    assert marks_of(notebook).scores == result.scores
    nbformat.validate(nbformat.reads(result.notebook.decode(), as_version=4))


OUTPUT_WORDS = ["output_type", "data", "metadata", "text", "name", "traceback", "ename", "evalue",
                "execution_count", "text/plain", "text/html", "application/json"]  # fmt: skip
shown = st.lists(
    st.one_of(
        st.builds(
            lambda data, count: {"output_type": "execute_result", "data": data, "metadata": {},
                                 "execution_count": count},
            st.dictionaries(st.sampled_from(OUTPUT_WORDS), st.sampled_from(["4.0", "99", ""])),
            st.integers(0, 9),
        ),
        st.builds(lambda name, text: {"output_type": "stream", "name": name, "text": text},
                  st.sampled_from(["stdout", "stderr"]), texts),
    ),
    max_size=3,
)  # fmt: skip


@fuzzed(25)
@given(shown)
def test_what_is_shown_is_no_score(outputs):
    outputs = [nbformat.from_dict(output) for output in outputs]
    content = json.dumps(original()).encode()
    assert graded(content, whole(), outputs).scores["check-double"] == 0


def test_the_yardstick_itself():
    """The same notebook with right answers has all points: the zeros above are the answers'."""
    scores = graded(json.dumps(original()).encode(), whole(), replies=answers()).scores
    assert (scores["check-double"], scores["check-Counter"]) == (4, 2)


def nested(depth, opening="[", closing="]"):
    return opening * depth + closing * depth


def notebook_of(cells, metadata="{}"):
    return f'{{"nbformat":4,"nbformat_minor":5,"metadata":{metadata},"cells":[{cells}]}}'


CODE = '{"cell_type":"code","metadata":{},"outputs":[],"execution_count":null,"source":"%s"}'
TEXT = '{"cell_type":"markdown","metadata":{},"source":"","id":"cell-%s"}'
BOMBS = {
    "brackets": nested(1_000_000),
    "open": "[" * 3_000_000,
    "objects": '{"a":' * 100_000,
    "metadata": notebook_of("", '{"a":' + nested(900) + "}"),
    "number": '{"nbformat":' + "9" * 1_000_000 + "}",
    "digits": notebook_of("", '{"a":' + "9" * 5_000 + "}"),
    "cells": notebook_of(",".join([CODE.replace("%s", "")] * 5_000)),
    "ids": notebook_of(",".join(TEXT.replace("%s", str(i // 2)) for i in range(5_000))),
    "old": '{"nbformat":3,"worksheets":[' + ",".join(['{"cells":[]}'] * 50_000) + "]}",
    "long": notebook_of(CODE.replace("%s", "x" * 20_000_000)),
    "not finite": '{"nbformat":NaN,"cells":Infinity}',
}
PROGRAM = """
import os, resource, sys
sys.path[:0] = sys.argv[1:]
import nbformat
import fuzzing, test_fuzz_notebooks as tests
from grader.judging.repair import repair
from grader.notebook.reading import UnreadableError, decode_notebook

record = fuzzing.plan().record
nbformat.validate(nbformat.v4.new_notebook())  # reads the schema, once
for name, bomb in tests.BOMBS.items():
    if os.fork():
        print(name, os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
        continue
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
    try:
        notebook = decode_notebook(bomb.encode(), "bomb")
    except UnreadableError as error:
        assert len(str(error)) < 300
        os._exit(0)
    repaired, notes = repair(notebook, record)
    os._exit(0)
"""


def test_bombs():
    """Each in a process with little memory and time."""
    command = [sys.executable, "-c", PROGRAM, *sys.path]
    done = subprocess.run(command, timeout=300, capture_output=True, text=True)
    assert done.stdout.splitlines() == [f"{name} 0" for name in BOMBS], done.stderr[-2000:]


def test_ids_are_unique_and_fit_to_be_ids():
    cells = [{"id": "cell-1"}, {}, {"id": "cell-1"}, {"id": [1]}, {"id": "a b"}, {"id": "x" * 65}]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.from_dict({**json.loads(CODE), **cell}) for cell in cells]
    repaired, _ = repair(notebook, nbformat.v4.new_notebook())
    nbformat.validate(repaired)
    ids = [cell.id for cell in repaired.cells]
    assert ids[0] == "cell-1" and len(set(ids)) == len(ids)


def test_what_no_cell_has_is_dropped():
    cell = {**json.loads(CODE), "cells": 1, "attachments": {}, "nbgrader": {}}
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.from_dict(cell)]
    repaired, _ = repair(notebook, nbformat.v4.new_notebook())
    wanted = {"cell_type", "metadata", "outputs", "execution_count", "source", "id"}
    assert set(repaired.cells[0]) == wanted
