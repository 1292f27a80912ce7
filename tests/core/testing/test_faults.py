"""The fault proxy over real sockets: each toxic does what it says, and nothing else."""

from __future__ import annotations

import asyncio
import random
import re
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.errors import UsageError
from sendoff.serving import serve
from sendoff.testing.faults import (
    Bandwidth,
    CutAnswer,
    Down,
    FaultProxy,
    Latency,
    LimitData,
    LostAnswer,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sendoff.serving import Message
    from sendoff.testing.faults.toxic import Stream

    Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


# httpx would read the machine's certificates for each client, though nothing here speaks TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Shop:
    """A tiny service: a POST is an order, `GET /bytes/N` gives N bytes."""

    def __init__(self) -> None:
        self.orders: list[bytes] = []
        self.answered = 0

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        assert scope["type"] == "http"
        body = await self._body(receive)
        answer = b"x" * int(scope["path"].rpartition("/")[2] or 0)
        if scope["method"] == "POST":
            self.orders.append(body)
            answer = b"order %d" % len(self.orders)
        headers = [(b"content-length", b"%d" % len(answer))]
        status = 201 if scope["method"] == "POST" else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
        self.answered += 1

    async def _body(self, receive: Callable[[], Awaitable[Message]]) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        return body


@dataclass
class Waits:
    """A sleep that takes no time and keeps what it was asked for; `gate` can hold it."""

    asked: list[float] = field(default_factory=list)
    gate: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()


@dataclass
class Scene:
    shop: Shop
    proxy: FaultProxy
    waits: Waits
    http: httpx.AsyncClient


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    shop, waits = Shop(), Waits()
    async with (
        serve(shop) as server,
        FaultProxy(upstream=server.address, sleep=waits) as proxy,
        httpx.AsyncClient(verify=NO_TLS, trust_env=False, base_url=proxy.url) as http,
    ):
        yield Scene(shop, proxy, waits, http)


@asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(*proxy.address)
    try:
        async with asyncio.timeout(10):  # for a proxy that holds back what it should pass
            yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


@asynccontextmanager
async def service(handler: Handler, waits: Waits | None = None) -> AsyncIterator[FaultProxy]:
    """A proxy before a TCP service of a few lines, whose connections are closed for it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, EOFError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        upstream = server.sockets[0].getsockname()
        async with FaultProxy(upstream=upstream, sleep=waits or Waits()) as proxy:
            yield proxy


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


def request(
    path: str = "/bytes/3", method: str = "GET", body: bytes = b"", more: str = ""
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None
    return int(head.split()[1]), await reader.readexactly(int(length[1]))


async def nothing_happens() -> None:
    """Give what should not happen the time to happen."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.1)


async def ask(streams: Streams, sent: bytes) -> tuple[int, bytes]:
    reader, writer = streams
    writer.write(sent)
    return await answer(reader)


# Without toxics


async def test_http_passes_unchanged(scene: Scene) -> None:
    assert (await scene.http.get("/bytes/5")).content == b"xxxxx"
    assert (await scene.http.head("/bytes/5")).headers["content-length"] == "5"
    assert (await scene.http.post("/", content=b"tea")).text == "order 1"
    assert scene.shop.orders == [b"tea"]


async def test_large_bodies_pass_both_ways(scene: Scene) -> None:
    size = 3_000_000
    await scene.http.post("/", content=b"y" * size)
    assert scene.shop.orders == [b"y" * size]
    assert len((await scene.http.get(f"/bytes/{size}")).content) == size


async def test_a_chunked_request_passes(scene: Scene) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"green "
        yield b"tea"

    await scene.http.post("/", content=chunks())
    assert scene.shop.orders == [b"green tea"]


async def test_pipelined_requests_are_answered_in_order(scene: Scene) -> None:
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/bytes/1") + request("/", "POST", b"tea") + request("/bytes/2"))
        assert [await answer(reader) for _ in range(3)] == [
            (200, b"x"),
            (201, b"order 1"),
            (200, b"xx"),
        ]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=4))
