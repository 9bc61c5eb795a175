"""What a submission holds is shown on formgrader's page, and none of it runs there."""

from __future__ import annotations

import base64
import re
import subprocess
import sys

import nbformat
import pytest
from browser import LESSON, NOTEBOOK, ROOT, copy_course, hand_in, new_page, run_lab
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)
from nbgrader.server_extensions.formgrader import handlers
from page_checks import Elements
from traitlets.config import Config

from grader.feedback import bounds
from grader.nbgrader_settings import configure
from grader.plugins import formgrade as nbgrader_formgrade
from grader.plugins.formgrade import clean_html, markdown_to_html
from twoapples.box import as_html
from twoapples.checking.diagnose import Diagnosis, Report

pytestmark = pytest.mark.slow

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n rest").decode()
RUNS = {"script", "iframe", "object", "embed", "svg", "link", "style", "meta", "base", "form", "a"}
HTML = [
    "<script>harm()</script>",
    "<img src=x onerror=harm()>",
    "<img src='https://elsewhere.example/seen.png'>",
    "<svg onload=harm()><script>harm()</script></svg>",
    "<iframe srcdoc='<script>harm()</script>'></iframe>",
    "<a href='javascript:harm()'>here</a>",
    "<b onclick=harm()>bold</b>",
    "<form action='/api/contents'><button>Save</button></form>",
    "<math><mtext><style><img src=x onerror=harm()></style></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=harm()>'></noscript>",
    "<table><td><svg><desc><td><script>harm()</script>",
    "<link rel=stylesheet href=//elsewhere.example>",
    "<style>body { display: none }</style>",
    "<base href='//elsewhere.example/'>",
    "<meta http-equiv=refresh content='0;url=//elsewhere.example'>",
]


