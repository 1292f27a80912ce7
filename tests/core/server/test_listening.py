"""The server on a real socket: slow, greedy and malformed clients, and the end."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import StreamingResponse

from sendoff.server.limits import Limits
from sendoff.server.listening import listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.core.server.conftest import Api, Opened

    from sendoff.server.listening import Listener


SMALL = Limits(head=4_096, connections=5, body=200_000)
HASTY = replace(SMALL, head_seconds=0.5, body_seconds=0.5)
AUTH = b"Authorization: Basic dGhlLXdyaXRlLWtleTo=\r\n"
BATCH = json.dumps({"batch": [{"type": "page", "userId": "u"}]}).encode()


class Line:
    """A connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, Any]:
        """The status and the JSON of the next answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        return int(head.split()[1]), json.loads(await self.reader.readexactly(length))

    async def is_cut(self) -> bool:
        """Whether the server ends the connection without a word, soon."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


def post(body: bytes, headers: bytes = b"", path: bytes = b"/v1/batch") -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: localhost\r\n%b%bContent-Length: %d\r\n\r\n"
    return head % (path, AUTH, headers, len(body)) + body


class Site:
    """An API that is served, and its connections."""

    def __init__(self, api: Api, listener: Listener, stack: AsyncExitStack) -> None:
        self.api = api
        self.listener = listener
        self._stack = stack

    async def connect(self, source: str = "127.0.0.1") -> Line:
        """A new connection, from one of the addresses that loopback has."""
        reader, writer = await asyncio.open_connection(
            *self.listener.address.address, local_addr=(source, 0)
        )
        self._stack.callback(writer.close)
        return Line(reader, writer)

    async def is_alive(self, source: str = "127.0.0.1") -> bool:
        line = await self.connect(source)
        await line.say(post(BATCH))
        return (await line.answer())[0] == 200


@pytest.fixture
def site(opened: Opened) -> Callable[..., AbstractAsyncContextManager[Site]]:
    @asynccontextmanager
    async def serve(limits: Limits = SMALL, **options: Any) -> AsyncIterator[Site]:
        async with (
            opened(limits=limits, **options) as api,
            listening(api.app, "127.0.0.1", 0, limits) as listener,
            AsyncExitStack() as stack,
        ):
            yield Site(api, listener, stack)

    return serve


async def test_requests_follow_each_other_on_one_connection(site: Any) -> None:
    async with site() as served:
        line = await served.connect()
        for _ in range(3):
            await line.say(post(BATCH))
            assert await line.answer() == (200, {"success": True, "accepted": 1})
        await line.say(post(BATCH) * 3)
        for _ in range(3):
            assert (await line.answer())[0] == 200


@pytest.mark.parametrize(
    "begun", [b"", b"POST /v1/batch HT", b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nA: "]
)
async def test_who_does_not_end_the_headers_is_cut(site: Any, begun: bytes) -> None:
    async with site(HASTY) as served:
        line = await served.connect()
        await line.say(begun)
        assert await line.is_cut()
        assert await served.is_alive()


async def test_who_sends_the_body_too_slowly_is_told(site: Any) -> None:
    async with site(HASTY) as served:
        line = await served.connect()
        await line.say(post(BATCH)[:-5])
        status, said = await line.answer()
        assert (status, said["code"]) == (408, "body_too_slow")
        assert await served.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="loopback has one address elsewhere")
@pytest.mark.parametrize("begun", [b"", b"POST /v1/batch HT", post(BATCH)[:-5]])
async def test_one_address_with_hundreds_of_slow_connections_keeps_no_other_out(
    site: Any, begun: bytes
) -> None:
    async with site(Limits(connections=400, requests=300)) as served:
        for _ in range(400):  # as many as the server has, and more than it answers at once
            with suppress(ConnectionError):  # those that are too many
                await (await served.connect("127.0.0.1")).say(begun)
        late = await served.connect("127.0.0.1")
        assert await late.is_cut()
        assert await served.is_alive("127.0.0.2")


async def test_headers_without_end_are_not_kept(site: Any) -> None:
    async with site(Limits(head=4_096, head_seconds=60)) as served:
        line = await served.connect()
        await line.say(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - whichever of the two notices
            for _ in range(10_000):
                await line.say(b"X-Padding: " + b"x" * 1_000 + b"\r\n")
            if await line.is_cut():
                raise ConnectionError
        assert await served.is_alive()


@pytest.mark.parametrize("line", [b"X: " + b"x" * 1_000 + b"\r\n", b"x" * 1_000])
async def test_what_follows_the_last_chunk_is_not_kept(site: Any, line: bytes) -> None:
    async with site(Limits(head=4_096, body_seconds=60)) as served:
        sending = await served.connect()
        head = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        await sending.say(head + b"2\r\n{}\r\n0\r\nX: ")
        with pytest.raises(ConnectionError):  # noqa: PT012 - whichever of the two notices
            for _ in range(10_000):
                await sending.say(line)
            if await sending.is_cut():
                raise ConnectionError
        assert await served.is_alive()


async def test_what_stands_behind_the_body_is_no_header(site: Any) -> None:
    async with site() as served:
        line = await served.connect()
        head = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        await line.say(head + b"2\r\n{}\r\n0\r\n" + AUTH + b"\r\n")
        assert (await line.answer())[1]["code"] == "missing_write_key"
        assert await served.is_alive()


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0"])
@pytest.mark.parametrize("parts", [1, 2])
async def test_who_offers_another_protocol_is_answered_in_this_one(
    site: Any, protocol: bytes, parts: int
) -> None:
    """Java's own client offers HTTP/2 with every request."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\nHTTP2-Settings: AAA\r\n"
    async with site() as served:
        line = await served.connect()
        for _ in range(2):
            whole = post(BATCH, offer % protocol)
            head = whole.index(b"{") if parts > 1 else 0
            for part in (whole[:head], whole[head:]):
                await line.say(part)
                await asyncio.sleep(0.01 * (parts - 1))
            assert await line.answer() == (200, {"success": True, "accepted": 1})
        await line.say(post(BATCH, offer % protocol) * 2 + post(BATCH))
        for _ in range(3):
            assert (await line.answer())[0] == 200
        assert len(await served.api.kept()) == 5


@pytest.mark.parametrize("offer", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"])
async def test_who_asks_on_without_an_answer_is_cut(
    site: Any, offer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Each answer would let in thousands of requests more, and each costs memory."""
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % offer
    async with site(Limits()) as served:
        line = await served.connect()
        await line.say(request * 50)
        for _ in range(50):
            assert (await line.answer())[0] == 200
        answers = 0
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await line.say(request * 3_000)
            while answers < 3_000:
                await line.answer()
                answers += 1
        assert answers < 3_000
        assert await served.is_alive()
    assert caplog.text == ""


async def test_who_asks_for_a_tunnel_gets_none(site: Any) -> None:
    async with site() as served:
        line = await served.connect()
        await line.say(b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await line.reader.read(100))[:12] == b"HTTP/1.1 400"


@pytest.mark.parametrize(
    "begun", [post(BATCH) + b"\r\n", post(BATCH, path=b"/nowhere")[:-5]], ids=["blank", "late"]
)
async def test_who_says_nothing_more_is_cut(site: Any, begun: bytes) -> None:
    async with site(Limits(idle_seconds=1)) as served:
        line = await served.connect()
        await line.say(begun)
        await line.answer()
        await line.say(b"\r\n" if begun.endswith(b"\r\n") else post(BATCH)[-5:])
        assert await line.is_cut()


async def test_more_connections_than_may_be_are_cut(site: Any) -> None:
    async with site(Limits(connections=3, head_seconds=60)) as served:
        lines = [await served.connect() for _ in range(4)]
        assert await lines[-1].is_cut()
        await lines[0].say(post(BATCH))
        assert (await lines[0].answer())[0] == 200


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [(post(b"x" * 200_001), 413, "body_too_large"),
     (post(gzip.compress(bytes(50_000_000)), b"Content-Encoding: gzip\r\n"), 413,
      "body_too_large"),
     (post(BATCH, b"Content-Encoding: br\r\n"), 415, "unsupported_encoding"),
     (post(BATCH).replace(b"localhost", b"evil.example"), 421, "unknown_host"),
     (post(BATCH, path=b"/v1/%0d%0aX-Evil:%20yes"), 404, "not_found")],
)  # fmt: skip
async def test_abuse_is_refused_with_its_code(
    site: Any, request_: bytes, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with site() as served:
        line = await served.connect()
        await line.say(request_)
        answered, said = await line.answer()
        assert (answered, said["code"]) == (status, code)
        assert await served.is_alive()
    assert "evil" not in caplog.text.lower()


async def test_a_body_in_chunks_is_bounded_too(site: Any) -> None:
    async with site() as served:
        line = await served.connect()
        head = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        await line.say(head + (b"1000\r\n" + b" " * 4_096 + b"\r\n") * 50)
        assert (await line.answer())[1]["code"] == "body_too_large"


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\0c\r\n\r\n",
     b"POST /v1/batch HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
     b"POST /v1/batch HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"],
)  # fmt: skip
async def test_what_is_no_http_is_refused_and_logged_by_nobody(
    site: Any, nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with site() as served:
        line = await served.connect()
        await line.say(nonsense)
        head = await line.reader.read(100)
        assert head[:12] in (b"", b"HTTP/1.1 400")
        assert await served.is_alive()
    assert caplog.text == ""


async def test_strangers_take_no_memory_from_those_who_have_a_key(site: Any) -> None:
    limits = Limits(memory=250_000, strangers=200_000)
    async with site(limits) as served:
        stranger = post(b" " * 60_000).replace(AUTH, b"")[:-20_000]
        for line in [await served.connect() for _ in range(5)]:
            await line.say(stranger)
        async with asyncio.timeout(5):
            while served.api.traffic.under_way < 5:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        line = await served.connect()
        await line.say(post(BATCH + b" " * 190_000))
        assert (await line.answer())[0] == 200


async def test_a_client_that_leaves_costs_nothing(site: Any) -> None:
    async with site() as served:
        for _ in range(4):
            line = await served.connect()
            await line.say(post(BATCH)[:-5])
            line.writer.close()
        assert await served.is_alive()
        async with asyncio.timeout(5):
            while served.api.traffic.under_way:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)


