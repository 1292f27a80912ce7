"""The sandbox behind a real server, asked by a real curl."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from sendoff.serving import serve
from sendoff_webhook.sandbox import create_sandbox

if TYPE_CHECKING:
    from pathlib import Path

CURL = shutil.which("curl")


@pytest.mark.skipif(CURL is None, reason="curl is not installed, and this asks with it")
async def test_curl_sends_lines_that_are_compressed(tmp_path: Path) -> None:
    events = [{"type": "track", "event": f"E{number}"} for number in range(3)]
    packed = tmp_path / "events.ndjson.gz"
    packed.write_bytes(gzip.compress("\n".join(map(json.dumps, events)).encode()))
    app = create_sandbox(auth={"type": "basic", "user": "acme", "password": "pw"})
    async with serve(app) as server:
        process = await asyncio.create_subprocess_exec(
            *(str(CURL), "-sS", "--noproxy", "*", "-u", "acme:pw"),
            *("-H", "Content-Type: application/x-ndjson", "-H", "Content-Encoding: gzip"),
            *("--data-binary", f"@{packed}", f"{server.url}/hooks"),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    assert json.loads(output) == {"received": 3, "repeat": False}
    assert app.events == events
