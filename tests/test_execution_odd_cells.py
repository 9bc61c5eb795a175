"""Odd cells of every kind show the same in a forked process as in a Jupyter kernel."""

import os

import execution_corpus
import pytest
from execution_pairs import PATIENT, counts, forked, in_kernel, notebook, shown

from grader.execution import can_fork
from grader.execution.forked import ForkedExecutor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only"),
]


def _has_terminals():
    try:
        for descriptor in os.openpty():
            os.close(descriptor)
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def executor():
    with ForkedExecutor(PATIENT, isolation="none") as executor:
        yield executor


@pytest.mark.parametrize("name", execution_corpus.ALL)
def test_a_forked_process_shows_what_a_kernel_shows(name, executor):
    sources = execution_corpus.ALL[name]
    if not _has_terminals():  # `!command` runs in one
        sources = [source for source in sources if "!" not in source.split("\n")[0]]
    given = notebook(*sources)
    expected, got = in_kernel(given), forked(executor, given)
    assert expected.incidents == got.incidents == []
    assert counts(got.notebook) == counts(expected.notebook)
    different = [
        (cell.source, shown(cell), shown(other))
        for cell, other in zip(expected.notebook.cells, got.notebook.cells, strict=True)
        if shown(cell) != shown(other)
    ]
    assert not different


def test_figures_that_nobody_asked_for_are_not_rendered():
    given = notebook(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "from twoapples.figures import show\nfig, ax = plt.subplots()\nshow(fig, 'an empty plot')",
        "fig",
        "%config InlineBackend.figure_formats = ['retina', 'svg']\nplt.plot([1, 2]);",
        "fig.savefig('own.png')\nopen('own.png', 'rb').read(4)",
        "plt.get_fignums()",
    )
    with ForkedExecutor(PATIENT, isolation="none", figures=False) as executor:
        cells = forked(executor, given).notebook.cells
    text = "<Figure size 640x480 with 1 Axes>"
    assert [output.data for output in cells[0].outputs] == [{"text/plain": text}]
    assert [output.data for output in cells[1].outputs] == [{"text/plain": "an empty plot"}]
    assert [output.data for output in cells[2].outputs] == [{"text/plain": text}]
    assert [output.data for output in cells[3].outputs] == [{"text/plain": text}]
    assert cells[4].outputs[0].data == {"text/plain": repr(b"\x89PNG")}
    assert cells[5].outputs[0].data == {"text/plain": "[]"}
