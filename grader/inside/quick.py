"""A shell that does nothing twice: speed-ups that lean on inner names of other libraries.

What leaves a submission's outputs as they are and saves more than a twentieth of its time stands
here, and nothing else does.

**Released cells.** Most cells of a submission are the ones that were handed out. What IPython does
with a cell's text before it runs, taking magics out and compiling, depends on the text alone; so
the nursery does it ahead, and every submission finds it done. The texts are the course's own:
nothing that a learner has written is looked at before the fork.

**Tracebacks.** For each frame IPython looks through all modules that are loaded, stack_data makes a
lexer of its own and pygments works out a style; each gives the same every time. A notebook with an
exercise left open shows a dozen tracebacks, which would take longer than all its cells. Where a
release has moved one of `INNER`, tracebacks are made as IPython makes them.
"""

from __future__ import annotations

import ast
import codeop
import copy
import functools
import inspect
import os
import pkgutil
import tempfile
import warnings
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import pygments
import stack_data
from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler, get_file_name
from pygments.formatters.terminal256 import Terminal256Formatter
from pygments.lexers import get_lexer_by_name

#: What is replaced or relied on, and is not promised by its library.
INNER = (
    "ipykernel.compiler:XCachingCompiler.get_code_name",
    "IPython.core.interactiveshell:InteractiveShell._format_exception_for_storage",
    "pygments.formatters.terminal256:Terminal256Formatter._setup_styles",
    "stack_data.core:_pygmented_with_ranges",
    "stack_data:style_with_executing_node",
)

