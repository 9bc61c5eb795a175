"""What is installed, from where, under which licence, and who may import whom."""

import ast
import functools
import importlib.metadata
import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = ("lab", "grader", "dev")
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}
PYTHONS = ("3.11", "3.12", "3.13")

# conda-forge's names where they differ from the Python package's; `matplotlib` there adds Qt.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def direct_dependencies(extra: str | None = None) -> dict[str, SpecifierSet]:
    """Names and bounds that pyproject.toml states, with the extras that an extra includes."""
    stated = list(PROJECT["dependencies"])
    queue = [extra] if extra else []
    while queue:
        for line in PROJECT["optional-dependencies"][queue.pop()]:
            requirement = Requirement(line)
            if requirement.name == PROJECT["name"]:
                queue += requirement.extras
            else:
                stated.append(line)
    found: dict[str, SpecifierSet] = {}
    for requirement in map(Requirement, stated):
        name = canonicalize_name(requirement.name)
        assert found.setdefault(name, requirement.specifier) == requirement.specifier, name
    return found


# Distribution ------------------------------------------------------------------------------------


def test_a_learner_needs_four_packages_and_no_more():
    assert set(direct_dependencies()) == {"numpy", "matplotlib", "ipywidgets", "anywidget"}


def test_every_dependency_has_a_lower_bound():
    for extra in EXTRAS:
        for name, bounds in direct_dependencies(extra).items():
            assert any(bound.operator == ">=" for bound in bounds), name


def test_importing_twoapples_brings_nothing_of_the_instructors(tmp_path):
    # From a folder that is not the course: what is installed is tried, not what lies around.
    program = "import sys, twoapples; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, text=True, capture_output=True, check=True
    )
    top_level = {name.partition(".")[0] for name in done.stdout.split()}
    assert "twoapples" in top_level
    assert not top_level & {"nbgrader", "grader", "solutions", "jupytext", "click"}


def test_the_grader_command_is_installed():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="grader")
    assert script.value == "grader.cli:main"
    assert callable(script.load())


