"""The box that `check` shows: HTML in JupyterLab, plain text in a terminal.

The box says in words what its colour says, and takes its text colour from the page, so that it can
be read without colour and in a dark theme.
"""

from __future__ import annotations

import html
import re
import sys
from typing import Any

from twoapples.checking.report import Report

_RIGHT, _PARTLY, _WRONG = "#009e73", "#e69f00", "#d55e00"  # Okabe and Ito's palette
# Code between backticks; emphasis between single stars, which those of 2*x*y and x**2 are not.
_MARKS = re.compile(r"`([^`]+)`|(?<![\w*])\*(?=[^\s*])([^*`\n]*[^\s*`])\*(?![\w*])")


def show_report(report: Report) -> None:
    """Show a report in the notebook, or print it where there is no notebook."""
    show(as_mimebundle(report))


def show(bundle: dict[str, Any]) -> None:
    """Show a MIME bundle in the notebook, or print its text where there is no notebook."""
    # Not imported for this: where nobody has imported IPython, there is no notebook.
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    if get_ipython is None or get_ipython() is None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        # A terminal that cannot write a check mark shows a question mark.
        print(bundle["text/plain"].encode(encoding, errors="replace").decode(encoding))
        return
    from IPython.display import display

    display(bundle, raw=True)


def as_mimebundle(report: Report) -> dict[str, Any]:
    """Return the report for a Jupyter front end."""
    return {"text/html": as_html(report), "text/plain": as_text(report)}


def verdict(report: Report) -> str:
    """Return the report's outcome in a word or two."""
    if report.right:
        return "Right"
    return "Partly right" if any(report.held) else "Not right yet"


def as_text(report: Report, details: bool = True) -> str:
    """Write a report as plain text.

    Parameters
    ----------
    details : bool
        Whether to show the failing case with its values; not for hidden cases.
    """
    lines = [
        f"{_mark(report)} {verdict(report)}: {report.exercise}",
        f"  {printable(report.diagnosis.headline)}",
    ]
    rows = report.diagnosis.details if details else ()
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        indented = printable(value).replace("\n", "\n" + " " * (width + 4))
        lines.append(f"  {name:<{width}}  {indented}")
    if count := count_of(report):
        lines.append(f"  {count}")
    lines += [f"  Note: {printable(note)}" for note in report.notes]
    return "\n".join(lines)


def as_html(report: Report, details: bool = True) -> str:
    """Write a report as an HTML fragment; everything that comes from the learner is escaped."""
    colour = _RIGHT if report.right else _PARTLY if any(report.held) else _WRONG
    rows = report.diagnosis.details if details else ()
    parts = [
        f'<div role="status" class="twoapples-check" style="border-left: 6px solid {colour}; '
        f"padding: 0.5em 0.9em; margin: 0.3em 0; max-width: 60em; background: {colour}1a; "
        'color: inherit; line-height: 1.45">',
        f"<div><strong>{_mark(report)} {verdict(report)}:</strong> "
        f"<code>{html.escape(report.exercise)}</code></div>",
        f"<div>{_prose(report.diagnosis.headline)}</div>",
    ]
    if rows:
        parts.append(
            '<table style="margin: 0.5em 0 0.2em 0; border-collapse: collapse; color: inherit; '
            'background: transparent"><tbody>'
        )
        for name, value in rows:
            text = html.escape(printable(value))
            parts.append(
                '<tr style="background: transparent">'
                '<th scope="row" style="text-align: left; vertical-align: top; padding: 0 1em 0 0; '
                f'font-weight: normal; opacity: 0.8">{html.escape(name)}</th>'
                '<td style="text-align: left; padding: 0"><code style="display: block; padding: 0; '
                "white-space: pre-wrap; "
                f'background: transparent; color: inherit">{text}</code></td></tr>'
            )
        parts.append("</tbody></table>")
    if count := count_of(report):
        parts.append(f"<div>{count}</div>")
    parts += [f"<div><em>Note:</em> {_prose(note)}</div>" for note in report.notes]
    return "".join(parts) + "</div>"


def _mark(report: Report) -> str:
    return "✓" if report.right else "◐" if any(report.held) else "✗"


def count_of(report: Report) -> str:
    """Say how many cases hold; an empty text where the headline says it or there is one."""
    if report.right or len(report.held) < 2:
        return ""
    return f"{sum(report.held)} of {len(report.held)} cases hold so far."


def marked(escaped: str) -> str:
    """Set code and emphasis in a sentence; all else in it has to be escaped already.

    >>> marked("`p` says *where*: 2*x*y")
    '<code>p</code> says <em>where</em>: 2*x*y'
    """
    return _MARKS.sub(
        lambda found: f"<code>{found[1]}</code>" if found[1] else f"<em>{found[2]}</em>", escaped
    )


def without_emphasis(text: str) -> str:
    """Return a sentence for where nothing can be emphasised; code stays between backticks.

    >>> without_emphasis("`p` says *where*: 2*x*y")
    '`p` says where: 2*x*y'
    """
    return _MARKS.sub(lambda found: found[2] or found[0], text)


def _prose(text: str) -> str:
    """Escape a sentence, and set code and emphasis."""
    return marked(html.escape(printable(text), quote=False))


def printable(text: str) -> str:
    """Show control characters, which a terminal would obey, and broken ones by their codes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )
