"""The loopback server: there from the first line of the block, gone after the last, and quiet."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
import ssl
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import SendoffError, UsageError
from sendoff.serving import STOP_SIGNALS, Server, listen, require_loopback, serve, until_stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sendoff.serving import Message


# httpx would read the machine's certificates for each client, though nothing here speaks TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def greeter(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    assert scope["type"] == "http"
    await receive()
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=NO_TLS, trust_env=False)


async def test_the_application_answers_within_the_block() -> None:
    async with serve(greeter) as server, client() as http:
        answer = await http.get(f"{server.url}/")
    assert (answer.status_code, answer.text) == (200, "hello")
    assert "date" in answer.headers


async def test_nobody_answers_after_the_block() -> None:
    async with serve(greeter) as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*server.address)


async def test_the_block_ends_at_once_although_a_connection_is_kept_alive() -> None:
    seconds = []
    for _ in range(5):  # of which something else on this machine may hold up some
        async with client() as http:
            async with serve(greeter) as server:
                await http.get(server.url)
                left = time.monotonic()
            seconds.append(time.monotonic() - left)
    assert min(seconds) < 0.2


async def test_a_request_that_does_not_end_is_given_up_quietly(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def endless(scope: Message, receive: object, send: object) -> None:
        assert scope["type"] == "http"
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with client() as http:
        async with serve(endless) as server:
            request = asyncio.create_task(http.get(server.url))
            await asked.wait()
        assert ended.is_set()
        with pytest.raises(httpx.TransportError):
            await request
    assert capfd.readouterr() == ("", "")
    assert [each for each in caplog.records if each.levelname != "INFO"] == []


async def test_serving_writes_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(greeter) as server, client() as http:
        await http.get(server.url)
    assert capfd.readouterr() == ("", "")
    assert [each for each in caplog.records if each.levelname != "INFO"] == []


async def test_serving_leaves_signals_and_tasks_alone() -> None:
    handlers = [signal.getsignal(number) for number in STOP_SIGNALS]
    tasks = asyncio.all_tasks()
    async with serve(greeter) as server, client() as http:
        await http.get(server.url)
        assert [signal.getsignal(number) for number in STOP_SIGNALS] == handlers
    assert asyncio.all_tasks() == tasks


async def test_several_servers_run_side_by_side() -> None:
    async with serve(greeter) as one, serve(greeter) as other, client() as http:
        assert one.port != other.port
        assert [(await http.get(each.url)).text for each in (one, other)] == ["hello", "hello"]


async def test_connections_do_not_wait_for_nagle() -> None:
    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        writer.write(b"%d" % connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = listen("127.0.0.1", 0)
    async with await asyncio.start_server(accepted, sock=listener):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        assert await reader.read() != b"0"
        writer.close()
        await writer.wait_closed()


async def test_a_port_can_be_taken_again_at_once() -> None:
    async with serve(greeter) as server, client() as http:
        await http.get(server.url)
    async with serve(greeter, port=server.port) as again, client() as http:
        assert (await http.get(again.url)).text == "hello"


async def test_an_application_is_told_of_start_and_stop() -> None:
    heard: list[str] = []

    async def living(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        assert scope["type"] == "lifespan"
        for _ in range(2):
            message = await receive()
            heard.append(message["type"])
            await send({"type": f"{message['type']}.complete"})

    async with serve(living):
        assert heard == ["lifespan.startup"]
    assert heard == ["lifespan.startup", "lifespan.shutdown"]


async def test_an_application_that_cannot_start_is_an_error_not_an_exit() -> None:
    async def broken(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed"})

    with pytest.raises(SendoffError, match="could not start"):
        async with serve(broken):
            raise AssertionError


async def test_a_port_in_use_says_what_to_do() -> None:
    async with serve(greeter) as server:
        with pytest.raises(UsageError, match=f"port {server.port} .* is in use: .* choose another"):
            async with serve(greeter, port=server.port):
                raise AssertionError


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
async def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match=f"{port} is no port"):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "example.com"])  # noqa: S104
async def test_a_host_of_the_network_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="only this machine's loopback is allowed"):
        async with serve(greeter, host=host):
            raise AssertionError


async def test_a_host_of_the_network_is_served_when_allowed() -> None:
    async with serve(greeter, host="0.0.0.0", allow_remote=True) as server:  # noqa: S104
        assert server.host == "0.0.0.0"  # noqa: S104


async def test_an_address_that_this_machine_lacks_is_named() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1, port 0: "):
        listen("192.0.2.1", 0, allow_remote=True)


@given(st.ip_addresses())
def test_exactly_loopback_addresses_pass(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_loopback:
        require_loopback(str(address), "listen on")
    else:
        with pytest.raises(UsageError):
            require_loopback(str(address), "listen on")


@given(st.ip_addresses(network="127.0.0.0/8"))
def test_all_of_the_loopback_network_passes(address: ipaddress.IPv4Address) -> None:
    require_loopback(str(address), "listen on")


def test_an_ipv6_host_stands_in_brackets_in_a_url() -> None:
    assert Server("::1", 80).url == "http://[::1]:80"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_ipv6_loopback_is_served() -> None:
    try:
        listen("::1", 0).close()
    except UsageError:
        pytest.skip("this machine has no IPv6 loopback")
    async with serve(greeter, host="::1") as server, client() as http:
        assert (await http.get(server.url)).text == "hello"


@pytest.mark.parametrize("number", STOP_SIGNALS)
async def test_a_signal_ends_the_wait_and_is_told(number: signal.Signals) -> None:
    handlers = [signal.getsignal(each) for each in STOP_SIGNALS]
    waiting = asyncio.create_task(until_stopped())
    await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    assert await waiting is number
    restored = [signal.getsignal(each) for each in STOP_SIGNALS]
    assert restored[1] == handlers[1] == signal.SIG_DFL
    assert restored[0] is signal.default_int_handler
