"""The shape tutor: why the gradients of a matrix product hold transposes, for shapes of your own.

`shape_tutor((4, 2), (2, 3))` lists every product that could be the gradient of `x` or of `W`, says
which of them can be multiplied at all and what shape they have, and which one is the gradient, with
the reason. It looks at shapes only; nothing is calculated.
"""

from __future__ import annotations

import html
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Candidate", "ShapeTutor", "shape_tutor"]

Shape = tuple[int, int]

_CELL = 'style="text-align: left; padding: 0.1em 0.8em"'
# A line, and its colour: Okabe and Ito's green and orange. The words say the same.
_COLOURS = {"gradient": "#009e73", "only the shape": "#e69f00"}


@dataclass(frozen=True)
class Candidate:
    """A product that might be a gradient.

    Attributes
    ----------
    product : str
        As code, for example ``"dout @ W.T"``.
    shapes : tuple of two shapes
        Of the left and of the right factor, turned where the product says so.
    shape : tuple of int or None
        Of the product; None where the factors do not fit.
    verdict : str
        ``"does not fit"``; ``"other shape"``: it fits and cannot be the gradient; ``"only the
        shape"``: it has the gradient's shape and is not the gradient; ``"turned"``: the gradient's
        transpose; ``"gradient"``.
    """

    product: str
    shapes: tuple[Shape, Shape]
    shape: Shape | None
    verdict: str


@dataclass(frozen=True)
class ShapeTutor:
    """What `shape_tutor` answers: shown as a table in a notebook, as text elsewhere.

    Attributes
    ----------
    order : str
        ``"x @ W"`` or ``"W @ x"``.
    shapes : dict
        The shapes of x, W and dout, by name.
    candidates : dict
        For ``"dx"`` and ``"dW"`` the eight products of `dout` with the other factor.
    problem : str
        Why the product cannot be formed at all; empty where it can.
    """

    order: str
    shapes: dict[str, Shape]
    candidates: dict[str, tuple[Candidate, ...]]
    problem: str = ""

    def __repr__(self) -> str:
        if self.problem:
            return self.problem
        blocks = [self._head()]
        for gradient, rows in self.candidates.items():
            lines = [self._question(gradient)]
            for row in rows:
                mark = "=>" if row.verdict == "gradient" else "  "
                factors = f"{row.shapes[0]} @ {row.shapes[1]}"
                lines.append(f"{mark} {row.product:<13} {factors:<20} {self._says(gradient, row)}")
            blocks.append("\n".join([*lines, self._reason(gradient)]))
        return "\n\n".join(blocks)

    def _repr_html_(self) -> str:
        if self.problem:
            return f"<p>{html.escape(self.problem)}</p>"
        titles = ("product", "shapes", "what comes out")
        head = "".join(f'<th scope="col" {_CELL}>{title}</th>' for title in titles)
        parts = [f"<p>{_code(self._head())}</p>"]
        for gradient, rows in self.candidates.items():
            parts.append(
                '<table style="text-align: left; border-collapse: collapse">'
                '<caption style="text-align: left; color: inherit">'
                f"{_code(self._question(gradient))}</caption><thead><tr>{head}</tr></thead><tbody>"
            )
            for row in rows:
                colour = _COLOURS.get(row.verdict, "transparent")
                weight = "bold" if row.verdict == "gradient" else "normal"
                says = _code(self._says(gradient, row))
                cells = (f"<code>{row.product}</code>", f"{row.shapes[0]} @ {row.shapes[1]}", says)
                parts.append(f'<tr style="font-weight: {weight}; border-left: 6px solid {colour}">')
                parts += [f"<td {_CELL}>{cell}</td>" for cell in cells]
                parts.append("</tr>")
            parts.append(f"</tbody></table><p>{_code(self._reason(gradient))}</p>")
        return "".join(parts)

    def _head(self) -> str:
        factors = " @ ".join(str(self.shapes[name]) for name in self.order.split(" @ "))
        return (
            f"`out = {self.order}`: {factors} gives {self.shapes['dout']}. "
            "`dout` has the shape of `out`, because every element of `out` has one gradient."
        )

    def _question(self, gradient: str) -> str:
        target = gradient[1:]
        return (
            f"`{gradient}` must have the shape of `{target}`, {self.shapes[target]}. "
            f"It is made of `dout` (upstream) and `{_other(target)}` (local)."
        )

    def _says(self, gradient: str, row: Candidate) -> str:
        target = gradient[1:]
        if row.shape is None:
            return f"does not fit: {row.shapes[0][1]} columns against {row.shapes[1][0]} rows"
        said = {
            "turned": f"`{gradient}` turned, rows and columns changed places",
            "other shape": f"fits, but it is not the shape of `{target}`",
            "only the shape": f"the shape of `{target}`, but the wrong sum",
            "gradient": f"this is `{gradient}`",
        }
        return f"{row.shape}: {said[row.verdict]}"

    def _reason(self, gradient: str) -> str:
        rows = self.candidates[gradient]
        right = next(row for row in rows if row.verdict == "gradient")
        others = sum(row.shape == self.shapes[gradient[1:]] for row in rows) - 1
        if not others:
            reason = f"The reason is a sum: {self._sum(gradient)}"
            return f"The shapes leave one product: `{right.product}`. {reason}"
        have = "another product has" if others == 1 else f"{others} other products have"
        return (
            f"With these sizes {have} the right shape as well: sizes that mean different things "
            f"are equal. What decides is the sum: {self._sum(gradient)} Try sizes that are all "
            "different."
        )

    def _sum(self, gradient: str) -> str:
        """Say which index is summed over: the one that the element itself does not have."""
        if gradient == "dx":
            line = "column" if self.order == "x @ W" else "row"
            return (
                "an element of `x` reaches the outputs of its own case, one for each "
                f"{line} of `W`."
            )
        lines = "rows" if self.order == "x @ W" else "columns"
        return (
            "an element of `W` reaches one output of every case, and the cases are the "
            f"{lines} of `x` and of `dout`."
        )


