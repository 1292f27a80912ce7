"""The transport over real sockets: what it does to a request, and what it calls an error."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import client_exceptions
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.answer import ErrorKind
from sendoff.http.failure import translate
from sendoff.http.transport import ERRORS, HEAD_LEAVES, Transport, errors_of_httpx

Handler = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEADERS = {"host": "desk", "accept": "*/*", "accept-encoding": "identity", "user-agent": "sendoff"}


class Server:
    """Hands the head of each request to a function; counts connections."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.connected = asyncio.Event()
        self.heads: list[bytes] = []

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.connected.set()
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self._handler(head, reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if length := re.search(rb"content-length: (\d+)", head.lower()):
        await reader.readexactly(int(length[1]))
    writer.write(OK)
    await writer.drain()


async def hang_up(
    _head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    writer.close()


def answer_then(after: Handler) -> Handler:
    """Answers the first request of all, and treats those that follow otherwise."""
    first = True

    async def handle(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal first
        handler, first = (answer if first else after), False
        await handler(head, reader, writer)

    return handle


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def send(
    transport: httpx.AsyncBaseTransport, method: str, url: str, content: bytes = b"", **more: Any
) -> bytes:
    headers = HEADERS | ({"content-length": str(len(content))} if content else {})

    async def stream() -> AsyncIterator[bytes]:
        yield content

    request = httpx.Request(method, url, headers=headers, content=stream(), extensions=more)
    request.headers.pop("transfer-encoding", None)
    response = await transport.handle_async_request(request)
    try:
        return await response.aread()
    finally:
        await response.aclose()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("content", [b"", b"{}", b"x" * 3_000_000])
async def test_nothing_is_added_to_a_request(
    stack: AsyncExitStack, method: str, content: bytes
) -> None:
    server = await stack.enter_async_context(Server(answer))
    transport = await stack.enter_async_context(Transport(1))
    assert await send(transport, method, server.url, content) == b"ok"
    line, *lines = server.heads[0].decode().strip().split("\r\n")
    assert line == f"{method} / HTTP/1.1"
    sent = dict(each.lower().split(": ") for each in lines)
    # The length of a POST without a body is told, as it should be by the rules of HTTP.
    length = sent.pop("content-length", None)
    assert length == str(len(content)) if content else length in (None, "0")
    assert sent == HEADERS


@settings(max_examples=4, deadline=None)
@given(st.lists(st.text("ab025%/.?&=:@[]|\\é ;,+~!", max_size=12), min_size=40))
async def test_a_path_and_a_query_arrive_as_they_are(texts: list[str]) -> None:
    async with Server(answer) as server, Transport(1) as transport:
        urls = [httpx.URL(server.url + text) for text in texts]
        for url in urls:
            await send(transport, "GET", str(url))
    targets = [head.split(b" ")[1] for head in server.heads]
    # A question mark with nothing behind it is all that may be lost.
    assert [each.removesuffix(b"?") for each in targets] == [
        url.raw_path.removesuffix(b"?") for url in urls
    ]


async def test_a_cookie_is_not_kept(stack: AsyncExitStack) -> None:
    async def baked(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n"))

    server = await stack.enter_async_context(Server(baked))
    transport = await stack.enter_async_context(Transport(1))
    url = server.url.replace("127.0.0.1", "localhost")  # an address has no cookies
    await send(transport, "GET", url)
    await send(transport, "GET", url)
    assert b"cookie" not in server.heads[1].lower()


async def test_a_packed_answer_comes_as_it_came(stack: AsyncExitStack) -> None:
    packed = gzip.compress(b"ok")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"

    async def pack(
        _head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(head.encode() + packed)

    server = await stack.enter_async_context(Server(pack))
    transport = await stack.enter_async_context(Transport(1))
    request = httpx.Request("GET", server.url, headers=HEADERS)
    response = await transport.handle_async_request(request)
    assert isinstance(response.stream, httpx.AsyncByteStream)
    assert b"".join([chunk async for chunk in response.stream]) == packed
    await response.aclose()


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_a_request_is_never_sent_twice(stack: AsyncExitStack, method: str) -> None:
    server = await stack.enter_async_context(Server(answer_then(hang_up)))
    transport = await stack.enter_async_context(Transport(1))
    await send(transport, method, server.url)
    with pytest.raises(httpx.ReadError):
        await send(transport, method, server.url)
    assert len(server.heads) == 2


async def test_a_connection_that_the_server_closed_is_not_used(stack: AsyncExitStack) -> None:
    async def once(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(head, reader, writer)
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    server = await stack.enter_async_context(Server(once))
    transport = await stack.enter_async_context(Transport(1))
    for _ in range(2):
        await send(transport, "POST", server.url, b"{}")
        await closed.wait()
        closed.clear()
        await asyncio.sleep(0)  # the loop hears of it
    assert server.connections == 2


async def test_it_says_when_the_head_leaves_and_not_before_it_is_connected(
    stack: AsyncExitStack,
) -> None:
    said: list[tuple[str, int]] = []

    async def trace(name: str, _info: object) -> None:
        said.append((name, len(server.heads)))

    server = await stack.enter_async_context(Server(answer))
    transport = await stack.enter_async_context(Transport(1))
    await send(transport, "GET", server.url, trace=trace)
    assert said == [(HEAD_LEAVES, 0)]
    said.clear()
    server.connected.clear()
    url = server.url.replace("http:", "https:")
    sending = asyncio.create_task(send(transport, "GET", url, trace=trace))
    await server.connected.wait()
    sending.cancel()  # nothing comes of the handshake
    await asyncio.wait([sending])
    assert (said, server.connections) == ([], 2)


async def test_closing_closes_the_connections_and_may_come_before_any() -> None:
    gone = asyncio.Event()

    async def serve(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await answer(head, reader, writer)
        await reader.read()
        gone.set()

    await Transport(1).aclose()
    async with Server(serve) as server:
        transport = Transport(1)
        await send(transport, "GET", server.url)
        await transport.aclose()
        await asyncio.wait_for(gone.wait(), 5)


CLASSES = {
    each
    for each in vars(client_exceptions).values()
    if isinstance(each, type)
    and issubclass(each, Exception)
    and each.__module__ == client_exceptions.__name__
}

KINDS: dict[str, ErrorKind] = {
    "ClientError": "connection_lost",
    "ClientConnectionError": "connection_lost",
    "ClientConnectionResetError": "connection_lost",
    "ClientOSError": "connection_lost",
    "ServerConnectionError": "connection_lost",
    "ServerDisconnectedError": "connection_lost",
    "ClientPayloadError": "connection_lost",
    "UploadAbortedError": "connection_lost",
    "RedirectClientError": "connection_lost",
    "ClientConnectorError": "unreachable",
    "ClientConnectorDNSError": "unreachable",
    "ClientProxyConnectionError": "unreachable",
    "UnixClientConnectorError": "unreachable",
    "ServerFingerprintMismatch": "unreachable",
    "ClientSSLError": "unreachable",
    "ClientConnectorSSLError": "tls",
    "ClientConnectorCertificateError": "tls",
    "ServerTimeoutError": "timeout",
    "SocketTimeoutError": "timeout",
    "ConnectionTimeoutError": "connect_timeout",
    "ClientResponseError": "protocol",
    "ContentTypeError": "protocol",
    "WSServerHandshakeError": "protocol",
    "ClientHttpProxyError": "protocol",
    "TooManyRedirects": "protocol",
    "InvalidURL": "forbidden",
    "InvalidUrlClientError": "forbidden",
    "InvalidUrlRedirectClientError": "forbidden",
    "NonHttpUrlClientError": "forbidden",
    "NonHttpUrlRedirectClientError": "forbidden",
}
"""What each becomes, where nothing is known of its cause."""


# What only another kind of client raises.
_NEVER = {"WSMessageTypeError"}


def test_every_error_of_aiohttp_is_thought_of() -> None:
    assert {each.__name__ for each in CLASSES} - _NEVER - KINDS.keys() == set()


def _made(kind: Any) -> Exception:
    key = ConnectionKey("desk", 443, True, True, None, None, None)
    refused = OSError(111, "refused")
    arguments: dict[type[Exception], tuple[Any, ...]] = {
        aiohttp.ClientConnectorCertificateError: (key, ssl.SSLCertVerificationError("untrusted")),
        aiohttp.ClientConnectorSSLError: (key, ssl.SSLError(1, "handshake")),
        client_exceptions.UnixClientConnectorError: ("/run/desk", key, refused),
        aiohttp.ClientConnectorError: (key, refused),
        aiohttp.ClientResponseError: (None, ()),
        aiohttp.ServerFingerprintMismatch: (b"a", b"b", "desk", 443),
        aiohttp.InvalidURL: ("http://desk/",),
        Exception: (),
    }
    error: Exception = kind(*next(arguments[each] for each in kind.__mro__ if each in arguments))
    return error


@pytest.mark.parametrize("kind", sorted(CLASSES - {client_exceptions.WSMessageTypeError}, key=str))
def test_every_error_of_aiohttp_becomes_ours(kind: type[Exception]) -> None:
    with pytest.raises(httpx.TransportError) as caught, errors_of_httpx():
        raise _made(kind)
    error = translate(caught.value, "desk", 1.0, sent=True)
    assert error.kind == KINDS[kind.__name__]
    # Before these nothing can have left; all others may come after.
    assert error.sent is (error.kind not in ("unreachable", "connect_timeout", "forbidden"))


def test_every_name_is_one_that_aiohttp_has() -> None:
    assert set(ERRORS) - CLASSES == {OSError}
