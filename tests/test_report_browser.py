"""The report in a real browser: plots by pointer and by keyboard, the table, names that attack."""

from __future__ import annotations

import re

import pytest
from browser import new_page
from page_checks import CONTRASTS, opened
from report_samples import HOSTILE, likeness, partly_without_sandbox, synthetic

from grader.report.page import render

pytestmark = pytest.mark.browser

COUNT = 260


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    results, _, _ = partly_without_sandbox(synthetic(COUNT, names=HOSTILE))
    page = render(results, likeness(), ("x.csv", "x.json"))
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tab(chromium, path):
    tab, seen = opened(chromium, path)
    assert seen == [f"request {path.as_uri()}"]
    yield tab
    assert seen == [f"request {path.as_uri()}"]  # and nothing was asked for or said since
    tab.close()


@pytest.fixture(autouse=True)
def _fresh(request):
    if "tab" in request.fixturenames:
        tab = request.getfixturevalue("tab")
        tab.locator("#search").fill("")
        tab.locator("#only").select_option("")
        tab.locator("#size").select_option("100")


def column(tab, number):
    """Return what stands in a column of the rows that are shown."""
    cells = tab.locator(f"#students-table tbody tr > :nth-child({number})")
    return cells.evaluate_all("cells => cells.map(c => c.firstChild.textContent)")


def head(tab, title):
    return tab.locator("#students-table thead button", has_text=re.compile(f"^{title}$"))


def test_no_name_does_anything(tab):
    assert tab.evaluate("window.hacked") is None
    alive = "img, iframe, object, embed, form, link, base, svg a, svg script"
    assert tab.locator(alive).count() == 0 and tab.locator("script").count() == 2
    tab.locator("#size").select_option("0")
    names = column(tab, 1)
    assert len(names) == COUNT
    assert "<script>window.hacked=1</script>" in names and "김하늘" in names
    assert any("evil\\u2066" in name for name in names)
    # Whose name turns the direction of text does so only with itself.
    assert tab.locator("#students-table tbody bdi").count() == COUNT
    assert tab.evaluate("window.hacked") is None


def test_bars_tell_by_pointer_and_by_keyboard(tab):
    plot = tab.locator("svg[aria-label^='Score distribution']")
    tip = tab.locator(".tip")
    bars = plot.locator(".bar")
    assert bars.count() == 10
    bars.nth(4).hover()
    assert tip.inner_text() == bars.nth(4).get_attribute("aria-label")
    assert re.fullmatch(r"40 to less than 50 % of the points: \d+", tip.inner_text())
    tab.mouse.move(5, 5)
    assert not tip.is_visible()
    # One stop of Tab for a plot; arrows, Home and End inside.
    assert plot.locator("[tabindex='0']").count() == 1
    bars.nth(0).focus()
    for key, place in (
        ("ArrowRight", 1),
        ("ArrowDown", 2),
        ("ArrowLeft", 1),
        ("End", 9),
        ("Home", 0),
    ):
        tab.keyboard.press(key)
        assert bars.nth(place).evaluate("bar => bar === document.activeElement")
        assert tip.inner_text() == bars.nth(place).get_attribute("aria-label")
        assert plot.locator("[tabindex='0']").count() == 1
    tab.keyboard.press("Escape")
    assert not tip.is_visible()


def test_the_table_is_sorted_filtered_and_turned(tab):
    status = tab.locator("#shown")
    assert status.inner_text() == f"1 to 100 of {COUNT} students"
    assert tab.locator("#before").is_disabled()
    tab.locator("#after").click()
    tab.locator("#after").click()
    assert status.inner_text() == f"201 to {COUNT} of {COUNT} students"
    assert tab.locator("#after").is_disabled()
    for turn in ("ascending", "descending"):
        head(tab, "Score").click()
        assert tab.locator("th[aria-sort]").get_attribute("aria-sort") == turn
        tab.locator("#size").select_option("0")
        scores = column(tab, 5)
        known = [float(score) for score in scores if score != "–"]
        assert known == sorted(known, reverse=turn == "descending")
        # Who has no score comes last both times.
        assert scores[len(known) :] == ["–"] * (len(scores) - len(known)) and len(known) < COUNT
    tab.locator("#search").fill("family25")
    names = column(tab, 1)
    assert names and all("Family25" in name for name in names)
    assert status.inner_text().endswith(f"({COUNT} in all)")
    tab.locator("#search").fill("nobody is called so")
    assert status.inner_text().startswith("0 to 0 of 0 students")
    tab.locator("#search").fill("")
    tab.locator("#only").select_option("state:missing")
    assert set(column(tab, 4)) == {"missing"}
    tab.locator("#only").select_option("late:")
    assert all(text.endswith(" h") for text in column(tab, 3))
    head(tab, "Student").click()


