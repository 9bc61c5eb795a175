"""What the fuzz tests have in common: how long they look, and garbage in the shape of what is read.

The examples are the same in every run. To look further, with other examples each time and a hundred
times as many: `TWOAPPLES_FUZZ=100 pytest tests/test_fuzz_answers.py`.
"""

import atexit
import copy
import functools
import os
import shutil
import socket
import tempfile
from pathlib import Path

import mini_course
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from instant import InstantExecutor

from grader.build.hidden_cases import make_plan
from grader.execution.executor import Execution
from grader.inside.limits import Limits
from grader.judging.plan import Plan
from grader.judging.task import Order
from grader.notebook.cells import is_run
from twoapples.checking.answers import answer

FACTOR = int(os.environ.get("TWOAPPLES_FUZZ", "0"))
WRONG = "def double(x):\n    return x * x * x"


def fuzzed(examples):
    """Return Hypothesis settings for so many examples."""
    return settings(
        max_examples=examples * max(1, FACTOR),
        derandomize=not FACTOR,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# Texts with what trips readers: controls, escapes, directions, halves of pairs, other digits.
ODD = [
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ud800",
    "\r\n",
    "٣",
    "İ",
    "x" * 300,
    "..",
    "/",
    "%",
    "</script>",
]
characters = st.one_of(st.characters(), st.characters(categories=["Cs", "Cc", "Nd"]))
texts = st.one_of(st.text(characters, max_size=30), st.sampled_from(ODD))

numbers = st.one_of(
    st.integers(),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 2**64, 10**30, -(2**70)]),
    st.floats(allow_nan=False, allow_infinity=False),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)


def jsons(keys=texts, leaves=scalars, most=12):
    """Return JSON values; `keys` are those that the reader looks for."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=most,
    )


def paths(data, here=()):
    """Return the places in a JSON value, as tuples of keys."""
    yield here
    if isinstance(data, (dict, list)):
        items = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in items:
            yield from paths(value, (*here, key))


@st.composite
def mutated(draw, original, keys=texts, most=4):
    """Return a JSON value of which some parts are gone, doubled, exchanged or something else."""
    data = copy.deepcopy(original)
    garbage = jsons(keys)
    for _ in range(draw(st.integers(1, most))):
        found = list(paths(data))
        place = draw(st.sampled_from(found))
        if not place:
            if draw(st.integers(0, 20)) == 0:
                data = draw(garbage)
            continue
        *above, last = place
        parent = functools.reduce(lambda part, key: part[key], above, data)
        how = draw(st.sampled_from(["replace", "delete", "double", "exchange", "add"]))
        if how == "delete":
            del parent[last]
        elif how == "double" and isinstance(parent, list):
            parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(parent[last]))
        elif how == "add" and isinstance(parent, dict):
            parent[draw(keys)] = draw(garbage)
        elif how == "exchange":
            other = draw(st.sampled_from(found))
            parent[last] = copy.deepcopy(functools.reduce(lambda part, key: part[key], other, data))
        else:
            parent[last] = draw(garbage)
    return data


@st.composite
def broken(draw, content):
    """Return bytes that are nearly `content`."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data[start:end] = draw(st.binary(max_size=40))
    return bytes(data)


# A small course, and answers to its questions that nothing has to be run for.


@functools.cache
def course():
    """Return the course of `mini_course`, in a folder that goes with this process."""
    folder = tempfile.mkdtemp(prefix="fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return mini_course.make_course(Path(folder))


@functools.cache
def plan() -> Plan:
    """Return how it is graded."""
    return make_plan(course(), mini_course.LESSON)


@functools.cache
def order() -> Order:
    """Return what a worker gets, without nbgrader's cells."""
    return Order(plan(), None)


def submitted(**code):
    """Return the solved notebook as plain data, with other code in it."""
    return mini_course.answer(mini_course.solved(course()), **code)


@functools.cache
def answers(*code):
    """Return what the exercises answer; with `WRONG` the first one is wrong in every case."""
    names = {}
    for text in (mini_course.SOLUTIONS, *code):
        exec(text, names)
    return {item.name: answer(item.name, item.questions, names) for item in plan().exercises}


class Canned(InstantExecutor):
    """An executor that runs nothing: outputs and answers are given."""

    def __init__(self, replies, outputs=()):
        self.replies, self.outputs = replies, list(outputs)

    def execute(self, notebook, questions, supplements):
        for cell in notebook.cells:
            if is_run(cell):
                cell.outputs, cell.execution_count = copy.deepcopy(self.outputs), 1
        return Execution(notebook, answers=copy.deepcopy(self.replies))


# What a submission's process sends, and code
LIMITS = Limits(text_bytes=2_000, output_bytes=5_000, answer_bytes=5_000)
HONEST = [
    ["text", "stdout", "one\n", True],
    ["text", "stderr", "two", False],
    ["display", {"text/plain": "3", "image/png": "aGk="}, {"image/png": {"width": 3}}, "i", False],
    ["display", {"text/plain": "4"}, {}, "i", True],
    ["result", {"text/plain": "5"}, {}, 2],
    ["error", "ValueError", "six", ["line", "line"]],
    ["clear", True],
    ["done", "cell", 2, 1, False],
    ["answers", "double", {"answers": [[{"value": 1.0}]]}],
    ["large", "double"],
    ["failed", "why"],
    ["end"],
]
FORBIDS = ["scipy.special", "torch", "a", "solutions.doubling"]
CODE = """
import numpy as np, scipy.special as sp
from torch import *
def double(x, *, f=sp.softmax):
    global g
    import importlib as i
    y = [a := b for b in x if (lambda t: t.z)(b)]
    with open(x) as (g, h[0], *k): pass
    return i.import_module("torch").f(y) or getattr(sp, "x", None) or __import__("a.b").c
class A(np.ndarray, metaclass=B):
    x: int = sp.y
    async def f(self):
        nonlocal_ = await self.x[1:2, ...]
        yield f"{self!r:>{9}}"
try: q, (r, *s) = 1, (2, 3)
except* (E, sp.F) as e: del q
match q:
    case {"a": [1, *u], **v} if w: A.f.g = sp.exp
    case _: pass
double.__call__ = A[0].b
"""


def received(data, sizes, reader):
    """Give a reader the bytes in pieces; return the frames."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    found = []
    with ours, theirs:
        start = 0
        for size in [*sizes, len(data)]:
            if start >= len(data):
                break
            theirs.sendall(data[start : start + min(size, 50_000)])
            start += min(size, 50_000)
            assert reader.feed(ours)
            while (frame := reader.next()) is not None:
                found.append(frame)
        theirs.close()
        while reader.feed(ours):
            pass
    return found
