"""Submissions on nbgrader's formgrade page: what a learner wrote is shown, and nothing of it runs.

Formgrader shows a graded notebook through nbconvert's HTMLExporter, as a page of the instructor's
own JupyterLab: a script in it could call the server with the instructor's rights. nbconvert's
template trusts Markdown and HTML, and cleans them only where it is told to, with a list that takes
the box of `check` apart. So three parts stand in here, named in `grader.nbgrader_settings`:
a step that leaves in the outputs only what cannot run, and two filters, for Markdown and for HTML.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

# Pictures that a browser draws without running anything, and how their files begin.
_PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
}
_ELEMENTS = {
    *("b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small"),
    *("span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead"),
    *("tr", "u", "ul"),
}
_ATTRIBUTES = {
    "*": {"aria-label", "class", "role", "style"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# What moves nothing out of its place and hides nothing.
_STYLES = {
    *("background", "background-color", "border", "border-bottom", "border-collapse"),
    *("border-left", "border-right", "border-top", "color", "display", "font-family", "font-size"),
    *("font-style", "font-weight", "height", "line-height", "margin", "max-width", "opacity"),
    *("padding", "text-align", "vertical-align", "white-space", "width"),
}
# No url(), no function, no comment, no coded letter, nothing negative.
_STYLE_VALUE = re.compile(r"(?:[\w\s:;,#.%'\"]|-(?![\d.]))*")
_CLASSES = {"div": {"twoapples-check"}, "table": {"dataframe"}}
_HINT = re.compile(r"</?details>|<summary>(.*?)</summary>", re.DOTALL)


class OnlyWhatCannotRun(Preprocessor):
    """Leaves text, cleaned HTML and pictures in the outputs; scripts, SVG and widgets go."""

    enabled = True

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it may be shown; the file is left as it is."""
        # nbconvert hides cells, names lexers and sizes pictures as a submission's metadata asks.
        nb.metadata = NotebookNode()
        for cell in nb.cells:
            cell.metadata = NotebookNode(
                {k: v for k, v in cell.metadata.items() if k == "nbgrader"}
            )
            if cell.cell_type == "markdown":
                cell.source = _Rendered(_render(cell.source, cell.get("attachments")))
            elif cell.cell_type == "code":
                cell.outputs = [_shown(output) for output in cell.outputs]
        return nb, resources


class _Rendered(str):
    """HTML that stands for a cell's Markdown: the filter is not told the cell's pictures."""


def markdown_to_html(source: str) -> str:
    """Render Markdown for the page: the filter ``markdown2html``."""
    return source if isinstance(source, _Rendered) else _render(source, None)


def _render(source: str, attachments: Any) -> str:
    from grader.feedback.markdown import render

    # Tags come out as text, so the lessons' hints, which fold, are set below their titles.
    text = _HINT.sub(lambda match: f"**{match[1]}**" if match[1] else "", source)
    return _left_alone(str(render(text, attachments)))


def clean_html(html: Any) -> str:
    """Return HTML with nothing in it that runs, loads or covers: the filter ``clean_html``."""
    import nh3

    return _left_alone(
        nh3.clean(
            html.decode(errors="replace") if isinstance(html, bytes) else str(html),
            tags=_ELEMENTS,
            attributes=_ATTRIBUTES,
            attribute_filter=_attribute,
            filter_style_properties=_STYLES,
            url_schemes={"data"},
            link_rel=None,
        )
    )


def _attribute(element: str, name: str, value: str) -> str | None:
    if name == "style":
        return value if _STYLE_VALUE.fullmatch(value) else None
    if name == "class":
        return value if value in _CLASSES.get(element, ()) else None
    if name == "src":
        head, _, data = value.partition(";base64,")
        return value if _is_picture(head.removeprefix("data:"), data) else None
    return value


def _left_alone(html: str) -> str:
    """Keep MathJax, where the page has it, from reading formulas and links into a text."""
    return f'<div class="tex2jax_ignore mathjax_ignore">{html}</div>'


def _shown(output: NotebookNode) -> NotebookNode:
    if "data" not in output:
        return output
    data = {
        kind: value
        for kind, value in output.data.items()
        if kind in ("text/plain", "text/html") or _is_picture(kind, value)
    }
    # An <img> in the HTML carries the picture's description, so HTML is not dropped for the PNG.
    if not data and output.data:
        data = {"text/plain": f"[not shown here: {', '.join(sorted(map(str, output.data)))}]"}
    return NotebookNode({**output, "data": NotebookNode(data), "metadata": NotebookNode()})


def _is_picture(kind: str, encoded: Any) -> bool:
    if kind not in _PICTURES or not isinstance(encoded, str):
        return False
    try:
        # Line ends are allowed in base64, quotation marks are not.
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return content.startswith(_PICTURES[kind])
