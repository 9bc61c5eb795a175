"""Fixtures that several test files use."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import browser as driving
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module", autouse=True)
def _own_solutions() -> Iterator[None]:
    """Give each file this course's `solutions`: some tests import those of other courses."""
    before, path = _solutions(), list(sys.path)
    yield
    for name in _solutions():
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path


def _solutions() -> dict[str, ModuleType]:
    return {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "solutions"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, driven by Playwright; without one the test is skipped, but not in CI.

    It ends with the module: Playwright keeps an event loop in this thread for as long as it runs,
    and other tests start loops of their own.
    """
    missing = [] if driving.find_chromium() else ["Chromium"]
    if importlib.util.find_spec("playwright") is None:
        missing.append("Playwright")
    if missing:
        reason = f"there is no {' and no '.join(missing)} on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with driving.run_chromium() as chromium:
        yield chromium


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Add to the report of a failed browser test what stood on its pages."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("chromium")
    if report.failed and browser is not None:
        for context in browser.contexts:
            for page in context.pages:
                report.sections.append((f"page {page.url}", driving.seen_on(page)))
    return report
