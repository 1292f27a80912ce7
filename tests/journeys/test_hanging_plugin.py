"""A destination plugin that waits for ever costs its own deliveries time, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sendoff import Sendoff
from sendoff.delivery import Delivered, Delivery, Outcome, Rejected
from sendoff.destination import Action, Connection, Destination, Finding
from sendoff.hookspecs import hookimpl
from sendoff.http import Http
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.records import newest
from sendoff.report.overview import overview
from sendoff.testing.clock import VirtualClock

PATIENCE = 30  # seconds for what a busy machine holds up

BLUEPRINT = """
apiVersion: sendoff/v1
kind: Blueprint
name: bell
version: 1
destination: bell
fields: {who: user_id}
rules: [{id: ring, when: {type: track}, action: ring}]
"""
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: sqlite:./sendoff.db
routes:
  door: {destination: bell, blueprint: ./bell.yaml, limits: {deadline: 1m}}
"""


class Bell(Destination, Connection):
    """Rings, but for some people: then it waits for ever, and may hear no cancellation."""

    name: ClassVar[str] = "bell"
    title: ClassVar[str] = "Bell"
    settings: ClassVar[Mapping[str, Any]] = {"type": "object"}
    actions: ClassVar[Mapping[str, Action]] = {
        "ring": Action("ring", "Ring", {"type": "object"}, order_key=("who",))
    }

    def __init__(self, *, deaf: bool, repeat: bool = True) -> None:
        self.stuck: set[str] = set()
        self.asked: list[str] = []
        self.rung: list[str] = []
        self._deaf = deaf
        self._repeat = repeat

    def account(self, settings: Mapping[str, Any]) -> str:
        return "door"

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        return self

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise NotImplementedError

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [await self._ring(each) for each in deliveries]

    async def _ring(self, delivery: Delivery) -> Outcome:
        if delivery.maybe_delivered and not self._repeat:
            return Rejected("unknown_outcome")
        who = delivery.payload["who"]
        self.asked.append(who)
        while who in self.stuck:
            with suppress(*((asyncio.CancelledError,) if self._deaf else ())):
                await asyncio.Event().wait()
        self.rung.append(f"{who} {delivery.message_id}")
        return Delivered()

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self]


class Door:
    """A pipeline to a bell, on a clock that is moved."""

    def __init__(self, folder: Path, bell: Bell) -> None:
        (folder / "bell.yaml").write_text(BLUEPRINT)
        (folder / "sendoff.yaml").write_text(PIPELINE)
        self.bell = bell
        self.clock = VirtualClock(grace=0.02)
        around = Surroundings(environ={})
        around.plugins.register("bell", bell)
        setting = Setting(clock=self.clock, random=lambda: 0.5)
        self.opened = Sendoff.open(
            folder / "sendoff.yaml", work=True, around=around, setting=setting
        )

    async def seconds(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.advance(seconds)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let little time pass, and none that the threads of the store did not keep up with."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await self.clock.advance(0.05)

    async def drained(self, sendoff: Sendoff) -> Mapping[str, Any]:
        """The counts when all is settled; time passes no faster than the threads of the store."""
        draining = asyncio.ensure_future(sendoff.drain(600))
        while not draining.done():
            await self.clock.advance(0.5)
        return draining.result()


def ring(who: str, number: int) -> dict[str, Any]:
    return {"type": "track", "event": "Ring", "userId": who, "messageId": f"{who}-{number}"}


@pytest.mark.parametrize("deaf", [False, True])
async def test_others_are_delivered_and_the_person_after_all(tmp_path: Path, *, deaf: bool) -> None:
    door = Door(tmp_path, Bell(deaf=deaf))
    door.bell.stuck = {"ada"}
    async with door.opened as sendoff:
        for number in range(3):
            for who in ("ada", "bob", "cy"):
                await sendoff.send(ring(who, number))
        await door.until(lambda: "ada" in door.bell.asked)
        await door.seconds(60)
        await door.until(lambda: len(door.bell.rung) == 6)
        assert [each for each in door.bell.rung if each.startswith("bob")] == [
            f"bob bob-{number}" for number in range(3)
        ]
        door.bell.stuck = set()
        await door.seconds(60)
        counts = await door.drained(sendoff)
        _last, journal = await newest(sendoff.store, 1000)
    assert counts["routes"]["door"]["delivered"] == 9
    assert [each for each in door.bell.rung if each.startswith("ada")] == [
        f"ada ada-{number}" for number in range(3)
    ]
    late = [each for each in journal if each["kind"] == "attempt" and each.get("reason")]
    assert {(each["reason"], each["message_id"]) for each in late} == {("plugin_timeout", "ada-0")}
    assert "did not end within 60 s" in late[0]["detail"]


async def test_a_destination_that_must_not_repeat_is_not_asked_twice(tmp_path: Path) -> None:
    door = Door(tmp_path, Bell(deaf=False, repeat=False))
    door.bell.stuck = {"ada"}
    async with door.opened as sendoff:
        await sendoff.send(ring("ada", 1))
        await door.until(lambda: door.bell.asked == ["ada"])
        await door.seconds(70)
        door.bell.stuck = set()
        counts = await door.drained(sendoff)
        seen = await overview(sendoff.store, {"door": True})
    assert (counts["routes"]["door"]["dead"], door.bell.rung) == (1, [])
    assert seen.routes["door"].dead == {"unknown_outcome": 1}


async def test_a_bell_that_is_stuck_for_everybody_is_named_in_the_status(tmp_path: Path) -> None:
    door = Door(tmp_path, Bell(deaf=False))
    people = [f"p{n}" for n in range(5)]
    door.bell.stuck = set(people)
    async with door.opened as sendoff:
        for who in people:
            await sendoff.send(ring(who, 1))
        hold = None
        async with asyncio.timeout(PATIENCE):
            while hold is None:
                await door.seconds(10)
                hold = (await overview(sendoff.store, {"door": True})).routes["door"].hold
        assert door.clock.monotonic() <= 240
    assert hold["detail"].startswith("plugin_timeout: the destination plugin did not end")