async def test_any_bytes_pass_and_so_does_a_half_close(pieces: list[bytes]) -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        assert await reader.read() == b"".join(pieces)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.sampled_from(["GET", "POST", "QUIT", "*1"]))
async def test_a_request_cut_anywhere_passes_as_it_is(length: int, word: str) -> None:
    begun = request("/", word, b"a body of some length")[:length]
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        writer.write(begun)
        writer.write_eof()
        assert await reader.read() == begun


async def test_a_head_too_large_to_be_read_passes_as_it_is() -> None:
    sent = request(more=f"X-Long: {'x' * 200_000}\r\n")
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        proxy.add(LostAnswer())
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent


async def test_a_protocol_of_lines_is_not_held_back() -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        writer.write(b"PING\r\n")
        assert await reader.readline() == b"PING\r\n"


async def test_a_server_may_speak_first() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        writer.write(await reader.readline())

    async with service(greet) as proxy, connected(proxy) as (reader, writer):
        assert await reader.readline() == b"220 ready\r\n"
        writer.write(b"QUIT\r\n")
        assert await reader.read() == b"QUIT\r\n"


async def test_an_upgraded_connection_carries_anything() -> None:
    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
        )
        await echo(reader, writer)

    async with service(upgrade) as proxy, connected(proxy) as (reader, writer):
        writer.write(request(more="Connection: upgrade\r\nUpgrade: x\r\n"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        for word in (b"\x00\x01", b"two"):
            writer.write(word)
            assert await reader.readexactly(len(word)) == word


async def test_a_tunnel_carries_anything() -> None:
    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await echo(reader, writer)

    async with service(tunnel) as proxy, connected(proxy) as (reader, writer):
        writer.write(b"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"\x16\x03")
        assert await reader.readexactly(2) == b"\x16\x03"


async def test_an_early_answer_does_not_wait_for_the_request() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await reader.readexactly(4)

    async with service(refuse) as proxy, connected(proxy) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n")
        assert await answer(reader) == (413, b"")
        writer.write(b"body")
        assert await reader.read() == b""


async def test_an_early_answer_loses_nothing_of_a_delayed_request() -> None:
    waits = Waits(gate=asyncio.Event())
    body = asyncio.get_running_loop().create_future()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        body.set_result(await reader.readexactly(4))

    async with service(refuse, waits) as proxy, connected(proxy) as (reader, writer):
        sent = request("/", "POST", b"body")
        proxy.add(Slicer(average_size=len(sent) - 4, stream="upstream"))
        writer.write(sent)
        assert await answer(reader) == (413, b"")
        assert waits.gate is not None
        waits.gate.set()
        assert await body == b"body"


async def test_requests_that_are_almost_http_pass_as_they_are() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    async with service(refuse) as proxy, connected(proxy) as streams:
        for _ in range(2):
            assert await ask(streams, b"GET / HTTP/1.1\r\nno header\r\n\r\n") == (400, b"")


async def test_an_interim_answer_passes_before_the_final_one() -> None:
    async def go_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await reader.readexactly(3) == b"tea"
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n")

    async with service(go_on) as proxy, connected(proxy) as (reader, writer):
        sent = request("/", "POST", b"tea", "Expect: 100-continue\r\n")
        writer.write(sent[:-3])
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(sent[-3:])
        assert await answer(reader) == (201, b"")


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nold but fine")

    async with service(old) as proxy, httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        assert (await http.get(proxy.url)).text == "old but fine"


async def test_the_end_of_an_idle_connection_passes_on() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with service(once) as proxy, connected(proxy) as (reader, writer):
        writer.write(request())
        assert (await reader.read()).startswith(b"HTTP/1.1 204")


async def test_a_client_that_leaves_is_seen_by_the_server() -> None:
    left = asyncio.Event()

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        await writer.drain()
        assert await reader.read() == b""
        left.set()

    async with service(patient) as proxy:
        async with connected(proxy) as (reader, writer):
            writer.write(request())
            await reader.readline()
        await asyncio.wait_for(left.wait(), 5)


async def test_a_reset_by_the_server_is_a_reset_for_the_client() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")

    async with service(slam) as behind:
        behind.add(ResetPeer())
        async with FaultProxy(upstream=behind.address) as proxy, connected(proxy) as streams:
            with pytest.raises(ConnectionResetError):
                await ask(streams, request())


async def test_a_reset_of_an_idle_connection_passes_on(scene: Scene) -> None:
    async with FaultProxy(upstream=scene.proxy.address) as proxy, connected(proxy) as streams:
        await ask(streams, request())
        scene.proxy.add(Down())
        with pytest.raises(ConnectionResetError):
            await streams[0].read()


async def test_an_upstream_that_is_not_there_is_a_reset() -> None:
    async with serve(Shop()) as server:
        pass
    async with FaultProxy(upstream=server.address) as proxy, connected(proxy) as streams:
        with pytest.raises(ConnectionError):
            await ask(streams, request())


async def test_a_client_that_does_not_read_holds_the_server_back() -> None:
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(1000):
            writer.write(bytes(1_000_000))
            await writer.drain()
            sent += 1

    async with service(flood) as proxy, connected(proxy) as (reader, _):
        seen = -1
        while sent != seen:  # it goes on until every buffer on the way is full
            seen = sent
            await nothing_happens()
        assert sent < 100
        await reader.readexactly((sent + 10) * 1_000_000)
        assert sent > seen


# Toxics of a stream


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
async def test_latency_delays_each_message_once(scene: Scene, stream: Stream) -> None:
    scene.proxy.add(Latency(latency=0.2, stream=stream))
    async with connected(scene.proxy) as streams:
        for size in (3, 500_000):
            assert len((await ask(streams, request(f"/bytes/{size}")))[1]) == size
    assert scene.waits.asked == [0.2, 0.2]


async def test_latency_delays_each_turn_where_no_http_is_spoken() -> None:
    waits = Waits()
    async with service(echo, waits) as proxy, connected(proxy) as (reader, writer):
        proxy.add(Latency(latency=1))
        for word in (b"one\n", b"two\n"):
            writer.write(word)
            assert await reader.readline() == word
    assert waits.asked == [1, 1]


async def test_jitter_is_spread_around_the_latency_and_never_below_zero(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=0.1, jitter=0.3))
    for _ in range(40):
        await scene.http.get("/bytes/1")
    assert len(set(scene.waits.asked)) > 10
    assert min(scene.waits.asked) == 0
    assert 0.2 < max(scene.waits.asked) <= 0.4


async def test_latency_takes_real_time() -> None:
    async with (
        serve(Shop()) as server,
        FaultProxy(upstream=server.address) as proxy,
        connected(proxy) as streams,
    ):
        proxy.add(Latency(latency=0.1))
        begun = asyncio.get_running_loop().time()
        await ask(streams, request())
        assert asyncio.get_running_loop().time() - begun >= 0.1


async def test_bandwidth_takes_the_time_its_rate_says(scene: Scene) -> None:
    scene.proxy.add(Bandwidth(rate=100))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/bytes/200000", more="Connection: close\r\n"))
        received = await reader.read()
    assert received.endswith(b"x" * 200_000)
    assert sum(scene.waits.asked) == pytest.approx(len(received) / 100_000)
    assert max(scene.waits.asked) <= 0.1


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
async def test_slow_close_passes_the_data_at_once_and_the_end_late(
    scene: Scene, stream: Stream
) -> None:
    scene.waits.gate = asyncio.Event()
    scene.proxy.add(SlowClose(delay=2, stream=stream))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request(more="Connection: close\r\n" if stream == "downstream" else ""))
        assert await answer(reader) == (200, b"xxx")
        if stream == "upstream":
            writer.write_eof()
        await scene.waits.begun.wait()
        assert not reader.at_eof()
        scene.waits.gate.set()
        assert await reader.read() == b""
    assert scene.waits.asked == [2]


@pytest.mark.parametrize(("stream", "orders"), [("upstream", 0), ("downstream", 1)])
async def test_timeout_passes_nothing_then_closes(
    scene: Scene, stream: Stream, orders: int
) -> None:
    scene.proxy.add(Timeout(timeout=3, stream=stream))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/", "POST", b"tea"))
        assert await reader.read() == b""
    assert scene.waits.asked == [3]
    assert len(scene.shop.orders) == orders


async def test_a_timeout_of_zero_holds_until_the_toxic_is_removed(scene: Scene) -> None:
    name = scene.proxy.add(Timeout(timeout=0))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request())
        await nothing_happens()
        assert not reader.at_eof()
        scene.proxy.remove(name)
        assert await reader.read() == b""


