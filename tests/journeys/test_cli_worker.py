"""`sendoff worker`: delivers what others put into the store, until it is told to end."""

from __future__ import annotations

import signal
from asyncio import to_thread
from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from sendoff.serving import Application
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from tests.journeys.conftest import CommandLine

Person = Callable[..., dict[str, Any]]
Served = Callable[[Application], str]

SECOND_ROUTE = """
  other:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {base_url: "${env:SANDBOX_URL}", api_key: "${env:FRESHDESK_API_KEY}"}
"""


class Gate:
    """A Freshdesk account whose answers wait until it is opened, however long that takes."""

    def __init__(self) -> None:
        self.asked = Event()
        self.opened = Event()
        self.requests = 0
        self._desk = create_sandbox()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.requests += 1
            self.asked.set()
            await to_thread(self.opened.wait)
        await self._desk(scope, receive, send)


def test_it_delivers_what_others_bring(command_line: CommandLine, person: Person) -> None:
    worker = command_line.start("worker", "--json")
    command_line.told(worker, "delivering what sqlite:./sendoff.db holds, until interrupted")
    run = command_line.run("run", command_line.events(*map(person, range(20))), "--json")
    assert run.code == 0
    route = run.json["routes"]["support"]
    assert (route["deliveries"], route["delivered"], route["waiting"]) == (20, 20, 0)
    worker.terminate()
    done = command_line.end_of(worker)
    assert (done.code, done.err.splitlines()[-1]) == (143, "interrupted by SIGTERM")
    assert command_line.desk.requests.by_status == {201: 20}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_on_its_way_may_end_and_nothing_new_begins(
    number: signal.Signals, code: int, command_line: CommandLine, person: Person, served: Served
) -> None:
    gate = Gate()
    command_line.leads_to(served(gate))
    command_line.keep(person(1), person(2))
    worker = command_line.start("worker", "--json")
    assert gate.asked.wait(30)
    worker.send_signal(number)
    command_line.told(worker, "ending: what is on its way gets 30 s")
    gate.opened.set()
    done = command_line.end_of(worker)
    assert done.code == code
    route = done.json["routes"]["support"]
    assert (route["delivered"], route["waiting"], gate.requests) == (1, 1, 1)


def test_a_second_signal_stops_at_once(
    command_line: CommandLine, person: Person, served: Served
) -> None:
    gate = Gate()
    command_line.leads_to(served(gate))
    command_line.keep(person(1))
    worker = command_line.start("worker", "--grace", "10m", "--json")
    assert gate.asked.wait(30)
    worker.terminate()
    command_line.told(worker, "ending: what is on its way gets 600 s")
    worker.send_signal(signal.SIGINT)
    done = command_line.end_of(worker)
    gate.opened.set()
    assert (done.code, done.json["routes"]["support"]["waiting"]) == (143, 1)
    # It may have arrived, so Freshdesk is asked for it.
    assert command_line.run("worker", "--once").code == 0


def test_it_reads_the_pipeline_file_again_when_it_is_told_to(
    command_line: CommandLine, person: Person
) -> None:
    worker = command_line.start("worker", "--json")
    command_line.told(worker, "delivering")
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text("routes: {}")
    worker.send_signal(signal.SIGHUP)
    command_line.told(worker, "was not taken over")
    command_line.pipeline.write_text(text + SECOND_ROUTE)
    worker.send_signal(signal.SIGHUP)
    command_line.told(worker, "sendoff.yaml was read again")
    assert command_line.run("run", command_line.events(person(1))).code == 0
    worker.terminate()
    assert set(command_line.end_of(worker).json["routes"]) == {"support", "other"}


def test_once_it_ends_when_everything_is_settled(command_line: CommandLine, person: Person) -> None:
    command_line.keep(person(1), person(2))
    done = command_line.run("worker", "--once", "--json")
    assert (done.code, done.json["routes"]["support"]["delivered"]) == (0, 2)
    nothing = command_line.run("worker", "--once")
    assert (nothing.code, nothing.out) == (0, "nothing was to be delivered\n")
    command_line.key("wrong-key-0123")
    command_line.keep(person(3))
    held = command_line.run("worker", "--once")
    assert held.code == 4
    assert "support is held: credentials_refused" in held.err
    assert "(correct the credentials and start the worker again" in held.err
    assert "held: support: credentials_refused" in held.out
    assert "what to do: correct the credentials" in held.out


def test_it_goes_on_where_the_process_ends_that_had_the_store_open(
    command_line: CommandLine, person: Person
) -> None:
    first = command_line.start("worker")
    command_line.told(first, "delivering")
    second = command_line.start("worker", "--json")
    command_line.told(second, "delivering")
    first.kill()
    command_line.end_of(first)
    # Nobody else can have it open now: what is run here goes through the one that is left.
    assert command_line.run("run", command_line.events(person(1)), "--json").code == 0
    assert command_line.run("status", "--json").json["store"]["owner"] == second.pid
    second.terminate()
    assert command_line.end_of(second).code == 143


def test_without_a_store_that_lasts_there_is_nothing_to_deliver(command_line: CommandLine) -> None:
    text = command_line.pipeline.read_text()
    command_line.pipeline.write_text(text.replace("sqlite:./sendoff.db", "memory"))
    done = command_line.run("worker")
    assert (done.code, done.out) == (2, "")
    assert "`store: memory` holds nothing" in done.err
