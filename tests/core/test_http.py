"""The seam over a transport that answers at once; test_http_sockets.py has the real ones."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.clock import SystemClock
from sendoff.http import Departures, Exchange, Http, HttpError, under
from sendoff.http.body import LIMIT, unpack
from sendoff.http.failure import KINDS
from sendoff.redact import Redactor
from sendoff.testing.clock import VirtualClock

URL = "https://acme.freshdesk.com/api/v2/contacts"
KEY = "k3y-0f-4cme/+"

Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


@dataclass
class Gate:
    permits: int = 0
    seen: list[tuple[float | None, float | None]] = field(default_factory=list)
    delay: float | None = None

    async def permit(self) -> None:
        if self.delay is not None:
            await asyncio.sleep(self.delay)
        self.permits += 1

    async def observe(self, total: float | None, remaining: float | None) -> None:
        self.seen.append((total, remaining))


@dataclass
class Line:
    """An Http whose other end is a function, with what passed over it."""

    gate: Gate = field(default_factory=Gate)
    requests: list[httpx.Request] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def http(self, answer: httpx.Response | Exception | Handler, **options: Any) -> Http:
        async def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else await answer(request)

        return self.over(httpx.MockTransport(handle), **options)

    def over(self, transport: httpx.AsyncBaseTransport, **options: Any) -> Http:
        settings: dict[str, Any] = {"timeout": 5.0, "clock": SystemClock()} | options
        return Http(
            gate=self.gate,
            redactor=Redactor([KEY]),
            record=self.exchanges.append,
            transport=transport,
            **settings,
        )


@pytest.fixture
def line() -> Line:
    return Line()


async def test_an_answer_comes_back_whatever_its_status(line: Line) -> None:
    headers = [("X-Request-Id", "r1"), ("Link", "a"), ("link", "b")]
    answer = await line.http(httpx.Response(409, headers=headers, content=b'{"a":1}')).request(
        "POST", URL, content=b"{}"
    )
    assert (answer.status, answer.body, answer.truncated) == (409, b'{"a":1}', False)
    assert answer.headers["x-request-id"] == "r1"
    assert answer.headers["link"] == "a, b"
    assert answer.json() == {"a": 1}


async def test_a_request_says_who_it_is_and_how_long(line: Line) -> None:
    await line.http(httpx.Response(200)).request("post", URL, content="é".encode())
    (request,) = line.requests
    assert request.method == "POST"
    assert request.headers["host"] == "acme.freshdesk.com"
    assert request.headers["user-agent"].startswith("sendoff/")
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-length"] == "2"
    assert request.content == "é".encode()


async def test_a_request_without_content_has_no_length(line: Line) -> None:
    await line.http(httpx.Response(200)).request("GET", URL)
    assert "content-length" not in line.requests[0].headers
    await line.http(httpx.Response(200)).request("POST", URL, content=b"")
    assert line.requests[1].headers["content-length"] == "0"


async def test_basic_credentials_are_sent(line: Line) -> None:
    await line.http(httpx.Response(200)).request("GET", URL, basic=("key", "X"))
    assert line.requests[0].headers["authorization"] == "Basic a2V5Olg="


async def test_given_headers_are_sent_and_may_replace_ours(line: Line) -> None:
    given_headers = {"Content-Type": "application/json", "User-Agent": "acme/1", "X-Empty": ""}
    await line.http(httpx.Response(200)).request("GET", URL, headers=given_headers)
    sent = line.requests[0].headers
    assert sent["content-type"] == "application/json"
    assert sent.get_list("user-agent") == ["acme/1"]
    assert sent["x-empty"] == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Key", "a\r\nX-Other: b"),
        ("X-Key", "a\nb"),
        ("X-Key", "a\x00b"),
        ("X-Key", " padded"),
        ("X-Key", "padded\t"),
        ("X-Key", "clé"),
        ("X Key", "a"),
        ("X-Key:", "a"),
        ("", "a"),
        ("Host", "elsewhere.example.com"),
        ("transfer-encoding", "chunked"),
        ("Content-Length", "1"),
        ("content-encoding", "gzip"),
    ],
)
async def test_a_header_that_would_break_the_message_is_refused(
    line: Line, name: str, value: str
) -> None:
    with pytest.raises(HttpError) as caught:
        await line.http(httpx.Response(200)).request("GET", URL, headers={name: value})
    assert caught.value.kind == "forbidden"
    assert not caught.value.sent
    assert repr(value) not in str(caught.value)
    assert not line.requests


@given(st.text(max_size=8), st.text(max_size=8))
async def test_any_header_is_either_sent_as_it_is_or_refused(name: str, value: str) -> None:
    line = Line()
    with suppress(HttpError):
        await line.http(httpx.Response(200)).request("GET", URL, headers={name: value})
    assert [request.headers[name] for request in line.requests] in ([], [value])


async def test_a_colon_in_the_basic_user_is_refused(line: Line) -> None:
    with pytest.raises(HttpError, match="colon"):
        await line.http(httpx.Response(200)).request("GET", URL, basic=("a:b", "X"))


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.freshdesk.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "/api/v2/contacts",
        "acme.freshdesk.com",
        "https://",
        "https:///path",
        "https://user:password@acme.freshdesk.com/",
        "https://acme.freshdesk.com:port/",
        "https://acme.freshdesk.com/\r\nX-Other: b",
        "https://acme..com/",
        f"https://{'a' * 64}.com/",
        "https://" + "a" * 70_000,
        "https://[::1/",
        "https://ex\u2028ample.com/",
        "https://*/",
        "https://a%2eb/",
        "https://[fe80::1%25eth0]/",
        "",
    ],
)
async def test_an_address_that_must_not_be_called_is_refused(line: Line, url: str) -> None:
    with pytest.raises(HttpError) as caught:
        await line.http(httpx.Response(200)).request("GET", url)
    assert caught.value.kind == "forbidden"
    assert "password" not in str(caught.value)
    assert (line.requests, line.gate.permits, line.exchanges) == ([], 0, [])


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.freshdesk.com/",
        "https://10.0.0.1:8443/x?y=z",
        "https://bücher.example/",
        "https://xn--/",
        "http://localhost:8080/",
        "http://LOCALHOST/",
        "http://127.0.0.1:1/",
        "http://127.9.9.9/",
        "http://[::1]:8080/",
    ],
)
async def test_https_and_loopback_are_called(line: Line, url: str) -> None:
    await line.http(httpx.Response(200)).request("GET", url)
    assert len(line.requests) == 1


@given(st.text())
async def test_any_address_is_either_called_or_refused(text: str) -> None:
    for url in (text, "https://" + text, "https://example.com/" + text):
        with suppress(HttpError):
            await Line().http(httpx.Response(200)).request("GET", url)


async def test_a_redirect_is_an_answer(line: Line) -> None:
    moved = httpx.Response(302, headers={"Location": "https://elsewhere.example.com/"})
    answer = await line.http(moved).request("POST", URL, content=b"{}")
    assert answer.status == 302
    assert len(line.requests) == 1


async def test_cookies_are_not_kept(line: Line) -> None:
    http = line.http(httpx.Response(200, headers={"Set-Cookie": "session=1"}))
    await http.request("GET", URL)
    await http.request("GET", URL)
    assert "cookie" not in line.requests[1].headers


async def test_each_request_takes_one_permit_and_tells_the_quota(line: Line) -> None:
    headers = {"X-RateLimit-Total": "400", "X-RateLimit-Remaining": "12"}
    http = line.http(httpx.Response(429, headers=headers))
    await http.request("GET", URL)
    await http.request("GET", URL)
    assert line.gate.permits == 2
    assert line.gate.seen == [(400.0, 12.0), (400.0, 12.0)]


async def test_an_answer_without_a_quota_tells_nothing(line: Line) -> None:
    await line.http(httpx.Response(200)).request("GET", URL)
    assert line.gate.seen == []


async def test_the_wait_for_a_permit_is_not_part_of_the_deadline(line: Line) -> None:
    line.gate.delay = 0.1
    answer = await line.http(httpx.Response(200), timeout=0.05).request("GET", URL)
    assert answer.status == 200


async def test_no_more_requests_are_under_way_than_there_are_connections(line: Line) -> None:
    under_way: list[int] = []

    async def slow(request: httpx.Request) -> httpx.Response:
        under_way.append(len(line.requests) - len(line.exchanges))
        await asyncio.sleep(0)
        return httpx.Response(200)

    http = line.http(slow, max_connections=3)
    await asyncio.gather(*(http.request("GET", URL) for _ in range(20)))
    assert max(under_way) == 3
    assert len(line.exchanges) == 20


async def test_a_failed_or_stopped_request_gives_its_connection_back(line: Line) -> None:
    under_way, never = asyncio.Event(), asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        if len(line.requests) == 1:
            raise httpx.ReadError("gone")
        if len(line.requests) == 2:
            under_way.set()
            await never.wait()
        return httpx.Response(200)

    http = line.http(handle, max_connections=1)
    with pytest.raises(HttpError):
        await http.request("GET", URL)
    task = asyncio.create_task(http.request("GET", URL))
    await under_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await http.request("GET", URL)).status == 200


async def test_closing_closes_the_transport_it_was_given(line: Line) -> None:
    closed: list[bool] = []

    class Transport(httpx.AsyncBaseTransport):
        async def aclose(self) -> None:
            closed.append(True)

    http = line.over(Transport())
    await http.aclose()
    assert closed == [True]


async def test_an_exchange_is_recorded_without_secrets(line: Line) -> None:
    answer = httpx.Response(401, headers={"X-Echo": KEY, "Set-Cookie": "s=1"}, text=f"bad {KEY}")
    http = line.http(answer, clock=VirtualClock())
    with under(["d1", "d2"]):
        await http.request(
            "POST",
            f"https://events-us.freshsuccess.com/v1/k3y-0f-4cme%2F%2B/x?key={KEY}",
            headers={"X-Key": f"token {KEY}"},
            content=b'{"key": "k3y-0f-4cme\\/+"}',
            basic=("other", "X"),
        )
    (exchange,) = line.exchanges
    assert KEY not in repr(exchange)
    assert exchange.at == "2026-01-02T14:00:00.000Z"
    assert exchange.deliveries == ("d1", "d2")
    assert exchange.url == "https://events-us.freshsuccess.com/v1/***/x?key=***"
    assert exchange.request_headers["x-key"] == "token ***"
    assert exchange.request_headers["authorization"] == "***"
    assert exchange.request_body == '{"key": "***"}'
    assert exchange.status == 401
    assert exchange.answer_headers["x-echo"] == "***"
    assert exchange.answer_headers["set-cookie"] == "***"
    assert exchange.answer_body == "bad ***"
    assert (exchange.error, exchange.seconds) == (None, 0.0)


async def test_a_compressed_request_is_recorded_as_it_was_before(line: Line) -> None:
    content = f'{{"key": "{KEY}"}}\n'.encode() * 5000
    await line.http(httpx.Response(200)).request("POST", URL, content=content, coding="gzip")
    body = line.exchanges[0].request_body
    assert body.startswith('{"key": "***"}\n{"key": "***"}\n')
    assert body.endswith("…")
    assert "k3y" not in body
    assert len(body) <= 32 * 1024
    assert line.exchanges[0].request_headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("coding", "unpacked"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)]
)
@pytest.mark.parametrize("content", [b"", b"{}", b'{"a": 1}\n' * 1000])
async def test_content_is_compressed_on_its_way(
    line: Line, coding: Any, unpacked: Callable[[bytes], bytes], content: bytes
) -> None:
    await line.http(httpx.Response(200)).request("POST", URL, content=content, coding=coding)
    (request,) = line.requests
    assert unpacked(request.content) == content
    assert request.headers["content-encoding"] == coding
    assert request.headers["content-length"] == str(len(request.content))
    assert "transfer-encoding" not in request.headers


async def test_without_content_there_is_nothing_to_compress(line: Line) -> None:
    await line.http(httpx.Response(200)).request("POST", URL, coding="gzip")
    assert not {"content-encoding", "content-length"} & line.requests[0].headers.keys()


async def test_a_coding_that_is_not_known_is_refused(line: Line) -> None:
    br: Any = "br"
    with pytest.raises(HttpError, match="'br' is no coding") as caught:
        await line.http(httpx.Response(200)).request("POST", URL, content=b"{}", coding=br)
    assert (caught.value.kind, line.requests) == ("forbidden", [])


async def test_a_failure_is_recorded_with_its_error(line: Line) -> None:
    with pytest.raises(HttpError):
        await line.http(httpx.ReadError("x")).request("POST", URL, content=b"{}")
    (exchange,) = line.exchanges
    assert exchange.status is None
    assert exchange.error == (
        "acme.freshdesk.com broke the connection before the answer was complete"
    )


async def test_a_request_that_was_stopped_is_recorded(line: Line) -> None:
    async def stop(request: httpx.Request) -> httpx.Response:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await line.http(stop).request("GET", URL)
    assert line.exchanges[0].error == "stopped before the answer came"


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [(429, {"Retry-After": "7"}, [7.0]), (429, {}, []), (503, {"Retry-After": "7"}, [])],
)
async def test_an_answer_that_asks_the_account_to_wait_is_told_before_it_is_given(
    line: Line, status: int, headers: dict[str, str], told: list[float]
) -> None:
    heard: list[float] = []
    with under(["d1"], throttled=heard.append), under(["d1"]):
        await line.http(httpx.Response(status, headers=headers)).request("GET", URL)
    assert heard == told
    await line.http(httpx.Response(429, headers={"Retry-After": "7"})).request("GET", URL)
    assert heard == told, "nobody's errand"


async def test_exchanges_outside_of_deliveries_belong_to_none(line: Line) -> None:
    http = line.http(httpx.Response(200))
    with under(["outer"]):
        with under(["inner"]):
            await asyncio.create_task(http.request("GET", URL))
        await http.request("GET", URL)
    await http.request("GET", URL)
    assert [each.deliveries for each in line.exchanges] == [("inner",), ("outer",), ()]


def _exceptions(module: Any) -> set[type[Exception]]:
    members = (getattr(module, name) for name in module.__all__)
    return {each for each in members if isinstance(each, type) and issubclass(each, Exception)}


def test_every_error_of_httpx_has_a_translation() -> None:
    assert _exceptions(httpx) - KINDS.keys() == set()


def test_every_error_below_httpx_has_a_namesake_there() -> None:
    internal = {"ConnectionNotAvailable"}
    below = {each.__name__ for each in _exceptions(httpcore)} - internal
    assert below - {each.__name__ for each in _exceptions(httpx)} == set()


def _made(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", URL)
        return httpx.HTTPStatusError(KEY, request=request, response=httpx.Response(500))
    if kind in (httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead):
        return kind()
    if kind is httpx.RequestNotRead:
        return kind()
    return kind(KEY)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_every_error_of_a_transport_becomes_ours(line: Line, kind: type[Exception]) -> None:
    with pytest.raises(HttpError) as caught:
        await line.http(_made(kind)).request("POST", URL, content=b"{}")
    error = caught.value
    assert "acme.freshdesk.com" in str(error)
    assert KEY not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert error.sent is (error.kind in ("timeout", "connection_lost", "protocol", "tls"))


def _connect_error(cause: Exception) -> httpx.ConnectError:
    error = httpx.ConnectError("failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (ConnectionRefusedError(111, "refused"), "refused"),
        (ExceptionGroup("both", [ConnectionRefusedError(), ConnectionRefusedError()]), "refused"),
        (ssl.SSLError(1, "[SSL: HANDSHAKE_FAILURE] x"), "tls"),
        (OSError(101, "Network is unreachable"), "unreachable"),
    ],
)
async def test_a_connection_that_fails_is_named_by_its_cause(
    line: Line, cause: Exception, kind: str
) -> None:
    with pytest.raises(HttpError) as caught:
        await line.http(_connect_error(cause)).request("GET", URL)
    assert caught.value.kind == kind


async def test_a_certificate_that_is_not_trusted_says_why(line: Line) -> None:
    cause = ssl.SSLCertVerificationError(1, "failed")
    cause.verify_message = "self-signed certificate"
    with pytest.raises(HttpError, match=r"not trusted \(self-signed certificate\)"):
        await line.http(_connect_error(cause)).request("GET", URL)


async def test_a_bug_in_a_transport_is_not_taken_for_a_lost_connection(line: Line) -> None:
    with pytest.raises(ZeroDivisionError):
        await line.http(ZeroDivisionError()).request("GET", URL)


class Telling(httpx.AsyncBaseTransport):
    """Fails while the head of the request leaves, like the stock transport, or before."""

    def __init__(self, *events: str) -> None:
        self.events = events

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for event in self.events:
            await request.extensions["trace"](event, {})
        raise httpx.WriteError("")


@pytest.mark.parametrize(
    ("events", "sent"),
    [
        ((), False),
        (("connection.connect_tcp.started", "connection.connect_tcp.complete"), False),
        (("http11.send_request_headers.started",), True),
    ],
)
async def test_a_request_counts_as_sent_when_its_head_leaves(
    line: Line, events: tuple[str, ...], sent: bool
) -> None:
    http = line.over(Telling(*events))
    with pytest.raises(HttpError) as caught:
        await http.request("GET", URL)
    assert caught.value.sent is sent


@pytest.mark.parametrize(
    ("events", "left"),
    [
        (("connection.connect_tcp.started",), False),
        (("http11.send_request_headers.started",), True),
    ],
)
async def test_a_delivery_has_left_when_the_head_of_its_request_does(
    line: Line, events: tuple[str, ...], left: bool
) -> None:
    departures = Departures()
    departures.hand_over(["d1", "d2"])
    http = line.over(Telling(*events))
    with under(["d1", "d2"], departures), under(["d2"]), pytest.raises(HttpError):
        await http.request("GET", URL)
    assert [each in departures for each in ("d1", "d2")] == [False, left]


async def test_a_delivery_that_waits_for_its_permit_has_not_left(line: Line) -> None:
    departures = Departures()
    departures.hand_over(["d1"])
    line.gate.delay = 3600.0
    with under(["d1"], departures):
        waiting = asyncio.create_task(line.http(httpx.Response(200)).request("GET", URL))
    assert "d1" in departures
    await asyncio.sleep(0)
    assert "d1" not in departures
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


class Endless(httpx.AsyncByteStream):
    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.given = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.given += len(self.chunk)
            yield self.chunk

    async def aclose(self) -> None:
        self.closed = True


async def test_an_endless_answer_is_cut_at_64_kilobytes(line: Line) -> None:
    stream = Endless(b"x" * 1000)
    answer = await line.http(httpx.Response(200, stream=stream)).request("GET", URL)
    assert answer.body == b"x" * LIMIT
    assert answer.truncated
    assert stream.closed
    assert stream.given < LIMIT + 2000
    assert line.exchanges[0].answer_body.endswith("x…")


async def test_an_answer_of_64_kilobytes_is_whole(line: Line) -> None:
    answer = await line.http(httpx.Response(200, content=b"x" * LIMIT)).request("GET", URL)
    assert (len(answer.body), answer.truncated) == (LIMIT, False)


async def test_an_answer_packed_unasked_is_unpacked_up_to_the_cap(line: Line) -> None:
    async def bomb(request: httpx.Request) -> httpx.Response:
        packed = gzip.compress(b"x" * 10_000_000)
        stream = httpx.ByteStream(packed)
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)

    answer = await line.http(bomb).request("GET", URL)
    assert answer.body == b"x" * LIMIT
    assert answer.truncated


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("br", bytes),
        ("gzip", bytes),
        ("identity", bytes),
    ],
)
def test_a_packed_body_is_unpacked_where_it_can_be(
    encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    assert unpack(pack(b"hello"), encoding) == (b"hello", False)


@given(st.binary(max_size=3000), st.integers(1, 4000))
def test_never_more_is_unpacked_than_asked_for(data: bytes, limit: int) -> None:
    body, more = unpack(gzip.compress(data), "gzip", limit)
    assert body == data[:limit]
    assert more or len(data) <= limit
