"""`sandbox`, `demo` and `doctor`: stand-ins on this machine, and whether a route can deliver."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from sendoff.cli.commands import sendoff
from sendoff.serving import serve
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from click.testing import Result
    from tests.journeys.conftest import CommandLine, Ended

    from sendoff.serving import Application

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIG = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    settings: {base_url: "%s", api_key: "${env:FRESHDESK_API_KEY}"}
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(sendoff, list(arguments))


async def start(*arguments: str, **environ: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sendoff", *arguments, env={**os.environ, **environ},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    out, err = await process.communicate()
    assert b"Traceback" not in err
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def sandbox(*arguments: str) -> AsyncIterator[tuple[dict[str, Any], httpx.AsyncClient]]:
    """What `sendoff sandbox --json` tells, and a client; interrupted at the end."""
    process = await start("sandbox", "freshdesk", "--json", *arguments)
    assert process.stdout is not None
    told = json.loads(await process.stdout.readline())
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield told, client
    finally:
        process.send_signal(signal.SIGINT)
        code, _, err = await ended(process)
    assert (code, err) == (130, "")


def contact(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    settings = told["settings"]
    return {
        "url": f"{settings['base_url']}/api/v2/contacts", "auth": (settings["api_key"], "X"),
        "json": {"name": "John Doe", "email": "john@example.com", **more},
    }  # fmt: skip


async def test_a_sandbox_tells_the_settings_of_a_route_to_it_and_its_page() -> None:
    async with sandbox() as (told, client):
        assert list(told) == ["url", "settings", "page"]
        assert (await client.post(**contact(told))).status_code == 201
        page = (await client.get(told["page"])).json()
    assert page["counts"]["contacts"] == 1


async def test_switches_change_the_sandbox_and_the_settings() -> None:
    async with sandbox("api_key=12345", "fail=500") as (told, client):
        assert told["settings"]["api_key"] == "12345"
        answers = [(await client.post(**contact(told))).status_code for _ in range(2)]
    assert answers == [500, 201]


async def test_faults_harm_what_passes_but_not_the_page() -> None:
    async with sandbox("--fault", "lost_answer:times=1") as (told, client):
        with pytest.raises(httpx.TransportError):
            await client.post(**contact(told))
        page = (await client.get(told["page"])).json()
        assert page["counts"]["contacts"] == 1
        assert (await client.post(**contact(told))).status_code == 409


async def test_people_are_told_how_to_use_it() -> None:
    process = await start("sandbox", "freshdesk")
    assert process.stdout is not None
    said = b"".join([await process.stdout.readline() for _ in range(6)]).decode()
    process.send_signal(signal.SIGTERM)
    assert (await ended(process))[0] == 143
    assert "Freshdesk sandbox at http://127.0.0.1:" in said
    assert "settings: {" in said
    assert "curl http://127.0.0.1:" in said


async def test_a_port_that_is_taken_is_a_mistake_in_use() -> None:
    async with serve(create_sandbox()) as server:
        process = await start("sandbox", "freshdesk", "--port", str(server.port))
        code, out, err = await ended(process)
    assert (code, out) == (2, "")
    assert f"port {server.port} of 127.0.0.1 is in use" in err


def test_switches_and_faults_can_be_listed() -> None:
    assert "rate_limit=1000" in call("sandbox", "freshdesk", "--list-switches").stdout
    switches = json.loads(call("sandbox", "freshdesk", "--list-switches", "--json").stdout)
    assert list(switches[0]) == ["name", "description", "schema", "default"]
    assert "lost_answer: " in call("sandbox", "--list-faults").stdout


async def test_the_demo_needs_nothing_and_shows_what_became_of_the_examples(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sendoff", "demo", cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if k != "FRESHDESK_API_KEY"},
    )  # fmt: skip
    code, out, err = await ended(process)
    assert (code, err) == (0, "")
    assert "873 events" in out
    assert max(map(len, out.split("\nNext, try:")[0].splitlines()[1:])) <= 80
    assert "no_consent" in out
    assert "John Doe" in out
    assert out.count("    sendoff ") == 3
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - not in a coroutine, ruff says


async def test_the_demo_leaves_its_sandbox_when_asked() -> None:
    process = await start("demo", "--keep", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    told = json.loads(await process.stdout.readline())
    page = (await process.stderr.readline()).decode().split()[-1]
    async with httpx.AsyncClient(trust_env=False) as client:
        counts = (await client.get(page)).json()["counts"]
    process.send_signal(signal.SIGINT)
    assert (await ended(process))[0] == 130
    assert counts["contacts"] == told["sandboxes"]["freshdesk"]["contacts"] > 0
    assert told["run"]["events"] == 873


@pytest.fixture
def doctor(command_line: CommandLine, served: Callable[[Application], str]) -> Callable[..., Ended]:
    """Examines a route that leads to an application, or an address."""

    def examine(to: Application | str, *arguments: str) -> Ended:
        url = to if isinstance(to, str) else served(to)
        command_line.pipeline.write_text(CONFIG % url)
        return command_line.run("doctor", *arguments)

    return examine


def test_doctor_finds_a_route_that_can_deliver(doctor: Callable[..., Ended]) -> None:
    app = create_sandbox()
    done = doctor(app)
    assert (done.code, done.err) == (0, "")
    assert "support (Freshdesk):\n  ok: " in done.out
    assert {each.method for each in app.requests} == {"GET"}


def test_doctor_tells_programs_the_same(doctor: Callable[..., Ended]) -> None:
    done = doctor(create_sandbox(), "--json")
    assert done.code == 0
    assert list(done.json) == ["routes", "store", "store_trouble", "plugins_left_out", "test"]
    assert done.json["routes"]["support"][0]["level"] == "ok"


def test_doctor_finds_a_refused_key(
    doctor: Callable[..., Ended], command_line: CommandLine
) -> None:
    command_line.key("wrong-key-0123")
    done = doctor(create_sandbox())
    assert done.code == 4
    assert "problem: " in done.out
    assert "wrong-key-0123" not in done.out


def test_doctor_finds_a_host_that_is_not_there(doctor: Callable[..., Ended]) -> None:
    async def closed() -> str:
        async with serve(create_sandbox()) as server:
            return server.url

    done = doctor(asyncio.run(closed()))
    assert done.code == 4
    assert "refuses the connection" in done.out


def test_doctor_finds_a_field_that_the_account_lacks(doctor: Callable[..., Ended]) -> None:
    done = doctor(create_sandbox(removed_fields=["signup_method"]))
    assert done.code == 1
    assert "signup_method" in done.out


def test_doctor_delivers_a_marked_event_when_that_is_confirmed(
    doctor: Callable[..., Ended],
) -> None:
    app = create_sandbox()
    done = doctor(app, "--send-test", "--yes")
    assert done.code == 0
    assert "support  delivered" in done.out
    [made] = [user for user in app.contacts.users.values() if not user.agent]
    assert made.name == "Sendoff Test"