@pytest.mark.parametrize(("stream", "orders"), [("upstream", 0), ("downstream", 1)])
async def test_reset_peer_resets(scene: Scene, stream: Stream, orders: int) -> None:
    scene.proxy.add(ResetPeer(timeout=0.5, stream=stream))
    async with connected(scene.proxy) as streams:
        with pytest.raises(ConnectionResetError):
            await ask(streams, request("/", "POST", b"tea"))
    assert scene.waits.asked == [0.5]
    assert len(scene.shop.orders) == orders


async def test_a_reset_is_a_read_error_for_httpx(scene: Scene) -> None:
    scene.proxy.add(ResetPeer())
    with pytest.raises(httpx.ReadError):
        await scene.http.get("/bytes/3")


async def test_slicer_cuts_into_slices_and_loses_nothing(scene: Scene) -> None:
    scene.proxy.add(Slicer(average_size=64, size_variation=16, delay=0.001))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/bytes/10000", more="Connection: close\r\n"))
        received = await reader.read()
    assert received.endswith(b"x" * 10_000)
    slices = len(scene.waits.asked) + 1
    assert len(received) / 80 <= slices <= len(received) / 48 + 2
    assert set(scene.waits.asked) == {0.001}


async def test_slices_arrive_one_by_one(scene: Scene) -> None:
    scene.waits.gate = asyncio.Event()
    scene.proxy.add(Slicer(average_size=10, delay=1))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request())
        assert await reader.read(100) == b"HTTP/1.1 2"
        scene.waits.gate.set()
        assert (await reader.readuntil(b"xxx")).startswith(b"00 OK\r\n")


