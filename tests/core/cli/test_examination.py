"""What `doctor` concludes of a route from the answers of its destination."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httpx
import pytest

from sendoff import builtin
from sendoff.answer import HttpError
from sendoff.cli.examination import code_of
from sendoff.cli.exits import Exit
from sendoff.destination import Action, Connection, Destination, Finding
from sendoff.documents import read_file
from sendoff.errors import UsageError
from sendoff.examination import examine, store_trouble
from sendoff.hookspecs import hookimpl
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.presets import Presets
from sendoff.store.engine import Engine
from sendoff.store.failures import StoreFull
from sendoff.store.memory import MemoryStore
from sendoff.testing.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from sendoff.delivery import Delivery, Outcome
    from sendoff.examination import Examination
    from sendoff.http import Http
    from sendoff.store.promise import Incoming

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Door(Destination, Connection):
    """Asks once, and finds what the answer says: a problem for every status but 200."""

    name: ClassVar[str] = "door"
    title: ClassVar[str] = "Door"
    settings: ClassVar[Mapping[str, Any]] = {"type": "object"}
    actions: ClassVar[Mapping[str, Action]] = {"knock": Action("knock", "Knock", {})}

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.also: tuple[Finding, ...] = ()
        self.instead: Any = ...
        self.opens = asyncio.Event()
        self.opens.set()

    def account(self, settings: Mapping[str, Any]) -> str:
        return "house"

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        self._http = http
        return self

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        if self.error is not None:
            raise self.error
        await self.opens.wait()
        if self.instead is not ...:
            return cast("Sequence[Finding]", self.instead)
        try:
            answer = await self._http.request("GET", "https://door.example.com/")
        except HttpError as error:
            return [Finding("problem", error.message)]
        if answer.status != 200:
            return [Finding("problem", f"status {answer.status}")]
        return [Finding("ok", f"open for {', '.join(sorted(targets))}"), *self.also]

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        raise NotImplementedError

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self]


@pytest.fixture
def door() -> Door:
    return Door()


async def examined(
    folder: Path, door: Door, answer: Callable[[httpx.Request], httpx.Response]
) -> Examination:
    (folder / "door.yaml").write_text(
        "apiVersion: sendoff/v1\nkind: Blueprint\nname: door/test\nversion: 1\n"
        "destination: door\nfields: {who: user_id}\nrules: [{id: knock, action: knock}]\n"
    )
    (folder / "sendoff.yaml").write_text(
        "apiVersion: sendoff/v1\nkind: Pipeline\nname: test\nstore: memory\n"
        "routes:\n  front: {destination: door, blueprint: ./door.yaml, settings: {}, with: {}}\n"
        "  back: {destination: door, blueprint: ./door.yaml, settings: {}, with: {},"
        " enabled: false}\n"
    )
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.register("door", door)
    around = Surroundings(plugins, Presets([]), {})
    pipeline = load_pipeline(read_file(folder / "sendoff.yaml"), around)
    clock = VirtualClock(NOON)
    setting = replace(Setting(), clock=clock, transports=lambda _route: httpx.MockTransport(answer))
    [only] = await clock.run(examine(pipeline, around, setting))
    return only


def answering(status: int, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(status, headers=headers)


async def test_a_route_that_is_well(tmp_path: Path, door: Door) -> None:
    found = await examined(tmp_path, door, answering(200))
    assert (found.route, found.destination, code_of(found)) == ("front", "Door", Exit.DONE)
    assert [finding.message for finding in found.findings] == ["open for who"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_where_no_request_succeeds_the_route_is_held(
    status: int, tmp_path: Path, door: Door
) -> None:
    assert code_of(await examined(tmp_path, door, answering(status))) is Exit.HELD


async def test_where_nobody_answers_the_route_is_held(tmp_path: Path, door: Door) -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert code_of(await examined(tmp_path, door, refuse)) is Exit.HELD


async def test_a_problem_beside_an_answer_that_succeeded_is_no_hold(
    tmp_path: Path, door: Door
) -> None:
    door.also = (Finding("problem", "a field is missing"),)
    assert code_of(await examined(tmp_path, door, answering(200))) is Exit.NO


async def test_a_warning_is_no_problem(tmp_path: Path, door: Door) -> None:
    door.also = (Finding("warning", "mail goes out"),)
    assert code_of(await examined(tmp_path, door, answering(200))) is Exit.DONE


async def test_a_plugin_that_raises_is_told(tmp_path: Path, door: Door) -> None:
    door.error = RuntimeError("no idea")
    found = await examined(tmp_path, door, answering(200))
    [finding] = found.findings
    assert finding.level == "problem"
    assert "RuntimeError" in finding.message


async def test_what_a_plugin_says_to_people_is_told_as_it_is(tmp_path: Path, door: Door) -> None:
    door.error = UsageError("the door is painted on (choose another)")
    found = await examined(tmp_path, door, answering(200))
    assert found.findings == [Finding("problem", "the door is painted on (choose another)")]


@pytest.mark.parametrize("instead", [None, ["fine"], "fine", Finding("ok", "fine")])
async def test_a_plugin_that_finds_nothing_of_the_kind_is_told(
    instead: Any, tmp_path: Path, door: Door
) -> None:
    door.instead = instead
    found = await examined(tmp_path, door, answering(200))
    [finding] = found.findings
    assert (finding.level, finding.fix) == ("problem", "report it to the author of the plugin")


async def test_a_plugin_that_cancels_itself_is_told(tmp_path: Path, door: Door) -> None:
    door.error = asyncio.CancelledError()
    found = await examined(tmp_path, door, answering(200))
    assert [finding.message for finding in found.findings] == [
        "the destination's plugin cancelled itself"
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-90, "is 90 s ahead of"), (90, "is 90 s behind"), (-30, ""), (30, "")],
)
async def test_a_clock_that_differs_is_told(
    seconds: int, words: str, tmp_path: Path, door: Door
) -> None:
    there = format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)
    found = await examined(tmp_path, door, answering(200, date=there))
    told = [finding.message for finding in found.findings if finding.level == "warning"]
    assert len(told) == bool(words)
    assert all(words in message for message in told)


@pytest.mark.parametrize("date", ["yesterday", "", "Sun, 01 Mar 2026 10:00:00"])
async def test_a_date_that_cannot_be_read_says_nothing(
    date: str, tmp_path: Path, door: Door
) -> None:
    found = await examined(tmp_path, door, answering(200, date=date))
    assert len(found.findings) == 1


async def test_a_plugin_that_does_not_end_is_a_problem_and_not_the_end(
    tmp_path: Path, door: Door
) -> None:
    door.opens.clear()
    found = await examined(tmp_path, door, answering(200))
    [finding] = found.findings
    assert (finding.level, finding.message) == (
        "problem", "the destination's plugin did not end within 600 s",
    )  # fmt: skip


class Full(MemoryStore):
    """A store on a disk that has no room left."""

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        raise StoreFull("the disk is full (make room)")


class Cellar:
    """Brings a store that is full."""

    @hookimpl
    def sendoff_stores(self) -> list[Engine]:
        return [Engine("cellar", "below", lambda _address, clock, _options: Full(clock))]


@pytest.mark.parametrize(("store", "trouble"), [("memory", None), ("cellar:", "the disk is full")])
async def test_a_store_that_takes_no_event_is_told(
    store: str, trouble: str | None, tmp_path: Path, door: Door
) -> None:
    await examined(tmp_path, door, answering(200))
    plugins = Plugins()
    for name, plugin in (("sendoff", builtin), ("door", door), ("cellar", Cellar())):
        plugins.register(name, plugin)
    around = Surroundings(plugins, Presets([]), {})
    pipeline = load_pipeline(read_file(tmp_path / "sendoff.yaml"), around)
    said = await store_trouble(replace(pipeline, store=store), around)
    assert (said or "").startswith(trouble or "")
    assert bool(said) is bool(trouble)
