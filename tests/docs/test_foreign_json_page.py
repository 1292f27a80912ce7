from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sendoff.serving import serve
from sendoff_freshsuccess.sandbox import FreshsuccessSandbox, create_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

PAGE = "how-to/send-foreign-json.md"
EXPORT = re.compile(r"^cat > export.json <<'END'\n(.*?)^END$", re.MULTILINE | re.DOTALL)
KEYS = {"FS_AUTH_KEY": "sandbox-auth-key", "FS_API_KEY": "sandbox-api-key"}


def _remove_store(folder: Path) -> None:
    for file in folder.glob("sendoff.db*"):
        file.unlink()


@pytest.fixture
def sandbox() -> FreshsuccessSandbox:
    return create_sandbox()


@pytest.fixture
def export(page: Any) -> str:
    """The export of the page."""
    found = EXPORT.search(page.text)
    assert found
    return found[1]


@pytest.fixture
async def run(
    page: Any, export: str, tmp_path: Path, sandbox: FreshsuccessSandbox
) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """Runs the page's script with its pipeline, in a process of its own; what it counts."""
    (script,), (pipeline,) = page.blocks("python"), page.blocks("yaml")
    async with serve(sandbox) as server:
        (tmp_path / "sendoff.yaml").write_text(
            pipeline.replace("http://127.0.0.1:8093", server.url), encoding="utf-8"
        )
        (tmp_path / "send_export.py").write_text(script, encoding="utf-8")

        async def start(content: str = export, times: int = 1) -> dict[str, Any]:
            (tmp_path / "export.json").write_text(content, encoding="utf-8")
            process = await asyncio.create_subprocess_exec(
                sys.executable, "send_export.py", *["export.json"] * times,
                cwd=tmp_path, env={**os.environ, **KEYS}, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            output, _ = await process.communicate()
            assert process.returncode == 0
            counts: dict[str, Any] = json.loads(output)
            return counts

        yield start


async def test_the_export_arrives_as_events_of_freshsuccess(
    run: Any, sandbox: FreshsuccessSandbox
) -> None:
    await run()
    base = {"accountId": "4410", "userId": "73", "sessionId": "5512", "module": "Reports"}
    assert sandbox.events == [
        {
            **base,
            "createdAt": 1767362400000,
            "action": "feature",
            "feature": "report exported",
            "total": 2,
        },
        {**base, "createdAt": 1767362460000, "action": "moduleEnd", "timeSpent": 60500},
    ]


async def test_the_same_record_is_sent_once_in_a_process_and_not_again_in_the_next(
    run: Any, sandbox: FreshsuccessSandbox
) -> None:
    assert (await run(times=2))["duplicates"] == 3
    assert len(sandbox.events) == 2
    assert (await run())["duplicates"] == 3
    assert len(sandbox.events) == 2


async def test_what_the_sandbox_got_is_forgotten_with_the_files_of_the_store(
    run: Any, tmp_path: Path, sandbox: FreshsuccessSandbox
) -> None:
    await run()
    _remove_store(tmp_path)
    assert (await run())["duplicates"] == 0
    assert len(sandbox.events) == 4


async def test_an_account_that_became_a_float_is_not_sent(
    run: Any, export: str, sandbox: FreshsuccessSandbox
) -> None:
    counts = await run(export.replace("4410", "4410.0"))
    assert counts["routes"]["success"]["dropped"] == {"anonymous": 3}
    assert sandbox.events == []
