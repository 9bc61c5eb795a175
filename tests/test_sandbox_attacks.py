"""Every attack is stopped inside, and succeeds outside: what `grader doctor` tries is a check."""

from __future__ import annotations

import pytest
from sandbox_inside import OrdinaryUser, need_sandbox, rehearsing, something_to_find

from grader.inside.attacks import ATTACKS, SMALL
from grader.inside.isolation import Isolation
from grader.sandbox.rehearsal import Rehearsal

pytestmark = pytest.mark.slow

# Two accounts would wait for the same rlimit.
SLOW = {"cpu_time", "cpu_time_together", "cpu_time_of_forgotten_children"}
names = pytest.mark.parametrize("name", ATTACKS)


@pytest.fixture(scope="module")
def known():
    with something_to_find() as known:
        yield known


@pytest.fixture(scope="module", params=["this", "ordinary"])
def inside(request):
    with rehearsing(request.param) as inside:
        yield inside


@pytest.fixture(scope="module")
def strict():
    need_sandbox()
    with Rehearsal(Isolation.STRICT) as strict:
        yield strict


@pytest.fixture(scope="module")
def bare():
    with Rehearsal(Isolation.NONE) as bare:
        yield bare


@names
def test_it_is_stopped_inside(inside, known, name):
    if name in SLOW and isinstance(inside, OrdinaryUser):
        pytest.skip("takes seconds and is the same for every account")
    attack = ATTACKS[name]
    result = inside.run(attack.source(known), SMALL)
    assert attack.held(result.output, result.status), result


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in SLOW])
def test_it_is_stopped_in_strict_isolation(strict, known, name):
    attack = ATTACKS[name]
    result = strict.run(attack.source(known), SMALL)
    assert attack.held(result.output, result.status), result


@names
def test_it_succeeds_in_a_bare_fork(bare, known, name):
    attack = ATTACKS[name]
    result = bare.run(attack.source(known), SMALL, enclosed=False)
    assert not attack.held(result.output, result.status), f"{name} cannot fail"


def test_the_promises_are_sentences_of_their_own():
    promises = [attack.promise for attack in ATTACKS.values()]
    assert len(set(promises)) == len(promises) >= 25
    assert all(promise and "\n" not in promise for promise in promises)
