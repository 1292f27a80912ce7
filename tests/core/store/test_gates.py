"""The pace of one account, as values of time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.store.gates import WINDOW, AccountGate


def test_without_rate_or_quota_everything_may_leave() -> None:
    grant = AccountGate().take(0.0, 7, None)
    assert (grant.granted, grant.wait) == (7, 0.0)


def test_requests_are_spaced_evenly() -> None:
    gate = AccountGate()
    assert gate.take(0.0, 5, 2.0).granted == 1
    refused = gate.take(0.1, 1, 2.0)
    assert refused.granted == 0
    assert refused.wait == pytest.approx(0.4)
    assert gate.take(0.5, 1, 2.0).granted == 1


def test_what_was_not_used_is_not_saved_up() -> None:
    gate = AccountGate()
    gate.take(0.0, 1, 1.0)
    assert gate.take(100.0, 1, 1.0).granted == 1
    assert gate.take(100.5, 1, 1.0).granted == 0


def test_a_hold_ends_when_it_said() -> None:
    gate = AccountGate()
    gate.hold(10.0, 30.0)
    assert gate.take(39.0, 1, None).wait == pytest.approx(1.0)
    assert gate.take(40.0, 1, None).granted == 1


def test_a_shorter_hold_does_not_cut_a_longer_one() -> None:
    gate = AccountGate()
    gate.hold(0.0, 30.0)
    gate.hold(10.0, 5.0)
    assert gate.take(16.0, 1, None).wait == pytest.approx(14.0)


def test_what_is_on_its_way_is_spent() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 3, 0.0)
    assert [gate.take(0.0, 1, None).granted for _ in range(5)] == [1, 1, 1, 0, 0]


def test_no_more_is_granted_at_once_than_is_left() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 3, 0.0)
    assert gate.take(0.0, 10, None).granted == 3


def test_the_reserve_is_a_share_of_the_whole() -> None:
    gate = AccountGate()
    gate.observe(0.0, 100, 22, 0.2)
    assert [gate.take(0.0, 1, None).granted for _ in range(3)] == [1, 1, 0]


def test_the_largest_reserve_of_those_who_share_an_account_counts() -> None:
    gate = AccountGate()
    gate.observe(0.0, 100, 25, 0.2)
    gate.observe(0.0, 100, 25, 0.0)
    assert gate.take(0.0, 10, None).granted == 5


def test_a_spent_quota_comes_back_a_window_after_it_was_first_seen() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 40, 0.0)
    gate.observe(20.0, 50, 0, 0.0)
    assert gate.take(20.0, 1, None).wait == pytest.approx(WINDOW - 20.0)
    assert gate.take(WINDOW, 1, None).granted == 1


def test_a_large_rise_is_a_new_window() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 1, 0.0)
    gate.observe(30.0, 50, 49, 0.0)
    gate.observe(40.0, 50, 0, 0.0)
    assert gate.take(40.0, 1, None).wait == pytest.approx(WINDOW - 10.0)


def test_answers_that_overtake_each_other_are_no_new_window() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 10, 0.0)
    gate.observe(30.0, 50, 0, 0.0)
    gate.observe(30.0, 50, 2, 0.0)
    gate.observe(30.0, 50, 0, 0.0)
    assert gate.take(30.0, 1, None).wait == pytest.approx(WINDOW - 30.0)


def test_a_total_alone_limits_nothing() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, None, 0.0)
    assert gate.take(0.0, 5, None).granted == 5


def test_both_a_rate_and_a_quota_are_kept() -> None:
    gate = AccountGate()
    gate.observe(0.0, 50, 1, 0.0)
    assert gate.take(0.0, 1, 10.0).granted == 1
    assert gate.take(0.2, 1, 10.0).wait > 1.0


def test_a_clock_that_goes_back_stops_nothing_for_longer_than_it_went() -> None:
    gate = AccountGate()
    gate.hold(100.0, 10.0)
    assert gate.take(50.0, 1, None).wait == pytest.approx(60.0)
    assert gate.take(110.0, 1, None).granted == 1


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("take"), st.integers(1, 5)),
            st.tuples(st.just("hold"), st.floats(0, 100)),
            st.tuples(st.just("observe"), st.integers(0, 60)),
            st.tuples(st.just("pass"), st.floats(0, 50)),
        ),
        max_size=40,
    ),
    rate=st.sampled_from([None, 0.5, 10.0]),
    reserve=st.sampled_from([0.0, 0.2, 0.9]),
)
def test_a_refusal_always_says_how_long_and_keeps_its_word(
    steps: list[tuple[str, float]], rate: float | None, reserve: float
) -> None:
    gate, now = AccountGate(), 0.0
    for name, value in steps:
        match name:
            case "hold":
                gate.hold(now, value)
            case "observe":
                gate.observe(now, 60, value, reserve)
            case "pass":
                now += value
            case _:
                grant = gate.take(now, int(value), rate)
                assert (grant.granted > 0) == (grant.wait == 0.0)
                assert 0 <= grant.granted <= value
    waited = 0.0
    while not (grant := gate.take(now, 1, rate)).granted:
        # At most a hold, then a window, then the space between two requests.
        assert grant.wait > 0
        waited += grant.wait
        now += grant.wait
        assert waited <= 200.0
