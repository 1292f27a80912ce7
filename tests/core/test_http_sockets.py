"""The seam over real sockets: what a server can do to a request on its way."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sendoff.clock import SystemClock
from sendoff.http import Answer, Exchange, Http, HttpError
from sendoff.http.body import unpack
from sendoff.redact import Redactor

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

# For localhost, signed by itself; nothing else knows the key.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQTO98sDzJfPYDUGw
z+sANv+yLpKYzr5IzlWJaiH378GhRANCAAQKrXK2Z05fPe/XKzcdaCAV5xz2LxE/
ihm913e+ZarTHpx7fkGlXgS1H8YJGQwgG35w5Epu0q4cZdrdmlWkNjrv
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUIIycEEMiEn565czDMd2fXlE7WrcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjEzMTgxMVoYDzIxMjYxMDI5
MTMxODExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQKrXK2Z05fPe/XKzcdaCAV5xz2LxE/ihm913e+ZarTHpx7fkGlXgS1
H8YJGQwgG35w5Epu0q4cZdrdmlWkNjrvo2kwZzAdBgNVHQ4EFgQU3zu9hf42Zk0+
76koM6C0UtQ8aBUwHwYDVR0jBBgwFoAU3zu9hf42Zk0+76koM6C0UtQ8aBUwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgYXcQFriDXA4cL7q23Ed/DtQA/3iuRspkwSs95KiYmqwCICkikQIIRasH
dZUQPc7G+hAiqXpP8LBwJg8jMUhyKhSD
-----END CERTIFICATE-----
"""


class Gate:
    async def permit(self) -> None:
        pass

    async def observe(self, total: float | None, remaining: float | None) -> None:
        pass


@dataclass
class Outside:
    """A server on loopback and an Http to call it with."""

    stack: AsyncExitStack
    exchanges: list[Exchange] = field(default_factory=list)
    connections: int = 0

    async def serve(self, handler: Handler, tls: ssl.SSLContext | None = None) -> str:
        handlers: set[asyncio.Task[None]] = set()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handler(reader, writer)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            handlers.add(asyncio.create_task(handle(reader, writer)))

        async def stop() -> None:
            for task in handlers:
                task.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        await self.stack.enter_async_context(server)
        self.stack.push_async_callback(stop)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    def http(self, *, timeout: float = 5.0, max_connections: int = 10) -> Http:
        http = Http(
            gate=Gate(),
            redactor=Redactor([]),
            record=self.exchanges.append,
            timeout=timeout,
            clock=SystemClock(),
            max_connections=max_connections,
        )
        self.stack.push_async_callback(http.aclose)
        return http

    async def post(self, url: str, **options: Any) -> Answer:
        return await self.http(**options).request("POST", url, content=b'{"a":1}')

    async def failure(self, url: str, **options: Any) -> HttpError:
        with pytest.raises(HttpError) as caught:
            await self.post(url, **options)
        assert self.exchanges[-1].error == str(caught.value)
        return caught.value


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        yield Outside(stack)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + (await reader.readexactly(7) if b"content-length: 7" in head.lower() else b"")


