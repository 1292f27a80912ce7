"""The sums that the vendor's hourly run would make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sendoff_freshsuccess.sandbox import create_sandbox
from sendoff_freshsuccess.sandbox.sums import Sum, Sums

if TYPE_CHECKING:
    from collections.abc import Callable

    Post = Callable[..., Any]
    Make = Callable[..., dict[str, Any]]


def test_totals_are_added_up_and_no_total_counts_one(post: Post, event: Make) -> None:
    app = create_sandbox()
    sent = [event(total=2), event(total=12.75), event(), event(product="CI"), event(userId="u")]
    post(app, b"\n".join(map(msgspec.json.encode, sent)))
    sums = {key: each.sum for key, each in app.viewer.totals.by_key.items()}
    assert sums == {
        ("acct-4410", "u-73", None, None, "Search"): 15.75,
        ("acct-4410", "u-73", "CI", None, "Search"): 1,
        ("acct-4410", "u", None, None, "Search"): 1,
    }


def test_totals_that_no_number_can_hold_together_are_no_error(post: Post, event: Make) -> None:
    app = create_sandbox()
    sent = [event(total=total) for total in (10**308, 10**308, 0.5)]
    assert post(app, b"\n".join(map(msgspec.json.encode, sent))).status_code == 200
    [each] = app.viewer.totals.totals()
    assert each["total"] == float("inf")


def test_time_in_a_module_adds_up_over_visits(post: Post, event: Make) -> None:
    app = create_sandbox()
    visits = [event(action="moduleEnd", module="M", timeSpent=ms) for ms in (60500, 24000)]
    post(app, b"\n".join(map(msgspec.json.encode, visits)))
    [each] = app.viewer.times.totals()
    assert each["timeSpent"] == 84500


def test_a_session_told_twice_reads_differently_each_way(post: Post, event: Make) -> None:
    app = create_sandbox()
    told = [event(action="sessionSync", activeDuration=ms) for ms in (300, 100)]
    post(app, b"\n".join(map(msgspec.json.encode, told)))
    [each] = app.viewer.sessions.readings()
    assert (each["sum"], each["max"], each["last"]) == (400, 300, 100)


def test_what_is_beyond_the_bounds_is_added_up_together() -> None:
    sums = Sums("total", "feature")
    for number in range(10_005):
        sums.add({"feature": str(number), "total": 2})
    sums.add({"feature": "0", "total": 2})
    sums.add({"feature": "x" * 2001, "total": 0.5})
    assert len(sums.by_key) == 10_000
    assert (sums.by_key[("0",)], sums.beyond) == (Sum(4, 2, 2), 10.5)
    assert len(sums.totals()) == 1000
