"""Released cells, worked out once before submissions are forked.

Most cells of a submission are the ones that were handed out. What IPython does with a cell's text
before it runs, taking magics out and compiling, depends on the text alone; so the nursery does it
ahead, and every submission finds it done. The texts are the course's own: nothing that a learner
has written is looked at before the fork.
"""

from __future__ import annotations

import ast
import codeop
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from IPython.core.async_helpers import _should_be_async

#: The flags of a compiler that has met no ``from __future__ import``.
PLAIN_FLAGS = codeop.Compile().flags
#: The same while IPython compiles a statement.
AWAIT_FLAGS = PLAIN_FLAGS | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


@dataclass(frozen=True)
class Prepared:
    """What is known of a cell.

    Attributes
    ----------
    source, transformed : str
        The cell's text, and what the input transformers make of it.
    number : int
        By which the cell's file is named.
    is_async : bool
        Whether it awaits something.
    statements : list of ast.stmt
        Never changed: whoever would change them gets copies.
    codes : dict
        The mode and the code of each statement, by the statement's identity.
    """

    source: str
    transformed: str
    number: int
    is_async: bool
    statements: list[ast.stmt]
    codes: dict[int, tuple[str, CodeType]]


def prepare(
    sources: Iterable[str], transform: Callable[[str], str], number_of: Callable[[str], int]
) -> list[Prepared]:
    """Work out cells; those with something unusual are left out.

    Parameters
    ----------
    transform : callable
        What the input transformers do to a text.
    number_of : callable
        Gives the number that names a cell's file.
    """
    done = []
    for source in dict.fromkeys(sources):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                made = _prepare(source, transform(source), number_of(source))
            except Exception:
                continue  # each submission meets it, and shows it in its place
        # A warning belongs to the outputs of every cell that causes it.
        if made is not None and not warned:
            done.append(made)
    return done


def _prepare(source: str, transformed: str, number: int) -> Prepared | None:
    # In the sandbox a submission is process 1 of its own; elsewhere `placed` puts the name right.
    name = os.path.join(tempfile.gettempdir(), "ipykernel_1", f"{number}.py")
    tree = compile(transformed, name, "exec", PLAIN_FLAGS | ast.PyCF_ONLY_AST, True)
    assert isinstance(tree, ast.Module)
    compiler = codeop.Compile()
    compiler.flags = AWAIT_FLAGS
    codes: dict[int, tuple[str, CodeType]] = {}
    for node in tree.body:
        shows = node is tree.body[-1] and isinstance(node, ast.Expr)
        part: Any = ast.Interactive([node]) if shows else ast.Module([node], [])
        mode = "single" if shows else "exec"
        codes[id(node)] = mode, compiler(part, name, mode)
    if compiler.flags != AWAIT_FLAGS:
        return None  # it changes how the cells below are compiled
    is_async = _should_be_async(transformed)
    return Prepared(source, transformed, number, is_async, tree.body, codes)


def placed(code: CodeType, name: str) -> CodeType:
    """Return code that says it is in the file `name`."""
    if code.co_filename == name:
        return code
    constants = tuple(
        placed(constant, name) if isinstance(constant, CodeType) else constant
        for constant in code.co_consts
    )
    return code.replace(co_filename=name, co_consts=constants)
