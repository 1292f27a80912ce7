"""Feeding a pipeline: no faster than it delivers, and not at all where that leads nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from sendoff import builtin
from sendoff.cli.account import Account
from sendoff.cli.feeding import Feed
from sendoff.delivery import Delivered, NeedsOperator, Retry
from sendoff.destination import Action, Connection, Destination
from sendoff.documents import read_file
from sendoff.hookspecs import hookimpl
from sendoff.pipeline import Sendoff
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.presets import Presets
from sendoff.sources import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from sendoff.delivery import Delivery, Outcome
    from sendoff.destination import Finding
    from sendoff.http import Http
    from sendoff.pipeline_file import Pipeline

BLUEPRINT = """
apiVersion: sendoff/v1
kind: Blueprint
name: door/test
version: 1
destination: door
fields: {who: user_id}
rules: [{id: knock, action: knock}]
"""
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: test
store: memory
routes: {front: {destination: door, blueprint: ./door.yaml, settings: {}}}
"""


class Door(Destination, Connection):
    """A destination whose every delivery waits until it is opened, and then ends as told."""

    name: ClassVar[str] = "door"
    title: ClassVar[str] = "Door"
    settings: ClassVar[Mapping[str, Any]] = {"type": "object"}
    actions: ClassVar[Mapping[str, Action]] = {
        "knock": Action("knock", "Knock", {"properties": {"who": {"type": "string"}}}, ("who",))
    }

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.opened = asyncio.Event()
        self.knocked = asyncio.Event()

    def account(self, settings: Mapping[str, Any]) -> str:
        return "house"

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        return self

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        return ()

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.knocked.set()
        await self.opened.wait()
        return [self.outcome] * len(deliveries)

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self]


