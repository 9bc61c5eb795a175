"""Formgrader's pages under hostile names: nothing of them runs, and the pages work as before."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from browser import new_page, run_lab
from jinja2 import Environment, FileSystemLoader
from mini_course import LESSON, NOTEBOOK, answer, hand_in, make_course, stub
from nbgrader.server_extensions.formgrader import handlers
from page_checks import Elements
from tornado.httputil import HTTPHeaders
from traitlets.config import Config

from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.nbgrader_settings import configure
from grader.plugins.pages import _Guard, _Pages, in_script

pytestmark = pytest.mark.slow

HARM = "document.title='harmed'"
IMAGE = f'<img src=x onerror="{HARM}">'
SCRIPT = f"<script>{HARM}</script>"
QUOTE = f'";{HARM};//'  # closes a text in a script, and says more
EVIL = f"{IMAGE}?"  # a folder may be called so, and no address reaches what stands behind the ?
ODD = """o'brien "&" <b>"""
# The one template that nbgrader cannot fill: it imports another that is not there.
TEMPLATES = sorted(
    path.name for path in Path(handlers.template_path).glob("*.tpl") if "404" not in path.name
)
VALUES = ("student_id", "assignment_id", "notebook_id", "course_dir", "url_prefix", "exchange")


class Formgrader:
    """As much of formgrader as the guard looks at, without a server."""

    def __init__(self, root):
        self.config = Config()
        configure(self.config)
        self.coursedir = SimpleNamespace(root=str(root / "course"))
        self.root_dir, self.load_cwd_config = str(root), True
        self.settings = {
            "base_url": "/user/ada/",
            "nbgrader_formgrader": self,
            "nbgrader_jinja2_env": Environment(loader=FileSystemLoader([handlers.template_path])),
        }
        self.pages = _Pages(self.settings)

    def ask(self, address, **arguments):
        asked = {name: [value.encode()] for name, value in arguments.items()}
        request = SimpleNamespace(path=f"/user/ada{address}", arguments=asked)
        return _Guard(self.pages, request), request

    def give(self, address, body):
        kind = "text/html; charset=UTF-8"
        headers = HTTPHeaders({"Content-Type": kind, "Content-Security-Policy": "theirs"})
        guard, _ = self.ask(address)
        _, headers, body = guard.transform_first_chunk(200, headers, body.encode(), True)
        return headers, body.decode()


@pytest.fixture
def formgrader(tmp_path):
    (tmp_path / "course").mkdir()
    return Formgrader(tmp_path)


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_a_template_writes_is_text(formgrader, template):
    formgrader.ask("/formgrader")
    environment = formgrader.settings["nbgrader_jinja2_env"]

    def filled(value):
        return environment.get_template(template).render(
            **dict.fromkeys(VALUES, value), exchange_missing=True, current_config=value
        )

    plain = filled("plain")
    for value in (IMAGE, SCRIPT, QUOTE, f"{ODD}\\"):
        page = filled(value)
        assert [tag for tag, _ in Elements(page).found] == [t for t, _ in Elements(plain).found]
        for script in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL):
            for text in re.findall(r"^var \w+ = (.*);$", script, re.MULTILINE):
                assert json.loads(text) in (value, "")  # the same text for JavaScript
    for tag, attributes in Elements(plain).found:
        assert tag != "script" or attributes["nonce"] == formgrader.pages.mark


@pytest.mark.parametrize("value", [ODD, "\\", '\\"', "</script>", "<!--<script>", "\n\u2028", 3])
def test_a_value_in_a_script_stays_inside_its_text(value):
    written = in_script(value)
    assert not set("<>&'\n\u2028") & set(written)
    assert json.loads(f'"{written}"') == str(value)


def test_only_what_the_templates_hold_may_run(formgrader):
    formgrader.ask("/formgrader")
    template = formgrader.settings["nbgrader_jinja2_env"].get_template("manage_students.tpl")
    html = template.render(base_url="")
    (one, page), (two, _) = (formgrader.give("/formgrader/manage_students", html) for _ in "ab")
    policies = one.get_list("Content-Security-Policy")
    assert policies[0] == "theirs"  # both hold
    (number,) = re.findall(r"script-src 'nonce-([\w-]{24})' 'unsafe-hashes' 'sha256-", policies[1])
    assert formgrader.pages.mark not in page and page.count(f'nonce="{number}"') == html.count(
        "<script"
    )
    assert "unsafe-inline" not in re.findall("script-src[^;]*", policies[1])[0]
    assert "default-src 'none'" in policies[1] and "base-uri 'none'" in policies[1]
    assert number not in two["Content-Security-Policy"]  # drawn anew
    assert one["Cache-Control"] == "no-store"
    assert len(page) == len(html)  # the length is told before


