"""A part of the hostile submissions in strict isolation: a sandbox and an interpreter for each.

`TWOAPPLES_ADVERSARIES=all` takes all of them, which needs some minutes.
"""

from __future__ import annotations

import os

import pytest
from adversaries.every import EVERY
from adversaries.harness import batch, check, check_batch, each

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),
]
_all = os.environ.get("TWOAPPLES_ADVERSARIES") == "all"
ADVERSARIES = [adversary for adversary in EVERY if adversary.strict or _all]
graded = batch(ADVERSARIES, "strict")


def test_every_adversary_has_a_name_of_its_own():
    assert len({adversary.name for adversary in EVERY}) == len(EVERY) > 200
    assert len({adversary.who for adversary in EVERY}) == len(EVERY)


def test_nobody_else_is_harmed(graded):
    check_batch(graded)


@each(ADVERSARIES)
def test_score_and_side_effects(graded, adversary):
    check(graded, adversary)
