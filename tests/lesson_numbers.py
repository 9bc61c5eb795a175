"""What the tests of a lesson's numbers share: its prose, its cells, and a run of all of them.

A statement is a piece of the prose with its numbers filled in from a computation. `states` says
whether the prose holds that piece, and `unstated` gives the numbers that no piece covers: so a
number that is changed in the prose, or added to it, turns a test red. `run` runs every cell, with
the references in place of the exercises. `LessonNumbers` has the tests that every lesson must pass.
"""

import ast
import contextlib
import importlib
import io
import re
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import matplotlib

from twoapples import figures

matplotlib.use("Agg")

ROOT = Path(__file__).parents[1]

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXERCISE = re.compile(r"^\{exercise\}`(\w+)\.(\w+)[^`]*`$", re.MULTILINE)
_WRITTEN = re.compile(r"^```\{written\} (\w+)$", re.MULTILINE)
_OPTIONS = re.compile(r"\A(?::.*\n)+")

# Every number; and those worth a statement when a prose counts much in words such as "2 classes".
ANY_NUMBER = r"\d+"
TELLING_NUMBER = r"\d+\.\d+|\d+e-?\d+|\^\{?-?\d+|\d+ ?%|\d{3,}"

# Numbers that name a place or a minute; the minutes have a test of their own.
PLACES = (
    r"[Ll]essons? \d\d(?:(?:, \d\d)* and \d\d)?|^#+ \d\d?\b|\bparts? \d|\bExercise \d|Hint \d"
    r"|^\| \d [A-Z].*\|$|\(about \d+ minutes\)"
)


def one_line(text):
    """Write a text with one space wherever it has spaces and line ends."""
    return " ".join(text.split())


def fill(template, *values):
    """Fill numbers in; with %, because LaTeX is full of braces."""
    return template % values


def format_claim(claim):
    """Fill numbers in; a claim is a text with gaps, {} or {:.3f} say, and what belongs there."""
    text, *values = claim
    return text.format(*values)


@dataclass
class Run:
    """What a run of all cells left behind.

    Attributes
    ----------
    names : dict
        The notebook's names after the last cell.
    outputs : list of str
        For each cell what it printed, and the text of its last expression as a notebook shows it.
    pictures : list of twoapples.figures.Picture
        What was shown, in order.
    """

    names: dict = field(default_factory=dict)
    outputs: list = field(default_factory=list)
    pictures: list = field(default_factory=list)

    @property
    def printed(self):
        """All outputs, one after the other."""
        return "".join(self.outputs)

    @property
    def alts(self):
        """The alternative texts of the pictures."""
        return [picture.alt for picture in self.pictures]


