"""Reading a cell's code: which names it defines, and what each of them uses.

The code is parsed, never run. A cell is reduced to steps, each of which gives names a meaning. A
*use* is a dotted text: ``sp.softmax`` begins with a name of the notebook,
``:scipy.special.softmax`` with a module.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_CELL = 100_000  # characters; no person writes so much into a cell
# Most cells are the same in all submissions to a lesson, so their readings are kept.
_KEPT, _KEPT_SIZE = 256, 10_000

_PARSE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Step:
    """Names that get a meaning; ``*`` stands for all names of a module.

    `alias` is the use that the names stand for, if they are no more than that; `now` and `later`
    what is used when the step runs, and when what it defines is called. Where a step does not
    replace, under an ``if``, the meaning from before is kept, too.
    """

    names: tuple[str, ...]
    alias: str = ""
    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    replaces: bool = True


@dataclass(frozen=True)
class Reading:
    """What a cell does with names; all modules that it imports anywhere."""

    steps: tuple[Step, ...] = ()
    imports: frozenset[str] = frozenset()

    @functools.cached_property
    def defines(self) -> frozenset[str]:
        """All names that the cell defines."""
        return frozenset(name for step in self.steps for name in step.names)


def read(source: str) -> Reading:
    """Read a cell; of one that cannot be parsed, nothing is known."""
    return _read_kept(source) if len(source) <= _KEPT_SIZE else _read_anew(source)


def _read_anew(source: str) -> Reading:
    if len(source) > MAX_CELL:
        return Reading()
    for text in (source, _without_magics(source)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = compile(text, "<cell>", "exec", _PARSE, dont_inherit=True)
            assert isinstance(tree, ast.Module)
            steps = tuple(_steps(tree.body, replaces=True))
            return Reading(steps, frozenset(_imports(tree)))
        except (SyntaxError, ValueError):
            continue
        except (RecursionError, MemoryError, OverflowError):
            break
    return Reading()


_read_kept = functools.lru_cache(maxsize=_KEPT)(_read_anew)


def _without_magics(source: str) -> str:
    """Take out what IPython adds to Python's language, leaving something in its place."""
    lines = source.lstrip().splitlines()
    if lines and lines[0].startswith("%%"):
        del lines[0]
    return "\n".join(_python(line) for line in lines)


def _python(line: str) -> str:
    code = line.strip()
    value = code.partition("=")[2].lstrip()
    if code.startswith(("%", "!", "?")) or code.endswith("?") or value.startswith(("%", "!")):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


def _steps(statements: list[ast.stmt], *, replaces: bool) -> Iterator[Step]:
    """Reduce the statements outside of functions to steps."""
    for statement in statements:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for name, use in _imported(statement):
                yield Step((name,), use, replaces=replaces)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            now, later = _uses([statement])
            yield Step((statement.name,), "", now, later, replaces)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            if statement.value is not None:
                keeps = isinstance(statement, ast.AugAssign)
                targets = getattr(statement, "targets", None) or [statement.target]  # type: ignore[union-attr]
                for target in targets:
                    yield from _assigned(target, statement.value, replaces and not keeps)
        else:
            yield from _compound(statement, replaces)


def _compound(statement: ast.stmt, replaces: bool) -> Iterator[Step]:
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        yield from _assigned(statement.target, statement.iter, False)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _assigned(item.optional_vars, item.context_expr, replaces)
        yield from _steps(statement.body, replaces=replaces)
        return
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(statement, part, []):
            if isinstance(inner, ast.stmt):
                yield from _steps([inner], replaces=False)
            else:  # what follows `except` or `case`
                yield from _steps(inner.body, replaces=False)


def _assigned(target: ast.expr, value: ast.expr, replaces: bool) -> Iterator[Step]:
    if isinstance(target, (ast.Tuple, ast.List)):
        values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        each = values if len(values) == len(target.elts) else [value] * len(target.elts)
        for part, own in zip(target.elts, each, strict=True):
            yield from _assigned(part, own, replaces)
    elif isinstance(target, ast.Starred):
        yield from _assigned(target.value, value, replaces)
    else:
        now, later = _uses([value])
        root = target
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if isinstance(root, ast.Name):
            whole = root is target
            alias = (_Scope().use(value) or "") if whole else ""
            yield Step((root.id,), alias, frozenset() if alias else now, later, replaces and whole)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Return the names that an import defines, each with what it stands for."""
    if isinstance(node, ast.Import):
        for item in node.names:
            top = item.name.partition(".")[0]
            yield (item.asname, f":{item.name}") if item.asname else (top, f":{top}")
    elif node.level == 0 and node.module:
        for item in node.names:
            if item.name == "*":
                yield "*", f":{node.module}"
            else:
                yield item.asname or item.name, f":{node.module}.{item.name}"


def _imports(tree: ast.AST) -> Iterator[str]:
    """Return all modules that some code imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (use[1:] for _, use in _imported(node))
        elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
            yield name


