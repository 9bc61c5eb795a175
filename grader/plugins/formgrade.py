"""Submissions on nbgrader's formgrade page: what a learner wrote is shown, and nothing of it runs.

Formgrader shows a graded notebook through nbconvert's HTMLExporter, as a page of the instructor's
own JupyterLab: a script in it could call the server with the instructor's rights. nbconvert's
template trusts Markdown and HTML, and cleans them only where it is told to, with a list that takes
the box of `check` apart. So four parts stand in here, named in `grader.nbgrader_api.settings`: a
step that makes of every cell what can be shown, and filters for Markdown, HTML and code, which
leave alone what it has made. The server waits while a page is made, so there is a bound on the
work.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import escape
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from grader.feedback.bounds import MOST_MARKDOWN, MOST_PICTURES, Room
from grader.feedback.pictures import read_picture
from grader.judging.isolation import WITHOUT, in_notebook
from grader.notebook.cells import marks, set_marks, summary

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
_HINT = re.compile(r"</?details>|<summary>([^<]{0,1000})</summary>")
# What one output may take, and all of a notebook; `grader.feedback.bounds` has those of cells.
_MOST_TAGS, _ALL_TAGS = 10_000, 20_000
_MOST_TEXT, _ALL_TEXT = 100_000, 2_000_000  # characters
_ALL_COLOURS = 10_000  # changes of them
_ALL_OUTPUTS = 5_000
_MOST_PLAIN, _ALL_CELLS = 15_000, 10**9  # characters
# What nbgrader tells its template about a submission.
_NAMES = (
    *("assignment_id", "first_name", "last_name", "notebook_id", "notebook_path", "student"),
    "submission_id",
)
_UNPROTECTED = (
    "**Graded without a sandbox** (`--isolation none`): this code had the rights of the account "
    "that graded it, and could have changed any score."
)
_CUT = "\n[… the rest is not shown here: it is too long]"


class OnlyWhatCannotRun(Preprocessor):
    """Leaves text, cleaned HTML and pictures in the outputs; scripts, SVG and widgets go."""

    enabled = True

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it may be shown; the file is left as it is."""
        told = summary(nb)
        # nbconvert hides cells, names lexers and sizes pictures as a submission's metadata asks.
        nb.metadata = NotebookNode()
        room = _Room()
        for cell in nb.cells:
            kept, cell.metadata = marks(cell), NotebookNode()
            set_marks(cell, **kept)
            if cell.cell_type == "markdown":
                cell.source = room.markdown(cell.source, cell.get("attachments"))
            elif cell.cell_type == "code":
                cell.source = room.code(cell.source)
                cell.outputs = [room.output(output) for output in cell.outputs[: room.outputs]]
                room.outputs -= len(cell.outputs)
            else:
                cell.source = _plain(cell.source)
        if in_notebook(told) == WITHOUT:
            nb.cells.insert(0, new_markdown_cell(room.markdown(_UNPROTECTED, None)))
        # The template writes names as they are, and a learner chooses what a platform calls them.
        for name in _NAMES:
            if resources.get(name):
                resources[name] = str(escape(resources[name]))
        return nb, resources


class _Ready(str):
    """HTML that is made already: the filters leave it as it is."""


