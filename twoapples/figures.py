"""Show a Matplotlib figure with a text for those who cannot see it."""

from __future__ import annotations

import base64
import html
import io
import os
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

__all__ = ["PALETTE", "Picture", "show"]

# Okabe and Ito's colours: told apart with every common form of colour blindness, and in grey.
# Blue, orange, green, vermilion, purple, sky blue, yellow, black.
PALETTE = [
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#000000",
]

# Twice the usual density, shown at half the size: sharp on every screen.
_DPI = 192


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A PNG that carries its alternative text into every front end.

    Attributes
    ----------
    png : bytes
        The picture; empty where figures are not rendered, then the text stands alone.
    alt : str
        What the picture shows, in words.
    width : int
        Width on the page, in CSS pixels.
    """

    png: bytes
    alt: str
    width: int

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if not self.png:
            return {"text/plain": self.alt}
        data = base64.b64encode(self.png).decode("ascii")
        # image/png has no place for an alternative text in every front end; an <img> has.
        image = (
            f'<img alt="{html.escape(self.alt)}" width="{self.width}"'
            f' src="data:image/png;base64,{data}" style="max-width: 100%; height: auto">'
        )
        return {"text/plain": self.alt, "text/html": image, "image/png": data}


def rendered() -> bool:
    """Whether figures are drawn: while grading nobody may see them, and it takes longest."""
    return os.environ.get("TWOAPPLES_FIGURES") != "off"


def show_words(alt: str) -> None:
    """Display what stands for a figure where none is rendered."""
    display(Picture(b"", alt, 0))


def show(fig: Figure, alt: str) -> None:
    """Display a figure with its alternative text, and close it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure. It is closed, so that a notebook does not show it a second time.
    alt : str
        What the figure shows, in words: read out by screen readers, shown by plain terminals.
    """
    if not alt.strip():
        raise ValueError("alt is empty: say in words what the figure shows")
    stream, width = io.BytesIO(), 0
    if rendered():
        # Without the Software entry the same figure gives the same bytes wherever it is drawn.
        fig.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
        width = round(fig.get_figwidth() * _DPI / 2)
    plt.close(fig)
    display(Picture(stream.getvalue(), alt, width))