def assert_harmless(html):
    for tag, attributes in Elements(html).found:
        assert tag not in RUNS, (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert not {"srcdoc", "href", "action", "id", "name"} & set(attributes), (tag, attributes)
        assert attributes.get("src", "data:image/png").startswith("data:image/"), (tag, attributes)


def shown(notebook, ours=True):
    """Return the formgrade page's part that holds the notebook."""
    return whole_page(notebook, ours).partition('id="notebook-container"')[2]


def whole_page(notebook, ours=True, **said):
    """Return the formgrade page; `said` is what nbgrader tells about the submission."""
    config = Config()
    if ours:
        configure(config)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    names = ("base_url", "notebook_id", "assignment_id", "submission_id", "notebook_path")
    people = ("student", "first_name", "last_name")
    resources = {**dict.fromkeys([*names, *people], "x"), "index": 0, "total": 1, **said}
    html, _ = HTMLExporter(config=config).from_notebook_node(notebook, resources=resources)
    return html


def output(**data):
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


@pytest.mark.parametrize("isolation", ["none", "default", "strict", "unknown", {"none": 1}])
def test_who_grades_is_told_of_a_submission_that_ran_without_a_sandbox(isolation):
    graded = {"twoapples": {"graded": {"isolation": isolation}}}
    page = shown(new_notebook(cells=[new_markdown_cell("first")], metadata=graded))
    found = page.find("Graded without a sandbox")
    assert 0 <= found < page.index("first") if isolation == "none" else found < 0
    assert "first" in shown(
        new_notebook(cells=[new_markdown_cell("first")], metadata={"twoapples": isolation})
    )


@pytest.mark.parametrize("html", HTML)
def test_neither_html_nor_markdown_can_do_anything(html):
    assert_harmless(clean_html(html))
    assert_harmless(clean_html(html.encode()))
    assert_harmless(markdown_to_html(html))
    assert_harmless(markdown_to_html(f"words\n\n{html}\n\n[l](javascript:harm())"))


@pytest.mark.parametrize(
    "style",
    [
        "position:fixed;top:0",
        "background:url(//elsewhere.example)",
        "margin:-500px",
        "width:calc(1px)",
        "color:\\72 ed",
        "color:red/**/",
        "z-index:9",
        "transform:scale(9)",
    ],
)
def test_no_style_loads_or_covers_anything(style):
    assert style.partition(":")[2] not in clean_html(f'<p style="{style}">text</p>')


def test_the_check_box_keeps_its_look():
    details = (("For", "s = [[1.0, 2.0]]"), ("expected", "<1>"))
    diagnosis = Diagnosis("broadcast", "The sum has the `shape` ().", details)
    box = as_html(Report("softmax", (True, False), (1.0, 1.0), diagnosis, ("A note.",)))
    kept = clean_html(box)
    for style in re.findall(r'style="([^"]*)"', box):
        for part in filter(None, (p.strip().replace(": ", ":") for p in style.split(";"))):
            assert part in kept.replace(": ", ":"), part
    assert 'role="status"' in kept
    assert 'class="twoapples-check"' in kept


def test_pictures_stay_when_they_are_pictures():
    image = f'<img alt="A line" width="300" src="data:image/png;base64,{PNG}">'
    assert PNG in clean_html(image)
    assert "src" not in clean_html(image.replace(PNG, "PHN2Zz4="))
    assert "src" not in clean_html(image.replace("png", "svg+xml"))
    page = shown(new_notebook(cells=[new_code_cell("1", outputs=[output(image_png=PNG)])]))
    assert PNG in page
    pasted = new_markdown_cell("![drawn](attachment:a.png)")
    pasted["attachments"] = {"a.png": {"image/png": PNG}}
    assert PNG in shown(new_notebook(cells=[pasted]))


def pictures(*outputs):
    """Return what a page with these outputs draws, and the page."""
    page = shown(new_notebook(cells=[new_code_cell("1", outputs=list(outputs))]))
    return [(a["alt"], a["src"]) for tag, a in Elements(page).found if tag == "img"], page


def test_a_gif_is_drawn(monkeypatch):
    gif = base64.b64encode(b"GIF89a" + bytes(300)).decode()
    address = f"data:image/gif;base64,{gif}"
    alone = output(image_gif=f"{gif[:76]}\n{gif[76:]}")
    beside = output(image_gif=gif, text_plain='a "circle"')
    first, second = ("A GIF, without a description", address), ('a "circle"', address)
    assert pictures(alone, beside)[0] == [first, second]
    assert gif not in pictures(output(image_gif=gif, text_html="<b>said</b>"))[1]
    assert "[not shown here: image/gif]" in pictures(output(image_gif=PNG))[1]
    monkeypatch.setattr(bounds, "ALL_PICTURES", 500)
    drawn, page = pictures(alone, beside)
    assert drawn == [first]
    assert re.search(r'a (?:"|&quot;|&#34;)circle.{1,6}\n\[not shown here: image/gif\]', page)


def hostile():
    """Everything at once, in Markdown and in each kind of output."""
    cells = [new_markdown_cell(html) for html in HTML]
    outputs = [output(text_html=html) for html in HTML]
    outputs[0]["metadata"] = {"text/html": {"isolated": True}}
    outputs += [
        new_output("display_data", data={"application/javascript": "harm()"}),
        new_output("display_data", data={"image/svg+xml": "<svg onload='harm()'></svg>"}),
        output(text_latex=r"$\href{javascript:harm()}{x}$"),
        output(text_markdown="<script>harm()</script>"),
        output(image_png='" onerror="harm()'),
        new_output(
            "display_data", data={"image/png": PNG}, metadata={"image/png": {"width": "1 onload=a"}}
        ),
        new_output("display_data", data={"<script>harm()</script>": "x"}),
        new_output("stream", name="stdout", text="<script>harm()</script>"),
        new_output("error", ename="E", evalue="<b>", traceback=["</pre><script>harm()</script>"]),
    ]
    cells.append(new_code_cell("# </pre><script>harm()</script>", outputs=outputs))
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return new_notebook(cells=cells, metadata={"widgets": widgets, "title": "<script>harm()"})


def test_a_whole_hostile_notebook():
    plain = shown(hostile(), ours=False)
    assert "<script>harm()</script>" in plain  # nbgrader alone lets it run
    page = shown(hostile())
    assert page.count("harm()") > 10  # shown, as text
    found = Elements(page).found
    assert not [tag for tag, _ in found if tag in RUNS - {"a"}]
    assert not [a for _, a in found if any(name.startswith("on") for name in a)]
    assert not [a for _, a in found if a.get("href", "").lower().startswith("javascript")]


def test_hints_and_formulas_of_a_lesson_are_readable():
    lesson = nbformat.read(ROOT / "notebooks" / LESSON / NOTEBOOK, as_version=4)
    page = shown(lesson)
    assert '<p style="font-weight: bold">' in page  # a heading
    assert "&lt;details&gt;" not in page and "&lt;summary&gt;" not in page
    assert "<math" in page


@pytest.mark.parametrize(
    "name",
    [
        *("student", "first_name", "last_name", "notebook_path"),
        *("assignment_id", "notebook_id", "submission_id"),
    ],
)
def test_names_are_text(name):
    said = {"first_name": "x", "last_name": "x", name: "<img src=x onerror=harm()>"}
    if name == "student":
        said |= {"first_name": "", "last_name": ""}
    page = whole_page(new_notebook(), **said)
    assert "harm()" in page
    assert not [attributes for _, attributes in Elements(page).found if "onerror" in attributes]


def test_a_raw_cell_is_text():
    page = shown(new_notebook(cells=[new_raw_cell("<b>bold</b>")]))
    assert "&lt;b&gt;bold" in page


def test_code_is_coloured_as_long_as_there_is_little_of_it(monkeypatch):
    monkeypatch.setattr(bounds, "ALL_CODE", 1000)
    cells = [new_code_cell(f"%matplotlib inline\nimport numpy\n{'#' * 300}") for _ in range(9)]
    page = shown(new_notebook(cells=cells))
    coloured = [span for span in Elements(page).found if span == ("span", {"class": "kn"})]
    assert len(coloured) == 3
    assert page.count("numpy") == 9


def test_a_page_has_a_bound(monkeypatch):
    for name, most in {
        "_MOST_TAGS": 10,
        "_ALL_TAGS": 25,
        "_ALL_OUTPUTS": 20,
        "_ALL_COLOURS": 100,
    }.items():
        monkeypatch.setattr(nbgrader_formgrade, name, most)
    for name in ("_MOST_TEXT", "_MOST_PLAIN"):
        monkeypatch.setattr(nbgrader_formgrade, name, 1000)
    for name in ("MOST_CODE", "ALL_MARKDOWN"):
        monkeypatch.setattr(bounds, name, 1000)
    tags = [output(text_html="<i>" * n, text_plain="as text") for n in (50, 10, 10, 10)]
    long = output(text_plain="x" * 2000)
    colours = output(text_plain="\x1b[1mc\x1b[0m" * 600)
    many = [output(text_plain="one of many")] * 30
    cells = [
        new_code_cell("1", outputs=[*tags, long, colours, *many]),
        new_code_cell("y" * 2000),
        *(new_markdown_cell("*word*" + " " * 290) for _ in range(7)),
    ]
    page = shown(new_notebook(cells=cells))
    assert page.count("as text") == 2 and page.count("<i>") == 20
    assert page.count("x" * 100) == page.count("y" * 100) == 10
    assert page.count("too long") == 3
    assert page.count("\N{SYMBOL FOR ESCAPE}[1mc") > 100 and "ansi-bold" not in page
    assert page.count("one of many") == 14
    assert page.count("<em>word") == 3 and page.count("*word*") == 4


@pytest.mark.parametrize("text", ["<summary>" * 1300, "<details>" * 1300, "<summary>a<summary>"])
def test_hints_that_do_not_end_are_text(text):
    assert markdown_to_html(text).count("&lt;summary") == text.count("<summary")


@pytest.mark.browser
def test_no_output_covers_what_stands_below(chromium):
    cover = '<div style="height:1px"><div style="opacity:.9;background:white;height:600px">c'
    cells = [new_code_cell("1", outputs=[output(text_html=cover)]), new_markdown_cell("below")]
    part = shown(new_notebook(cells=cells))
    page = new_page(chromium)
    page.set_content(f"<!DOCTYPE html><div><div {part}")
    at_its_place = """e => {
        const box = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(box.x + 5, box.y + 5));
    }"""
    assert page.locator("p", has_text="below").evaluate(at_its_place)
    page.set_content(
        f"<!DOCTYPE html><div><div {part.replace('contain:content', '')}".replace(
            "overflow:auto", ""
        )
    )
    assert not page.locator("p", has_text="below").evaluate(at_its_place)
    page.close()


@pytest.mark.browser
def test_an_instructor_opens_a_hostile_submission(chromium, tmp_path):
    course = copy_course(tmp_path / "course")
    path = hand_in(course, "mallory", {"softmax": "    return s / 0"})
    notebook = nbformat.read(path, as_version=4)
    script = "window.top.harmed = 1; window.harmed = 1"
    html = f"<script>{script}</script>\n<img src=x onerror='{script}'>"
    notebook.cells.append(new_markdown_cell(html))
    code = f"from IPython.display import HTML, Javascript, display\nh = {script!r}\n"
    code += "display(HTML(f'<b>seen</b><script>{h}</script><svg onload=\"{h}\"></svg>'))\n"
    code += "display(Javascript(h))"
    notebook.cells.insert(2, new_code_cell(code))
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "grader", "--course", str(course), "grade", LESSON]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    with run_lab(course, tmp_path) as lab:
        page = new_page(chromium)
        name = NOTEBOOK.removesuffix(".ipynb")
        page.goto(f"{lab.url}/lab?token={lab.token}&reset")  # the token becomes a cookie
        page.locator(".jp-Launcher:visible").wait_for()
        page.goto(f"{lab.url}/formgrader/gradebook/{LESSON}/{name}")
        page.get_by_role("link", name="Submission #1").click()
        page.locator("input.score").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.harmed") is None
        box = page.locator(".twoapples-check").first
        assert "softmax" in box.inner_text()
        assert box.evaluate("e => getComputedStyle(e).borderLeftWidth") == "6px"
        assert page.get_by_text("<img src=x onerror=").count() == 1
        # JupyterLab does not trust the notebook: it cleans the HTML, and runs no JavaScript.
        page.goto(lab.notebook_url(f"autograded/mallory/{LESSON}/{NOTEBOOK}"))
        page.locator(".jp-OutputArea b", has_text="seen").wait_for()
        assert page.evaluate("window.harmed") is None
        page.close()