#: The flags of a compiler that has met no ``from __future__ import``.
_PLAIN_FLAGS = codeop.Compile().flags
#: The same while IPython compiles a statement.
_AWAIT_FLAGS = _PLAIN_FLAGS | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def missing() -> list[str]:
    """Return which of `INNER` the installed libraries do not have."""
    return [name for name in INNER if not _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (AttributeError, ImportError):
        return False
    return True


@dataclass(frozen=True)
class _Cell:
    """What is known of a released cell.

    Attributes
    ----------
    transformed : str
        What the input transformers make of its text.
    is_async : bool
        Whether it awaits something.
    statements : list of ast.stmt
        Never changed: whoever would change them gets copies.
    codes : dict
        The mode and the code of each statement, by the statement's identity.
    """

    transformed: str
    is_async: bool
    statements: list[ast.stmt]
    codes: dict[int, tuple[str, CodeType]]


class Compiler(XCachingCompiler):
    """ipykernel's compiler, which knows the released cells already."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._statements: dict[str, list[ast.stmt]] = {}
        self._codes: dict[int, tuple[str, CodeType]] = {}

    def know(self, cell: _Cell) -> None:
        """Use what was worked out ahead."""
        self._statements[cell.transformed] = cell.statements
        self._codes.update(cell.codes)

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """Parse a cell."""
        known = self._statements.get(source) if symbol == "exec" else None
        if known is None or self.flags != _PLAIN_FLAGS:
            return super().ast_parse(source, filename, symbol)
        return ast.Module(list(known), [])

    def __call__(self, source: Any, filename: str, symbol: str, **options: Any) -> CodeType:
        """Compile a statement."""
        if self._codes and self.flags == _AWAIT_FLAGS and len(getattr(source, "body", ())) == 1:
            mode, code = self._codes.get(id(source.body[0]), ("", None))
            if code is not None and mode == symbol:
                return _placed(code, filename)
        return super().__call__(source, filename, symbol, **options)


class QuickShell(zmqshell.ZMQInteractiveShell):
    """ipykernel's shell, doing nothing twice."""

    compile: Compiler
    prefilter_manager: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(compiler_class=Compiler, **options)
        self._transformers = self._all_transformers()
        self._prepared: dict[str, _Cell] = {}
        self._is_async: dict[str | None, bool] = {}
        if not missing():
            _make_tracebacks_quick()

    def prepare(self, sources: list[str]) -> None:
        """Work out cells that many submissions will hold; before the first of them is forked.

        Cells with something unusual are left out.
        """
        for source in dict.fromkeys(sources):
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                try:
                    transformed = self.input_transformer_manager.transform_cell(source)
                    is_async = super().should_run_async(source, transformed_cell=transformed)
                    cell = _prepare(get_file_name(source), transformed, is_async)
                except Exception:
                    continue  # each submission meets it, and shows it in its place
            # A warning belongs to the outputs of every cell that causes it.
            if cell is not None and not warned:
                self._prepared[source] = cell
                self._is_async[transformed] = is_async
                self.compile.know(cell)

    def transform_cell(self, raw_cell: str) -> str:
        """Transform a cell, where that was not done already."""
        cell = self._prepared.get(raw_cell)
        own = self.input_transformers_post or self._all_transformers() != self._transformers
        if cell is None or own:
            return str(super().transform_cell(raw_cell))
        if len(cell.transformed.splitlines()) == 1:
            with self.builtin_trap:  # what becomes of a single line depends on the names there are
                return f"{self.prefilter_manager.prefilter_lines(cell.transformed)}\n"
        return cell.transformed

    def _all_transformers(self) -> list[Any]:
        manager = self.input_transformer_manager
        return [
            *manager.cleanup_transforms,
            *manager.line_transforms,
            *manager.token_transformers,
        ]

    def should_run_async(self, raw_cell: str, **parts: Any) -> bool:
        """Whether a cell awaits something."""
        text = parts.get("transformed_cell")
        plain = self.autoawait and parts.get("preprocessing_exc_tuple") is None
        if plain and (known := self._is_async.get(text)) is not None:
            return known
        return bool(super().should_run_async(raw_cell, **parts))

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """Let learners' transformers change a cell's tree, but none that was worked out ahead."""
        tree: ast.AST = super().transform_ast(
            copy.deepcopy(node) if self.ast_transformers else node
        )
        return tree

    def showtraceback(self, *arguments: Any, **options: Any) -> None:
        """Show the exception that is being handled."""
        with _without_modules(getattr(self.compile, "_filename_map", ())):
            super().showtraceback(*arguments, **options)

    def _format_exception_for_storage(self, exception: Any, *rest: Any, **options: Any) -> Any:
        # IPython would format the traceback a second time, for its history; it was shown just now.
        stb = getattr(self, "_last_traceback", None) or []
        return {"ename": type(exception).__name__, "evalue": str(exception), "traceback": stb}


def _prepare(file: str, transformed: str, is_async: bool) -> _Cell | None:
    # In the sandbox a submission is process 1 of its own; elsewhere `_placed` puts the name right.
    name = os.path.join(tempfile.gettempdir(), "ipykernel_1", os.path.basename(file))
    tree = compile(transformed, name, "exec", _PLAIN_FLAGS | ast.PyCF_ONLY_AST, True)
    assert isinstance(tree, ast.Module)
    compiler = codeop.Compile()
    compiler.flags = _AWAIT_FLAGS
    codes: dict[int, tuple[str, CodeType]] = {}
    for node in tree.body:
        shows = node is tree.body[-1] and isinstance(node, ast.Expr)
        part: Any = ast.Interactive([node]) if shows else ast.Module([node], [])
        mode = "single" if shows else "exec"
        codes[id(node)] = mode, compiler(part, name, mode)
    if compiler.flags != _AWAIT_FLAGS:
        return None  # it changes how the cells below are compiled
    return _Cell(transformed, is_async, tree.body, codes)


def _placed(code: CodeType, name: str) -> CodeType:
    """Return code that says it is in the file `name`."""
    if code.co_filename == name:
        return code
    constants = tuple(
        _placed(constant, name) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    return code.replace(co_filename=name, co_consts=constants)


# Tracebacks

_Lexer: Any = type(get_lexer_by_name("python3"))
_Ranges = list[tuple[int, int]]
_set_up: Any = getattr(Terminal256Formatter, "_setup_styles", None)
_styles: dict[tuple[Any, ...], tuple[dict[Any, Any], ...]] = {}


class _RangeLexer(_Lexer):
    """stack_data's lexer, which marks what is being executed; made once."""

    ranges: _Ranges

    def get_tokens(self, text: str, unfiltered: bool = False) -> Iterator[tuple[Any, str]]:
        """Split text into tokens."""
        length = 0
        for kind, value in super().get_tokens(text):
            if any(start <= length < end for start, end in self.ranges):
                kind = kind.ExecutingNode
            length += len(value)
            yield kind, value


def _highlighted(formatter: Any, code: str, ranges: _Ranges) -> list[str]:
    lexer = _RangeLexer(stripnl=False)
    lexer.ranges = ranges
    try:
        return str(pygments.highlight(code, lexer, formatter)).splitlines()
    except Exception:
        return code.splitlines()


def _set_up_styles(self: Any) -> None:
    key = type(self), self.style, self.usebold, self.useunderline, self.useitalic
    if key not in _styles:
        _set_up(self)
        _styles[key] = dict(self.style_string), dict(self.best_match)
    self.style_string, self.best_match = map(dict, _styles[key])


@functools.cache
def _make_tracebacks_quick() -> None:
    """Let stack_data and pygments keep what they work out."""
    module: Any = stack_data
    module.core._pygmented_with_ranges = _highlighted
    module.style_with_executing_node = functools.cache(module.style_with_executing_node)
    Terminal256Formatter._setup_styles = _set_up_styles


@contextmanager
def _without_modules(cells: Container[str]) -> Iterator[None]:
    """Let nobody look which module a cell is, for as long as the block runs: it is none.

    Parameters
    ----------
    cells : container of str
        The files that cells are said to be in.
    """
    find = inspect.getmodule

    def getmodule(object: Any, _filename: str | None = None) -> Any:
        code = object.f_code if type(object) is FrameType else object
        if type(code) is CodeType and code.co_filename in cells:
            return None
        return find(object, _filename)

    inspect.getmodule = getmodule
    try:
        yield
    finally:
        inspect.getmodule = find
