"""A page as text: the template filled, with its style sheet inside and a policy that closes it.

The page may load nothing and run nothing, says its Content-Security-Policy: no script whatever,
the one style sheet that is in it (by its digest), pictures that are in it. So even what slips
through the sanitiser does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from grader.feedback.content import view
from grader.tools.html import digest, template, with_common
from grader.gradebook.grades import Grades

_FOLDER = Path(__file__).parent
SIGNS = {"right": "✓", "partly": "◐", "wrong": "✗", "open": "…"}


def page(notebook: Mapping[str, Any], grades: Grades) -> str:
    """Return the feedback page of one submission.

    Parameters
    ----------
    notebook : dict
        The graded notebook, as nbformat or as `json.load` gives it. Nothing in it is trusted to
        be fit for a page.
    grades : Grades
        What the gradebook says about it, see `grader.gradebook.grades.read_submissions`.

    Returns
    -------
    str
        A whole HTML document. The same notebook and grades give the same text.
    """
    style, policy = style_sheet()
    return template(_FOLDER / "page.html.j2").render(
        view(notebook, grades), style=Markup(style), policy=policy, signs=SIGNS
    )


@lru_cache(maxsize=1)
def style_sheet() -> tuple[str, str]:
    """Return the style sheet, and the Content-Security-Policy that allows it."""
    style = with_common(_FOLDER / "page.css")
    return style, (
        f"default-src 'none'; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
