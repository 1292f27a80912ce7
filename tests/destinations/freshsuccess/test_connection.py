from __future__ import annotations

import gzip
import hashlib
import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from sendoff.attempt import attempt
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
from sendoff.errors import UsageError
from sendoff.http import Exchange, Http
from sendoff.redact import Redactor
from sendoff.testing.unpaced import unpaced_http
from sendoff_freshsuccess.connection import FreshsuccessConnection

AUTH_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
API_KEY = "k3y/w1th%2F&ümläut"
SETTINGS = {"datacenter": "eu", "auth_key": AUTH_KEY, "api_key": "zyxw9876", "compression": "none"}

LINES = [
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767362400000,"action":"feature",'
    b'"sessionId":"s-9f2c","feature":"Report Exported","module":"Reports","total":1}',
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767362460500,"action":"moduleEnd",'
    b'"sessionId":"s-9f2c","module":"Reports","timeSpent":60500}',
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767364260500,"action":"sessionSync",'
    b'"sessionId":"s-9f2c","activeDuration":312000}',
]
GOLDEN = "f57f156d0228b61780760c219693020eeedb107ab973231f3bfd4207ec357d3c"
GOLDEN_LENGTH = 447

ALL = [Delivery(f"d{n}", "success", "feature", line, "a", f"e{n}") for n, line in enumerate(LINES)]

Handler = Callable[[httpx.Request], httpx.Response]


class Collector:
    """Answers one after the other: a status, a whole response, or an error that is raised."""

    def __init__(self, *answers: int | httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer) if isinstance(answer, int) else answer

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.seen]

    def opened(self, **settings: Any) -> FreshsuccessConnection:
        whole = {**SETTINGS, **settings}
        return FreshsuccessConnection(whole, self.http(whole))

    def http(self, settings: Mapping[str, Any]) -> Http:
        redactor = Redactor([settings["auth_key"], settings["api_key"]])
        transport = httpx.MockTransport(self)
        return unpaced_http(transport, redactor=redactor, record=self.exchanges.append)


async def test_a_request_is_the_golden_one_byte_for_byte() -> None:
    collector = Collector()
    assert await collector.opened().deliver(ALL) == [Delivered()] * 3
    [request] = collector.seen
    assert request.method == "POST"
    assert str(request.url) == f"https://events-eu.freshsuccess.com/v1/{AUTH_KEY}/zyxw9876"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(GOLDEN_LENGTH)
    assert not {"content-encoding", "transfer-encoding", "authorization"} & set(request.headers)
    assert [len(line) for line in request.content.split(b"\n")] == [164, 146, 135]
    assert hashlib.sha256(request.content).hexdigest() == GOLDEN


@pytest.mark.parametrize(
    ("settings", "coding", "start", "unpack"),
    [
        ({"compression": "gzip"}, "gzip", b"\x1f\x8b", gzip.decompress),
        ({"compression": "deflate"}, "deflate", b"\x78", zlib.decompress),
    ],
)
async def test_a_compressed_request_holds_the_golden_one(
    settings: dict[str, str], coding: str, start: bytes, unpack: Callable[[bytes], bytes]
) -> None:
    collector = Collector()
    await collector.opened(**settings).deliver(ALL)
    [request] = collector.seen
    assert request.headers["content-encoding"] == coding
    assert request.headers["content-length"] == str(len(request.content))
    assert request.headers["content-type"] == "application/json"
    assert "transfer-encoding" not in request.headers
    assert request.content.startswith(start)
    assert len(request.content) < GOLDEN_LENGTH
    assert hashlib.sha256(unpack(request.content)).hexdigest() == GOLDEN


async def test_without_a_word_on_compression_it_is_gzip() -> None:
    collector = Collector()
    settings = {name: value for name, value in SETTINGS.items() if name != "compression"}
    await FreshsuccessConnection(settings, collector.http(settings)).deliver(ALL)
    assert collector.seen[0].headers["content-encoding"] == "gzip"


async def test_a_key_of_any_characters_stays_one_step_of_the_path() -> None:
    collector = Collector()
    await collector.opened(api_key="a/b%2F?#é").deliver(ALL)
    [request] = collector.seen
    assert request.url.raw_path == f"/v1/{AUTH_KEY}/a%2Fb%252F%3F%23%C3%A9".encode()


async def test_no_deliveries_are_no_request() -> None:
    collector = Collector()
    assert await collector.opened().deliver([]) == []
    assert collector.seen == []


