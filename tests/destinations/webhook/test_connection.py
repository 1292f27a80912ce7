from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

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
from sendoff.http import Exchange
from sendoff.pipeline_file.settings import secret_places
from sendoff.redact import Redactor
from sendoff.testing.unpaced import unpaced_http
from sendoff_webhook.connection import WebhookConnection
from sendoff_webhook.sandbox import create_sandbox
from sendoff_webhook.settings import SETTINGS, problems

URL = "https://hooks.example.com/in/K3y?a=1"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
AUTHS = [
    {"type": "none"},
    {"type": "bearer", "token": "t-123"},
    {"type": "basic", "user": "john", "password": "p:w"},
    {"type": "hmac", "secret": "s-123"},
]
Answers = Callable[[httpx.Request], httpx.Response]


def connection(
    transport: httpx.AsyncBaseTransport, redactor: Redactor, record: Callable[[Exchange], None],
    **settings: Any,
) -> WebhookConnection:  # fmt: skip
    http = unpaced_http(transport, redactor=redactor, record=record)
    return WebhookConnection({"url": URL, **settings}, http, lambda: NOW)


class Receiver:
    """Answers by a function, and keeps what it was asked."""

    def __init__(self, answers: Answers = lambda _request: httpx.Response(204)) -> None:
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.exchanges: list[Exchange] = []
        self._answers = answers

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        self.requests.append(request)
        return self._answers(request)

    def open(self, redactor: Redactor | None = None, **settings: Any) -> WebhookConnection:
        transport = httpx.MockTransport(self)
        return connection(transport, redactor or Redactor([]), self.exchanges.append, **settings)


def delivery(number: int, **payload: Any) -> Delivery:
    body = json.dumps({"n": number, **payload}, separators=(",", ":")).encode()
    return Delivery(f"d-{number}", "hook", "send", body, "", f"e-{number}")


def answered(status: int, **more: Any) -> Answers:
    return lambda _request: httpx.Response(status, **more)


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no way", request=request)


async def test_the_object_is_sent_as_it_is() -> None:
    receiver = Receiver()
    [outcome] = await receiver.open().deliver([delivery(1, name="John Doe")])
    assert isinstance(outcome, Delivered)
    [request] = receiver.requests
    assert (request.method, str(request.url)) == ("POST", URL)
    assert receiver.bodies == [b'{"n":1,"name":"John Doe"}']
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == "25"
    assert request.headers["idempotency-key"] == "d-1"
    assert not {"authorization", "x-signature", "content-encoding"} & set(request.headers)


async def test_method_and_headers_are_those_of_the_settings() -> None:
    receiver = Receiver()
    headers = {"X-Api-Key": "k-123", "content-TYPE": "application/cloudevents+json"}
    await receiver.open(method="PATCH", headers=headers).deliver([delivery(1)])
    [request] = receiver.requests
    assert request.method == "PATCH"
    assert request.headers["x-api-key"] == "k-123"
    assert request.headers.get_list("content-type") == ["application/cloudevents+json"]


async def test_several_objects_are_several_requests() -> None:
    statuses = iter([204, 400, 500, 204])
    receiver = Receiver(lambda _request: httpx.Response(next(statuses)))
    outcomes = await receiver.open().deliver([delivery(n) for n in range(4)])
    assert [type(each) for each in outcomes] == [Delivered, Rejected, Retry, Delivered]
    keys = [request.headers["idempotency-key"] for request in receiver.requests]
    assert keys == ["d-0", "d-1", "d-2", "d-3"]


async def test_lines_are_one_request_in_order() -> None:
    receiver = Receiver()
    outcomes = await receiver.open(format="ndjson").deliver([delivery(n) for n in range(3)])
    assert outcomes == [Delivered()] * 3
    assert receiver.bodies == [b'{"n":0}\n{"n":1}\n{"n":2}\n']
    [request] = receiver.requests
    assert request.headers["content-type"] == "application/x-ndjson"
    assert "idempotency-key" not in request.headers


async def test_a_line_alone_bears_its_key() -> None:
    receiver = Receiver()
    await receiver.open(format="ndjson").deliver([delivery(7)])
    assert receiver.bodies == [b'{"n":7}\n']
    assert receiver.requests[0].headers["idempotency-key"] == "d-7"


@pytest.mark.parametrize("form", ["json", "ndjson"])
async def test_nothing_to_deliver_is_no_request(form: str) -> None:
    receiver = Receiver()
    assert await receiver.open(format=form).deliver([]) == []
    assert receiver.requests == []