@pytest.mark.parametrize("path", ["/formgrader/submissions/1/a.html", "/formgrader/gradebook"])
def test_what_is_not_from_the_templates_runs_nothing(formgrader, path):
    headers, body = formgrader.give(path, SCRIPT)
    policy = headers.get_list("Content-Security-Policy")[1]
    assert body == SCRIPT
    assert "sandbox" in policy.split("; ")[-1] and "default-src 'none'" in policy
    assert headers["Content-Type"].startswith("text/html")


def test_data_is_no_page(formgrader):
    headers, _ = formgrader.give("/formgrader/api/students", json.dumps([SCRIPT]))
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert "sandbox" in headers["Content-Security-Policy"]


def test_what_is_not_ours_is_left_alone(formgrader):
    for path in ("/lab", "/formgraders", "/api/contents"):
        assert formgrader.give(path, SCRIPT)[0].get_list("Content-Security-Policy") == ["theirs"]
    del formgrader.config.HTMLExporter.preprocessors  # another course
    assert formgrader.give("/formgrader", SCRIPT)[0]["Content-Security-Policy"] == "theirs"


def test_a_submission_is_not_opened_as_a_course(formgrader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("course/submitted/ada", "other", "links"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "links" / "in").symlink_to(tmp_path / "course" / "submitted")
    (tmp_path / "course" / "out").symlink_to(tmp_path / "other")
    (tmp_path / "links" / "up").symlink_to(tmp_path.parent)
    course = str(tmp_path / "course")
    for allowed in ("", "course", "other", course, "links"):
        _, request = formgrader.ask("/formgrader", path=allowed)
        assert request.arguments["path"] == [allowed.encode()]
    refused = ("course/submitted/ada", "other/../course/submitted", "links/in/ada", "links/up")
    refused += (" course/submitted ", "course/sub\x00mitted", "course/submitted\x1f", "..", "/")
    for folder in (*refused, "course/out", f"{course}/submitted"):
        formgrader.load_cwd_config = True
        assert formgrader.ask("/formgrader", path=folder)[1].arguments["path"] == [b""]
        formgrader.load_cwd_config = False  # the course was opened, and stays so
        assert formgrader.ask("/formgrader", path=folder)[1].arguments["path"] == [course.encode()]


def test_the_exporter_is_that_of_the_course_that_is_open(formgrader):
    formgrader.ask("/formgrader")
    first = formgrader.settings["nbgrader_exporter"]
    formgrader.ask("/formgrader")
    assert formgrader.settings["nbgrader_exporter"] is first
    formgrader.config = Config(HTMLExporter={"preprocessors": []})
    formgrader.ask("/formgrader")
    assert formgrader.settings["nbgrader_exporter"].config.HTMLExporter.preprocessors == []


# --- in a browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opened(chromium, tmp_path_factory):
    """A course that formgrader has opened in a folder of the server's, and a page on it.

    The server knows no course of ours when it starts.
    """
    home = tmp_path_factory.mktemp("home")
    course = make_course(home / "course")
    folder = hand_in(course, "ada", answer(stub(course), double="def double(x):\n    return x"))
    folder = folder.parent
    (folder / "page.html").write_text(SCRIPT, encoding="utf-8")
    spy = f"open({str(home / 'harmed')!r}, 'w').close()\n"
    (folder / "nbgrader_config.py").write_text(spy, encoding="utf-8")
    hand_in(course, ODD, stub(course))
    grade_lesson(course, LESSON, GradingOptions(workers=1, feedback=False))
    shutil.copytree(course.root / "submitted" / "ada", course.root / "submitted" / EVIL)
    with sqlite3.connect(course.root / "gradebook.db") as database:
        change = "UPDATE student SET first_name = ?, last_name = ? WHERE id = 'ada'"
        database.execute(change, (SCRIPT, IMAGE))
        find = (
            "SELECT copy.id FROM submitted_notebook copy JOIN submitted_assignment whose"
            " ON whose.id = copy.assignment_id WHERE whose.student_id = 'ada'"
        )
        ((submission,),) = database.execute(find).fetchall()
    database.close()
    with run_lab(home, tmp_path_factory.mktemp("lab")) as lab:
        page = new_page(chromium)
        page.add_init_script(
            "window.stopped = [];"
            "addEventListener('securitypolicyviolation', e => stopped.push(e.violatedDirective))"
        )
        page.goto(f"{lab.url}/lab?token={lab.token}&reset")  # the token becomes a cookie
        page.locator(".jp-Launcher:visible").wait_for()
        page.goto(f"{lab.url}/formgrader?path=course")
        yield SimpleNamespace(
            page=page, url=f"{lab.url}/formgrader", course=course, submission=submission
        )
        page.close()


def addresses():
    for value in (IMAGE, QUOTE, SCRIPT):
        name = quote(value, safe="")
        for page in ("manage_students", "manage_submissions", "gradebook"):
            yield f"{page}/{name}"
        yield from (f"manage_students/x/{name}", f"gradebook/x/{name}", f"submissions/{name}")
    yield from ("api/students", f"api/submissions/{LESSON}", "api/student/ada")
    yield f"api/submitted_notebooks/{LESSON}/{NOTEBOOK}"
    yield f"api/student_notebook_submissions/ada/{LESSON}"


def loaded(page):
    """Wait until the page has asked for its data and shows them."""
    page.wait_for_function("() => models.loaded")


@pytest.mark.browser
def test_nothing_runs_that_an_address_or_data_hold(opened):
    for address in (*addresses(), f"submissions/{opened.submission}/page.html"):
        opened.page.goto(f"{opened.url}/{address}")  # until scripts have run and images failed
        assert opened.page.title() != "harmed", address


@pytest.mark.browser
def test_names_are_shown_as_they_are(opened):
    page = opened.page
    page.goto(f"{opened.url}/manage_students")
    loaded(page)
    assert page.get_by_role("link", name=f"{IMAGE}, {SCRIPT}").count() == 1
    for address in (f"manage_submissions/{LESSON}", f"gradebook/{LESSON}/{NOTEBOOK}"):
        page.goto(f"{opened.url}/{address}")
        loaded(page)
        assert page.get_by_text(f"{IMAGE}, {SCRIPT}").count() == 1
        assert page.title() != "harmed" and page.evaluate("stopped") == []


@pytest.mark.browser
def test_what_nbgraders_own_scripts_write_as_html_does_not_run(opened):
    page = opened.page
    page.goto(f"{opened.url}/manage_submissions/{LESSON}")
    loaded(page)
    row = page.get_by_role("row").filter(has_text=EVIL)
    row.locator(".autograde a").click()  # the address is none, so that it fails
    page.locator("#error-modal img").wait_for(state="attached")
    page.wait_for_function("() => stopped.length > 0 || document.title === 'harmed'")
    assert page.title() != "harmed"
    assert page.evaluate("stopped")[0].startswith("script-src")


@pytest.mark.browser
def test_buttons_links_and_odd_names_work(opened):
    page = opened.page
    page.goto(f"{opened.url}/gradebook/{LESSON}/{NOTEBOOK}")
    loaded(page)
    page.get_by_role("button", name="Show All Names").click()
    page.get_by_role("button", name="Hide All Names").wait_for()
    page.goto(f"{opened.url}/manage_students")
    loaded(page)
    page.get_by_text("Add new student...").click()
    page.locator("#add-student-modal input.first-name").wait_for()
    page.goto(f"{opened.url}/manage_students/{quote(ODD, safe='')}")
    loaded(page)
    assert page.locator(".breadcrumb .active").inner_text() == ODD
    assert page.get_by_role("link", name=LESSON).count() == 1  # its data were found
    page.goto(f"{opened.url}/manage_assignments")
    loaded(page)
    assert page.locator("#collapseConfig pre").count() == 1
    assert page.evaluate("stopped") == []


@pytest.mark.browser
def test_the_page_of_a_submission_works_without_anything_from_elsewhere(opened):
    page, asked = opened.page, []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{opened.url}/submissions/{opened.submission}/")
    page.wait_for_function("() => formgrader.loaded && formgrader.grades.loaded && MathJax.loaded")
    assert page.locator(".twoapples-check").count() == 2  # made with the course's settings
    assert all(url.startswith(opened.url.removesuffix("/formgrader")) for url in asked)
    page.locator("span.name-hidden").click()
    page.locator("a.name-shown").wait_for()
    page.locator("input.score").first.fill("2")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url) as saved:
        page.locator("input.score").first.press("Tab")
    assert saved.value.ok and saved.value.json()["manual_score"] == 2
    assert page.evaluate("stopped") == []


@pytest.mark.browser
def test_a_link_does_not_run_a_submissions_configuration(opened):
    page = opened.page
    page.goto(f"{opened.url}?path=course/submitted/ada/{LESSON}")
    loaded(page)
    assert not (opened.course.root.parent / "harmed").exists()
    assert page.get_by_role("row").filter(has_text=LESSON).count() == 1  # the course is still open
