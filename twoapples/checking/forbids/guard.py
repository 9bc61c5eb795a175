"""What an exercise forbids, refused while its code runs.

Code can put a module's name together so that nobody reads it (`twoapples.checking.forbids.find`);
here the import itself is refused. The guard lives in the process of the code that it guards, and
code that means to can take it away again: it keeps honest people from slips and finds the simple
ways round. What it reports may cost points and never wins any.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from twoapples.checking.forbids.find import match, sentence

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)


class ForbiddenImportError(ImportError):
    """The exercise may not use this module; the message says so to the learner."""


@contextlib.contextmanager
def forbidding(
    exercise: str, forbids: Sequence[str], namespace: MutableMapping[str, Any] | None = None
) -> Iterator[list[str]]:
    """Refuse what an exercise forbids for as long as the block runs.

    Imports of these modules fail, those that are loaded already included. In the notebook's
    namespace, modules that another cell has imported, and functions and classes out of them, are
    replaced by something that refuses to be used. Yields a list that fills, while the block runs,
    with what was refused, as named in `forbids`.
    """
    guard = _Guard(exercise, forbids)
    guard.enter(namespace)
    try:
        yield guard.met
    finally:
        guard.leave()


class _Guard:
    def __init__(self, exercise: str, forbids: Sequence[str]) -> None:
        self.exercise, self.forbids = exercise, tuple(forbids)
        self.met: list[str] = []
        self._modules: dict[str, types.ModuleType] = {}
        self._attributes: list[tuple[types.ModuleType, str, Any]] = []
        self._names: list[tuple[MutableMapping[str, Any], str, Any, Any]] = []

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse an import, or leave it to Python."""
        if forbidden := match(name, self.forbids):
            raise self.refused(forbidden)

    def refused(self, forbidden: str) -> ForbiddenImportError:
        self.met.append(forbidden)
        return ForbiddenImportError(sentence(self.exercise, forbidden))

    def enter(self, namespace: MutableMapping[str, Any] | None) -> None:
        if not self.forbids:
            return
        loaded = [
            name
            for name in self.forbids
            if name in sys.modules or name.rpartition(".")[0] in sys.modules
        ]
        if loaded:
            self._hide(loaded)
            self._replace(namespace if namespace is not None else {}, loaded)
        sys.meta_path.insert(0, self)

    def leave(self) -> None:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)
        sys.modules.update(self._modules)
        for module, name, value in self._attributes:
            vars(module).setdefault(name, value)
        for namespace, name, stand_in, value in self._names:
            if namespace.get(name) is stand_in:
                namespace[name] = value

    def _hide(self, forbids: list[str]) -> None:
        """Take modules out of sight: of `import a.b`, and of `from a import b`."""
        for name in [name for name in sys.modules if match(name, forbids)]:
            self._modules[name] = sys.modules.pop(name)
            package, _, own = name.rpartition(".")
            above = sys.modules.get(package)
            if isinstance(above, types.ModuleType) and own in vars(above):
                self._attributes.append((above, own, vars(above).pop(own)))

    def _replace(self, namespace: MutableMapping[str, Any], forbids: list[str]) -> None:
        for name, value in list(namespace.items()):
            if forbidden := match(_origin(value), forbids):
                stand_in = _Refusing(self, forbidden)
                self._names.append((namespace, name, stand_in, value))
                namespace[name] = stand_in


def _origin(value: Any) -> str:
    """Return where a module, function or class comes from, without running its code."""
    if type(value) is types.ModuleType:
        found = vars(value).get("__name__")
        return found if isinstance(found, str) else ""
    if type(value) in _FUNCTIONS:
        module, name = value.__module__, value.__qualname__
    elif type(value) is type:
        module, name = vars(value).get("__module__"), type.__dict__["__qualname__"].__get__(value)
    else:
        return ""
    return f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else ""


class _Refusing:
    """Stands for what may not be used."""

    def __init__(self, guard: _Guard, forbidden: str) -> None:
        vars(self)["_refuse"] = lambda: guard.refused(forbidden)

    def __getattr__(self, name: str) -> Any:
        raise vars(self)["_refuse"]()

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise vars(self)["_refuse"]()