@pytest.mark.slow
def test_a_wheel_holds_both_packages_whole_and_no_solutions(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("twoapples", "grader", "solutions", "source", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    build = "from setuptools import build_meta; build_meta.build_wheel('out')"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)

    (wheel,) = (tree / "out").glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    packages = (tree / "twoapples", tree / "grader")
    files = itertools.chain.from_iterable(package.rglob("*") for package in packages)
    assert packed == {file.relative_to(tree).as_posix() for file in files if file.is_file()}


@pytest.mark.parametrize(
    ("name", "title"),
    [("LICENSE", "MIT License"), ("LICENSE-prose", "Attribution 4.0 International")],
)
def test_licences_are_there(name, title):
    assert title in (ROOT / name).read_text("utf-8")


# Pinned versions ---------------------------------------------------------------------------------


def pins(extra: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each pin of requirements/EXTRA.txt with its options (hashes, one hopes)."""
    text = (ROOT / "requirements" / f"{extra}.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        stated, *options = re.split(r"\s+(?=--)", line.strip())
        yield Requirement(stated), options


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_pin_has_hashes_and_names_no_place(extra):
    for requirement, options in pins(extra):
        assert requirement.url is None, requirement
        assert [bound.operator for bound in requirement.specifier] == ["=="], requirement
        assert options, f"{requirement} has no hash"
        for option in options:
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", option), option
    assert "://" not in (ROOT / "requirements" / f"{extra}.txt").read_text("utf-8")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", EXTRAS)
def test_direct_dependencies_are_pinned_within_their_bounds(extra, python, system):
    machine = {
        "sys_platform": system,
        "os_name": SYSTEMS[system],
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    pinned: dict[str, str] = {}
    for requirement, _ in pins(extra):
        if requirement.marker is None or requirement.marker.evaluate(machine):
            (bound,) = requirement.specifier
            assert pinned.setdefault(requirement.name, bound.version) == bound.version
    for name, bounds in direct_dependencies(extra).items():
        assert name in pinned, f"{name} is not pinned: python requirements/renew.py"
        assert bounds.contains(pinned[name]), f"{name}: python requirements/renew.py"


@pytest.mark.parametrize("extra", ["lab", "grader"])
def test_all_pins_are_from_one_resolution(extra):
    # Without the markers: where `dev` needs a package everywhere, `lab` may need it in places.
    versions = {(pin.name, str(pin.specifier)) for pin, _ in pins(extra)}
    assert versions <= {(pin.name, str(pin.specifier)) for pin, _ in pins("dev")}


# conda and Binder --------------------------------------------------------------------------------


def conda_environment() -> tuple[dict[str, str], list[str]]:
    """Give the conda specs of environment.yml by name, and its lines for pip."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    specs, for_pip = {}, []
    for entry in environment["dependencies"]:
        if isinstance(entry, dict):
            assert set(entry) == {"pip"}
            for_pip += entry["pip"]
        else:
            name, version = re.fullmatch(r"([a-z0-9_.-]+)(.*)", entry).groups()
            assert name not in specs, f"{name} is named twice"
            specs[name] = version
    return specs, for_pip


def test_environment_yml_states_the_bounds_of_pyproject():
    specs, for_pip = conda_environment()
    python = specs.pop("python").removeprefix("=")
    assert specs.pop("pip") == ""
    assert for_pip == ["-e .[lab,grader]"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0")
    expected = direct_dependencies("lab") | direct_dependencies("grader")
    assert {canonicalize_name(name): SpecifierSet(bounds) for name, bounds in specs.items()} == {
        CONDA_NAMES.get(name, name): bounds for name, bounds in expected.items()
    }


def test_environment_yml_is_read_by_conda():
    specs, _ = conda_environment()
    for name, version in specs.items():
        spec = rattler.MatchSpec(name + version, strict=True)
        assert spec.name is not None
        assert bool(spec.version) == bool(version)


# Commands ----------------------------------------------------------------------------------------


def test_readme_ci_and_just_run_the_same_tests():
    readme, ci, just = (
        (ROOT / name).read_text("utf-8") for name in ("README.md", ".ci/run", "justfile")
    )
    (fast,) = set(re.findall(r"\.venv/bin/pytest([^`\n#]*)", readme))
    whole = fast.removesuffix(' -m "not slow"')
    assert whole != fast
    assert f'"$bin/pytest"{fast} ' in ci and f'"$bin/pytest"{whole} -m slow ' in ci
    assert f"/pytest{fast} {{{{ args }}}}" in just and f"/pytest{whole} {{{{ args }}}}" in just
    if os.name == "posix":
        assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", ".github/PULL_REQUEST_TEMPLATE.md"])
def test_what_just_is_asked_for_is_there(page):
    just = shutil.which("just", path=Path(sys.executable).parent)
    listed = subprocess.run(
        [just, "--summary"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    found = re.findall(r"^just ([^#\n]+)|`just ([^`]+)`", (ROOT / page).read_text("utf-8"), re.M)
    asked = {word for line in found for word in "".join(line).split() if word[0] != "-"}
    assert asked
    assert asked <= set(listed.stdout.split())


# What must not be in the repository --------------------------------------------------------------


def project_files() -> list[Path]:
    """List the files that git has or would take; all but hidden folders where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        files = [ROOT / name for name in done.stdout.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        skipped = {".git", ".venv", "__pycache__", "build", "dist"}
        files = [file for file in ROOT.rglob("*") if not skipped & set(file.parts)]
    return [file for file in files if file.is_file()]


def test_no_file_names_a_package_registry():
    # In parts, so that this file does not name them either.
    hosts = [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("deb", "debian", "org"),
    ]
    needles = re.compile("|".join(re.escape(".".join(host)) for host in hosts).encode())
    naming = [file for file in project_files() if needles.search(file.read_bytes())]
    assert not naming


def test_no_file_holds_a_path_of_this_machine():
    places = {f"{ROOT}{os.sep}", f"{Path.home()}{os.sep}", "/".join(("", "work", ""))}
    places -= {os.sep, os.sep * 2}
    pattern = "|".join(re.escape(place) for place in sorted(places))
    needles = re.compile(rf"(?<![\w.~-])(?:{pattern})".encode())
    holding = [file for file in project_files() if needles.search(file.read_bytes())]
    assert not holding


# Who imports whom --------------------------------------------------------------------------------

PACKAGES = importlib.metadata.packages_distributions()


@functools.cache
def modules(folder: str) -> list[tuple[Path, ast.Module]]:
    """Return a folder's modules, parsed."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def imports(module: ast.Module, folder: str) -> Iterator[tuple[str, str]]:
    """Yield what a module imports from outside its folder: the name there and the name here."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found = [(alias.name, alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [(f"{node.module}.{a.name}", a.asname or a.name) for a in node.names]
        else:
            continue
        for name, here in found:
            if name.partition(".")[0] not in {*sys.stdlib_module_names, folder}:
                yield name, here


def package(name: str) -> str:
    """Name the package that is installed for an imported name; our own folders go by theirs."""
    top_level = name.partition(".")[0]
    return canonicalize_name(PACKAGES.get(top_level, [top_level])[0])


def declared(folder: str, path: Path) -> set[str]:
    """Name the packages that a module may import."""
    if folder == "solutions":
        return {"numpy"}
    if folder == "grader":
        cluster = direct_dependencies("cluster") if "dask" in path.name else {}
        return {"twoapples", *direct_dependencies("grader"), *cluster}
    # What ipywidgets cannot do without is there for a learner as well.
    brought = map(Requirement, importlib.metadata.requires("ipywidgets"))
    data = direct_dependencies("data") if path.name == "download.py" else {}
    return {*direct_dependencies(), *data, *(one.name for one in brought if one.marker is None)}


@pytest.mark.parametrize("folder", ["twoapples", "grader", "solutions"])
def test_what_is_imported_is_declared(folder):
    found = [
        (path, name) for path, module in modules(folder) for name, _ in imports(module, folder)
    ]
    assert found
    for path, name in found:
        assert package(name) in declared(folder, path), f"{path.relative_to(ROOT)} imports {name}"


def test_what_the_grader_declares_is_imported():
    imported = {package(name) for _, m in modules("grader") for name, _ in imports(m, "grader")}
    lines = PROJECT["optional-dependencies"]["grader"]
    assert {canonicalize_name(Requirement(line).name) for line in lines} <= imported


def test_no_test_needs_another_test_file():
    for path, module in modules("tests"):
        found = [name for name, _ in imports(module, "tests") if name.startswith("test_")]
        assert not found, f"{path.name} imports {found}: what is shared has a file of its own"


def inner_names(module: ast.Module, folder: str) -> Iterator[str]:
    """Yield names of other packages that a module uses though they are private, or overwrites."""
    sources = {here: name for name, here in imports(module, folder)}
    for name in sources.values():
        if re.search(r"\._(?!_)", name):
            yield name
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            root, _, rest = ast.unparse(node).partition(".")
            private = re.search(r"(^|\.)_(?!_)\w*$", rest)
            if root in sources and (private or isinstance(node.ctx, ast.Store)):
                yield f"{sources[root]}.{rest}"


@pytest.mark.parametrize("folder", ["twoapples", "grader"])
def test_packages_whose_inner_names_are_used_have_an_upper_bound(folder):
    bounds = direct_dependencies("grader")
    bounds[PROJECT["name"]] = SpecifierSet("<1")  # our own names are ours
    for path, module in modules(folder):
        for name in inner_names(module, folder):
            assert any(bound.operator == "<" for bound in bounds[package(name)]), (
                f"{path.relative_to(ROOT)} uses {name}: give {package(name)} an upper bound"
            )


def test_inner_names_are_found():
    program = "import lib.part as p\nfrom lib import _a, b\np._c\np.d = b.e\nb.__doc__\nb.f()._g"
    found = {"lib._a", "lib.part._c", "lib.part.d", "lib.b.f()._g"}
    assert set(inner_names(ast.parse(program), "grader")) == found
