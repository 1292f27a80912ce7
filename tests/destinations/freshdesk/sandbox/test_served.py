"""The sandbox behind a real server, asked by a real curl and cut off on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sendoff_freshdesk.sandbox import FreshdeskSandbox

CURL = shutil.which("curl")


@contextlib.asynccontextmanager
async def served(app: FreshdeskSandbox) -> AsyncIterator[str]:
    """The base address of the app on a free loopback port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()


async def curl(*arguments: str) -> tuple[int, str]:
    """What curl answers: its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        str(CURL), "-sS", "--noproxy", "*", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.skipif(CURL is None, reason="curl is not installed here, and this asks with it")
async def test_the_documented_check_with_curl_creates_a_contact() -> None:
    app = create_sandbox()
    async with served(app) as address:
        code, output = await curl(
            *("-u", "sandbox-key:X", "-H", "Content-Type: application/json", "-X", "POST"),
            f"{address}/api/v2/contacts",
            *("-d", '{"name":"Test Contact","email":"test+signal@example.com"}'),
            *("-w", "\n%{http_code}"),
        )
    body, _, status = output.rpartition("\n")
    assert (code, status) == (0, "201")
    assert json.loads(body)["email"] == "test+signal@example.com"
    assert [each.status for each in app.requests] == [201]


@pytest.mark.skipif(CURL is None, reason="curl is not installed here, and this asks with it")
async def test_curl_without_a_content_type_is_told_415() -> None:
    async with served(create_sandbox()) as address:
        _, output = await curl(
            *("-u", "sandbox-key:X", f"{address}/api/v2/contacts", "-d", '{"name":"Test"}'),
            *("-o", "/dev/null", "-w", "%{http_code}"),
        )
    assert output == "415"


@pytest.mark.parametrize(("step", "kept"), [("drop", 0), ("lost", 1)])
async def test_a_cut_connection_ends_without_a_byte_of_an_answer(step: str, kept: int) -> None:
    app = create_sandbox(fail=f"{step},ok")
    async with served(app) as address, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.post(
                f"{address}/api/v2/contacts",
                json={"name": "A", "phone": "1"},
                auth=("sandbox-key", "X"),
            )
        page = (await http.get(f"{address}/_sandbox")).json()
        assert page["counts"]["contacts"] == kept
        answer = await http.get(f"{address}/api/v2/agents/me", auth=("sandbox-key", "X"))
        assert answer.status_code == 200


async def test_a_body_that_never_ends_is_refused() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100_000

    app = create_sandbox()
    async with served(app) as address, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            f"{address}/api/v2/contacts",
            content=endless(),
            headers={"Content-Type": "application/json"},
            auth=("sandbox-key", "X"),
        )
    assert answer.status_code == 413


async def test_a_client_that_gives_up_on_a_slow_answer_has_been_served_all_the_same() -> None:
    waits, given_up = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.set()
        await given_up.wait()

    app = create_sandbox(fail="slow:30", sleep=sleep)
    async with served(app) as address, httpx.AsyncClient(trust_env=False, timeout=30) as http:
        asking = asyncio.create_task(
            http.post(
                f"{address}/api/v2/contacts",
                json={"name": "A", "phone": "1"},
                auth=("sandbox-key", "X"),
            )
        )
        await waits.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert [each.status for each in app.requests] == [201]
        given_up.set()
