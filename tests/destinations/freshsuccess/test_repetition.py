from __future__ import annotations

import pytest

from sendoff.delivery import Delivered, Outcome, Rejected, Retry, Throttled
from sendoff_freshsuccess.repetition import INTERRUPTED, given_up, is_unknown


def test_what_is_given_up_is_told_why_and_what_a_replay_would_do() -> None:
    outcome = given_up("the answer was 502")
    assert isinstance(outcome, Rejected)
    assert outcome.reason == INTERRUPTED.reason == "unknown_outcome"
    assert "may have counted this event: the answer was 502." in outcome.detail
    assert "a replay counts it again" in outcome.detail


@pytest.mark.parametrize(
    ("outcome", "unknown"),
    [
        (Retry("timeout", maybe_delivered=True), True),
        (Retry("refused"), False),
        (Throttled(1.0), False),
        (Delivered(), False),
        (Rejected("x"), False),
    ],
)
def test_only_what_may_have_worked_is_unknown(outcome: Outcome, unknown: bool) -> None:
    assert is_unknown(outcome) is unknown