@pytest.mark.parametrize("limit", [0, 1, 20, 100_000])
async def test_limit_data_passes_so_many_bytes_of_the_answer(scene: Scene, limit: int) -> None:
    scene.proxy.add(LimitData(bytes=limit))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/bytes/200000"))
        assert len(await reader.read()) == limit


async def test_limit_data_closes_as_soon_as_the_limit_is_reached() -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        proxy.add(LimitData(bytes=5))
        writer.write(b"\x00abcd")
        assert await reader.read() == b"\x00abcd"


async def test_limit_data_upstream_keeps_the_rest_from_the_server() -> None:
    received = asyncio.get_running_loop().create_future()

    async def read(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        received.set_result(await reader.read())

    async with service(read) as proxy, connected(proxy) as (reader, writer):
        proxy.add(LimitData(bytes=5, stream="upstream"))
        writer.write(b"\x00binary")
        assert await reader.read() == b""
        assert await received == b"\x00bina"


# Toxics of an answer


async def test_a_lost_answer_was_committed_and_its_client_is_not_told(scene: Scene) -> None:
    scene.proxy.add(LostAnswer())
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await scene.http.post("/", content=b"tea")
    assert (scene.shop.orders, scene.shop.answered) == ([b"tea"], 1)
    assert (await scene.http.post("/", content=b"milk")).text == "order 2"
    assert scene.proxy.hits == {"lost_answer": 1}


async def test_an_answer_is_read_to_its_end_before_it_is_lost() -> None:
    parts: list[int] = []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")
        for part in range(20):
            writer.write(bytes(1_000_000))
            await writer.drain()
            parts.append(part)
        await reader.read()

    async with service(slow) as proxy, connected(proxy) as (reader, writer):
        proxy.add(LostAnswer())
        writer.write(request())
        assert await reader.read() == b""
    assert len(parts) == 20


async def test_a_lost_answer_can_end_with_a_reset(scene: Scene) -> None:
    scene.proxy.add(LostAnswer(reset=True))
    with pytest.raises(httpx.ReadError):
        await scene.http.post("/", content=b"tea")
    assert scene.shop.orders == [b"tea"]


@pytest.mark.parametrize(
    ("passed", "body"), [(0, b""), (3, b"ord"), (7, b"order 1"), (9, b"order 1")]
)
async def test_a_cut_answer_breaks_off_in_its_body(scene: Scene, passed: int, body: bytes) -> None:
    scene.proxy.add(CutAnswer(bytes=passed))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request("/", "POST", b"tea"))
        head, _, got = (await reader.read()).partition(b"\r\n\r\n")
    assert (head[:12], got) == (b"HTTP/1.1 201", body)


