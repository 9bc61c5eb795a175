"""The forked executor: deadlines, limits of output, and answers."""

import pytest
from execution_pairs import check_cell, forked, notebook, result, text
from nbformat.v4 import new_code_cell

from grader.execution import Limits, can_fork
from grader.execution.forked import ForkedExecutor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only"),
]

QUESTIONS = {"double": [{"steps": [{"do": "call", "on": {"subject": True}, "arguments": [3]}]}]}
LIMITS = Limits(cell_seconds=0.5, total_seconds=20, text_bytes=5000, output_bytes=20_000)


@pytest.fixture(scope="module")
def hurried():
    with ForkedExecutor(LIMITS, isolation="none", figures=False) as executor:
        yield executor


@pytest.fixture(scope="module")
def executor():
    with ForkedExecutor(
        Limits(text_bytes=5000, output_bytes=20_000), isolation="none", figures=False
    ) as executor:
        yield executor


# Deadlines


def test_a_cell_is_interrupted_at_its_limit_and_the_next_one_runs(hurried):
    execution = forked(hurried, notebook("print('begun')\nwhile True: pass", "1"))
    assert execution.incidents == ["cell 1 was stopped after 0.5 s"]
    assert execution.notebook.cells[0].outputs[0].text == "begun\n"
    assert execution.notebook.cells[0].outputs[1].ename == "KeyboardInterrupt"
    assert result(execution.notebook.cells[1]) == ["1"]
    assert not execution.died


@pytest.mark.parametrize(
    "source",
    [
        "import time; time.sleep(100)",
        "import os; os.system('sleep 100')",
        "import subprocess; subprocess.run(['sleep', '100'])",
        "import asyncio; await asyncio.sleep(100)",
        "import threading; threading.Event().wait()",
    ],
)
def test_whatever_waits_is_interrupted(source, hurried):
    execution = forked(hurried, notebook(source, "'next'"))
    assert execution.incidents == ["cell 1 was stopped after 0.5 s"]
    assert result(execution.notebook.cells[1]) == ["'next'"]


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except BaseException:\n"
        "        pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
        "while True: pass",
    ],
)
def test_what_swallows_the_interrupt_is_killed(source, hurried):
    execution = forked(hurried, notebook(source, "1"), QUESTIONS)
    assert execution.died and execution.answers == {}
    assert execution.incidents == [
        "cell 1 was stopped after 0.5 s",
        "its process ended too early (cell 1 could not be stopped)",
    ]
    assert execution.notebook.cells[1].execution_count is None


def test_the_time_of_all_cells_is_limited():
    limits = Limits(cell_seconds=5, total_seconds=1)
    with ForkedExecutor(limits, isolation="none") as executor:
        given = notebook("while True: pass", "1", "2")
        execution = forked(executor, given)
    assert execution.incidents[-1] == "the notebook's 1 s were used up before cell 2"
    assert [c.execution_count for c in execution.notebook.cells] == [1, None, None]


def test_an_answer_that_takes_too_long_costs_its_cases_only(hurried):
    cases = [
        {"steps": [{"do": "call", "on": {"subject": True}, "arguments": [n]}]} for n in (1, 2, 3)
    ]
    given = notebook("def double(x):\n    while x == 2: pass\n    return 2 * x")
    given.cells.append(check_cell("double"))
    answers = forked(hurried, given, {"double": cases}).answers["double"]["answers"]
    assert [case[0].get("value") for case in answers] == [2, None, 6]
    assert answers[1][0]["error"]["type"] == "TimedOut"


def test_an_interrupt_does_not_reach_the_step_after(hurried):
    # The cell ends by itself just when its time is over, again and again.
    source = "import time\ntime.sleep({})"
    for seconds in (0.495, 0.5, 0.505):
        execution = forked(hurried, notebook(source.format(seconds), *["x = 1"] * 3, "'end'"))
        assert result(execution.notebook.cells[-1]) == ["'end'"]
        assert all(not cell.outputs for cell in execution.notebook.cells[1:-1])


# What it prints and displays


def test_printed_text_is_cut_while_it_is_printed(hurried):
    execution = forked(hurried, notebook("while True:\n    print('x' * 100)", "'next'"))
    shown = text(execution.notebook.cells[0])
    assert len(shown) < 6000 and "the rest was dropped" in shown
    assert execution.incidents[-1] == "cell 1 printed more than is kept"
    assert result(execution.notebook.cells[1]) == ["'next'"]


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(100):\n    display(str(i) * 1000)",
        "display({'text/html': 'y' * 10**6}, raw=True)",
    ],
)
def test_displayed_data_are_cut(source, executor):
    execution = forked(executor, notebook(source, "'next'"))
    cell = execution.notebook.cells[0]
    assert len(str(cell.outputs)) < 50_000 and "the rest was dropped" in text(cell)
    assert execution.incidents == ["cell 1 printed more than is kept"]
    assert result(execution.notebook.cells[1]) == ["'next'"]


def test_answers_that_are_too_large_are_none():
    limits = Limits(answer_bytes=1000)
    given = notebook("def double(x):\n    return 'x' * 5000")
    with ForkedExecutor(limits, isolation="none") as executor:
        execution = forked(executor, given, QUESTIONS)
    assert execution.answers == {"double": {}}
    assert execution.incidents == ["the check of double printed more than is kept"]


def test_what_is_printed_while_answering_is_dropped(executor):
    given = notebook(
        "import os, sys\n"
        "def double(x):\n"
        "    print('secret', x); sys.stderr.write('secret'); display('secret')\n"
        "    os.system('echo secret')\n"
        "    return 2 * x",
    )
    given.cells += [check_cell("double"), new_code_cell("'after'")]
    execution = forked(executor, given, QUESTIONS)
    assert execution.answers["double"]["answers"][0][0]["value"] == 6
    assert "secret" not in str([cell.outputs for cell in execution.notebook.cells])
    assert result(execution.notebook.cells[2]) == ["'after'"]


def test_threads_that_print_after_their_cell_print_into_the_cell_that_runs(executor):
    execution = forked(
        executor,
        notebook(
            "import threading, time\n"
            "go = threading.Event()\n"
            "def talk():\n    go.wait(); print('late')\n"
            "thread = threading.Thread(target=talk); thread.start()",
            "go.set(); thread.join()",
        ),
    )
    assert [text(cell) for cell in execution.notebook.cells] == ["", "late\n"]


# Answers


def test_exercises_are_asked_after_their_check_and_again_at_the_end_if_missing(executor):
    given = notebook("1")
    given.cells += [check_cell("double"), new_code_cell("def double(x):\n    return 2 * x")]
    execution = forked(executor, given, {**QUESTIONS, "absent": QUESTIONS["double"]})
    assert execution.answers["double"]["answers"][0][0]["value"] == 6
    assert execution.answers["absent"] == {"missing": True}
    assert execution.notebook.cells[1].execution_count is None


@pytest.mark.parametrize(
    "body", ["exit()", "raise SystemExit", "raise KeyboardInterrupt", "raise GeneratorExit"]
)
def test_an_answer_may_raise_anything(body, executor):
    given = notebook(f"def double(x):\n    {body}", "def other(x):\n    return 2 * x")
    execution = forked(executor, given, {**QUESTIONS, "other": QUESTIONS["double"]})
    assert execution.answers["other"]["answers"][0][0]["value"] == 6
    assert "'value': 6" not in str(execution.answers["double"])
    assert not execution.died