async def test_a_token_and_basic_credentials_are_sent() -> None:
    receiver = Receiver()
    for auth in AUTHS[1:3]:
        await receiver.open(auth=auth).deliver([delivery(1)])
    sent = [request.headers["authorization"] for request in receiver.requests]
    assert sent == ["Bearer t-123", f"Basic {b64encode(b'john:p:w').decode()}"]


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("compression", ["none", "gzip"])
async def test_the_signature_is_over_what_is_read_after_unpacking(
    form: str, compression: str
) -> None:
    receiver = Receiver()
    opened = receiver.open(
        format=form, compression=compression, auth={"type": "hmac", "secret": "s-123"}
    )
    await opened.deliver([delivery(1), delivery(2)])
    assert len(receiver.requests) == (1 if form == "ndjson" else 2)
    for request, body in zip(receiver.requests, receiver.bodies, strict=True):
        assert request.headers.get("content-encoding") == (
            "gzip" if compression == "gzip" else None
        )
        assert request.headers["content-length"] == str(len(body))
        plain = zlib.decompress(body, wbits=31) if compression == "gzip" else body
        assert request.headers["x-timestamp"] == "1767323045678"
        expected = hmac.new(b"s-123", b"1767323045678." + plain, hashlib.sha256).hexdigest()
        assert request.headers["x-signature"] == f"sha256={expected}"


@pytest.mark.parametrize("auth", AUTHS, ids=lambda auth: auth["type"])
async def test_a_receiver_that_asks_for_a_proof_gets_it(auth: dict[str, str]) -> None:
    sandbox = create_sandbox(auth=auth, clock=NOW.timestamp)
    transport = httpx.ASGITransport(app=sandbox)
    for settings in ({"auth": auth}, {"auth": auth, "format": "ndjson", "compression": "gzip"}):
        opened = connection(transport, Redactor([]), lambda _exchange: None, **settings)
        outcomes = await opened.deliver([delivery(1), delivery(2)])
        assert [type(each) for each in outcomes] == [Delivered, Delivered]
    assert [event["n"] for event in sandbox.events] == [1, 2, 1, 2]
    without = connection(transport, Redactor([]), lambda _exchange: None)
    [outcome] = await without.deliver([delivery(3)])
    refused = auth["type"] != "none"
    assert getattr(outcome, "reason", "") == ("credentials_refused" if refused else "")


@pytest.mark.parametrize(
    ("status", "alone", "together"),
    [
        (200, Delivered, Delivered),
        (302, NeedsOperator, NeedsOperator),
        (400, Rejected, TooLarge),
        (401, NeedsOperator, NeedsOperator),
        (404, NeedsOperator, NeedsOperator),
        (408, Retry, Retry),
        (409, Rejected, TooLarge),
        (410, NeedsOperator, NeedsOperator),
        (413, TooLarge, TooLarge),
        (415, NeedsOperator, NeedsOperator),
        (418, Rejected, Rejected),
        (422, Rejected, TooLarge),
        (429, Throttled, Throttled),
        (500, Retry, Retry),
        (503, Retry, Retry),
    ],
)
async def test_what_an_answer_means(
    status: int, alone: type[Outcome], together: type[Outcome]
) -> None:
    opened = Receiver(answered(status, json={"message": "because"})).open(format="ndjson")
    for expected, numbers in ((alone, [1]), (together, [1, 2, 3])):
        outcomes = await opened.deliver([delivery(n) for n in numbers])
        assert [type(each) for each in outcomes] == [expected] * len(numbers)
        assert status == 200 or "because" in outcomes[0].detail


async def test_a_lost_answer_leaves_it_open_for_every_line() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    outcomes = await Receiver(lost).open(format="ndjson").deliver([delivery(1), delivery(2)])
    assert [(type(each), getattr(each, "maybe_delivered", None)) for each in outcomes] == [
        (Retry, True), (Retry, True),
    ]  # fmt: skip


@given(bad=st.sets(st.integers(0, 19), max_size=3), status=st.sampled_from([400, 409, 422]))
async def test_a_bad_line_is_found_and_its_neighbours_get_through(
    bad: set[int], status: int
) -> None:
    kept: list[int] = []

    def judge(request: httpx.Request) -> httpx.Response:
        numbers = [json.loads(line)["n"] for line in request.content.splitlines()]
        if bad & set(numbers):
            return httpx.Response(status)
        kept.extend(numbers)
        return httpx.Response(200)

    receiver = Receiver(judge)
    opened = receiver.open(format="ndjson")
    outcomes = await attempt(opened, [delivery(n) for n in range(20)], Redactor([]))
    assert kept == [n for n in range(20) if n not in bad]
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, Rejected if number in bad else Delivered)
    assert len(receiver.requests) <= 1 + len(bad) * 10


