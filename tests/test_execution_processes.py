"""The forked executor: processes that misbehave, and what submissions do not share."""

import copy
import os
import subprocess
import sys
import time

import pytest
from execution_pairs import PATIENT, check_cell, forked, notebook, result, text

from grader.execution import Limits, can_fork, choose_executor
from grader.execution.forked import ForkedExecutor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only"),
]

QUESTIONS = {"double": [{"steps": [{"do": "call", "on": {"subject": True}, "arguments": [3]}]}]}


@pytest.fixture(scope="module")
def executor():
    with ForkedExecutor(PATIENT, isolation="none", figures=False) as executor:
        yield executor


# Processes


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("import os; os._exit(3)", "with exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "by signal SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
    ],
)
def test_a_process_that_ends_itself_keeps_what_it_had(source, how, executor):
    given = notebook("def double(x):\n    return 2 * x", source, "'never'")
    given.cells.insert(1, check_cell("double"))
    execution = forked(executor, given, QUESTIONS)
    assert execution.died and how in execution.incidents[-1]
    assert execution.answers["double"]["answers"][0][0]["value"] == 6
    assert execution.notebook.cells[3].outputs == []


def test_a_submission_that_forks_runs_its_later_cells_once(executor):
    given = notebook(
        "import os\nfirst = os.getpid()\nos.fork()", "open('log', 'a').write('x')",
        "import time; time.sleep(0.2)\nopen('log').read(), os.getpid() == first",
    )  # fmt: skip
    execution = forked(executor, given)
    assert result(execution.notebook.cells[2]) == ["('x', True)"]
    assert execution.incidents == []


def test_nothing_that_a_submission_started_outlives_it(executor, tmp_path):
    mark = tmp_path / "mark"
    given = notebook(
        f"import subprocess\n"
        f"p = subprocess.Popen(['sh', '-c', 'sleep 0.7; touch {mark}'])\n"
        "import os\nif os.fork() == 0:\n"
        f"    import time; time.sleep(0.7); open({str(mark)!r}, 'w'); os._exit(0)",
        "1",
    )
    assert forked(executor, given).incidents == []
    forked(executor, notebook("1"))
    time.sleep(1.2)
    assert not mark.exists()


def test_a_nursery_that_was_killed_is_started_again(executor):
    forked(executor, notebook("1"))
    first = executor._nursery.process
    first.kill()
    first.wait()
    execution = forked(executor, notebook("1 + 1"))
    assert result(execution.notebook.cells[0]) == ["2"] and execution.incidents == []
    assert executor._nursery.process.pid != first.pid


def test_a_submission_that_kills_its_parents_hurts_itself_only(executor):
    given = notebook(
        "import os, signal\n"
        "status = open(f'/proc/{os.getppid()}/status').read()\n"
        "nursery = int(status.split('PPid:')[1].split()[0])\n"
        "os.kill(nursery, signal.SIGKILL); os.kill(os.getppid(), signal.SIGKILL)\n"
        "import time; time.sleep(5)"
    )
    assert forked(executor, given).died
    assert result(forked(executor, notebook("3")).notebook.cells[0]) == ["3"]


