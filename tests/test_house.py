"""The rooms of the house: what may import what. Imports inside functions count like any other."""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the roof to the ground: a room imports from rooms below it, never from one above. A file that
# lies in the package itself is a room of its own.
FLOORS = {
    "grader": (
        "__main__",
        "cli",
        "demo",
        "nbgrader_settings",
        "exercises",
        "report",
        "plugins",
        "policies",
        "lms",
        "grading",
        "feedback",
        "build",
        "gradebook",
        "judging",
        "execution",
        "sandbox",
        "inside",
        "nbgrader_api",
        "course",
        "notebook",
        "tools",
        "errors",
    ),
    "twoapples": (
        "check",
        "progress",
        "box",
        "widgets",
        "trainer",
        "datasets",
        "graphs",
        "plots",
        "figures",
        "shapes",
        "checking",
    ),
}


@cache
def modules():
    """All modules of both packages by name."""
    found = {}
    for package in FLOORS:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = path
    return found


@cache
def imports():
    """For each module the modules of ours that it imports, wherever it does so."""
    known = modules()
    found = {name: set() for name in known}
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found[name] |= {alias.name for alias in node.names} & known.keys()
            elif isinstance(node, ast.ImportFrom) and node.module in known:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    found[name].add(inner if inner in known else node.module)
        found[name].discard(name)
    return found


def room_of(module):
    package, _, rest = module.partition(".")
    return package, rest.split(".")[0]


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_is_on_a_floor_and_says_what_is_in_it(package):
    rooms = {room_of(name)[1] for name in modules() if room_of(name) != (package, "")}
    rooms = {room for room in rooms if f"{package}.{room}" in modules()}
    assert rooms == set(FLOORS[package])
    for room in rooms:
        text = modules()[f"{package}.{room}"].read_text(encoding="utf-8")
        first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        assert len(first) > 20 and first.endswith("."), room


def test_rooms_import_downwards_only():
    wrong = []
    for module, wanted in imports().items():
        package, room = room_of(module)
        for other in wanted:
            other_package, other_room = room_of(other)
            if (package, other_package) == ("twoapples", "grader"):
                wrong.append(f"{module} imports {other}")
            if not room or package != other_package or not other_room or room == other_room:
                continue
            floors = FLOORS[package]
            if floors.index(room) > floors.index(other_room):
                wrong.append(f"{module} imports {other}, which is above it")
    assert not wrong, "\n".join(wrong)


def test_no_modules_import_each_other_in_a_circle():
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_what_runs_where_a_submission_runs_needs_nothing_else_of_the_grader():
    for module, wanted in imports().items():
        if room_of(module) == ("grader", "inside"):
            assert {room_of(other) for other in wanted if other.startswith("grader")} <= {
                ("grader", "inside")
            }, module


def test_one_file_knows_the_metadata_of_nbgrader_and_ours():
    """Whoever touches a notebook's metadata does not name these keys, but `notebook/cells` does."""
    wrong = []
    for name, path in modules().items():
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        constants = {node.value for node in nodes if isinstance(node, ast.Constant) if node.value}
        named = {
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute) and ast.unparse(node) != "importlib.metadata"
        }
        named |= {node.arg for node in nodes if isinstance(node, ast.keyword)}
        if "metadata" in named | constants and constants & {"nbgrader", "twoapples"}:
            wrong.append(name)
    assert wrong == ["grader.notebook.cells"]


def test_the_rule_itself_sees_an_import_that_runs_up(monkeypatch):
    upwards = {**imports(), "grader.tools.text": {"grader.cli.console"}}
    monkeypatch.setitem(globals(), "imports", lambda: upwards)
    with pytest.raises(AssertionError, match=r"grader\.tools\.text imports grader\.cli\.console"):
        test_rooms_import_downwards_only()


# A statement's beginning, and what names the table in it.
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE)\b.*\b(FROM|INTO|SET)\b", re.DOTALL)


def texts(module):
    """The texts in a module's code, its docstrings aside; of an f-string what is fixed."""
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        parts = getattr(node, "values", []) if isinstance(node, ast.JoinedStr) else [node]
        constants = (part.value for part in parts if isinstance(part, ast.Constant))
        if id(node) not in documentation:
            yield " ".join(value for value in constants if isinstance(value, str))


def test_all_sql_stands_in_the_gradebook():
    holding = {m for m in modules() if any(map(SQL.search, texts(m)))}
    assert {room_of(module) for module in holding} == {("grader", "gradebook")}, holding


def test_the_contributors_page_says_where_a_thing_is_decided():
    page = (ROOT / "docs" / "contributor.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .+ \| `(\S+\.py)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert len(rows) >= 20
    for path, name in rows:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {getattr(node, "name", "") for node in tree.body}, (path, name)
