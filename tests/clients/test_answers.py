"""What SDKs make of answers: nothing is lost, nothing comes twice, and none of them dies.

An SDK whose process has ended settles no further calls, so each of these tells by its next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sdks.calls import too_deep, track
from sdks.front import Busy, Spoilt
from sdks.service import WRITE_KEY
from sdks.waiting import until

if TYPE_CHECKING:
    from sdks.service import Service
    from sdks.session import Session

REFUSED = {
    400: Spoilt(lambda body: body[:-1]),
    401: Spoilt(key=(WRITE_KEY, "wk_of_somebody_else")),
    413: Spoilt(lambda body: body + b" " * 6_000_000),
}
SILENT = ["rudder-js"]
"""Tells nobody what was refused."""


@pytest.mark.parametrize("status", REFUSED)
def test_what_is_refused_for_good_is_not_sent_again(
    status: int, sdk: Session, service: Service
) -> None:
    sdk.front.script.append(REFUSED[status])
    errors = sdk.client.make(track("usr_refused"))
    assert len(errors) == (sdk.name not in SILENT)
    assert sdk.client.make(track("usr_refused")) == []
    assert sdk.front.statuses == [status, 200]
    refused, after = sdk.front.message_ids
    until(lambda: service.arrived({after}))
    assert service.arrived({refused}) == []


def test_a_message_that_is_no_event_is_accepted_and_leaves_its_batch_alone(
    sdk: Session, service: Service
) -> None:
    """For a 400 they would give up the batch, and two of them would end their process."""
    calls = [track("usr_before"), too_deep("usr_deep"), track("usr_after")]
    assert sdk.client.make(*calls) == []
    assert set(sdk.front.statuses) == {200}
    assert sorted(sdk.front.accepted.values()) == [1, 1, 1]
    until(lambda: len(service.arrived(sdk.front.accepted)) >= 2)
    assert all("tree" not in each["properties"] for each in service.arrived(sdk.front.accepted))


def test_a_busy_server_gets_it_once(sdk: Session, service: Service) -> None:
    sdk.front.script.extend([Busy(429, after=1), Busy(503, after=1)])
    assert sdk.client.make(track("usr_busy")) == []
    until(lambda: 200 in sdk.front.statuses)  # analytics.js is done with a call it will try again
    assert sdk.front.statuses == [429, 503, 200]
    _arrives_once(sdk, service)


def test_a_server_that_is_back_gets_it_once(sdk: Session, service: Service) -> None:
    sdk.host.stop()
    before = sdk.client.failures
    sdk.client.begin(track("usr_away"))
    sdk.client.failed(before + 1)
    sdk.host.start()
    assert sdk.client.settled() == []
    until(lambda: 200 in sdk.front.statuses)
    assert sdk.front.statuses == [200]
    _arrives_once(sdk, service)


def _arrives_once(sdk: Session, service: Service) -> None:
    sent = set(sdk.front.message_ids)
    assert len(sent) == 1
    until(lambda: service.arrived(sent))
    assert len(service.arrived(sent)) == 1
