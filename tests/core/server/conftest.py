"""A tracking API in this process, over a store in memory that a test can make refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from sendoff import builtin
from sendoff.destination import Destination
from sendoff.hookspecs import hookimpl
from sendoff.pipeline import Sendoff
from sendoff.pipeline_file import Surroundings
from sendoff.plugins import Plugins
from sendoff.server.access import Access
from sendoff.server.application import TrackingApi
from sendoff.server.hosts import Hosts
from sendoff.server.intake import Intake
from sendoff.server.keys import WriteKeys
from sendoff.server.limits import Limits
from sendoff.server.metrics import Metrics
from sendoff.server.traffic import Traffic
from sendoff.store.deaths import DeadLetter, DeadQuery
from sendoff.store.engine import Engine
from sendoff.store.failures import StoreError
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Appended, Depth, Incoming
from sendoff.testing.clock import VirtualClock

PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: "shelf:north"
routes:
  support: {destination: desk, blueprint: ./notes.yaml, settings: {api_key: a-key-of-desk}}
"""
BLUEPRINT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: notes
version: 1
destination: desk
rules:
  - {id: all, action: note, fields: {who.id: user_id, ip: context.ip}}
"""
KEY = "the-write-key"
PEER = "203.0.113.9"
"""Of the addresses that are for documents."""


class Shelf(MemoryStore):
    """A store that raises what it is told to, and keeps waiting until it may go on."""

    failure: StoreError | None = None

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def append(self, incoming: Sequence[Incoming]) -> Sequence[int]:
        await self.goes_on.wait()
        self._complain()
        return await super().append(incoming)

    async def depth(self, route: str) -> Depth:
        await self.goes_on.wait()
        return await super().depth(route)

    async def undecided(self, limit: int, max_bytes: int | None = None) -> Sequence[Appended]:
        self._complain()
        return await super().undecided(limit, max_bytes)

    def _complain(self) -> None:
        if self.failure is not None:
            raise self.failure


class Plugin:
    def __init__(self, desk: Destination, clock: VirtualClock) -> None:
        self._desk = desk
        self._clock = clock

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self._desk]

    @hookimpl
    def sendoff_stores(self) -> list[Engine]:
        return [Engine("shelf", "For tests", lambda *_: Shelf(self._clock))]


@dataclass
class Api:
    """The application, a client of it, and what is behind."""

    app: TrackingApi
    http: httpx.AsyncClient
    intake: Intake
    traffic: Traffic
    store: Shelf
    clock: VirtualClock
    key: str = KEY
    auth: tuple[str, str] = field(default=(KEY, ""))

    async def post(self, path: str, body: Any, **extra: Any) -> httpx.Response:
        """Post a body, made JSON unless it is bytes, with the key unless told otherwise."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(path, content=content, **{"auth": self.auth, **extra})

    async def batch(self, *events: Mapping[str, Any], **extra: Any) -> httpx.Response:
        """Post events to /v1/batch."""
        return await self.post("/v1/batch", {"batch": events}, **extra)

    async def kept(self) -> list[Any]:
        """The events that are kept, in order."""
        return [json.loads(body) for body in await self.bodies()]

    async def bodies(self) -> list[bytes]:
        """The bytes of the events that are kept, in order."""
        number, found = 1, []
        while event := await self.store.event(number):
            found.append(event.body)
            number += 1
        return found

    async def decided(self) -> Mapping[str, Mapping[str, int]]:
        """What became of everything, once it is decided."""
        await self.clock.advance(1)
        assert not await self.store.undecided(1)
        return await self.store.totals()

    async def dead(self) -> Sequence[DeadLetter]:
        """What is dead, once everything is decided."""
        await self.decided()
        return await self.store.dead(DeadQuery())


Opened = Callable[..., AbstractAsyncContextManager[Api]]


@pytest.fixture
def opened(desk: Destination, tmp_path: Path) -> Opened:
    """Opens an API with these keys, limits and so on."""
    (tmp_path / "notes.yaml").write_text(BLUEPRINT)
    (tmp_path / "sendoff.yaml").write_text(PIPELINE)

    @asynccontextmanager
    async def open_api(  # noqa: PLR0913 - one for each thing a test may want otherwise
        *, write_keys: Sequence[str] = (KEY,), signing_secret: str | None = None,
        hosts: Hosts | None = None, limits: Limits | None = None, peer: str = PEER,
        beside: Callable[[Sendoff], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Api]:  # fmt: skip
        clock = VirtualClock()
        plugins = Plugins()
        plugins.register("sendoff", builtin)
        plugins.register("tests", Plugin(desk, clock))
        limits = limits or Limits()
        traffic, metrics = Traffic(limits.requests, clock), Metrics()
        intake = Intake(limits, traffic, clock)
        app = TrackingApi(
            intake=intake, traffic=traffic, metrics=metrics, limits=limits, clock=clock,
            access=Access(WriteKeys(write_keys), hosts or Hosts(), signing_secret),
        )  # fmt: skip
        transport = httpx.ASGITransport(app, client=(peer, 5000))
        async with (
            Sendoff.open(
                tmp_path / "sendoff.yaml", around=Surroundings(plugins=plugins), watchers=[metrics]
            ) as sendoff,
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as http,
            intake.into(sendoff),
        ):
            assert isinstance(sendoff.store, Shelf)
            yield Api(app, http, intake, traffic, sendoff.store, clock)

    return open_api


@pytest.fixture
async def api(opened: Opened) -> AsyncIterator[Api]:
    """An API as it usually is."""
    async with opened() as api:
        yield api
