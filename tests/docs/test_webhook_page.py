from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sendoff.delivery import (
    Delivered,
    Delivery,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Throttled,
    TooLarge,
)
from sendoff.destination import Batching
from sendoff.responses import THROTTLED_WAIT
from sendoff.testing.unpaced import unpaced_http
from sendoff_webhook import Webhook
from sendoff_webhook.authentication import signature
from sendoff_webhook.settings import SETTINGS

PAGE = "how-to/send-to-a-webhook.md"
ANOTHER = {"4": 418, "5": 500}


async def outcome(status: int, deliveries: int) -> Outcome:
    http = unpaced_http(httpx.MockTransport(lambda _request: httpx.Response(status)))
    settings = {"url": "https://hooks.example.com/in", "format": "ndjson"}
    given = [Delivery(str(n), "hook", "send", b"{}", "", str(n)) for n in range(deliveries)]
    return (await Webhook().connect(settings, http).deliver(given))[0]


def told(outcome: Outcome, *, alone: bool) -> str:
    match outcome:
        case Delivered():
            return "delivered"
        case TooLarge():
            return "dead: `too_large`" if alone else "halved"
        case Throttled():
            return "waits as long as `Retry-After` says, else a minute"
        case Rejected(reason):
            return f"dead: `{reason}`"
        case NeedsOperator(reason):
            return f"held: `{reason}`"
        case Retry(reason):
            return f"tried again: `{reason}`"
    raise AssertionError(f"the page has no word for {outcome}")


def statuses(cell: str) -> list[int]:
    if "xx" in cell:
        first = cell[cell.index("xx") - 1]
        return [ANOTHER[first] if "another" in cell else int(f"{first}00") + 4]
    return [int(each) for each in re.findall(r"\d{3}", cell)]


async def test_every_answer_does_what_the_page_says(page: Any) -> None:
    rows = page.table("status", "one event", "a batch")
    assert len(rows) > 10
    for cell, one, batch in rows:
        for status in statuses(cell):
            assert told(await outcome(status, 1), alone=True) == one, status
            assert told(await outcome(status, 3), alone=False) == batch, status
    assert THROTTLED_WAIT == 60


def test_every_setting_is_there_with_its_default(page: Any) -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in page.table("setting", "default")}
    assert list(rows) == list(SETTINGS["properties"])
    for name, schema in SETTINGS["properties"].items():
        assert rows[name] == schema.get("default", rows[name])


def test_the_size_of_a_batch_is_that_of_the_code(page: Any) -> None:
    lines = Webhook().batching_for({"format": "ndjson"})
    assert lines == Batching(max_events=500, max_bytes=1_000_000, max_wait=1.0)
    assert "Up to 500 events or 1 MB" in page.text
    assert "waits at most a second" in page.text


@pytest.fixture
def is_genuine(page: Any) -> Callable[[dict[str, str], bytes, int], bool]:
    [snippet] = page.blocks("python")
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102 - the page is ours
    checked: Callable[[dict[str, str], bytes, int], bool] = names["is_genuine"]
    return checked


def test_a_receiver_takes_what_the_destination_signs_and_nothing_else(
    is_genuine: Callable[[dict[str, str], bytes, int], bool],
) -> None:
    body, now = b'{"n":1}\n{"n":2}\n', datetime(2026, 1, 2, tzinfo=UTC)
    at = int(now.timestamp() * 1000)
    headers = signature("shared-secret", body, now)
    assert is_genuine(headers, body, at)
    assert is_genuine(headers, body, at + 299_999)
    assert not is_genuine(headers, body, at + 300_001)
    assert not is_genuine(headers, body[:-1], at)
    assert not is_genuine(signature("another-secret", body, now), body, at)
    assert not is_genuine({**headers, "x-timestamp": str(at + 1)}, body, at)
    assert not is_genuine({**headers, "x-signature": "sha256=\u00fc"}, body, at)
    assert not is_genuine({}, body, at)