async def test_a_cut_answer_is_a_protocol_error_for_httpx(scene: Scene) -> None:
    scene.proxy.add(CutAnswer(bytes=3))
    async with scene.http.stream("POST", "/") as cut:
        assert cut.status_code == 201
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            await cut.aread()


async def test_answer_toxics_leave_what_is_not_http_alone() -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        proxy.add(LostAnswer())
        proxy.add(CutAnswer())
        writer.write(b"not http\n")
        assert await reader.readline() == b"not http\n"
        assert not proxy.hits


# Down


async def test_down_refuses_connections_and_resets_open_ones(scene: Scene) -> None:
    async with connected(scene.proxy) as streams:
        await ask(streams, request())
        scene.proxy.add(Down())
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*scene.proxy.address)
        with pytest.raises(ConnectionResetError):
            await ask(streams, request())
    with pytest.raises(httpx.ConnectError):
        await scene.http.get("/bytes/3")


async def test_what_was_down_comes_up_at_the_same_address(scene: Scene) -> None:
    address = scene.proxy.address
    for _ in range(2):
        name = scene.proxy.add(Down())
        scene.proxy.remove(name)
    assert (await scene.http.get("/bytes/3")).text == "xxx"
    assert scene.proxy.address == address


async def test_down_ends_when_the_last_of_two_is_removed(scene: Scene) -> None:
    scene.proxy.add(Down(name="one"))
    scene.proxy.add(Down(name="two"))
    scene.proxy.remove("one")
    with pytest.raises(httpx.ConnectError):
        await scene.http.get("/bytes/3")
    scene.proxy.reset()
    assert (await scene.http.get("/bytes/3")).text == "xxx"


# Whom a toxic touches


async def test_times_counts_requests_on_one_connection(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=1, times=2))
    async with connected(scene.proxy) as streams:
        for _ in range(4):
            await ask(streams, request())
            assert scene.proxy.hits["latency_downstream"] == len(scene.waits.asked)
    assert scene.waits.asked == [1, 1]


async def test_a_toxic_touches_the_next_request_of_an_open_connection(scene: Scene) -> None:
    async with connected(scene.proxy) as (reader, writer):
        await ask((reader, writer), request())
        scene.proxy.add(LostAnswer())
        writer.write(request())
        assert await reader.read() == b""


async def test_only_the_requests_whose_head_matches_are_touched(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=1, only="^POST ", name="writes"))
    scene.proxy.add(Latency(latency=2, only=r"^X-Try: \d+$", name="marked"))
    async with connected(scene.proxy) as streams:
        for sent in (
            request(),
            request("/", "POST", b"POST in a body"),
            request(more="X-Try: 12\r\n"),
        ):
            await ask(streams, sent)
    assert scene.waits.asked == [1, 2]
    assert scene.proxy.hits == {"writes": 1, "marked": 1}


async def test_what_does_not_match_does_not_use_up_times(scene: Scene) -> None:
    scene.proxy.add(LostAnswer(only="^POST "))
    await scene.http.get("/bytes/3")
    with pytest.raises(httpx.RemoteProtocolError):
        await scene.http.post("/")


async def test_only_never_matches_what_is_not_http() -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        proxy.add(ResetPeer(only="."))
        writer.write(b"not http\n")
        assert await reader.readline() == b"not http\n"


async def test_a_connection_without_http_counts_once() -> None:
    async with service(echo) as proxy, connected(proxy) as (reader, writer):
        proxy.add(Slicer(average_size=1))
        for word in (b"one\n", b"two\n"):
            writer.write(word)
            assert await reader.readline() == word
        assert proxy.hits == {"slicer_downstream": 1}


