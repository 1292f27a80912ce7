"""`sendoff run` from outside: a sandbox on loopback, and what is left at the end.

It is run in this process but where signals, standard streams or the process itself are at stake.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sendoff.serving import serve
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.journeys.conftest import CommandLine

    from sendoff_freshdesk.sandbox import FreshdeskSandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
KEY = "sandbox-key"
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    settings: {base_url: "${env:SANDBOX_URL}", api_key: "${env:FRESHDESK_API_KEY}"}
consent: {map: {C0004: marketing}}
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Place:
    """A folder with a pipeline file, and the environment of the processes that run there."""

    folder: Path
    environ: dict[str, str]

    def events(self, *events: dict[str, Any] | str) -> str:
        lines = [each if isinstance(each, str) else json.dumps(each) for each in events]
        (self.folder / "events.ndjson").write_text("\n".join(lines) + "\n")
        return "events.ndjson"

    async def start(
        self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL,
        stdout: int = asyncio.subprocess.PIPE,
    ) -> asyncio.subprocess.Process:  # fmt: skip
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sendoff", *arguments, cwd=self.folder, env=self.environ,
            stdin=stdin, stdout=stdout, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def run(self, *arguments: str, stdin: bytes | None = None) -> Ended:
        pipe = asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE
        return await ended(await self.start(*arguments, stdin=pipe), stdin)


async def ended(process: asyncio.subprocess.Process, stdin: bytes | None = None) -> Ended:
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    assert b"Traceback" not in err
    return Ended(process.returncode, (out or b"").decode(), err.decode())


def place(folder: Path, url: str, key: str = KEY) -> Place:
    (folder / "sendoff.yaml").write_text(PIPELINE)
    environ = {**os.environ, "SANDBOX_URL": url, "FRESHDESK_API_KEY": key}
    environ.pop("PYTHONUNBUFFERED", None)  # it would hide what is not flushed
    return Place(folder, environ)


@asynccontextmanager
async def freshdesk(folder: Path, key: str = KEY) -> AsyncIterator[tuple[Place, FreshdeskSandbox]]:
    sandbox = create_sandbox()
    async with serve(sandbox) as server:
        yield place(folder, server.url, key), sandbox


def signed_up(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "track", "event": "Signed Up", "messageId": f"m{number}", "userId": f"usr_{number}",
        "properties": {"method": "email"},
        "context": {
            "traits": {"name": f"Person {number}", "email": f"person.{number}@example.com"},
            "consent": {"canonical": {"marketing": True}},
        },
        **more,
    }  # fmt: skip


@pytest.fixture
def at(command_line: CommandLine) -> CommandLine:
    """The command line of this process, in a folder with such a pipeline file."""
    command_line.pipeline.write_text(PIPELINE)
    return command_line


async def unreachable_url() -> str:
    async def nobody(*_: Any) -> None:
        raise NotImplementedError

    async with serve(nobody) as server:
        return server.url  # closed when this returns


async def test_when_all_is_delivered_the_code_is_0(tmp_path: Path) -> None:
    async with freshdesk(tmp_path) as (at, sandbox):
        done = await at.run("run", at.events(signed_up(1), signed_up(2)), "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {
        "events": 2, "invalid": 0, "duplicates": 0,
        "routes": {"support": {"dropped": {}, "deliveries": 2, "delivered": 2, "skipped": 0,
                               "dead": 0, "waiting": 0, "held": None}},
    }  # fmt: skip
    emails = [user.emails for user in sandbox.contacts.users.values() if not user.agent]
    assert [each[0] for each in emails] == ["person.1@example.com", "person.2@example.com"]


def test_the_examples_run_and_their_counts_add_up(at: CommandLine) -> None:
    done = at.run("run", str(EXAMPLES / "events.ndjson"), "--json")
    assert done.code == 1
    counts = done.json
    assert counts["events"] == 873
    decided = counts["events"] - counts["invalid"] - counts["duplicates"]
    [route] = counts["routes"].values()
    assert sum(route["dropped"].values()) + route["deliveries"] == decided
    ends = ("delivered", "skipped", "dead", "waiting")
    assert sum(route[end] for end in ends) == route["deliveries"]
    assert (route["waiting"], route["held"]) == (0, None)


def test_when_something_is_dead_the_code_is_1_and_the_summary_says_what_to_do(
    at: CommandLine,
) -> None:
    nameless = signed_up(2)
    nameless["context"]["traits"] = {}
    done = at.run("run", at.events(signed_up(1), nameless, "not JSON"))
    assert done.code == 1
    assert "support  delivered" in done.out
    assert "dead on support: missing_field (1), such as line 2 (m2): name: is required" in done.out
    assert "dead: invalid_event (1), such as line 3" in done.out
    assert done.out.count("what to do:") == 2


def test_what_the_destination_refuses_is_dead_in_its_words(at: CommandLine) -> None:
    unknown = signed_up(1)
    unknown["context"]["traits"]["company_id"] = 12345
    done = at.run("run", at.events(unknown))
    assert done.code == 1
    assert "dead on support: invalid_request (1), such as line 1 (m1)" in done.out
    assert "company_id" in done.out


def test_a_wrong_key_holds_the_route_after_a_request_or_two(at: CommandLine) -> None:
    at.key("wrong-key-0123")
    done = at.run("run", at.events(*map(signed_up, range(50))), "--json")
    assert 1 <= at.desk.requests.by_status.total() <= 2
    assert done.code == 4
    route = done.json["routes"]["support"]
    assert (route["waiting"], route["dead"], route["delivered"]) == (50, 0, 0)
    assert route["held"] == "credentials_refused"


def test_a_held_route_is_told_with_its_remedy_and_what_was_not_delivered(at: CommandLine) -> None:
    at.key("wrong-key-0123")
    done = at.run("run", at.events(*map(signed_up, range(12))))
    assert done.code == 4
    assert "held: support: credentials_refused" in done.out
    assert "copy it again" in done.out
    assert "not delivered (the memory store ends with this process): line 1 (m0)" in done.out
    assert "what to do: run the same input again" in done.out
    assert "and 2 more" in done.out
    assert "wrong-key-0123" not in done.out + done.err


def test_a_host_that_cannot_be_reached_is_waited_for_no_longer_than_told(at: CommandLine) -> None:
    at.leads_to(asyncio.run(unreachable_url()))
    done = at.run("run", at.events(*map(signed_up, range(5))), "--json", "--wait", "100ms")
    assert done.code == 4
    route = done.json["routes"]["support"]
    assert (route["waiting"], route["dead"], route["held"]) == (5, 0, "unreachable")


async def test_events_come_from_standard_input(tmp_path: Path) -> None:
    lines = b"\n".join(json.dumps(signed_up(number)).encode() for number in (1, 2))
    async with freshdesk(tmp_path) as (at, _):
        done = await at.run("run", "-", "--json", stdin=lines)
    assert (done.code, done.json["routes"]["support"]["delivered"]) == (0, 2)


async def test_an_empty_input_is_no_mistake(tmp_path: Path) -> None:
    async with freshdesk(tmp_path) as (at, _):
        done = await at.run("run", "-", "--json", stdin=b"")
    assert (done.code, done.json["events"]) == (0, 0)


async def test_what_has_come_is_delivered_while_more_is_awaited(tmp_path: Path) -> None:
    asked = asyncio.Event()
    sandbox = create_sandbox()

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asked.set()
        await sandbox(scope, receive, send)

    async with serve(watched) as server:
        at = place(tmp_path, server.url)
        process = await at.start("run", "-", "--json", stdin=asyncio.subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(signed_up(1)).encode() + b"\n")
        await asyncio.wait_for(asked.wait(), 30)  # standard input is still open
        done = await ended(process, json.dumps(signed_up(2)).encode())
    assert (done.code, done.json["routes"]["support"]["delivered"]) == (0, 2)


def test_the_same_message_is_delivered_once(at: CommandLine) -> None:
    done = at.run("run", at.events(signed_up(1), signed_up(1)), "--json")
    assert at.desk.requests.by_status.total() == 1
    assert (done.code, done.json["duplicates"]) == (0, 1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_an_interrupted_run_ends_in_good_order_with_its_summary(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def silent(scope: Any, receive: Any, _send: Any) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.Event().wait()

    async with serve(silent) as server:
        at = place(tmp_path, server.url)
        process = await at.start("run", at.events(signed_up(1), signed_up(2)), "--json")
        await asyncio.wait_for(asked.wait(), 30)
        process.send_signal(number)
        done = await ended(process)
    assert done.code == code
    assert done.json["routes"]["support"]["waiting"] == 2
    assert done.err == f"interrupted by {number.name}\n"


async def test_a_run_that_waits_for_standard_input_can_be_interrupted(tmp_path: Path) -> None:
    async with freshdesk(tmp_path) as (at, sandbox):
        process = await at.start("run", "-", "--json", stdin=asyncio.subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(signed_up(1)).encode() + b"\n")
        async with asyncio.timeout(30):
            while not sandbox.requests.by_status.total():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        out = await process.stdout.read()  # before standard input is closed
        assert await process.wait() == 130
    assert json.loads(out)["events"] == 1


def test_the_journal_tells_everything_but_secrets(at: CommandLine) -> None:
    done = at.run("run", at.events(signed_up(1)), "--journal", "journal.ndjson", "--json")
    assert done.code == 0
    path = at.folder / "journal.ndjson"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["kind"] for record in records] == ["decision", "exchange", "attempt"]
    assert records[1]["request_body"]
    assert KEY not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_journal_that_cannot_be_opened_stops_the_run_before_it_begins(at: CommandLine) -> None:
    done = at.run("run", at.events(signed_up(1)), "--journal", "no/such/folder")
    assert at.desk.requests.by_status.total() == 0
    assert done.code == 2
    assert done.err.count("\n") == 1


async def test_a_reader_that_leaves_does_not_change_the_result(tmp_path: Path) -> None:
    async with freshdesk(tmp_path) as (at, _):
        reading, writing = os.pipe()
        os.close(reading)
        process = await at.start("run", at.events(signed_up(1), "not JSON"), stdout=writing)
        os.close(writing)
        done = await ended(process)
    assert (done.code, done.err) == (1, "")


def test_personal_data_is_masked_in_the_summary_unless_asked_for(at: CommandLine) -> None:
    odd = signed_up(1)
    odd["context"]["traits"]["name"] = "John Doe " * 40
    masked = at.run("run", at.events(odd))
    clear = at.run("run", at.events(odd), "--clear")
    assert "John Doe" not in masked.out
    assert masked.code == clear.code == 1


def test_reading_ends_where_everything_waits_for_an_operator(at: CommandLine) -> None:
    at.key("wrong-key-0123")
    done = at.run("run", at.events(*map(signed_up, range(10_500))), "--json")
    assert done.code == 4
    counts = done.json
    assert 10_000 < counts["events"] < 10_500
    assert f"nothing after line {counts['events']} was read" in done.err


def test_a_second_route_goes_on_while_one_is_held(at: CommandLine) -> None:
    routes = (at.folder / "sendoff.yaml").read_text()
    extra = (
        "  other:\n    destination: freshdesk\n    blueprint: freshdesk/default\n"
        '    settings: {base_url: "${env:SANDBOX_URL}", api_key: wrong-key-0123}\n'
    )
    (at.folder / "sendoff.yaml").write_text(routes.replace("consent:", f"{extra}consent:"))
    done = at.run("run", at.events(*map(signed_up, range(4))), "--json")
    assert done.code == 4
    assert done.json["routes"]["support"]["delivered"] == 4
    assert done.json["routes"]["other"]["waiting"] == 4
    assert "a secret stands in this file" in done.err
