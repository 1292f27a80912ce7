"""The facade: a pipeline opened, fed with events, and waited for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sendoff.clock import SystemClock
from sendoff.decider import Decider, decide_read, read_event
from sendoff.documents import read_file
from sendoff.errors import SendoffError, UsageError
from sendoff.event import to_bytes
from sendoff.event_keys import identify
from sendoff.http import Http
from sendoff.http.logs import covered_logs
from sendoff.journal import Journal, Watchers
from sendoff.lane import Lane, LaneSettings
from sendoff.mask import Masker
from sendoff.pace import StoreGate
from sendoff.pipeline_file import Pipeline, RouteConfig, Surroundings, load_pipeline
from sendoff.redact import Redactor
from sendoff.router import Router
from sendoff.store.promise import Incoming
from sendoff.tally import Tally
from sendoff.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    import httpx

    from sendoff.clock import Clock
    from sendoff.decision import Decision
    from sendoff.destination import Connection
    from sendoff.journal import Watcher
    from sendoff.store.promise import Store

Message = bytes | str | Mapping[str, Any]
"""An event as it is sent: JSON, or a mapping that has a JSON form."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Says that an event is kept; `number` is the store's, counting up."""

    number: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What a pipeline runs in: time, chance and network, replaceable by tests.

    `transports` gives a route's HTTP transport by its name; without, each opens its own. It is
    closed with the pipeline, once if routes share it. With `redact_secrets=False` nothing is
    covered: only to see what redaction does.
    """

    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[], float] = random.random
    transports: Callable[[str], httpx.AsyncBaseTransport | None] = lambda _route: None
    redact_secrets: bool = True


class Sendoff:
    """An open pipeline. Get one from `Sendoff.open`."""

    def __init__(self, pipeline: Pipeline, around: Surroundings, setting: Setting) -> None:
        self.pipeline = pipeline
        self.redactor = Redactor(pipeline.secrets, enabled=setting.redact_secrets)
        self.masker = Masker(pipeline.redact)
        self.journal = Journal(self.redactor)
        self.tally = Tally(route.name for route in pipeline.enabled)
        self.watchers = Watchers([self.journal, self.tally], self.redactor)
        self.router = Router([route.route for route in pipeline.enabled])
        self.store = _open_store(pipeline, around, setting.clock)
        self.worker: Worker | None = None
        self._setting = setting
        self._decider = Decider(self.store, self.router, pipeline.consent_map, self.watchers)
        self._transports: list[httpx.AsyncBaseTransport] = []
        self._closing = AsyncExitStack()
        self._closing.enter_context(covered_logs(self.redactor))
        self._closing.push_async_callback(self.store.close)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        config: str | Path | Pipeline = "sendoff.yaml",
        *,
        work: bool = False,
        around: Surroundings | None = None,
        setting: Setting | None = None,
        watchers: Sequence[Watcher] = (),
    ) -> AsyncIterator[Sendoff]:
        """A pipeline for the length of a block.

        `config` is the path of a pipeline file, or a pipeline that was loaded. With `work`, it
        delivers in this event loop until the block is left; what is out then is given back to
        the store. Raises ConfigurationError with every problem of the file and its blueprints.
        """
        around = around or Surroundings()
        if not isinstance(config, Pipeline):
            config = load_pipeline(read_file(Path(config), strict=False), around)
        sendoff = cls(config, around, setting or Setting())
        for watcher in watchers:
            sendoff.watchers.add(watcher)
        try:
            if work:
                await sendoff._start()
            yield sendoff
        finally:
            await sendoff.close()

    async def send(self, event: Message) -> Receipt:
        """Keep one event, and decide it. It is durable when this returns.

        An event may be a mapping or the bytes or text of its JSON; what is no event is kept as
        well, with the reason. The same event sent again is a duplicate, known by its message id;
        without one, every call is an event of its own. Raises InvalidEvent for what has no JSON
        form: nothing is kept.
        """
        return (await self.send_many([event]))[0]

    async def send_many(self, events: Iterable[Message | Incoming]) -> Sequence[Receipt]:
        """Keep several events, all or none, and decide them, in order; raises like `send`."""
        if isinstance(events, str | bytes | Mapping):
            raise UsageError("`send_many` takes several events: give one to `send`")
        numbers = await self.store.append([_fresh(event) for event in events])
        await self._decider.decide_waiting(numbers[-1] if numbers else None)
        return [Receipt(number) for number in numbers]

    def decide(self, event: Message) -> list[Decision]:
        """What each route would do with an event. Nothing is kept and nothing is sent."""
        body = _incoming(event).body
        now = self._setting.clock.now()
        read = read_event(1, body, "", now, self.pipeline.consent_map)
        return decide_read(read, identify(read.keys, read.digest, {}), self.router, now)

    async def drain(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - it bounds the silence, not the whole
    ) -> Mapping[str, Any]:
        """Wait until all is settled, and count what became of it.

        Gives up when no attempt ended for `timeout` seconds. What a held route keeps for its
        operator counts as settled. The counts have the shape of `sendoff run --json`.
        """
        if self.worker is None:
            raise UsageError("nothing delivers here: open the pipeline with `work=True`")
        await self._decider.decide_waiting()
        await self.worker.drain(timeout)
        return self.tally.as_json()

    def connect(self, route: RouteConfig) -> Connection:
        """The connection of one route, over an HTTP client of its own."""
        return self._connect(route)[0]

    async def close(self) -> None:
        """Stop delivering, give back what is out, and close connections and store."""
        await self._closing.aclose()

    async def _start(self) -> None:
        """Deliver in this event loop, until closed."""
        # What an earlier process kept, and could not decide any more.
        await self._decider.decide_waiting()
        lanes = [self._lane(route) for route in self.pipeline.enabled]
        self.worker = Worker(lanes, self.store, self._setting.clock)
        self._closing.push_async_callback(self.worker.stop)
        self.worker.start()

    def _lane(self, route: RouteConfig) -> Lane:
        connection, gate = self._connect(route)
        settings = LaneSettings(route.name, route.limits.concurrency, route.batching, route.policy)
        return Lane(
            settings, store=self.store, connection=connection, gate=gate, watcher=self.watchers,
            redactor=self.redactor, clock=self._setting.clock, random=self._setting.random,
        )  # fmt: skip

    def _connect(self, route: RouteConfig) -> tuple[Connection, StoreGate]:
        try:
            return self._connected(route)
        except SendoffError:
            raise
        except Exception as error:
            plugin = route.destination.name
            raise SendoffError(
                f"route `{route.name}`: the plugin of `{plugin}` raised {type(error).__name__}: "
                f"{self.redactor.text(str(error))} (report it to the author of the plugin)"
            ) from error

    def _connected(self, route: RouteConfig) -> tuple[Connection, StoreGate]:
        clock = self._setting.clock
        # Destinations name their accounts without a thought for each other.
        account = f"{route.destination.name} {route.destination.account(route.settings)}"
        gate = StoreGate(
            self.store, account, rate=route.limits.rate, reserve=route.limits.reserve, clock=clock
        )
        transport = self._setting.transports(route.name)
        http = Http(
            gate=gate, redactor=self.redactor, record=self.journal.exchanged,
            timeout=route.limits.timeout, clock=clock, transport=transport,
            max_connections=route.limits.concurrency,
        )  # fmt: skip
        if all(transport is not known for known in self._transports):
            self._closing.push_async_callback(http.aclose)
            self._transports += [transport] if transport else []
        return route.destination.connect(route.settings, http), gate


def _fresh(event: Message | Incoming) -> Incoming:
    """The event as it is kept. Without a message id it is like no other: nobody can tell."""
    if isinstance(event, Incoming):
        return event
    return Incoming(to_bytes(event), fallback_key=f"fresh:{uuid4()}")


def _incoming(event: Message | Incoming) -> Incoming:
    return event if isinstance(event, Incoming) else Incoming(to_bytes(event))


def _open_store(pipeline: Pipeline, around: Surroundings, clock: Clock) -> Store:
    scheme, _, address = pipeline.store.partition(":")
    return around.plugins.stores[scheme].open(address, clock)