async def test_what_is_under_way_ends_before_the_server_does(site: Any) -> None:
    async with site() as served:
        served.api.store.goes_on.clear()
        line, idle = await served.connect(), await served.connect()
        await line.say(post(BATCH))
        async with asyncio.timeout(5):
            while not served.api.traffic.under_way:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
        finishing = asyncio.ensure_future(served.listener.finish(30))
        assert await idle.is_cut()
        served.api.store.goes_on.set()
        assert (await line.answer())[0] == 200
        await finishing
        with pytest.raises(ConnectionRefusedError):
            await served.connect()


async def test_it_does_not_wait_longer_than_it_may(site: Any) -> None:
    async with site() as served:
        served.api.store.goes_on.clear()
        line = await served.connect()
        await line.say(post(BATCH))
        async with asyncio.timeout(5):
            while not served.api.traffic.under_way:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0)
        before = time.monotonic()
        await served.listener.finish(0.05)
        assert await line.is_cut()
        assert time.monotonic() - before < 5
        served.api.store.goes_on.set()


async def test_a_stream_without_end_keeps_nobody_from_finishing() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"
            await asyncio.sleep(0.01)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await StreamingResponse(endless(), media_type="text/event-stream")(scope, receive, send)

    async with listening(app, "127.0.0.1", 0, SMALL) as listener:
        reader, writer = await asyncio.open_connection(*listener.address.address)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"still here" in await reader.readuntil(b"here")
        async with asyncio.timeout(10):
            await listener.finish(600)
            await reader.read()
        writer.close()