def one(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome that all of a batch have."""
    assert len(outcomes) == 3
    assert all(each == outcomes[0] for each in outcomes)
    return outcomes[0]


async def test_the_keys_refused_stop_the_route_and_the_batch_is_not_taken_apart() -> None:
    collector = Collector(400)
    outcome = one(await attempt(collector.opened(), ALL, Redactor([])))
    assert isinstance(outcome, NeedsOperator)
    assert outcome.reason == "keys_refused"
    assert len(collector.seen) == 1


async def test_a_request_refused_for_its_size_is_halved() -> None:
    collector = Collector(413, 200, 200)
    assert one(await attempt(collector.opened(), ALL, Redactor([]))) == Delivered()
    assert [request.content for request in collector.seen[1:]] == [
        LINES[0],
        LINES[1] + b"\n" + LINES[2],
    ]
    assert isinstance(one(await Collector(413).opened().deliver(ALL)), TooLarge)


async def test_a_redirect_is_not_followed() -> None:
    collector = Collector(httpx.Response(307, headers={"location": "https://evil.example/"}))
    assert isinstance(one(await collector.opened().deliver(ALL)), NeedsOperator)
    assert len(collector.seen) == 1


async def test_a_pause_is_as_long_as_the_answer_says() -> None:
    collector = Collector(httpx.Response(429, headers={"retry-after": "12"}))
    outcome = one(await collector.opened().deliver(ALL))
    assert isinstance(outcome, Throttled)
    assert outcome.after == 12.0


@pytest.mark.parametrize("repeat", ["at_least_once", "at_most_once"])
@pytest.mark.parametrize("failure", [httpx.ConnectError("no"), httpx.ConnectTimeout("no"), 503])
async def test_what_was_never_taken_is_tried_again(repeat: str, failure: Any) -> None:
    outcome = one(await Collector(failure).opened(repeat=repeat).deliver(ALL))
    assert isinstance(outcome, Retry)
    assert not outcome.maybe_delivered


UNKNOWN = [httpx.ReadTimeout("late"), httpx.ReadError("cut"), httpx.RemoteProtocolError("x"), 502]


@pytest.mark.parametrize("failure", UNKNOWN)
async def test_an_unknown_outcome_is_repeated_unless_that_is_unwanted(failure: Any) -> None:
    outcome = one(await Collector(failure).opened().deliver(ALL))
    assert isinstance(outcome, Retry)
    assert outcome.maybe_delivered
    outcome = one(await Collector(failure).opened(repeat="at_most_once").deliver(ALL))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == "unknown_outcome"
    assert "may have counted this event" in outcome.detail
    assert "a replay counts it again" in outcome.detail


async def test_what_may_have_been_counted_is_kept_back_and_its_neighbours_go() -> None:
    collector = Collector()
    batch = [ALL[0], replace(ALL[1], maybe_delivered=True), ALL[2]]
    first, second, third = await collector.opened(repeat="at_most_once").deliver(batch)
    assert first == third == Delivered()
    assert isinstance(second, Rejected)
    assert second.reason == "unknown_outcome"
    assert collector.seen[0].content == LINES[0] + b"\n" + LINES[2]
    alone = await collector.opened(repeat="at_most_once").deliver(batch[1:2])
    assert alone == [second]
    assert len(collector.seen) == 1


async def test_what_may_have_been_counted_is_sent_again_where_that_is_wanted() -> None:
    collector = Collector()
    batch = [replace(each, maybe_delivered=True) for each in ALL]
    assert one(await collector.opened().deliver(batch)) == Delivered()
    assert len(collector.seen[0].content) == GOLDEN_LENGTH


async def test_after_a_lost_answer_no_more_events_are_risked_before_a_ping_is_answered() -> None:
    silent = httpx.ReadTimeout("late")
    collector = Collector(silent, silent, 503, 200, 200, 200)
    connection = collector.opened(repeat="at_most_once")
    assert isinstance(one(await connection.deliver(ALL)), Rejected)
    for _ in range(2):
        outcome = one(await connection.deliver(ALL))
        assert isinstance(outcome, Retry)
        assert not outcome.maybe_delivered
    assert one(await connection.deliver(ALL)) == Delivered()
    assert one(await connection.deliver(ALL)) == Delivered()
    events = f"/v1/{AUTH_KEY}/zyxw9876"
    assert collector.paths == [events, "/v1/ping", "/v1/ping", "/v1/ping", events, events]
    assert [request.content for request in collector.seen[1:4]] == [b"", b"", b""]


async def test_where_events_may_repeat_nothing_is_pinged() -> None:
    collector = Collector(httpx.ReadTimeout("late"), 200)
    connection = collector.opened()
    assert isinstance(one(await connection.deliver(ALL)), Retry)
    assert one(await connection.deliver(ALL)) == Delivered()
    assert "/v1/ping" not in collector.paths


@pytest.mark.parametrize("odd", [202, httpx.Response(200, text="welcome")])
async def test_an_odd_success_is_one_and_is_told_once(
    odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connection = Collector(odd, 200, odd).opened()
    with caplog.at_level(logging.INFO, logger="sendoff_freshsuccess"):
        for _ in range(3):
            assert one(await connection.deliver(ALL)) == Delivered()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "events-eu.freshsuccess.com answers 20" in record.getMessage()


async def test_the_documented_success_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="sendoff_freshsuccess"):
        await Collector().opened().deliver(ALL)
    assert caplog.records == []


def repeats_its_request(status: int) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        return httpx.Response(status, text=f"no {path} {request.url.path}", headers={"x-for": path})

    return answer


def shut(_request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"{AUTH_KEY} {API_KEY}")


class Talkative(Collector):
    """Answers each request alike."""

    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self.handler = handler

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return self.handler(request)


@pytest.mark.parametrize("repeat", ["at_least_once", "at_most_once"])
@pytest.mark.parametrize(
    "handler", [*map(repeats_its_request, (200, 202, 302, 400, 404, 413, 429, 500, 503)), shut]
)
async def test_no_key_is_in_an_outcome_a_finding_a_record_or_a_log(
    handler: Handler, repeat: str, caplog: pytest.LogCaptureFixture
) -> None:
    collector = Talkative(handler)
    connection = collector.opened(api_key=API_KEY, repeat=repeat, verify_keys=True)
    with caplog.at_level(logging.DEBUG):
        outcomes = await connection.deliver(ALL)
        findings = await connection.verify([])
    shown = f"{outcomes} {findings} {collector.exchanges} {caplog.text}"
    assert len(collector.exchanges) == 3
    for secret in (AUTH_KEY, API_KEY, API_KEY[:8], "k3y%2F", "%C3%BCml"):
        assert secret not in shown


def test_settings_that_were_not_checked_are_refused_before_anything_leaves() -> None:
    collector = Collector()
    for wrong in ({"auth_key": ""}, {"api_key": ".."}, {"base_url": "http://evil.com"}):
        with pytest.raises(UsageError):
            collector.opened(**wrong)
