"""`sendoff serve` from outside: real processes, real sockets, and what is left after a kill."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sendoff import Sendoff
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from tests.journeys.conftest import CommandLine

Person = Callable[..., dict[str, Any]]
Served = Callable[[Any], str]

KEY = "a-write-key-of-acme"
SERVER = f'server: {{listen: "127.0.0.1:0", write_keys: [{KEY}]}}\n'
_URL = re.compile(r"http://[0-9.]+:\d+")


class Serving:
    """A server that runs, and a client of it."""

    def __init__(self, command_line: CommandLine, *arguments: str) -> None:
        text = command_line.pipeline.read_text()
        if "server:" not in text:
            command_line.pipeline.write_text(text + SERVER)
        self.process = command_line.start("serve", "--json", *arguments)
        found = _URL.search(command_line.told(self.process, "taking events at"))
        assert found
        self.url = found[0]

    def post(self, *events: Any) -> httpx.Response:
        with httpx.Client(trust_env=False, auth=(KEY, "")) as http:
            return http.post(f"{self.url}/v1/batch", json={"batch": events}, timeout=30)


def test_what_is_sent_arrives(command_line: CommandLine, person: Person) -> None:
    serving = Serving(command_line)
    keys = command_line.told(serving.process, "write keys")
    assert (KEY in keys, "a-***" in keys) == (False, True)
    answer = serving.post(*(person(n) for n in range(20)), {"type": "?"})
    assert answer.json() == {"success": True, "accepted": 21}
    assert serving.post(person(3)).status_code == 200
    run = command_line.run("run", command_line.events(person(1)), "--json")
    assert run.json["duplicates"] == 1
    serving.process.terminate()
    ended = command_line.end_of(serving.process)
    assert ended.code == 143
    assert KEY not in ended.err + ended.out
    assert (ended.json["invalid"], ended.json["duplicates"]) == (1, 1)
    assert ended.json["routes"]["support"]["deliveries"] == 20
    assert command_line.desk.requests.by_status == {201: 20}


def test_a_second_signal_ends_it_at_once(
    command_line: CommandLine, person: Person, served: Served
) -> None:
    opened, asked = threading.Event(), threading.Event()
    desk = create_sandbox()

    async def stuck(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            asked.set()
            await asyncio.to_thread(opened.wait)
        await desk(scope, receive, send)

    command_line.leads_to(served(stuck))
    serving = Serving(command_line, "--grace", "1h")
    assert serving.post(person(1)).status_code == 200
    assert asked.wait(30)
    serving.process.send_signal(signal.SIGTERM)
    assert "gets 3600 s" in command_line.told(serving.process, "ending")
    serving.process.send_signal(signal.SIGTERM)
    try:
        ended = command_line.end_of(serving.process)
    finally:
        opened.set()
    assert (ended.code, ended.json["routes"]["support"]["waiting"]) == (143, 1)


@pytest.mark.parametrize(
    ("arguments", "server", "what"),
    [(("--listen", "0.0.0.0:0"), SERVER, "say --allow-remote"),
     (("--listen", "0.0.0.0:0", "--allow-remote"), "", "set `server.write_keys`"),
     ((), "server: {hosts: [events.example.com]}\n", "set `server.write_keys`"),
     (("--listen", "8080"), SERVER, "write a host and a port")],
)  # fmt: skip
def test_it_is_not_opened_to_others_by_accident(
    command_line: CommandLine, arguments: tuple[str, ...], server: str, what: str
) -> None:
    command_line.pipeline.write_text(command_line.pipeline.read_text() + server)
    ended = command_line.run("serve", *arguments)
    assert ended.code == 2
    assert what in ended.err


def test_who_may_send_changes_when_it_is_told_to_read_the_file_again(
    command_line: CommandLine,
) -> None:
    serving = Serving(command_line)
    command_line.told(serving.process, "delivering")  # and hears signals
    text = command_line.pipeline.read_text()

    def reads(server: str, said: str) -> str:
        command_line.pipeline.write_text(text.replace(SERVER, server))
        serving.process.send_signal(signal.SIGHUP)
        return command_line.told(serving.process, said)

    def answers(key: str) -> int:
        with httpx.Client(trust_env=False, auth=(key, "")) as http:
            return http.post(f"{serving.url}/v1/batch", json={"batch": []}).status_code

    next_key = "the-next-write-key"
    told = reads(SERVER.replace(KEY, next_key), "one of 1 write keys: th***")
    assert next_key not in told
    assert [answers(KEY), answers(next_key)] == [401, 200]
    for broken in ("server: {write_keys: [\n", 'server: {write_keys: [""]}\n'):
        reads(broken, "was not taken over")
        assert [answers(KEY), answers(next_key), answers("")] == [401, 200, 401]
    reads("server: {hosts: [events.example.com]}\n", "anybody could send")
    assert [answers(next_key), answers("")] == [200, 401]
    reads('server: {listen: "127.0.0.1:1"}\n', "at the next start")
    assert answers("") == 200
    serving.process.terminate()
    assert command_line.end_of(serving.process).code == 143


def test_behind_a_proxy_it_goes_by_the_names_that_are_listed(command_line: CommandLine) -> None:
    listed = (
        f'server: {{listen: "127.0.0.1:0", write_keys: [{KEY}], hosts: [events.example.com]}}\n'
    )
    command_line.pipeline.write_text(command_line.pipeline.read_text() + listed)
    serving = Serving(command_line, "--allow-remote")  # which says nothing about names
    with httpx.Client(trust_env=False) as http:
        found = {
            host: http.get(f"{serving.url}/health", headers={"Host": host}).status_code
            for host in ("events.example.com", "127.0.0.1", "evil.example")
        }
    assert found == {"events.example.com": 200, "127.0.0.1": 200, "evil.example": 421}
    serving.process.terminate()
    assert command_line.end_of(serving.process).code == 143


def test_a_port_in_use_is_said(command_line: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = command_line.run("serve", "--listen", f"127.0.0.1:{port}")
    assert ended.code == 2
    assert f"port {port} of 127.0.0.1 is in use" in ended.err


def test_the_debugger_beside_it_shows_what_came(command_line: CommandLine, person: Person) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text + 'debugger: {listen: "127.0.0.1:0"}\n')
    serving = Serving(command_line)
    shown = _URL.search(command_line.told(serving.process, "the debugger is at"))
    assert shown
    event = {**person(1), "messageId": "m-1"}
    with httpx.Client(trust_env=False, base_url=shown[0], timeout=30) as browser:
        assert browser.get("/").headers["content-type"].startswith("text/html")
        with browser.stream("GET", "/tail.events") as stream:
            assert serving.post(event).status_code == 200
            assert next(line for line in stream.iter_lines() if line.startswith("data:"))
        [route] = browser.get("/events.json", params={"id": "m-1"}).json()["routes"]
        assert route["sentence"]
    serving.process.terminate()
    assert command_line.end_of(serving.process).code == 143


def test_a_debugger_whose_port_is_taken_is_refused_where_the_file_names_it(
    command_line: CommandLine,
) -> None:
    text = command_line.pipeline.read_text()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listen = f'{SERVER}debugger: {{listen: "127.0.0.1:{port}"}}\n'
        command_line.pipeline.write_text(text + listen)
        ended = command_line.run("serve")
    assert ended.code == 2
    assert f"port {port} of 127.0.0.1 is in use" in ended.err


def test_without_an_address_of_its_own_a_taken_port_costs_the_debugger_alone(
    command_line: CommandLine, person: Person
) -> None:
    with ExitStack() as stack:
        with suppress(OSError):  # another has it, which is as good
            stack.enter_context(socket.create_server(("127.0.0.1", 8081)))
        serving = Serving(command_line)
        assert "8081" in command_line.told(serving.process, "no debugger is shown")
        assert serving.post(person(1)).status_code == 200
    serving.process.terminate()
    assert command_line.end_of(serving.process).code == 143


def test_a_store_that_does_not_last_is_refused(command_line: CommandLine) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("sqlite:./sendoff.db", "memory"))
    ended = command_line.run("serve")
    assert (ended.code, "`store: memory` holds nothing" in ended.err) == (2, True)


def test_what_was_answered_with_200_survives_a_kill(
    command_line: CommandLine, person: Person
) -> None:
    answered: set[str] = set()
    numbers, enough = count(), threading.Event()

    def bombard(serving: Serving) -> None:
        with httpx.Client(trust_env=False, auth=(KEY, "")) as http:
            while True:
                events = [_of_kind(next(numbers), person) for _ in range(10)]
                try:
                    answer = http.post(f"{serving.url}/v1/batch", json={"batch": events})
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    answered.update(event["messageId"] for event in events)
                if len(answered) > 300:
                    enough.set()

    serving = Serving(command_line)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(bombard, serving)
        assert enough.wait(60)
        serving.process.kill()
    serving.process.wait()
    assert command_line.run("worker", "--once", "--json").code in (0, 1)
    kept, endings = asyncio.run(_account(command_line))
    assert answered <= set(kept)
    assert endings.total() == len(kept), "every event has come to exactly one end"
    assert {"delivered", "dropped no_consent", "invalid"} <= endings.keys()


def _of_kind(number: int, person: Person) -> dict[str, Any]:
    """One of three: to be delivered, dropped for want of consent, or no event."""
    event = person(number)
    if number % 3 == 1:
        event["context"] = {}
    if number % 3 == 2:
        event["type"] = "nothing"
    return event


async def _account(command_line: CommandLine) -> tuple[list[str], Counter[str]]:
    """The message ids of all events that are kept, and how many came to which end."""
    async with Sendoff.open(command_line.pipeline) as sendoff:
        store = sendoff.store
        kept: list[str] = []
        while event := await store.event(len(kept) + 1):
            kept.append(json.loads(event.body)["messageId"])
        assert not await store.undecided(1)
        assert (await store.depth("support")).waiting == 0
        totals = await store.totals()
    endings = Counter(totals["support"])
    for what in ("invalid", "duplicates"):
        endings[what] = totals[""].get(what, 0)
    return kept, endings
