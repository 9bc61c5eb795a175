"""What an exercise forbids, read from the code: `softmax` may not use `scipy.special`.

Code is parsed, never run. From the definition of the exercise the reading goes on to every name of
the notebook that it uses, so an import in another cell is seen, and a cell that compares the
exercise with a library, without the exercise using it, is not blamed. What cannot be seen so, a
name that is put together while the code runs, is left to `twoapples.checking.forbids.guard`.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from twoapples.checking.forbids.names import Reading, Step, read

# What nobody writes by hand is not read, so that reading takes bounded time and memory.
MAX_CHARACTERS = 1_000_000
_MAX_WORK = 1_000_000  # uses that are looked at


def sentence(exercise: str, forbidden: str) -> str:
    """Say that an exercise uses what it may not."""
    return f"`{exercise}` may not use `{forbidden}`: write it with NumPy and Python alone."


def match(path: str, forbids: Iterable[str]) -> str:
    """Return the forbidden module that `path`, ``scipy.special.softmax`` say, lies in, or ''."""
    for name in forbids:
        if path == name or path.startswith(name + "."):
            return name
    return ""


def find_use(
    exercise: str, cells: Sequence[str], forbids: Sequence[str], own: int | None = None
) -> str:
    """Find out whether an exercise uses a module that it forbids; return its name, or ''.

    Parameters
    ----------
    cells : sequence of str
        The code that ran before the exercise is looked at, in this order.
    forbids : sequence of str
        Modules, or names in modules (``"solutions.layers.Affine"``).
    own : int, optional
        Which cell is the exercise's. It may not even import what is forbidden. By default the last
        cell that defines the exercise.
    """
    text = "\n".join(cells)
    if len(text) > MAX_CHARACTERS:
        return ""
    possible = [name for name in forbids if all(part in text for part in name.split("."))]
    if not possible:
        return ""
    readings = [read(cell) for cell in cells]
    if own is None:
        defining = [i for i, reading in enumerate(readings) if exercise in reading.defines]
        own = defining[-1] if defining else None
    used = set(readings[own].imports) if own is not None else set()
    with contextlib.suppress(_TooMuchError):
        used |= _Names.of(readings, possible).everything_used_by(exercise)
    return next((name for name in possible if any(match(path, [name]) for path in used)), "")


def defines(exercise: str, cell: str) -> bool:
    """Whether a cell's code gives the exercise's name a meaning."""
    return exercise in cell and exercise in read(cell).defines


def words_for(cells: Sequence[str], forbids: Iterable[str]) -> dict[str, set[str]]:
    """Return the names that some code defines, with what of `forbids` each leads to.

    The name `scipy` of ``import scipy`` leads to ``"scipy.special"``.
    """
    forbids = sorted(forbids)
    known = _Names.of([read(cell) for cell in cells], forbids)
    words = {}
    for name in known.meanings:
        used = known.everything_used_by(name)
        led = {f for f in forbids if any(f"{f}.".startswith(f"{path}.") for path in used)}
        if led:
            words[name] = led
    return words


class _TooMuchError(Exception):
    """The code was made to keep a reader busy."""


@dataclass(frozen=True)
class _Meaning:
    """What a name may stand for: modules or parts of them, and what using it uses."""

    paths: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()

    def __or__(self, other: _Meaning) -> _Meaning:
        return _Meaning(self.paths | other.paths, self.used | other.used, self.later | other.later)


_NOTHING = _Meaning()


@dataclass
class _Names:
    """The names of a notebook while it is read from above to below."""

    forbids: Sequence[str]
    meanings: dict[str, _Meaning] = field(default_factory=dict)
    work: int = 0

    @classmethod
    def of(cls, readings: Iterable[Reading], forbids: Sequence[str]) -> _Names:
        """Read cells one after the other."""
        known = cls(forbids)
        for reading in readings:
            for step in reading.steps:
                known.take(step)
        return known

    def take(self, step: Step) -> None:
        meaning = self._of(step.alias) if step.alias else _NOTHING
        for use in step.now:
            met = self._of(use)
            meaning |= _Meaning(used=met.paths | met.used, later=met.later)
        meaning |= _Meaning(later=step.later)
        for name in step.names:
            before = self.meanings.get(name, _NOTHING)
            if step.replaces and name != "*":
                before = _NOTHING
            self.meanings[name] = meaning | before
            self._count(len(meaning.later) + len(before.later))

    def everything_used_by(self, name: str) -> set[str]:
        used: set[str] = set()
        seen: set[str] = set()
        waiting = [name] if name in self.meanings else []
        while waiting:
            use = waiting.pop()
            if use not in seen:
                seen.add(use)
                met = self._of(use)
                used |= met.paths | met.used
                waiting += met.later
                self._count(len(met.later))
        return used

    def _count(self, work: int) -> None:
        self.work += 1 + work
        if self.work > _MAX_WORK:
            raise _TooMuchError

    def _paths(self, paths: Iterable[str]) -> frozenset[str]:
        """Keep what is forbidden, and what a part of is."""
        kept = {match(path, self.forbids) or path for path in paths}
        return frozenset(p for p in kept if any(f"{f}.".startswith(f"{p}.") for f in self.forbids))

    def _of(self, use: str) -> _Meaning:
        if use.startswith(":"):
            return _Meaning(self._paths([use[1:]]))
        root, _, rest = use.partition(".")
        met = self.meanings.get(root)
        if met is None:
            if hasattr(builtins, root):
                return _NOTHING
            met = self.meanings.get("*", _NOTHING)
            rest = use
        if not rest:
            return met
        return _Meaning(self._paths(f"{path}.{rest}" for path in met.paths), met.used, met.later)
