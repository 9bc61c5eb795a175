"""Markup, terminal escapes, hostile folders and hostile names."""

from __future__ import annotations

import pytest
from adversaries import pages
from adversaries.harness import batch, check, check_batch, each

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),
]
ADVERSARIES = [*pages.PAGES, *pages.FOLDER, *pages.NAMES]
graded = batch(ADVERSARIES)


def test_nobody_else_is_harmed(graded):
    check_batch(graded)


@each(ADVERSARIES)
def test_score_and_side_effects(graded, adversary):
    check(graded, adversary)