def shape_tutor(x: Any, W: Any, order: str = "x @ W") -> ShapeTutor:
    """Show which products can be the gradients of a matrix product, and which are.

    Parameters
    ----------
    x, W : tuple of two int, or ndarray with two axes
        The shapes of the two factors; of an array its shape is taken.
    order : str
        ``"x @ W"`` where a case is a row of `x`; ``"W @ x"`` where a case is a column.

    Returns
    -------
    ShapeTutor
        Put it at the end of a cell to see it, or print it.
    """
    shapes = {"x": _shape(x, "x"), "W": _shape(W, "W")}
    if order not in ("x @ W", "W @ x"):
        raise ValueError(f'order is "x @ W" or "W @ x", not {order!r}')
    left, right = order.split(" @ ")
    if shapes[left][1] != shapes[right][0]:
        return ShapeTutor(order, shapes, {}, _why_not(order, shapes))
    shapes["dout"] = (shapes[left][0], shapes[right][1])
    answers = {f"d{left}": f"dout @ {right}.T", f"d{right}": f"{left}.T @ dout"}
    candidates = {g: _candidates(g, answers[g], shapes) for g in ("dx", "dW")}
    return ShapeTutor(order, shapes, candidates)


def _candidates(gradient: str, answer: str, shapes: dict[str, Shape]) -> tuple[Candidate, ...]:
    target, other = gradient[1:], _other(gradient[1:])
    factors = {**shapes, **{f"{name}.T": shape[::-1] for name, shape in shapes.items()}}
    rows = []
    for first, second in (("dout", other), (other, "dout")):
        for left, right in itertools.product((first, f"{first}.T"), (second, f"{second}.T")):
            product, a, b = f"{left} @ {right}", factors[left], factors[right]
            shape = (a[0], b[1]) if a[1] == b[0] else None
            if product == answer:
                verdict = "gradient"
            elif product == _turned(answer):
                verdict = "turned"
            elif shape is None:
                verdict = "does not fit"
            else:
                verdict = "only the shape" if shape == shapes[target] else "other shape"
            rows.append(Candidate(product, (a, b), shape, verdict))
    return tuple(rows)


def _why_not(order: str, shapes: dict[str, Shape]) -> str:
    left, right = order.split(" @ ")
    a, b = shapes[left], shapes[right]
    text = (
        f"{order} cannot be formed: {left} has shape {a} and {right} has shape {b}. "
        f"The {a[1]} columns of {left} have to meet as many rows of {right}, and there are {b[0]}."
    )
    if b[0] != b[1] and a[1] == b[1]:
        text += f" The shape of {right}.T would fit, {b[::-1]}."
    elif a[0] != a[1] and a[0] == b[0]:
        text += f" The shape of {left}.T would fit, {a[::-1]}."
    return text


def _shape(given: Any, name: str) -> Shape:
    """Return the shape that is meant: of an array its own, else the two sizes."""
    try:
        sizes = [int(n) for n in (given.shape if isinstance(given, np.ndarray) else given)]
    except TypeError:
        sizes = []
    if len(sizes) != 2 or min(sizes) < 1:
        raise ValueError(
            f"{name} needs a shape of two sizes, such as (4, 2), or an array with two axes"
        )
    return sizes[0], sizes[1]


def _other(name: str) -> str:
    return {"x": "W", "W": "x"}[name]


def _turned(product: str) -> str:
    """Write the transpose of a product as a product: ``"dout @ W.T"`` gives ``"W @ dout.T"``."""
    factors = reversed(product.split(" @ "))
    return " @ ".join(f[:-2] if f.endswith(".T") else f"{f}.T" for f in factors)


def _code(text: str) -> str:
    """Turn backticks into HTML, and everything else into plain text."""
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces))
