"""The facade: a pipeline opened, fed with events, and waited for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sendoff.chronicle import Chronicle
from sendoff.clock import SystemClock
from sendoff.connecting import Connector
from sendoff.crew import Crew
from sendoff.decider import Decider, decide_read, read_event
from sendoff.errors import UsageError
from sendoff.event import to_bytes
from sendoff.event_keys import Identity
from sendoff.http.logs import covered_logs
from sendoff.journal import Journal, Watchers
from sendoff.mask import Masker
from sendoff.opening import loaded, open_store, plan
from sendoff.patience import Patience
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.store.failures import StoreError
from sendoff.store.promise import Incoming
from sendoff.tally import Tally
from sendoff.waiting import kept_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    import httpx

    from sendoff.clock import Clock
    from sendoff.decision import Decision
    from sendoff.destination import Connection
    from sendoff.journal import Watcher
    from sendoff.pipeline_file import Pipeline, RouteConfig
    from sendoff.router import Router
    from sendoff.store.promise import Store
    from sendoff.worker import Worker

_LOOK_SECONDS = 30.0
_LEFT_SECONDS = 10.0
"""What is undecided for longer, the process that kept it will not decide any more."""

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
        self.worker: Worker | None = None
        self._around = around
        self._setting = setting
        self._plan = plan(pipeline)
        self._opening, self._calls = uuid4().hex, count()
        self._patience = Patience(setting.clock)
        self._connector = Connector(
            setting.transports, self.journal, self.redactor, setting.clock, self._patience
        )
        self._closing = AsyncExitStack()
        self._closing.enter_context(covered_logs(self.redactor))
        self._closing.push_async_callback(self._connector.aclose)

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
        the store, which is opened as soon as it is needed: with `work` at once. Raises
        ConfigurationError with every problem of the file and its blueprints, and StoreError
        where the store cannot be opened.
        """
        around = around or Surroundings()
        sendoff = cls(loaded(config, around), around, setting or Setting())
        for watcher in watchers:
            sendoff.watchers.add(watcher)
        try:
            if work:
                await sendoff._start()
            yield sendoff
        finally:
            await sendoff.close()

    @property
    def around(self) -> Surroundings:
        """What the pipeline was read with, and is read again with."""
        return self._around

    @property
    def setting(self) -> Setting:
        """What the pipeline runs in."""
        return self._setting

    @property
    def router(self) -> Router:
        """What decides about events now."""
        return self._plan.router

    @cached_property
    def store(self) -> Store:
        """The store, opened when first asked for, which must be inside the event loop.

        Raises StoreError, UsageError where it cannot be opened.
        """
        store = open_store(self.pipeline, self._around, self._setting.clock)
        self._closing.push_async_callback(store.close)
        chronicle = Chronicle(store, self._setting.clock)
        chronicle.start()
        self._closing.push_async_callback(chronicle.close)
        self.journal.keep(chronicle.take)
        return store

    @cached_property
    def _decider(self) -> Decider:
        return Decider(self.store, lambda: self._plan, self.watchers)

    @cached_property
    def _crew(self) -> Crew:
        return Crew(
            self._connector, self.store, watcher=self.watchers, redactor=self.redactor,
            clock=self._setting.clock, random=self._setting.random, patience=self._patience,
        )  # fmt: skip

    async def send(self, event: Message) -> Receipt:
        """Keep one event, and decide it. It is durable when this returns.

        An event may be a mapping or the bytes or text of its JSON; what is no event is kept as
        well, with the reason. The same event sent again is a duplicate, known by its message id;
        without one, every call is an event of its own. Raises InvalidEvent for what has no JSON
        form: nothing is kept. Raises StoreError where the store cannot keep it: then it may be
        kept all the same, so give it a message id and send it again.
        """
        return (await self.send_many([event]))[0]

    async def send_many(self, events: Iterable[Message | Incoming]) -> Sequence[Receipt]:
        """Keep several events, all or none, and decide them, in order; raises like `send`."""
        if isinstance(events, str | bytes | Mapping):
            raise UsageError("`send_many` takes several events: give one to `send`")
        numbers = await self.store.append([self._fresh(event) for event in events])
        await self._decider.decide_waiting(numbers[-1] if numbers else None)
        return [Receipt(number) for number in numbers]

    async def decide_next(self) -> int:
        """Decide some of what the store holds undecided, the oldest first; how many that were.

        It is for who appends to the store without waiting for decisions. StoreError: try again.
        """
        return await self._decider.decide_waiting(until=0)

    def _fresh(self, event: Message | Incoming) -> Incoming:
        """The event as it is kept. Without a message id it is like no other: nobody can tell."""
        if isinstance(event, Incoming):
            return event
        return Incoming(to_bytes(event), f"fresh:{self._opening}:{next(self._calls)}")

    def decide(self, event: Message) -> list[Decision]:
        """What each route would do with an event. Nothing is kept and nothing is sent."""
        now = self._setting.clock.now()
        read = read_event(1, to_bytes(event), "", now, self.pipeline.consent_map)
        return decide_read(read, Identity(read.key), self.router, now)

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

    async def reload(self, config: str | Path | Pipeline) -> None:
        """Go on as a changed pipeline file says.

        Events that are not decided yet are decided by it. What is decided keeps its payload, and
        leaves by the new settings of its route; what waits for a route that is gone stays in the
        store. Nothing is changed where this raises: ConfigurationError for what is wrong with the
        file, UsageError for another store, SendoffError for a plugin that cannot connect.
        """
        new = loaded(config, self._around)
        if (new.store, new.keep) != (self.pipeline.store, self.pipeline.keep):
            raise UsageError(
                f"{new.file}: `store` and `events.keep` cannot change while the pipeline is open"
                " (close it and open it again)"
            )
        self.redactor.learn(new.secrets)
        connected = self._crew.connected(self.pipeline, new) if self.worker else {}
        # From here on nothing waits and nothing fails: it is one change.
        old, self.pipeline = self.pipeline, new
        self.masker = Masker(new.redact)
        self._plan = plan(new)
        if self.worker is not None:
            self._crew.change(self.worker, old, new, connected)

    def connect(self, route: RouteConfig) -> Connection:
        """The connection of one route, over an HTTP client of its own."""
        return self._connector.connect(route, self.store)[0]

    async def close(self) -> None:
        """Stop delivering, give back what is out, and close connections and store."""
        await self._closing.aclose()

    async def _start(self) -> None:
        """Deliver in this event loop, until closed."""
        for route in self.pipeline.enabled:
            if waiting := (await self.store.depth(route.name)).waiting:
                self.watchers.resumed(route.name, waiting)
        # What an earlier process kept, and could not decide any more.
        await self._decider.decide_waiting()
        self.worker = self._crew.worker(self.pipeline)
        await self._closing.enter_async_context(kept_up(self._keep_deciding()))
        self._closing.push_async_callback(self.worker.stop)
        self.worker.start()

    async def _keep_deciding(self) -> None:
        """Decide what another process has kept, and could not decide any more."""
        while True:
            await self._setting.clock.sleep(_LOOK_SECONDS)
            with suppress(StoreError):  # the lanes say it
                while (left := await self._left_undecided()) is not None:
                    await self._decider.decide_waiting(left)

    async def _left_undecided(self) -> int | None:
        """The oldest message that is undecided, where it has been for so long that it was left."""
        oldest = next(iter(await self.store.undecided(1)), None)
        if oldest is None:
            return None
        age = self._setting.clock.now() - oldest.received_at
        return oldest.number if age.total_seconds() >= _LEFT_SECONDS else None