class Lesson:
    """A lesson's text, and what it promises.

    Parameters
    ----------
    name : str
        Folder in ``source/``, for example ``"02-softmax-cross-entropy"``.

    Attributes
    ----------
    prose : str
        The text without front matter, code cells, exercise lines and HTML tags.
    cells : list of str
        The code cells, without their options.
    exercises, written : list of str
        Names of the exercises to be coded, and of those to be written.
    """

    def __init__(self, name):
        (self.path,) = (ROOT / "source" / name).glob("*.md")
        self.text = self.path.read_text(encoding="utf-8").split("---\n", 2)[2]
        self.prose = re.sub(r"</?\w[^>]*>", "", _EXERCISE.sub("", _CELL.sub("", self.text)))
        self.cells = [_OPTIONS.sub("", cell) for cell in _CELL.findall(self.text)]
        self.exercises = [match[2] for match in _EXERCISE.finditer(self.text)]
        self.written = _WRITTEN.findall(self.text)

    def states(self, statement):
        """Return whether the prose holds a statement, wherever its lines break."""
        return one_line(statement) in one_line(self.prose)

    def unstated(self, statements, number=ANY_NUMBER, ignore=PLACES):
        """Return the surroundings of every number that no statement covers.

        Parameters
        ----------
        statements : iterable of str
            Pieces of the prose.
        number : str
            A regular expression: what counts as a number.
        ignore : str
            A regular expression of what needs no statement.
        """
        covered = [m.span() for m in re.finditer(ignore, self.prose, re.MULTILINE)]
        for statement in statements:
            pattern = r"\s+".join(map(re.escape, statement.split()))
            covered += [m.span() for m in re.finditer(pattern, self.prose)]
        return [
            one_line(self.prose[max(0, found.start() - 40) : found.end() + 40])
            for found in re.finditer(number, self.prose)
            if not any(start <= found.start() and found.end() <= end for start, end in covered)
        ]

    def check_minutes(self):
        """Assert: 40 to 90 minutes, a row for every part, and the exercises fit into their parts.

        A part whose exercises all say "(about 7 minutes)" must take longer than they do.
        """
        rows = re.findall(r"^\| (\d+) [^|]+\|[^|]+\| (\d+) \|$", self.prose, re.MULTILINE)
        minutes = [int(minutes) for _, minutes in rows]
        parts = re.split(r"^## (?=\d+ )", self.prose, flags=re.MULTILINE)[1:]
        assert [part.split()[0] for part in parts] == [number for number, _ in rows]
        assert 40 <= sum(minutes) <= 90
        for part, whole in zip(parts, minutes, strict=True):
            exercises = re.findall(r"\(about (\d+) minutes\)", part)
            assert sum(map(int, exercises)) < whole or not exercises, part.splitlines()[0]

    def run(self):
        """Run all cells from top to bottom, as a notebook would; a warning is an error.

        Where an exercise stands, its reference takes its place. Pictures are drawn, not shown.

        Returns
        -------
        Run
        """
        result = Run({"__name__": "__main__"})
        pieces = [*_CELL.finditer(self.text), *_EXERCISE.finditer(self.text)]
        with (
            mock.patch.object(figures, "display", result.pictures.append),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            for piece in sorted(pieces, key=lambda match: match.start()):
                if piece.re is _EXERCISE:
                    module = importlib.import_module(f"solutions.{piece[1]}")
                    result.names[piece[2]] = getattr(module, piece[2])
                else:
                    stream = io.StringIO()
                    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(sys.stdout):
                        _run_cell(_OPTIONS.sub("", piece[1]), result.names, str(self.path))
                    result.outputs.append(stream.getvalue())
        return result


def _run_cell(code, names, filename):
    """Run a cell; print the text of its last expression unless that is None or ends with `;`."""
    tree = ast.parse(code, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), filename, "eval"), names)
        if value is not None and not code.rstrip().endswith(";"):
            print(repr(value))


class LessonNumbers:
    """The tests that every lesson passes; a lesson's file has a subclass with what it declares.

    They use the fixture `solved`, a run of all cells, of `conftest.py`.

    Attributes
    ----------
    lesson : Lesson
        The lesson.
    statements : list of str
        Pieces of the prose with their numbers filled in from a computation.
    covered : sequence of str
        Other pieces, whose numbers state no result, or are looked at by another test.
    number, ignore : str
        As in `Lesson.unstated`.
    exercises, written : sequence of str
        What the lesson asks for, in its order.
    printed : sequence of str
        What cells print that the prose talks about, in the order of the cells.
    pictures : int
        How many pictures the cells show.
    alt_length : int
        Every alternative text is longer than that.
    """

    covered = ()
    number = TELLING_NUMBER
    ignore = PLACES
    written = ()
    alt_length = 80

    def pytest_generate_tests(self, metafunc):
        """Make a test of each statement, and one of each printed text."""
        for argument, values in (("statement", self.statements), ("lines", self.printed)):
            if argument in metafunc.fixturenames:
                assert values, f"{type(self).__name__} declares nothing for {argument!r}"
                metafunc.parametrize(argument, values)

    def test_the_prose_states_what_is_computed(self, statement):
        assert self.lesson.states(statement)

    def test_no_number_stands_outside_the_statements(self):
        pieces = [*self.statements, *self.covered]
        assert self.lesson.unstated(pieces, self.number, self.ignore) == []

    def test_minutes(self):
        self.lesson.check_minutes()

    def test_exercises_of_the_text_are_those_of_the_table(self):
        assert self.lesson.exercises == list(self.exercises)
        assert self.lesson.written == list(self.written)

    def test_cells_print_what_the_prose_talks_about(self, solved, lines):
        assert any(lines in text for text in solved.outputs)

    def test_cells_print_it_in_the_order_of_the_prose(self, solved):
        position = 0
        for lines in self.printed:
            position = solved.printed.find(lines, position)
            assert position >= 0, lines

    def test_every_picture_has_a_text(self, solved):
        assert len(solved.alts) == self.pictures
        assert all(len(alt) > self.alt_length for alt in solved.alts)