class _Room:
    """What may still be shown of a notebook with all that makes it easy to read."""

    def __init__(self) -> None:
        self.outputs = _ALL_OUTPUTS
        self._tags, self._colours = _ALL_TAGS, _ALL_COLOURS
        # Who grades must see every cell, however much the outputs hold.
        self._cells, self._texts = Room(_ALL_CELLS), Room(_ALL_TEXT)

    def code(self, source: str) -> _Ready:
        if not self._cells.has_for_code(source):
            return _plain(source)
        return _Ready(highlight_code(source))

    def markdown(self, source: str, attachments: Any) -> _Ready:
        if len(source) > MOST_MARKDOWN:
            return _plain(source)
        return _Ready(_render(source, attachments, self._cells))

    def output(self, output: NotebookNode) -> NotebookNode:
        if "data" in output:
            return self._data(output)
        if "traceback" in output:
            output.traceback = [self.text("\n".join(output.traceback))]
        elif "text" in output:
            output.text = self.text(output.text)
        return output

    def text(self, text: str) -> str:
        kept = self._texts.cut(text, _MOST_TEXT)
        text = text if len(kept) == len(text) else kept + _CUT
        self._colours -= text.count("\x1b")
        return text if self._colours >= 0 else text.replace("\x1b", "\N{SYMBOL FOR ESCAPE}")

    def _data(self, output: NotebookNode) -> NotebookNode:
        data: dict[str, Any] = {}
        for kind, value in output.data.items():
            if kind == "text/plain":
                data[kind] = self.text(str(value))
            elif kind == "text/html":
                tags = str(value).count("<")
                if tags <= min(_MOST_TAGS, self._tags):
                    self._tags -= tags
                    data[kind] = _Ready(clean_html(value))
            elif (
                picture := read_picture(kind, value, MOST_PICTURES)
            ) and self._texts.has_for_picture(picture):
                data[kind] = value
        # A picture in HTML carries its description, so HTML is not dropped for the PNG.
        if not data.keys() & {"text/html", "image/png", "image/jpeg"}:
            self._without_picture(output.data, data)
        return NotebookNode({**output, "data": NotebookNode(data), "metadata": NotebookNode()})

    def _without_picture(self, told: dict[str, Any], data: dict[str, Any]) -> None:
        """Draw a GIF, which nbconvert's template does not; say in words what is left out."""
        text = data.get("text/plain", "")
        if "image/gif" in data:
            described = escape(text[:200] or "A GIF, without a description")
            address = "".join(data["image/gif"].split())
            image = f'<img alt="{described}" src="data:image/gif;base64,{address}">'
            data["text/html"] = _Ready(_left_alone(image))
            return
        left_out = sorted(k for k in told if k not in data and (not data or k.startswith("image/")))
        if left_out:
            note = f"[not shown here: {', '.join(left_out)}]"
            data["text/plain"] = self.text(f"{text}\n{note}" if text else note)


def _plain(source: str) -> _Ready:
    shown = source if len(source) <= _MOST_PLAIN else source[:_MOST_PLAIN] + _CUT
    return _Ready(_left_alone(f"<pre>{escape(shown)}</pre>"))


def markdown_to_html(source: str) -> str:
    """Render Markdown for the page: the filter ``markdown2html``."""
    return source if isinstance(source, _Ready) else _Room().markdown(source, None)


def highlight_code(source: str, metadata: Any = None) -> str:
    """Colour Python for the page: the filter ``highlight_code``.

    IPython's own lexer, which nbconvert takes, needs minutes for some kilobytes.
    """
    if isinstance(source, _Ready):
        return source
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    formatter = HtmlFormatter(cssclass=" highlight hl-ipython3")
    return str(highlight(source, PythonLexer(), formatter))


def _render(source: str, attachments: Any, room: Room) -> str:
    from grader.feedback.markdown import render

    # Tags come out as text, so the lessons' hints, which fold, are set below their titles.
    text = _HINT.sub(lambda match: f"**{match[1]}**" if match[1] else "", source)
    html = str(render(text, attachments, room))
    # A heading of the feedback page, whose style is not here.
    return _left_alone(html.replace('<p class="heading">', '<p style="font-weight: bold">'))


def clean_html(html: Any) -> str:
    """Return HTML with nothing in it that runs, loads or covers: the filter ``clean_html``."""
    import nh3

    if isinstance(html, _Ready):
        return html
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
        content = read_picture(head.removeprefix("data:"), data, MOST_PICTURES)
        return value if content is not None else None
    return value


def _left_alone(html: str) -> str:
    """Keep MathJax from reading formulas and links into a text, and a text from covering others."""
    style = "contain:content;overflow:auto"
    return f'<div class="tex2jax_ignore mathjax_ignore" style="{style}">{html}</div>'
