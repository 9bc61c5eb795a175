"""Feedback pages in a real browser: nothing is asked for, nothing runs, everybody can read them."""

from __future__ import annotations

import pytest
from feedback_samples import hostile, ordinary
from page_checks import CONTRASTS, opened

from grader.feedback.pages import page

pytestmark = pytest.mark.browser

WIDTHS = {"desk": 1100, "phone": 380}


@pytest.fixture(scope="module", params=["ordinary", "hostile"])
def sample(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("feedback") / f"{request.param}.html"
    maker = {"ordinary": ordinary, "hostile": hostile}[request.param]
    path.write_text(page(*maker()), encoding="utf-8")
    return path


def test_nothing_is_asked_for_and_nothing_runs(chromium, sample):
    tab, seen = opened(chromium, sample)
    assert seen == [f"request {sample.as_uri()}"]
    assert tab.evaluate("window.hacked") is None
    assert tab.url == sample.as_uri()
    alive = "script, iframe, frame, object, embed, form, input, base, link, svg, video, audio"
    assert tab.locator(alive).count() == 0
    assert tab.locator("meta[http-equiv=refresh]").count() == 0
    handlers = "() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    names = set(tab.evaluate(handlers))
    assert not {name for name in names if name.startswith("on")} and "style" not in names
    # The policy is in force: even what we put in ourselves does not run.
    tab.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hacked=1>')")
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.hacked") is None
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(chromium, sample, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for width in WIDTHS.values():
        viewport = {"width": width, "height": 800}
        tab, _ = opened(chromium, sample, color_scheme=scheme, viewport=viewport)
        contrasts = tab.evaluate(CONTRASTS)
        assert len(contrasts) > 30
        assert min(contrasts)[0] >= 4.5, min(contrasts)
        # Nothing is wider than the screen.
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(tab).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results] == []
        tab.close()
    # A dark page is dark, a light page light.
    assert (_background(chromium, sample, scheme) < 100) == (scheme == "dark")


def _background(chromium, sample, scheme):
    tab, _ = opened(chromium, sample, color_scheme=scheme)
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    tab.close()
    return max(map(int, colour))


def test_formulas_are_drawn_and_the_case_is_a_table(chromium, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(*ordinary()), encoding="utf-8")
    tab, _ = opened(chromium, path)
    fraction = tab.locator("math mfrac").first.bounding_box()
    line = tab.locator("math mi").first.bounding_box()
    assert fraction["height"] > 1.2 * line["height"]  # drawn one above the other
    rows = tab.get_by_role("table").nth(1).get_by_role("row")
    assert rows.count() == 6 and "expected" in rows.nth(3).inner_text()
    tab.get_by_role("link", name="loss").click()
    assert tab.url.endswith("#exercise-2")
    assert tab.get_by_role("img", name="a sketch of the curve").count() == 1
    # Everything that a page says stands in its printed form as well.
    tab.emulate_media(media="print")
    assert tab.get_by_text("The sum is over the batch").is_visible()
    assert min(tab.evaluate(CONTRASTS))[0] >= 4.5
    tab.close()