async def test_who_answers_is_reachable_and_nothing_is_claimed_beyond() -> None:
    for status in (204, 301, 401, 405, 500):
        receiver = Receiver(answered(status))
        auth = {"type": "bearer", "token": "t-123"}
        findings = await receiver.open(auth=auth, headers={"X-Key": "k-1"}).verify([])
        assert [finding.level for finding in findings] == ["ok", "warning"]
        assert "hooks.example.com" in findings[0].message
        assert str(status) in findings[0].message
        [request] = receiver.requests
        assert (request.method, str(request.url)) == ("OPTIONS", URL)
        assert receiver.bodies == [b""]
        assert not {"authorization", "x-key", "idempotency-key"} & set(request.headers)


async def test_a_receiver_that_cannot_be_reached_is_a_problem() -> None:
    [finding] = await Receiver(refused).open().verify([])
    assert finding.level == "problem"
    assert "hooks.example.com" in finding.message


def test_an_address_that_was_not_checked_is_refused_before_anything_leaves() -> None:
    with pytest.raises(UsageError):
        Receiver().open(url="http://hooks.example.com/")
    with pytest.raises(UsageError):
        Receiver().open(base_url="https://hooks.example.com/in")


nasty = st.text(st.sampled_from("aZ0-_.: \t\r\n\0\x7f\u00e9,;=()\u2028"), max_size=6)
names = st.sampled_from(["TE", "Host", "Accept", "content-type", "X-A", "x-a", "_"]) | nasty
values = st.sampled_from(["a/b", "Token t=1; x", "~"]) | nasty


@given(headers=st.dictionaries(names, values, max_size=2))
async def test_headers_that_pass_the_check_are_sent_as_they_stand(headers: dict[str, str]) -> None:
    one_by_one = {name: {name: value} for name, value in headers.items()}
    for name, alone in one_by_one.items():
        if list(problems({"url": URL, "headers": alone})):
            del headers[name]
    assume(not list(problems({"url": URL, "headers": headers})))  # the same name twice
    receiver = Receiver()
    [outcome] = await receiver.open(headers=headers).deliver([delivery(1)])
    assert isinstance(outcome, Delivered)
    [request] = receiver.requests
    ours = {name.lower(): value for name, value in headers.items()}
    assert ours.items() <= dict(request.headers).items()
    plain = {"accept", "accept-encoding", "content-length", "content-type", "host",
             "idempotency-key", "user-agent"}  # fmt: skip
    assert set(request.headers) == set(ours) | plain


@given(rest=st.text(st.sampled_from("abK/.:?#@%41\\\"{}|[]^`'()+&=~ \n\u00e9"), max_size=12))
async def test_an_address_that_passes_the_check_is_shown_as_it_was_written(rest: str) -> None:
    url = f"https://hooks.example.com/{rest}"
    assume(not list(problems({"url": url})))
    receiver = Receiver()
    await receiver.open(url=url).deliver([delivery(1)])
    # So a redactor that knows the setting covers it.
    assert [exchange.url for exchange in receiver.exchanges] == [url]


keys = st.text(st.sampled_from("aZ09+/=&%$~'\"\\<>?#[]{}|^`;,@!*()"), min_size=4, max_size=12).map(
    lambda text: f"q7-{text}"
)
auths = st.one_of(
    st.fixed_dictionaries({"type": st.just("bearer"), "token": keys}),
    st.fixed_dictionaries({"type": st.just("basic"), "user": keys, "password": keys}),
    st.fixed_dictionaries({"type": st.just("hmac"), "secret": keys}),
)


@given(auth=auths, header=keys, status=st.sampled_from([200, 400, 401, 500]))
async def test_no_secret_is_in_anything_that_is_kept(
    auth: dict[str, str], header: str, status: int
) -> None:
    settings = {"url": URL, "auth": auth, "headers": {"X-Key": header}}
    secrets = [text for _place, text in secret_places(SETTINGS, settings, ())]

    def echo(request: httpx.Request) -> httpx.Response:
        said = [str(request.url), *request.headers.values(), *secrets]
        return httpx.Response(status, json={"errors": said})

    receiver = Receiver(echo)
    redactor = Redactor(secrets)
    opened = receiver.open(redactor, **settings)
    outcomes = await attempt(opened, [delivery(1)], redactor)
    findings = await opened.verify([])
    kept = f"{outcomes}{findings}{receiver.exchanges}"
    for secret in secrets:
        forms = {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}
        assert not [form for form in forms if form in kept]