def test_no_process_and_no_folder_is_left(tmp_path):
    program = (
        "from execution_pairs import *\n"
        "ex = ForkedExecutor(isolation='none')\n"
        "import os, glob\n"
        "print(len(forked(ex, notebook('1')).incidents), ex._nursery.process.pid)\n"
        "ex.close()\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.path.dirname(__file__)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    incidents, pid = done.stdout.split()
    assert incidents == "0" and not os.path.exists(f"/proc/{pid}")
    assert list(tmp_path.iterdir()) == []


def test_the_nursery_runs_one_thread_before_every_fork(executor):
    for _ in range(3):
        forked(executor, notebook("import numpy as np\nnp.ones((300, 300)) @ np.ones((300, 300))"))
        tasks = os.listdir(f"/proc/{executor._nursery.process.pid}/task")
        assert len(tasks) == 1


def test_a_nursery_with_threads_refuses_to_fork():
    program = (
        "import threading\n"
        "from grader.inside.nursery import Nursery\n"
        "event = threading.Event()\n"
        "threading.Thread(target=event.wait, daemon=True).start()\n"
        "try:\n    Nursery(None, None, None, 'none')._fork({'number': 1}, [])\n"
        "except RuntimeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "runs threads" in done.stdout, done.stderr


# What submissions do not share


def test_random_numbers_differ_between_submissions(executor):
    given = notebook(
        "import random, numpy as np, uuid\nrandom.random(), np.random.rand(), uuid.uuid4().hex"
    )
    drawn = {result(forked(executor, given).notebook.cells[0])[0] for _ in range(3)}
    assert len({part for row in drawn for part in row.split(", ")}) == 9


def test_seeded_random_numbers_are_the_same_as_everywhere(executor):
    given = notebook("import numpy as np\nnp.random.seed(3); np.random.rand()")
    import numpy as np

    np.random.seed(3)
    assert result(forked(executor, given).notebook.cells[0]) == [repr(np.random.rand())]


def test_files_environment_and_modules_are_the_submissions_own(executor):
    spoil = notebook(
        "import os, sys, builtins, numpy as np, matplotlib.pyplot as plt\n"
        "open('left.txt', 'w').write('x'); os.environ['LEFT'] = 'x'; os.chdir('/')\n"
        "np.allclose = lambda *a: True; builtins.left = 1; sys.path.insert(0, '/left')\n"
        "plt.rcParams['figure.dpi'] = 7; sys.setrecursionlimit(77)\n"
        "get_ipython().user_ns['left'] = 1; %alias left echo",
    )
    look = notebook(
        "import os, sys, builtins, numpy as np, matplotlib.pyplot as plt\n"
        "[os.listdir('.'), os.environ.get('LEFT'), hasattr(builtins, 'left'),\n"
        " 'left' in globals(), np.allclose(0, 1), '/left' in sys.path,\n"
        " plt.rcParams['figure.dpi'] == 7, sys.getrecursionlimit() == 77, In[1][:6]]"
    )
    before = result(forked(executor, look).notebook.cells[0])
    forked(executor, spoil)
    assert result(forked(executor, look).notebook.cells[0]) == before
    assert before == ["[['traces.json'], None, False, False, False, False, False, False, 'import']"]


def test_supplements_lie_beside_the_notebook(executor):
    given = notebook("from solutions.part import value\nvalue")
    files = {"solutions/__init__.py": b"", "solutions/part.py": "value = '값'\n".encode()}
    assert result(forked(executor, given, supplements=files).notebook.cells[0]) == ["'값'"]


def test_blas_runs_one_thread_and_widgets_are_off(executor):
    given = notebook(
        "import os\nos.environ['OPENBLAS_NUM_THREADS'], os.environ['TWOAPPLES_WIDGETS']",
        "import numpy as np\na = np.ones((500, 500)); a @ a\nlen(os.listdir('/proc/self/task'))",
    )
    cells = forked(executor, given).notebook.cells
    assert [result(cell)[0] for cell in cells] == ["('1', 'off')", "1"]


def test_the_given_notebook_keeps_its_cells(executor):
    given = notebook("1", "")
    given.cells[1].cell_type = "markdown"
    before = [(cell.cell_type, cell.source) for cell in given.cells]
    execution = executor.execute(copy.deepcopy(given), {}, {})
    assert [(cell.cell_type, cell.source) for cell in execution.notebook.cells] == before


# Isolation


@pytest.mark.parametrize("isolation", ["default", "strict"])
def test_isolated_submissions_give_the_same(isolation):
    given = notebook(
        "import os\ndef double(x):\n    return 2 * x", "print('x'); 1 / 0",
        "os.system('echo low')", "while True: pass", "os.getcwd(), os.listdir('.')",
    )  # fmt: skip
    with ForkedExecutor(Limits(cell_seconds=0.5), isolation=isolation, figures=False) as executor:
        for _ in range(2):
            execution = forked(executor, given, QUESTIONS)
            assert execution.incidents == ["cell 4 was stopped after 0.5 s"]
            assert execution.answers["double"]["answers"][0][0]["value"] == 6
            cells = execution.notebook.cells
            assert cells[1].outputs[1].ename == "ZeroDivisionError"
            assert text(cells[2]) == "low\n"
            assert result(cells[4]) == ["('/submission/work', ['traces.json'])"]


def test_the_executor_is_chosen_by_system(monkeypatch):
    assert isinstance(choose_executor(isolation="none"), ForkedExecutor)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.warns(UserWarning, match="cannot be forked safely on win32"):
        executor = choose_executor()
    assert type(executor).__name__ == "KernelExecutor"
