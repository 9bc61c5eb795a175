"""`check()` where learners call it: in IPython, in a Jupyter kernel, in plain Python."""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from learners import record

import twoapples
from grader.exercises import Exercise
from twoapples import CheckFailed, check
from twoapples.checking import traces
from twoapples.checking.answers import answer

ROOT = Path(__file__).parents[1]


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Node:
    def forward(self, x):
        return 2 * x


def softmax_trace():
    exercise = Exercise("softmax", points=1)
    exercise.case("a batch")(lambda f, rng: f(rng.normal(size=(4, 3)) + 1000))

    @exercise.misconception("The columns sum to 1, not the rows.")
    def columns(s):
        e = np.exp(s - s.max(axis=0))
        return e / e.sum(axis=0)

    return exercise.public_trace(softmax)


RIGHT = "def softmax(s):\n    e = np.exp(s - s.max(-1, keepdims=True))\n"
RIGHT += "    return e / e.sum(-1, keepdims=True)"
COLUMNS = "def softmax(s):\n    e = np.exp(s - s.max(0))\n    return e / e.sum(0)"
OVERFLOW = "def softmax(s):\n    e = np.exp(s)\n    return e / e.sum(-1, keepdims=True)"


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A lesson's folder, in which the notebook runs."""
    node = record(Node, lambda N, rng: N().forward(3.0))
    traces.write(tmp_path / traces.FILE_NAME, [softmax_trace(), node])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell(lesson):
    """An IPython shell, as the one in a kernel but in this process."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_cell("import numpy as np\nfrom twoapples import check")
    yield shell
    InteractiveShell.clear_instance()


def run(shell, *cells):
    """Run cells; return the last one's error, what it displayed and what it printed."""
    for code in cells:
        with capture_output() as captured:
            result = shell.run_cell(dedent(code))
    return result.error_in_exec, captured


class TestInIPython:
    def test_right(self, shell):
        error, shown = run(shell, RIGHT, 'check("softmax")')
        assert error is None
        (box,) = shown.outputs
        assert "Right:" in box.data["text/html"] and "✓ Right" in box.data["text/plain"]
        assert shown.stderr == ""

    def test_wrong_fails_the_cell(self, shell):
        error, shown = run(shell, COLUMNS, 'check("softmax")')
        assert type(error).__name__ == "CheckFailed"
        assert str(error) == "softmax is not right yet. The columns sum to 1, not the rows."
        assert "The columns sum to 1" in shown.outputs[0].data["text/html"]

    def test_one_line_of_traceback(self, shell):
        _, shown = run(shell, COLUMNS, 'check("softmax")')
        lines = [line for line in (shown.stdout + shown.stderr).splitlines() if line.strip()]
        assert lines == [
            "CheckFailed: softmax is not right yet. The columns sum to 1, not the rows."
        ]

    def test_line_of_the_learners_cell(self, shell):
        code = "def softmax(s):\n    e = np.exp(s)\n    return e / e.sum(axis=2)"
        error, shown = run(shell, code, 'check("softmax")')
        assert "raises `AxisError` in line 3 of its cell, given `s` of shape (4, 3)" in str(error)
        assert "return e / e.sum(axis=2)" in shown.outputs[0].data["text/plain"]

    def test_where_nan_began(self, shell):
        error, shown = run(shell, OVERFLOW, 'check("softmax")')
        assert "It begins in line 2 of the cell: NumPy reports “overflow" in str(error)
        assert shown.stderr.count("RuntimeWarning") == 0

    def test_not_defined(self, shell):
        error, _ = run(shell, 'check("softmax")')
        assert "There is no `softmax` yet." in str(error)

    def test_redefined_as_an_array(self, shell):
        error, _ = run(shell, RIGHT + "\nsoftmax = softmax(np.ones((2, 3)))", 'check("softmax")')
        assert "`softmax` is an array of shape (2, 3), and a function is needed." in str(error)

    def test_function_where_a_class_is_needed(self, shell):
        error, _ = run(shell, "def Node(x): return 2 * x", 'check("Node")')
        assert "`Node` is a function, and a class is needed." in str(error)

    def test_the_name_of_no_exercise(self, shell):
        error, _ = run(shell, 'check("sofmax")')
        assert str(error) == (
            'There is no exercise named "sofmax" in this lesson. Is "softmax" meant?'
        )
        error, _ = run(shell, 'check("dropout")')
        assert str(error).endswith("Its exercises: softmax, Node.")

    @pytest.mark.parametrize("argument", ["softmax", "[softmax]", "None", "np"])
    def test_without_quotes(self, shell, argument):
        error, _ = run(shell, RIGHT, f"check({argument})")
        assert type(error).__name__ == "CheckFailed"
        assert "takes the name of an exercise in quotes: check(" in str(error)

    def test_print_goes_through(self, shell):
        code = RIGHT.replace("    e =", "    print('scores', s.shape)\n    e =")
        error, shown = run(shell, code, 'check("softmax")')
        assert error is None and shown.stdout == "scores (4, 3)\n"

    def test_warnings_become_notes(self, shell):
        code = "import warnings\n" + RIGHT.replace(
            "    e =", "    warnings.warn('old habit', FutureWarning)\n    e ="
        )
        error, shown = run(shell, code, 'check("softmax")')
        assert error is None and shown.stderr == ""
        text = shown.outputs[0].data["text/plain"]
        assert "Note: Python warned while this ran: FutureWarning: old habit" in text

    def test_warnings_that_the_learner_made_errors(self, shell):
        code = "import warnings\nwarnings.simplefilter('error')\n" + RIGHT.replace(
            "    e =", "    warnings.warn('old habit')\n    e ="
        )
        with warnings.catch_warnings():
            error, _ = run(shell, code, 'check("softmax")')
        assert error is None

    def test_exit_does_not_end_the_kernel(self, shell):
        code = "import sys\ndef softmax(s):\n    sys.exit(3)"
        error, _ = run(shell, code, 'check("softmax")')
        assert "raises `SystemExit` in line 3" in str(error)

    def test_interruption(self, shell):
        error, _ = run(shell, "def softmax(s):\n    raise KeyboardInterrupt", 'check("softmax")')
        assert isinstance(error, KeyboardInterrupt)

    def test_magics_and_later_cells_still_work(self, shell):
        run(shell, COLUMNS, 'check("softmax")')
        error, _ = run(shell, RIGHT, 'check("softmax")')
        assert error is None