def _imported_by_call(node: ast.Call) -> str:
    """Return the module that ``__import__("…")`` or ``import_module("…")`` imports, or ''."""
    function = node.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    texts = [_text(argument) for argument in node.args]
    if name not in ("__import__", "import_module") or not texts or not texts[0]:
        return ""
    if texts[0].startswith("."):
        package = texts[1] if len(texts) > 1 else ""
        return package + texts[0] if package else ""
    return texts[0]


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class _Scope:
    """The names of a function; of those around it `outer` knows."""

    def __init__(self, outer: _Scope | None = None, function: _Function | None = None) -> None:
        self.outer = outer
        self.own: set[str] = set()
        self.aliases: dict[str, str] = {}
        if function is None:
            return
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a]
        self.own.update(argument.arg for argument in every)
        nodes = list(_inside(function))
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.own.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self.own.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self.aliases.update(_imported(node))
        for node in nodes:
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                self.own.difference_update(node.names)
        for node in nodes:
            if isinstance(node, ast.Assign) and (use := self.use(node.value)):
                for target in node.targets:
                    if isinstance(target, ast.Name) and target.id in self.own:
                        self.aliases.setdefault(target.id, use)

    def name(self, name: str) -> str | None:
        """Return what a name stands for; None for a local variable of which nothing is known."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.aliases:
                return scope.aliases[name]
            if name in scope.own:
                return None
            scope = scope.outer
        return name

    def use(self, node: ast.expr) -> str | None:
        """Return the use that an expression is, if it is no more than that."""
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, ast.NamedExpr):
            return self.use(node.value)
        if isinstance(node, ast.Attribute):
            return self._part(node.value, node.attr)
        if isinstance(node, ast.Call):
            if name := _imported_by_call(node):
                is_top = isinstance(node.func, ast.Name) and node.func.id == "__import__"
                return ":" + (name.partition(".")[0] if is_top else name)
            is_getattr = isinstance(node.func, ast.Name) and node.func.id == "getattr"
            if is_getattr and len(node.args) > 1 and _text(node.args[1]):
                return self._part(node.args[0], _text(node.args[1]))
        if isinstance(node, ast.Subscript) and _text(node.slice):
            value = node.value
            if isinstance(value, ast.Attribute) and value.attr == "modules":
                return ":" + _text(node.slice)
        return None

    def _part(self, whole: ast.expr, name: str) -> str | None:
        use = self.use(whole)
        return f"{use}.{name}" if use else None


def _inside(function: _Function) -> Iterator[ast.AST]:
    """Return the nodes of a function's body without those of functions inside."""
    waiting: list[ast.AST] = []
    waiting += [function.body] if isinstance(function, ast.Lambda) else function.body[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        if not isinstance(node, inner):
            waiting += list(ast.iter_child_nodes(node))[::-1]


def _uses(nodes: Sequence[ast.AST]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what some code uses when it runs, and when the functions in it are called."""
    now: set[str] = set()
    later: set[str] = set()
    waiting: list[tuple[ast.AST, _Scope, set[str]]] = [(node, _Scope(), now) for node in nodes]
    while waiting:
        node, scope, found = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inner = _Scope(scope, node)
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            waiting += [(part, inner, later) for part in body]
            outside = [*getattr(node, "decorator_list", []), *node.args.defaults]
            outside += [default for default in node.args.kw_defaults if default is not None]
            waiting += [(part, scope, found) for part in outside]
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {f":{name}" for name in _imports(node)}
        elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
            found.add(f":{name}")
        if isinstance(node, ast.expr) and (use := scope.use(node)):
            found.add(use)
            if not isinstance(node, ast.Call):
                continue
        waiting += [(part, scope, found) for part in ast.iter_child_nodes(node)]
    return frozenset(now), frozenset(later)