def seeded() -> random.Random:
    return random.Random(7)  # noqa: S311 - which requests are harmed is no secret


async def test_toxicity_is_a_share_by_the_chance_that_was_given() -> None:
    async with (
        serve(Shop()) as server,
        FaultProxy(upstream=server.address, rng=seeded(), sleep=Waits()) as proxy,
        connected(proxy) as streams,
    ):
        proxy.add(Latency(latency=1, toxicity=0.3))
        for _ in range(40):
            await ask(streams, request())
    chance = seeded()
    expected = sum(chance.random() < 0.3 for _ in range(40))
    assert 0 < expected < 40
    assert proxy.hits["latency_downstream"] == expected


async def test_toxics_work_one_after_the_other(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=1))
    scene.proxy.add(LimitData(bytes=8))
    async with connected(scene.proxy) as (reader, writer):
        writer.write(request())
        assert await reader.read() == b"HTTP/1.1"
    assert scene.waits.asked == [1]


async def test_a_removed_toxic_is_gone_and_reset_removes_all(scene: Scene) -> None:
    first = scene.proxy.add(Latency(latency=1))
    scene.proxy.add(Latency(latency=2, stream="upstream"))
    scene.proxy.add(LostAnswer())
    assert list(scene.proxy.toxics) == ["latency_downstream", "latency_upstream", "lost_answer"]
    scene.proxy.remove(first)
    assert list(scene.proxy.toxics) == ["latency_upstream", "lost_answer"]
    scene.proxy.reset()
    assert scene.proxy.toxics == {}
    assert (await scene.http.get("/bytes/3")).text == "xxx"
    assert scene.waits.asked == []


async def test_a_toxic_added_again_counts_anew(scene: Scene) -> None:
    for _ in range(2):
        scene.proxy.add(LostAnswer())
        with pytest.raises(httpx.RemoteProtocolError):
            await scene.http.get("/bytes/3")
        scene.proxy.reset()
    assert scene.proxy.hits["lost_answer"] == 2


async def test_a_name_is_given_once(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=1))
    with pytest.raises(UsageError, match="`latency_downstream` is in force"):
        scene.proxy.add(Latency(latency=2))


async def test_an_unknown_name_gets_a_suggestion(scene: Scene) -> None:
    scene.proxy.add(Latency(latency=1, name="slow"))
    with pytest.raises(UsageError, match=r"no toxic `slwo` .* did you mean `slow`"):
        scene.proxy.remove("slwo")


# Where it may listen and connect, and how it ends


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "0.0.0.0"])  # noqa: S104
async def test_hosts_of_the_network_are_refused(host: str) -> None:
    with pytest.raises(UsageError, match=f"refused to connect to {host}"):
        FaultProxy(upstream=(host, 80))
    with pytest.raises(UsageError, match=f"refused to listen on {host}"):
        async with FaultProxy(upstream=("127.0.0.1", 80), host=host):
            raise AssertionError
    FaultProxy(upstream=(host, 80), allow_remote=True)


async def test_a_proxy_that_ends_leaves_nothing_behind() -> None:
    waits = Waits(gate=asyncio.Event())
    tasks = asyncio.all_tasks()
    async with serve(Shop()) as server, httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        async with FaultProxy(upstream=server.address, sleep=waits) as proxy:
            await http.get(f"{proxy.url}/bytes/3")
            proxy.add(Timeout(timeout=60))
            held = asyncio.create_task(http.get(f"{proxy.url}/bytes/3"))
            await waits.begun.wait()
        with pytest.raises(httpx.TransportError):
            await held
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*proxy.address)
    assert asyncio.all_tasks() == tasks


async def test_a_proxy_may_end_while_it_is_down() -> None:
    async with FaultProxy(upstream=("127.0.0.1", 9)) as proxy:
        proxy.add(Down())
    proxy.reset()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*proxy.address)


async def test_a_proxy_may_begin_down(scene: Scene) -> None:
    proxy = FaultProxy(upstream=scene.proxy.address)
    proxy.add(Down())
    async with proxy:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*proxy.address)
        proxy.reset()
        async with connected(proxy) as streams:
            assert (await ask(streams, request()))[0] == 200