def test_from_the_notice_to_those_without_a_sandbox(tab):
    notice = tab.locator(".notice")
    assert notice.is_visible()
    for place, count, mark in ((0, 14, "no sandbox"), (1, 2, "sandbox unknown")):
        item = notice.locator("details").nth(place)
        if not item.evaluate("details => details.open"):
            item.locator("summary").click()
        item.get_by_role("button", name="Show them in the table").click()
        assert tab.locator("#shown").inner_text().startswith(f"1 to {count} of {count} students")
        states = tab.locator("#students-table tbody td:nth-child(4)").all_inner_texts()
        assert [" ".join(state.split()) for state in states] == [f"graded {mark}"] * count
        assert sorted(column(tab, 1)) == sorted(item.locator("li bdi").all_text_contents())
    tab.locator("#only").select_option("")
    tab.locator("#size").select_option("0")
    assert tab.locator("#students-table tbody td:nth-child(4) .quiet").count() == 16


def test_from_a_misconception_to_those_who_met_it(tab):
    item = tab.locator("#misconceptions ~ details").first
    count = int(item.locator("summary strong").inner_text())
    item.locator("summary").click()
    item.get_by_role("button", name="Show them in the table").click()
    assert tab.locator("#shown").inner_text().startswith(f"1 to {count} of {count} students")
    table = tab.locator("#students-table tbody tr td:nth-child(7)")
    assert table.count() == count
    assert {text.strip() for text in table.locator(".quiet").all_inner_texts()} == {"misconception"}
    # Filtered to the same people that are named in the list.
    named = item.locator("li bdi").all_inner_texts()
    assert sorted(column(tab, 1)) == sorted(named)


def test_similar_codes_stand_side_by_side(tab):
    item = tab.locator("details", has=tab.locator(".pair"))
    item.locator("summary").click()
    left, right = (item.locator("pre").nth(k).bounding_box() for k in range(2))
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    assert "table[0, 0]" in item.locator("mark").first.inner_text()
    item.locator("summary").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(chromium, tmp_path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    path = tmp_path / "report.html"
    path.write_text(render(synthetic(40, names=HOSTILE), likeness()), encoding="utf-8")

    for width in (1200, 380) if scheme == "light" else (1200,):
        viewport = {"width": width, "height": 900}
        tab, _ = opened(chromium, path, color_scheme=scheme, viewport=viewport)
        tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        contrasts = tab.evaluate(CONTRASTS)
        # Text on bars lies on a shape and not on a background; its colours are computed elsewhere.
        texts = [entry for entry in contrasts if not re.fullmatch(r"\d+", entry[1])]
        assert len(texts) > 100 and min(texts)[0] >= 4.5, min(texts)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(tab).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in results] == []
        tab.close()


def test_on_paper_everybody_is_in_the_table(chromium, path):
    tab = new_page(chromium)
    tab.goto(path.as_uri())
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert len(column(tab, 1)) == COUNT
    assert not tab.locator(".controls").is_visible() and not tab.locator("nav").is_visible()
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert len(column(tab, 1)) == 100
    tab.close()


def test_without_its_script_the_page_keeps_all_but_the_table(chromium, path):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert tab.get_by_text("The CSV file holds the same rows.").is_visible()
    assert tab.locator("svg.plot").count() == 3 and tab.locator("svg .bar title").count() > 20
    assert not tab.locator("#table-parts").is_visible()
    context.close()