class TestTraceFile:
    def fails(self, folder, name="softmax"):
        with pytest.raises(CheckFailed) as caught:
            check(name, folder=folder)
        message = str(caught.value)
        assert "\n" not in message and len(message) < 400
        assert caught.value.__suppress_context__  # one traceback, not two
        return message

    def test_missing(self, tmp_path):
        message = self.fails(tmp_path)
        assert "check needs the file traces.json that belongs beside the notebook" in message
        assert str(tmp_path) in message

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "3",
            "null",
            "<<<<<<< HEAD",
            "{}",
            '{"format":1}',
            '{"format":1,"exercises":3}',
            '{"format":1,"exercises":["softmax"]}',
            '{"format":1,"exercises":[{}]}',
            "[" * 100_000,
            '{"format":' + "9" * 5000 + "}",
        ],
    )
    def test_damaged(self, tmp_path, text):
        (tmp_path / "traces.json").write_text(text, encoding="utf-8")
        message = self.fails(tmp_path)
        assert message.startswith("traces.json is damaged and cannot be read (")
        assert message.endswith("Download this lesson again.")

    def test_not_text(self, tmp_path):
        (tmp_path / "traces.json").write_bytes(b"\xff\xfe\x00")
        assert "is damaged" in self.fails(tmp_path)

    def test_a_folder(self, tmp_path):
        (tmp_path / "traces.json").mkdir()
        assert "cannot be opened" in self.fails(tmp_path)

    def test_newer(self, tmp_path):
        (tmp_path / "traces.json").write_text('{"format":2,"lessons":{}}', encoding="utf-8")
        assert self.fails(tmp_path) == (
            "traces.json has format 2, and this version of twoapples reads format 1. Update the "
            "package and the lessons together."
        )

    @pytest.mark.parametrize(
        ("old", "new"),
        [('"do":"call"', '"do":"explode"'), ('"dtype":"float64"', '"dtype":"object"')],
    )
    def test_damaged_within(self, lesson, monkeypatch, old, new):
        path = lesson / "traces.json"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        monkeypatch.setattr(sys.modules["__main__"], "softmax", softmax, raising=False)
        assert "traces.json is damaged" in self.fails(lesson)

    def test_no_exercises(self, tmp_path):
        traces.write(tmp_path / "traces.json", [])
        assert self.fails(tmp_path) == 'There is no exercise named "softmax" in this lesson.'

    @pytest.mark.parametrize("inner", ["02-softmax", "notebooks/02-softmax"])
    def test_a_kernel_that_runs_above_the_lesson(self, lesson, monkeypatch, inner):
        folder = lesson / "course" / inner
        folder.mkdir(parents=True)
        (lesson / "traces.json").rename(folder / "traces.json")
        (folder.parent / "01-broken").mkdir()
        (folder.parent / "01-broken" / "traces.json").write_text("", encoding="utf-8")
        monkeypatch.setattr(sys.modules["__main__"], "softmax", softmax, raising=False)
        check("softmax", folder=lesson / "course")
        assert "is damaged" in self.fails(lesson / "course", "elsewhere")


