"""Every attempt is stopped inside, and succeeds outside: what `grader doctor` tries is a check."""

from __future__ import annotations

import pytest
from sandbox_inside import OrdinaryUser, need_sandbox, rehearsing, something_to_find

from grader.inside.attacks import ATTEMPTS, SMALL
from grader.inside.isolation import Isolation
from grader.sandbox.rehearsal import Rehearsal

pytestmark = pytest.mark.slow

# Two accounts would wait for the same rlimit.
SLOW = {"cpu_time", "cpu_time_together", "cpu_time_of_forgotten_children"}
names = pytest.mark.parametrize("name", ATTEMPTS)


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
    attempt = ATTEMPTS[name]
    result = inside.run(attempt.source(known), SMALL)
    assert attempt.held(result.output, result.status), result


@pytest.mark.parametrize("name", [name for name in ATTEMPTS if name not in SLOW])
def test_it_is_stopped_in_strict_isolation(strict, known, name):
    attempt = ATTEMPTS[name]
    result = strict.run(attempt.source(known), SMALL)
    assert attempt.held(result.output, result.status), result


@names
def test_it_succeeds_in_a_bare_fork(bare, known, name):
    attempt = ATTEMPTS[name]
    result = bare.run(attempt.source(known), SMALL, enclosed=False)
    assert not attempt.held(result.output, result.status), f"{name} cannot fail"


def test_the_promises_are_sentences_of_their_own():
    promises = [attempt.promise for attempt in ATTEMPTS.values()]
    assert len(set(promises)) == len(promises) >= 25
    assert all(promise and "\n" not in promise for promise in promises)
