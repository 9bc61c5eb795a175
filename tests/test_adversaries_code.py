"""Hostile code: objects that lie, patched libraries, IPython turned against the notebook."""

from __future__ import annotations

import pytest
from adversaries import lies, shells
from adversaries.harness import batch, check, check_batch, each

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),
]
ADVERSARIES = [*lies.ADVERSARIES, *shells.ADVERSARIES]
graded = batch(ADVERSARIES)


def test_nobody_else_is_harmed(graded):
    check_batch(graded)


@each(ADVERSARIES)
def test_score_and_side_effects(graded, adversary):
    check(graded, adversary)
