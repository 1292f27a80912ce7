from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.retry import LONGEST_WAIT, RetryPolicy

policy = RetryPolicy()


@pytest.mark.parametrize(
    ("retry", "longest"),
    [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 256.0), (10, 300.0), (11, 300.0)],
)
def test_the_wait_doubles_up_to_five_minutes(retry: int, longest: float) -> None:
    assert policy.wait(retry, 1.0) == longest
    assert policy.wait(retry, 0.25) == longest / 4


def test_the_whole_wait_is_random() -> None:
    assert policy.wait(5, 0.0) == 0.0


@given(st.integers(-10, 10_000), st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_five_minutes(retry: int, chance: float) -> None:
    assert 0 <= policy.wait(retry, chance) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("attempts", "age", "given_up"),
    [
        (5, 86400.0, True),
        (6, 90000.0, True),
        (500, 86399.0, False),
        (4, 1e9, False),
        (1, 0.0, False),
    ],
)
def test_it_gives_up_when_both_attempts_and_time_are_spent(
    attempts: int, age: float, given_up: bool
) -> None:
    assert policy.given_up(attempts, age) is given_up


def test_a_policy_of_one_attempt_and_no_time_gives_up_at_once() -> None:
    assert RetryPolicy(attempts=1, within=0).given_up(1, 0.0)