def answering(data: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(data)
            await writer.drain()

    return handle


def answering_once(data: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(data)
        await writer.drain()

    return handle


async def test_a_connection_is_used_again(outside: Outside) -> None:
    url = await outside.serve(answering(OK))
    http = outside.http()
    for _ in range(3):
        answer = await http.request("POST", url, content=b'{"a":1}')
        assert answer.body == b"ok"
    assert outside.connections == 1


async def test_the_request_reaches_the_server_as_it_is(outside: Outside) -> None:
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        writer.write(OK)

    await outside.post(await outside.serve(handle) + "v1/a%2Fb?c=%20")
    head, _, body = received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/a%2Fb?c=%20 HTTP/1.1\r\n")
    assert head.lower().count(b"content-length:") == 1
    assert body == b'{"a":1}'


@pytest.mark.parametrize("content", [b"", b'{"a":1}', b'{"a":1}\n' * 10_000])
@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
async def test_the_length_of_what_is_sent_is_always_told(
    outside: Outside, content: bytes, coding: Any
) -> None:
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append((await reader.readuntil(b"\r\n\r\n")).lower())
        [length] = re.findall(rb"\r\ncontent-length: (\d+)\r\n", received[0])
        received.append(await reader.readexactly(int(length)))
        writer.write(OK)

    url = await outside.serve(handle)
    await outside.http().request("POST", url, content=content, coding=coding)
    head, body = received
    assert b"transfer-encoding" not in head
    assert (b"\r\ncontent-encoding:" in head) is (coding is not None)
    assert unpack(body, coding or "", len(content) + 1) == (content, False)


async def test_the_stock_transport_tells_when_the_head_of_a_request_leaves(
    outside: Outside,
) -> None:
    events: list[str] = []

    async def trace(event: str, info: Any) -> None:
        events.append(event)

    url = await outside.serve(answering(OK))
    async with httpx.AsyncHTTPTransport() as transport:
        request = httpx.Request("GET", url, extensions={"trace": trace})
        await (await transport.handle_async_request(request)).aclose()
    assert "http11.send_request_headers.started" in events


async def test_25_requests_are_under_way_at_once(outside: Outside) -> None:
    together = asyncio.Barrier(25)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await together.wait()
        writer.write(OK)

    url = await outside.serve(handle)
    http = outside.http(max_connections=25)
    answers = await asyncio.gather(*(http.request("GET", url) for _ in range(25)))
    assert {answer.status for answer in answers} == {200}
    assert outside.connections == 25


async def test_the_deadline_is_for_the_whole_answer(outside: Outside) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    error = await outside.failure(await outside.serve(drip), timeout=0.2)
    assert (error.kind, error.sent) == ("timeout", True)
    assert str(error) == "no complete answer from 127.0.0.1 within 0.2 s"
    assert outside.exchanges[0].status == 200
    assert 0.15 < outside.exchanges[0].seconds < 2


async def test_a_silent_server_runs_into_the_deadline(outside: Outside) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    error = await outside.failure(await outside.serve(silent), timeout=0.2)
    assert (error.kind, error.sent) == ("timeout", True)


async def test_a_connection_that_does_not_come_about_was_not_sent(outside: Outside) -> None:
    with socket.socket() as full:
        # A listener with a full queue: the handshake of TCP itself gets no answer.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        error = await outside.failure(f"http://127.0.0.1:{port}/", timeout=0.2)
        for each in waiting:
            each.close()
    assert (error.kind, error.sent) == ("connect_timeout", False)


async def test_an_answer_that_never_came_may_have_worked(outside: Outside) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    error = await outside.failure(await outside.serve(close))
    assert (error.kind, error.sent) == ("connection_lost", True)


async def test_an_answer_that_was_cut_may_have_worked(outside: Outside) -> None:
    cut = answering_once(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{")
    error = await outside.failure(await outside.serve(cut))
    assert (error.kind, error.sent) == ("connection_lost", True)
    assert outside.exchanges[0].status == 201


async def test_a_connection_reset_before_anything_was_read_may_have_worked(
    outside: Outside,
) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    error = await outside.failure(await outside.serve(reset))
    assert (error.kind, error.sent) == ("connection_lost", True)


async def test_a_closed_port_refuses_and_nothing_was_sent(outside: Outside) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await outside.failure(f"http://127.0.0.1:{port}/")
    assert (error.kind, error.sent) == ("refused", False)


async def test_both_addresses_of_localhost_may_refuse(outside: Outside) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert (await outside.failure(f"http://localhost:{port}/")).kind == "refused"


async def test_an_unknown_host_is_told_by_name(outside: Outside) -> None:
    error = await outside.failure("https://nonexistent.invalid/secret-path")
    assert (error.kind, error.sent) == ("dns", False)
    assert "nonexistent.invalid" in str(error)
    assert "secret-path" not in str(error)


async def test_a_port_without_tls_is_told(outside: Outside) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    url = await outside.serve(plain)
    error = await outside.failure(url.replace("http:", "https:"))
    assert (error.kind, error.sent) == ("tls", False)


async def test_a_certificate_that_nobody_vouches_for_is_told(
    outside: Outside, tmp_path: Any
) -> None:
    (tmp_path / "certificate.pem").write_text(CERTIFICATE)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "certificate.pem")
    url = (await outside.serve(answering(OK), tls)).replace("http:", "https:")
    error = await outside.failure(url.replace("127.0.0.1", "localhost"))
    assert (error.kind, error.sent) == ("tls", False)
    assert "its certificate is not trusted (self" in str(error)


@pytest.mark.parametrize(
    "garbage",
    [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"],
)
async def test_an_answer_that_is_not_http_is_told(outside: Outside, garbage: bytes) -> None:
    error = await outside.failure(await outside.serve(answering_once(garbage)))
    assert (error.kind, error.sent) == ("protocol", True)


async def test_endless_headers_are_not_read_for_ever(outside: Outside) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
            await writer.drain()

    assert (await outside.failure(await outside.serve(endless))).kind == "protocol"


async def test_an_endless_body_is_cut_and_the_connection_closed(outside: Outside) -> None:
    closed = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
                await writer.drain()
        finally:
            closed.set()

    answer = await outside.post(await outside.serve(endless))
    assert (len(answer.body), answer.truncated) == (65536, True)
    await asyncio.wait_for(closed.wait(), 5)


async def test_a_packed_answer_nobody_asked_for_stays_small(outside: Outside) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    answer = await outside.post(await outside.serve(answering_once(head.encode() + bomb)))
    assert (len(answer.body), answer.truncated) == (65536, True)


async def test_a_redirect_is_not_followed(outside: Outside) -> None:
    target = await outside.serve(answering_once(OK))
    moved = f"HTTP/1.1 307 Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    answer = await outside.post(await outside.serve(answering_once(moved.encode())))
    assert answer.status == 307
    assert outside.connections == 1


async def test_an_answer_before_the_whole_request_is_taken(outside: Outside) -> None:
    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    url = await outside.serve(early)
    answer = await outside.http().request("POST", url, content=b"x" * 1000)
    assert answer.status == 413


async def test_proxies_and_logins_of_the_environment_are_ignored(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    proxy = await outside.serve(answering_once(b"HTTP/1.1 502 Proxy\r\nContent-Length: 0\r\n\r\n"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password sesame\n")
    monkeypatch.setenv("NETRC", str(netrc))
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        writer.write(OK)

    assert (await outside.post(await outside.serve(handle))).status == 200
    assert b"authorization" not in received[0].lower()
