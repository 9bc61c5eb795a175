"""What our code imports, read from its text; a file run as a module; nbformat the quick way."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

# Where our packages lie, side by side. A look-up by name could find what a course folder holds.
ROOT = Path(__file__).resolve().parents[2]

# What jsonschema imports for the formats of texts that schemas can ask for.
_FORMATS = (
    "fqdn",
    "isoduration",
    "rfc3339_validator",
    "rfc3986_validator",
    "rfc3987_syntax",
    "uri_template",
    "webcolors",
)


def import_nbformat() -> None:
    """Import nbformat (and jsonschema, which it needs) without grammars of addresses and dates.

    jsonschema imports them for schemas that ask for formats such as "iri". Building that grammar
    takes 1.4 s, longer than a submission is graded in, and the others together a third of what
    nbformat takes. The schemas of notebooks ask for no format. Only this process goes without.
    """
    left_out = [name for name in _FORMATS if name not in sys.modules]
    if "jsonschema" in sys.modules or "rfc3987_syntax" in sys.modules:
        left_out = []
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # importing it fails, as is foreseen
    try:
        import nbformat  # noqa: F401
    finally:
        for name in left_out:
            del sys.modules[name]


def run_file(path: Path, name: str) -> ModuleType:
    """Run a Python file as a module of this name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look classes up here
    spec.loader.exec_module(module)
    return module


@cache
def needed(root: Path, *rooms: str) -> tuple[Path, ...]:
    """Return what code needs of ours to run: its own rooms, and whatever is imported from there.

    Parameters
    ----------
    root : Path
        The folder that `grader` and `twoapples` lie in.
    rooms : str
        Folders in it, ``grader/inside`` say.

    Returns
    -------
    tuple of Path
        These folders, modules that are imported anywhere in them or by such modules, and
        `twoapples`, always as a whole: learners' code may import any part of it.
    """
    folders = {root / room for room in rooms}
    found: set[Path] = set()
    waiting = [path for folder in folders for path in folder.rglob("*.py")]
    while waiting:
        for name in _imported(waiting.pop()):
            package, *parts = name.split(".")
            if package == "twoapples":
                folders.add(root / package)
            elif package == "grader":
                path = root / package
                for part in ["", *parts]:
                    path /= part
                    module = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
                    inside = any(module.is_relative_to(folder) for folder in folders)
                    if not inside and module not in found and module.is_file():
                        found.add(module)
                        waiting.append(module)
    return (*sorted(found), *sorted(folders))


def _imported(path: Path) -> Iterator[str]:
    """Yield what a file imports, at the top or within functions; a name may be no module's."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
