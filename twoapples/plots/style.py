"""The look that all pictures of the course share."""

import functools
from collections.abc import Callable
from typing import Any

import matplotlib

__all__ = ["in_style"]

# Typed loosely: the names that Matplotlib's own types allow differ from version to version.
_STYLE: dict[Any, dict[str, Any]] = {
    # An opaque light ground: dark text stays readable when the page around it is dark.
    "figure": {"facecolor": "white"},
    "axes": {"facecolor": "white", "titlesize": 11},
    "savefig": {"facecolor": "white"},
    "axes.spines": {"top": False, "right": False},
    # In inches, above and below: a title is not to touch the cell above the picture.
    "figure.constrained_layout": {"use": True, "h_pad": 0.12},
}

# Where submissions are graded the same picture is not drawn for each of them. Given a plot, its
# arguments and keywords, this shows the picture and returns True, or it returns False.
shown_elsewhere: Callable[..., bool] | None = None

# All that `in_style` has marked, by module and name: nothing else is called to be drawn elsewhere.
plots: dict[tuple[str, str], Callable[..., Any]] = {}


def in_style(draw):
    """Draw in the style of the course, whatever style the reader's notebook has chosen.

    A plot that takes functions or a learner's objects works out numbers and texts first, and hands
    them to an inner one that takes nothing else: that one can be drawn once for a class.
    """

    @functools.wraps(draw)
    def drawn(*args, **kwargs):
        if shown_elsewhere is not None and shown_elsewhere(draw, args, kwargs):
            return None
        # The backend is not a matter of style, and setting it again can close the reader's figures.
        defaults = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
        with matplotlib.rc_context(defaults):
            for group, settings in _STYLE.items():
                matplotlib.rc(group, **settings)
            return draw(*args, **kwargs)

    plots[draw.__module__, draw.__name__] = drawn
    return drawn
