"""docs/security.md: every promise names tests, and the tests exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from adversaries.every import EVERY

from grader.inside.attacks import ATTACKS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
CASES = {*ATTACKS, *(adversary.name for adversary in EVERY)}
_TEST = re.compile(r"(?P<file>tests/\w+\.py)::(?P<name>\w+)(?:\[(?P<case>\w+)\])?")


def missing(page):
    """Return the tests that a page names and that do not exist."""
    found = []
    for match in _TEST.finditer(page):
        path = ROOT / match["file"]
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        known = match["case"] is None or match["case"] in CASES
        if match["name"] not in functions or not known:
            found.append(match[0])
    return found


def test_the_tests_exist():
    assert len(_TEST.findall(PAGE)) > 40
    assert missing(PAGE) == []


def test_a_test_that_does_not_exist_is_found():
    gone = ["tests/test_gone.py::test_x", "tests/test_sandbox.py::test_gone"]
    gone.append("tests/test_sandbox_attacks.py::test_it_is_stopped_inside[gone]")
    assert missing(" ".join(gone)) == gone


def test_every_attack_backs_a_promise():
    cases = {match["case"] for match in _TEST.finditer(PAGE)}
    assert set(ATTACKS) <= cases


def test_every_row_of_the_promises_names_a_test():
    promises = PAGE.partition("## Promises")[2].partition("## What is not promised")[0]
    rows = [line for line in promises.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| promise |", "| what happens |"))]
    assert len(rows) > 20
    assert [row for row in rows if not _TEST.search(row)] == []
