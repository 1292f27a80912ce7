"""The sandbox behind a real server, asked by a real curl and cut off on a real socket."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff.serving import serve
from sendoff_freshsuccess.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CURL = shutil.which("curl")
PATH = "/v1/sandbox-auth-key/sandbox-api-key"
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed, and this asks with it")


async def curl(folder: Path, *arguments: str) -> tuple[int, str]:
    """What curl answers in a folder: its exit code, and the status with the body before it."""
    process = await asyncio.create_subprocess_exec(
        *(str(CURL), "-sS", "--noproxy", "*", "-w", "%{http_code}", *arguments),
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@needs_curl
@pytest.mark.parametrize("count", [3, 9000], ids=["short", "long enough to expect 100-continue"])
async def test_the_documented_upload_with_curl_leaves_its_events(
    count: int, tmp_path: Path, event: Callable[..., dict[str, Any]]
) -> None:
    events = [event(feature=f"Feature {number}") for number in range(count)]
    lines = "".join(json.dumps(each) + "\n" for each in events)
    (tmp_path / "file.json").write_text(lines, encoding="utf-8")
    app = create_sandbox()
    async with serve(app) as server:
        answer = await curl(
            tmp_path,
            *("-X", "POST", "-T", "file.json", f"{server.url}{PATH}"),
            *("-H", "Expect: 100-continue"),
        )
    assert answer == (0, "200")
    assert app.viewer.kept.added == count
    assert app.events == events[-1000:]
    [request] = app.requests
    assert request.headers["expect"] == "100-continue"
    assert "content-type" not in request.headers


@needs_curl
async def test_the_documented_upload_with_curl_verbatim(
    tmp_path: Path, event: Callable[..., dict[str, Any]]
) -> None:
    (tmp_path / "file.json").write_text(json.dumps(event()), encoding="utf-8")
    app = create_sandbox(auth_key="auth_key", api_key="api_key")
    async with serve(app) as server:
        url = f"{server.url}/v1/auth_key/api_key"
        assert await curl(tmp_path, *("-X", "POST", "-T", "file.json", url)) == (0, "200")
        # To an address that ends in a slash curl adds the name of the file.
        assert await curl(tmp_path, *("-X", "POST", "-T", "file.json", f"{url}/")) == (0, "400")
        form = await curl(tmp_path, "-d", "@file.json", url)
    assert app.events == [event()]
    assert form == (0, "200")
    assert app.viewer.by_rule == {"content_type": 1}


@pytest.mark.parametrize(("step", "kept"), [("drop", 0), ("lost", 1)])
async def test_a_cut_connection_ends_without_a_byte_of_an_answer(
    step: str, kept: int, event: Callable[..., dict[str, Any]]
) -> None:
    app = create_sandbox(fail=f"{step},ok")
    async with serve(app) as server, httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await http.post(f"{server.url}{PATH}", json=event())
        page = (await http.get(f"{server.url}/_sandbox")).json()
        assert page["counts"]["events"] == kept


async def test_a_body_in_chunks_has_no_length_and_is_lost(
    event: Callable[..., dict[str, Any]],
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield json.dumps(event()).encode()

    app = create_sandbox()
    async with serve(app) as server, httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{server.url}{PATH}", content=chunks())
    assert (answer.status_code, app.events) == (200, [])
    assert app.viewer.by_rule == {"content_length": 1}
