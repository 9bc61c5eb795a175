"""Reference solutions as text: what the learner's cell shows, and what the instructor's holds."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import CourseError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"

# `softmax.softmax`, `graphs.MulNode` or `graphs.BranchNode(forward, backward)`
_TARGET = re.compile(r"^(?P<module>\w+)\.(?P<name>\w+)(?:\((?P<methods>[\w\s,]+)\))?$")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Reference:
    """A function or class of `solutions/` that a lesson makes an exercise of.

    Attributes
    ----------
    module, name : str
        Where it stands: `solutions/MODULE.py`, under NAME.
    methods : tuple of str
        Of a class, the methods that the learner writes; empty for all public ones.
    """

    module: str
    name: str
    methods: tuple[str, ...]
    root: Path

    @classmethod
    def parse(cls, target: str, root: Path, where: str) -> Reference:
        """Read what a lesson's line names.

        Raises
        ------
        CourseError
            If the line is not of the form `module.name` or `module.Class(method, …)`.
        """
        match = _TARGET.match(target.strip())
        if match is None:
            raise CourseError(
                f"{where}: {target!r} does not name a reference. Write `module.name`, or "
                "`module.Class(method, method)` to have only these methods emptied."
            )
        methods = tuple(re.findall(r"\w+", match["methods"] or ""))
        return cls(match["module"], match["name"], methods, root)

    @property
    def path(self) -> Path:
        """The module's file."""
        return self.root / "solutions" / f"{self.module}.py"

    def load(self) -> Any:
        """Import the reference."""
        module = import_solutions(self.root, self.module)
        try:
            return getattr(module, self.name)
        except AttributeError:
            raise CourseError(f"{self.path} defines no {self.name}.") from None

    def instructor_source(self) -> str:
        """Return the definition with nbgrader's marks around the bodies that the learner writes."""
        if not self.path.is_file():
            raise CourseError(f"There is no {self.path}, which a lesson names as its reference.")
        text = self.path.read_text(encoding="utf-8")
        node = self._find(ast.parse(text))
        lines = text.splitlines()
        for function in sorted(self._emptied(node), key=lambda f: -f.lineno):
            start, stop = self._body(function)
            indent = " " * function.body[0].col_offset
            lines[start:stop] = [f"{indent}{BEGIN}", *lines[start:stop], f"{indent}{END}"]
            if (end := node.end_lineno) is not None:
                node.end_lineno = end + 2
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return "\n".join(lines[first - 1 : node.end_lineno])

    def _find(self, tree: ast.Module) -> ast.ClassDef | _Function:
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, _Function)) and node.name == self.name:
                return node
        raise CourseError(f"{self.path} defines no function or class {self.name}.")

    def _emptied(self, node: ast.ClassDef | _Function) -> list[_Function]:
        if not isinstance(node, ast.ClassDef):
            return [node]
        methods = [item for item in node.body if isinstance(item, _Function)]
        names = {method.name for method in methods}
        if unknown := set(self.methods) - names:
            raise CourseError(f"{self.path}: {self.name} has no method {sorted(unknown)[0]}.")
        if self.methods:
            return [method for method in methods if method.name in self.methods]
        return [method for method in methods if not method.name.startswith("_")]

    def _body(self, function: _Function) -> tuple[int, int]:
        """Return the slice of lines that the learner writes: all that follows the docstring."""
        docstring = function.body[0]
        is_text = isinstance(docstring, ast.Expr) and isinstance(docstring.value, ast.Constant)
        if not (is_text and ast.get_docstring(function)) or len(function.body) < 2:
            raise CourseError(
                f"{self.path}: {function.name} needs a docstring (it is what the learner reads) "
                "and a body on lines of its own."
            )
        assert docstring.end_lineno is not None and function.end_lineno is not None
        return docstring.end_lineno, function.end_lineno


def import_solutions(root: Path, module: str) -> Any:
    """Import `solutions.MODULE` of the course in `root`.

    One process may see several courses (tests do): a `solutions` package that belongs to
    another folder is forgotten first.
    """
    prepare_import(root)
    try:
        return importlib.import_module(f"solutions.{module}")
    except ModuleNotFoundError as error:
        raise CourseError(
            f"solutions/{module}.py cannot be imported from {root}: {error}."
        ) from error


def prepare_import(root: Path) -> None:
    """Make `import solutions`, and `import source`, mean the course in `root`."""
    folder = str(root.resolve())
    for package in ("solutions", "source"):
        loaded = sys.modules.get(package)
        if loaded is not None and folder not in {
            str(Path(p).resolve().parent) for p in getattr(loaded, "__path__", [])
        }:
            for name in [n for n in sys.modules if n == package or n.startswith(f"{package}.")]:
                del sys.modules[name]
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
