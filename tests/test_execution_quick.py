"""Cells that were worked out before the fork show what they show otherwise, tracebacks included."""

import re
from pathlib import Path

import execution_corpus
import pytest
from execution_pairs import PATIENT, counts, forked, in_kernel, notebook, shown

from grader.execution import Limits, can_fork, nursery_process
from grader.execution.forked import ForkedExecutor
from grader.inside import quick

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only"),
]

# What compiling depends on besides a cell's text, and code that says where it is.
_UNUSUAL = [
    "1 + 1",
    "def f(x):\n    return (lambda: x.nothing)()\nf.__code__.co_filename == f(f)",
    "1 + 1",
    "3 is 3",
    "'\\d'",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "async def g():\n    return 5\nawait g()",
    "get_ipython().ast_node_interactivity = 'last_expr_or_assign'\na = 1",
    "b = 2",
    "b = 2",
    "get_ipython().ast_node_interactivity = 'all'\n1",
    "4\n5",
    "get_ipython().ast_node_interactivity = 'last_expr'",
    "import ast\n"
    "class Twice(ast.NodeTransformer):\n"
    "    def visit_Constant(self, node):\n"
    "        return ast.Constant(node.value * 2)\n"
    "get_ipython().ast_transformers.append(Twice())",
    "1 + 1",
    "get_ipython().ast_transformers.clear()",
    "1 + 1",
    "get_ipython().input_transformers_cleanup.append(lambda lines: ['6\\n'])",
    "1 + 1",
    "get_ipython().input_transformers_cleanup.clear()",
    "def h(x: undefined): pass\nh.__annotations__",
    "from __future__ import annotations",
    "def h(x: undefined): pass\nh.__annotations__",
    "7\nreturn",
    "print = None\nprint",
    "pwd",
    "pwd = 1",
    "pwd",
    "import os\nos.environ['IPYKERNEL_CELL_NAME'] = 'own.py'",
    "def f(x):\n    return (lambda: x.nothing)()\nf.__code__.co_filename",
]


@pytest.fixture(scope="module")
def plain():
    with ForkedExecutor(PATIENT, isolation="none") as executor:
        yield executor


@pytest.fixture(scope="module", params=["none", "default"])
def ahead(request):
    with ForkedExecutor(PATIENT, isolation=request.param) as executor:
        yield executor


@pytest.fixture(scope="module")
def in_a_kernel():
    return in_kernel(notebook(*_UNUSUAL))


@pytest.mark.parametrize("name", execution_corpus.ALL)
def test_cells_that_were_worked_out_ahead_show_the_same(name, plain):
    given = notebook(*execution_corpus.ALL[name])
    expected = forked(plain, given)
    with ForkedExecutor(PATIENT, isolation="none") as ahead:
        ahead.prepare(given)
        got = forked(ahead, given)
    assert expected.incidents == got.incidents == []
    assert counts(got.notebook) == counts(expected.notebook)
    for cell, other in zip(expected.notebook.cells, got.notebook.cells, strict=True):
        assert shown(other) == shown(cell), cell.source


def test_unusual_cells_show_what_a_kernel_shows(ahead, in_a_kernel):
    given = notebook(*_UNUSUAL)
    ahead.prepare(given)
    got = forked(ahead, given)
    assert counts(got.notebook) == counts(in_a_kernel.notebook)
    for cell, other in zip(in_a_kernel.notebook.cells, got.notebook.cells, strict=True):
        if "pwd" not in cell.source:  # folders differ
            assert shown(other) == shown(cell), cell.source


def test_tracebacks_have_a_kernels_colours(plain, monkeypatch):
    given = notebook(
        "def f(x):\n    y = [x / n for n in (1, 0)]\n    return y\n\nf(2)",
        "import numpy as np\n\n\n"
        "def g(a):\n    # a comment\n    return f(\n        a @ np.ones(3)\n    )",
        "g(np.ones(2))",
        "try:\n    f(1)\nexcept ZeroDivisionError as e:\n    raise KeyError('other') from e",
        "def deep(n):\n    return deep(n - 1) if n else f(0)\n\ndeep(20)",
        "import json\njson.loads('{')",
        "exec('1 / 0')",
        "class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd",
    )
    # A kernel gives no answer to the last cell: it is given up when its time is over.
    expected = _errors(in_kernel(given, limits=Limits(cell_seconds=20)))
    got = _errors(forked(plain, given))
    assert got == expected
    assert sum("\x1b[" in line for error in got for line in error) > 20
    # A release has moved a name: tracebacks are made as IPython makes them, slower and the same.
    moved = "import grader.inside.quick as quick, grader.inside.nursery as nursery\n"
    moved += "quick.INNER += ('stack_data:moved',)\nnursery.main()"
    start = nursery_process.command
    monkeypatch.setattr(
        nursery_process,
        "command",
        lambda arguments, **options: start(["-I", "-c", moved, *arguments[3:]], **options),
    )
    with ForkedExecutor(isolation="none") as slower:
        assert _errors(forked(slower, given)) == expected


def test_libraries_have_the_inner_names_that_make_it_quick():
    gone = ", ".join(quick.missing())
    assert not gone, (
        f"A release has moved {gone}. Submissions are graded as before and take longer. Look at "
        "where grader/inside/quick.py uses it, then at the upper bound in pyproject.toml."
    )


def _errors(execution):
    errors = [o for cell in execution.notebook.cells for o in cell.outputs]
    lines = [error.traceback for error in errors if error.output_type == "error"]
    changing = re.compile(rf"(?<=ipykernel_)\d+|(~|{re.escape(str(Path.home()))})(?=/)")
    return [[changing.sub("", line) for line in error] for error in lines]