def surroundings(door: Door) -> Surroundings:
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.register("door", door)
    return Surroundings(plugins, Presets([]), {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "door.yaml").write_text(BLUEPRINT)
    (tmp_path / "sendoff.yaml").write_text(PIPELINE)
    return tmp_path


def pipeline(folder: Path, around: Surroundings) -> Pipeline:
    return load_pipeline(read_file(folder / "sendoff.yaml"), around)


def feeding(
    folder: Path, around: Surroundings, account: Account, *, work: bool = False
) -> AbstractAsyncContextManager[Sendoff]:
    """The pipeline, opened with an account of it."""
    return Sendoff.open(pipeline(folder, around), work=work, around=around, watchers=[account])


def line(number: int) -> Line:
    return Line(
        number, b'{"type": "identify", "messageId": "m%d", "userId": "u%d"}' % ((number,) * 2)
    )


class Batches:
    """Lines, a few at a time; counts how many batches were asked for."""

    def __init__(self, total: int, size: int) -> None:
        self.asked = 0
        self._total = total
        self._size = size

    async def __aiter__(self) -> AsyncIterator[list[Line]]:
        for start in range(1, self._total + 1, self._size):
            self.asked += 1
            yield [line(number) for number in range(start, start + self._size)]


async def never(_seconds: float) -> None:
    await asyncio.Event().wait()


async def at_once(_seconds: float) -> None:
    """Patience that is at its end."""


async def test_everything_is_read_where_there_is_room(folder: Path) -> None:
    door = Door(Delivered())
    door.opened.set()
    around = surroundings(door)
    account = Account(["front"])
    async with feeding(folder, around, account, work=True) as sendoff:
        feed = Feed(sendoff, account, 1.0, sleep=never)
        await feed.run(aiter(Batches(20, 5)))
        await sendoff.drain()
    assert feed.stopped_at is None
    assert account.tally.routes["front"].delivered == 20
    assert account.ledger.on_the_way == {}


async def test_reading_pauses_until_there_is_room(folder: Path) -> None:
    account = Account(["front"])
    door = Door(Delivered())
    around = surroundings(door)
    batches = Batches(20, 5)
    async with feeding(folder, around, account, work=True) as sendoff:
        feed = Feed(sendoff, account, 1.0, most_waiting=8, sleep=never)
        reading = asyncio.create_task(feed.run(aiter(batches)))
        await door.knocked.wait()
        for _ in range(50):
            await asyncio.sleep(0)  # let it read as far as it will
        assert (batches.asked, reading.done()) == (2, False)
        assert account.tally.waiting == 10
        door.opened.set()
        await reading
        await sendoff.drain()
    assert feed.stopped_at is None
    assert account.tally.routes["front"].delivered == 20


async def test_reading_ends_when_all_that_waits_is_held_for_an_operator(folder: Path) -> None:
    account = Account(["front"])
    door = Door(NeedsOperator("credentials_refused", "no such key"))
    door.opened.set()
    around = surroundings(door)
    batches = Batches(100, 5)
    async with feeding(folder, around, account, work=True) as sendoff:
        feed = Feed(sendoff, account, 1.0, most_waiting=8, sleep=never)
        await feed.run(aiter(batches))
        assert feed.stopped_at == 10
        assert (batches.asked, account.tally.waiting) == (2, 10)


async def test_a_held_route_below_the_limit_does_not_end_reading(folder: Path) -> None:
    account = Account(["front"])
    door = Door(NeedsOperator("credentials_refused", "no such key"))
    door.opened.set()
    around = surroundings(door)
    async with feeding(folder, around, account, work=True) as sendoff:
        feed = Feed(sendoff, account, 1.0, most_waiting=20, sleep=never)
        await feed.run(aiter(Batches(20, 5)))
        assert (feed.stopped_at, account.tally.waiting) == (None, 20)


async def test_reading_ends_when_nothing_moves_for_too_long(folder: Path) -> None:
    account = Account(["front"])
    around = surroundings(Door(Delivered()))
    async with feeding(folder, around, account, work=True) as sendoff:
        feed = Feed(sendoff, account, 1.0, most_waiting=8, sleep=at_once)
        await feed.run(aiter(Batches(100, 5)))
        assert feed.stopped_at == 10


@pytest.mark.parametrize(
    ("outcome", "held", "waits"),
    [
        (NeedsOperator("credentials_refused"), "credentials_refused", 0),
        (Retry("refused"), "unreachable", 1),
    ],
)
async def test_a_host_that_may_come_back_is_waited_for_and_an_operator_is_not(
    outcome: Outcome, held: str, waits: int, folder: Path
) -> None:
    account = Account(["front"])
    waited = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    door = Door(outcome)
    door.opened.set()
    around = surroundings(door)
    async with feeding(folder, around, account, work=True) as sendoff:
        await Feed(sendoff, account, 7.0, sleep=never).run(aiter(Batches(5, 5)))
        while account.tally.routes["front"].held != held:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        feed = Feed(sendoff, account, 7.0, most_waiting=1, sleep=wait)
        await feed.run(aiter(Batches(5, 5)))
    assert feed.stopped_at == 5
    assert waited == [7.0] * waits


async def test_the_first_line_is_shown_once(folder: Path) -> None:
    account = Account(["front"])
    shown: list[bytes] = []
    around = surroundings(Door(Delivered()))
    async with feeding(folder, around, account) as sendoff:
        feed = Feed(sendoff, account, 1.0, first=shown.append)
        await feed.run(aiter(Batches(10, 5)))
    assert shown == [line(1).body]


async def test_an_empty_batch_is_nothing(folder: Path) -> None:
    account = Account(["front"])

    async def empty() -> AsyncIterator[list[Line]]:
        yield []

    around = surroundings(Door(Delivered()))
    async with feeding(folder, around, account) as sendoff:
        await Feed(sendoff, account, 1.0).run(empty())
    assert account.tally.events == 0


async def test_the_ledger_knows_the_lines_of_what_is_on_its_way(folder: Path) -> None:
    account = Account(["front"])
    around = surroundings(Door(Delivered()))
    async with feeding(folder, around, account) as sendoff:
        await Feed(sendoff, account, 1.0).run(aiter(Batches(4, 2)))
    known = [
        (each.line, each.message_id, each.route) for each in account.ledger.on_the_way.values()
    ]
    assert known == [(n, f"m{n}", "front") for n in (1, 2, 3, 4)]
