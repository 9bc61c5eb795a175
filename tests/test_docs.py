"""The pages: links lead somewhere, commands and files exist, and the worked example is proved."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest

from grader.build.prove import prove_lesson
from grader.cli import main
from grader.course.course import Course

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]

# Files that a page may name though the repository does not hold them: the example that
# docs/contributor.md makes, what an instructor writes, and names with a place to fill in.
PRODUCED = ("solutions/errors.py", "solutions/outliers.md", "source/11-errors", "policies.toml")
FOLDERS = ("docs", "grader", "notebooks", "requirements", "solutions", "source", "tests")
_PLACEHOLDER = re.compile(r"NN|NAME|LESSON|STUDENT|[*…]")

_BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<body>.*?)^(?P=fence)$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_PATH = re.compile(rf"\.?/?(?:{'|'.join(FOLDERS)}|twoapples|\.ci)/[\w./-]*|[\w.-]+\.(?:toml|yml)")
_FILE = re.compile(r"^<!-- file: (?P<path>\S+) -->\n(?P<fence>`{3,})\w*\n(?P<body>.*?)^(?P=fence)$")

page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def test_all_pages_are_there():
    names = {path.relative_to(ROOT).as_posix() for path in PAGES}
    who = ("learner", "instructor", "contributor")
    what = ("in-and-out", "adapting", "jupyterhub", "security", "scale", "widgets")
    assert names >= {f"docs/{name}.md" for name in (*who, *what)}
    assert names >= {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}


def test_every_page_is_reached_from_the_readme():
    reached, new = set(), {ROOT / "README.md"}
    while new:
        reached |= new
        links = {
            (page.parent / target.partition("#")[0]).resolve()
            for page in new
            for target in _LINK.findall(prose(page))
            if not re.match(r"[a-z]+:|#", target)
        }
        new = {path for path in links if path.suffix == ".md"} - reached
    assert set(PAGES) <= reached


def prose(path):
    """Return a page without its code blocks."""
    return _BLOCK.sub("", path.read_text(encoding="utf-8"))


def inline_code(path):
    """Return what a page sets as code within its prose."""
    return [code for _, code in re.findall(r"(?<!`)(`{1,2})(?!`)([^`]+)\1(?!`)", prose(path))]


def anchors(path):
    """Return the names by which a code host links to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@page
def test_relative_links_lead_somewhere(page):
    broken = []
    for target in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        wrong_place = anchor and path.suffix == ".md" and anchor not in anchors(path)
        if not path.resolve().is_relative_to(ROOT) or not path.exists() or wrong_place:
            broken.append(target)
    assert broken == []


def commands(path):
    """Find the command lines of `grader` in a page's code blocks; return the arguments of each."""
    lines: list[str] = []
    for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        if block["language"] in ("sh", "bat", "console"):
            lines += block["body"].splitlines()
    return arguments(lines)


def arguments(lines):
    """Return the arguments of each command of `grader` in some lines."""
    found = []
    for line in lines:
        for part in re.split(r"&&|\|\||[;|>]", line):
            try:
                words = shlex.split(part.replace("\\", "/"), comments=True)
            except ValueError:  # code with a quotation mark in it, no command
                continue
            if words and re.fullmatch(r"(?:\.venv/(?:bin|Scripts)/)?grader", words[0]):
                found.append(words[1:])
    return found


@page
def test_grader_commands_exist(page):
    for words in commands(page):
        parse(words)


@page
def test_grader_commands_within_the_prose_exist(page):
    for words in arguments(code for code in inline_code(page) if "…" not in code):
        with contextlib.suppress(click.MissingParameter):  # `grader grade` is a name there
            parse(words)


def parse(words):
    """Parse a command line without running it; an unknown command or option raises."""
    context = click.Context(main, info_name="grader")
    _, rest, _ = main.make_parser(context).parse_args(list(words))
    if not rest:
        return
    command = main.get_command(context, rest[0])
    assert command is not None, f"grader has no command {rest[0]}"
    with contextlib.suppress(click.exceptions.Exit):  # --help
        command.make_context(rest[0], rest[1:], parent=context)


def test_a_command_that_does_not_exist_is_found():
    for words in (["farm"], ["grade", "02", "--fast"], ["--curse", "x", "build"], ["grade"]):
        with pytest.raises((AssertionError, click.UsageError)):
            parse(words)


def test_commands_are_found_on_the_pages():
    words = commands(ROOT / "docs" / "instructor.md")
    assert ["grade", "02", "--regrade"] in words
    assert ["results", "02", "--format", "csv"] in words


@page
def test_files_exist(page):
    missing = []
    for code in inline_code(page):
        for name in re.findall(rf"(?<![\w/.-])(?:{_PATH.pattern})", code):
            made = name.startswith(PRODUCED) or _PLACEHOLDER.search(code)
            # A path with a slash in front is one of git's patterns, not a file of ours.
            if not made and not name.startswith("/") and not (ROOT / name).exists():
                missing.append(name)
    assert missing == []


def example_files():
    """Return the files of the worked example in docs/contributor.md, by path."""
    text = (ROOT / "docs" / "contributor.md").read_text(encoding="utf-8")
    pattern = re.compile(_FILE.pattern, re.M | re.S)
    return {match["path"]: match["body"] for match in pattern.finditer(text)}


def test_the_worked_example_is_proved(tmp_path):
    files = example_files()
    assert len(files) == 4
    for name, content in {**files, "solutions/__init__.py": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (proof,) = prove_lesson(Course(tmp_path), "11-errors")
    assert proof.problems == ()
    said = f"{proof.exercise}: {proof.misconceptions} misconceptions, {proof.runs} runs, proved"
    assert said in (ROOT / "docs" / "contributor.md").read_text(encoding="utf-8")


def test_pages_name_no_machine_and_stay_plain():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|home|root|tmp)/", text), path.name
        assert not re.search(r"[a-z]!(?:\s|$)", _BLOCK.sub("", text)), path.name