WITHOUT_GRADER = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"nbgrader", "grader", "solutions", "jupytext", "nbformat"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook run in a kernel that has neither nbgrader nor the grader."""
    import nbformat
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    folder = tmp_path_factory.mktemp("lesson")
    traces.write(folder / traces.FILE_NAME, [softmax_trace()])
    package = str(Path(twoapples.__file__).parents[1])
    setup = WITHOUT_GRADER + f"sys.path.append({package!r})\n"
    cells = [
        setup + "import numpy as np\nfrom twoapples import check",
        RIGHT,
        'check("softmax")',
        COLUMNS + "\n",
        'check("softmax")',
        "def softmax(s):\n    e = np.exp(s)\n    return e / e.sum(axis=1)",
        'check("softmax")',
        "print([m for m in ('nbgrader', 'grader', 'solutions') if m in sys.modules])",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        timeout=60,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    nbformat.validate(notebook)
    return [cell.outputs for cell in notebook.cells]


class TestInAKernel:
    def test_right(self, executed):
        assert executed[:2] == [[], []]
        (box,) = executed[2]
        assert box.output_type == "display_data"
        assert "Right:" in box.data["text/html"] and "✓ Right" in box.data["text/plain"]

    def test_wrong(self, executed):
        box, error = executed[4]
        assert "The columns sum to 1" in box.data["text/html"]
        assert error.output_type == "error" and error.ename == "CheckFailed"
        assert error.evalue == "softmax is not right yet. The columns sum to 1, not the rows."
        assert error.traceback == [f"CheckFailed: {error.evalue}"]

    def test_line_of_the_cell(self, executed):
        box, error = executed[6]
        assert "in line 3 of its cell" in error.evalue
        assert "return e / e.sum(axis=1)" in box.data["text/plain"]

    def test_nothing_else_was_needed(self, executed):
        assert executed[7][0].text == "[]\n"


class TestInPlainPython:
    def run(self, lesson, code):
        script = lesson / "attempt.py"
        script.write_text(
            f"{WITHOUT_GRADER}\nimport numpy as np\nfrom twoapples import check\n{code}\n",
            encoding="utf-8",
        )
        return subprocess.run(
            [sys.executable, str(script)],
            cwd=lesson,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    def test_right(self, lesson):
        done = self.run(lesson, RIGHT + '\ncheck("softmax")')
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "✓ Right: softmax\n  The case holds.\n"

    def test_wrong(self, lesson):
        done = self.run(lesson, COLUMNS + '\ncheck("softmax")')
        assert done.returncode == 1
        assert done.stdout.startswith("✗ Not right yet: softmax\n  The columns sum to 1")
        assert done.stderr.count("Traceback") == 1
        last = done.stderr.strip().splitlines()[-1]
        assert last.endswith(
            "CheckFailed: softmax is not right yet. The columns sum to 1, not the rows."
        )


class TestAnswers:
    """What a grader gets, in the process that runs the notebook."""

    def cases(self):
        return [case.questions() for case in softmax_trace().cases]

    def test_answers(self):
        given = answer("softmax", self.cases(), {"softmax": softmax})
        assert given["answers"][0][0]["value"]["shape"] == [4, 3]
        json.dumps(given, allow_nan=False)

    def test_missing_and_unusable(self):
        assert answer("softmax", self.cases(), {}) == {"missing": True}
        assert answer("softmax", self.cases(), {"softmax": 3}) == {"unusable": "a number"}

        class Odd(dict):
            def __len__(self):
                raise OSError

        assert answer("softmax", [], {"softmax": Odd(a=1)}) == {"unusable": "something else"}

    def test_every_answer_is_json(self):
        odd = [np.longdouble(1), np.float32("nan"), {1, 2}, "\ud800", 2**80, [np.int8(1)], 1j]
        for value in odd:
            given = answer("softmax", self.cases(), {"softmax": lambda s, value=value: value})
            json.loads(json.dumps(given, allow_nan=False))


class TestReadingOneExercise:
    """`check` reads its exercise alone; it has to find there what the whole file holds."""

    @pytest.mark.parametrize(
        "path", sorted((ROOT / "notebooks").glob("*/traces.json")), ids=lambda p: p.parent.name
    )
    def test_is_the_same_as_in_the_whole_file(self, path, monkeypatch):
        whole = traces.read(path)
        monkeypatch.setattr(traces, "read", lambda path: pytest.fail("the whole file was read"))
        for name, trace in whole.items():
            assert traces.find(name, path.parent) == trace

    def test_another_layout_is_read_as_a_whole(self, tmp_path):
        path = tmp_path / traces.FILE_NAME
        traces.write(path, [softmax_trace()])
        path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=1), "utf-8")
        assert traces.find("softmax", tmp_path) == softmax_trace()
