"""What a destination plugin declares, and the connection it opens for a route."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sendoff.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sendoff.delivery import Delivery, Outcome
    from sendoff.http import Http

WritePolicy = Literal["overwrite", "if_empty", "append"]


@dataclass(frozen=True, slots=True)
class Action:
    """A thing a destination can do with one payload.

    `schema` is the JSON Schema of the payload, the exact wire object; a nested target is written
    with a dot (`custom_fields.plan`). `order_key` names whose deliveries stay in order: the
    first of these targets that has a value, or the first group of which all have (an account and a
    user). `write` gives, for targets that accept one, the policies a blueprint may choose from, the
    default first.
    """

    name: str
    title: str
    schema: Mapping[str, Any]
    order_key: tuple[str | tuple[str, ...], ...] = ()
    write: Mapping[str, tuple[WritePolicy, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batching:
    """How many deliveries go in one request. The default is one by one.

    `max_bytes` bounds the payloads of one request together, each counted with one byte for the
    line break or comma beside it, and all with one more: enough for JSON lines and for an array.
    `max_wait` is how many seconds a delivery that is due may wait for others to join it.
    """

    max_events: int = 1
    max_bytes: int | None = None
    max_wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a route may push, where the pipeline file does not say.

    `rate` is requests per second, None for no limit of ours; `timeout` is the seconds one request
    may take in all; `reserve` the share of the account's quota left to people and other programs.
    `deadline` is the seconds that `deliver` or `verify` may take, without the time in which a
    request waits for its permit: a plugin that takes longer is broken off.
    """

    concurrency: int = 4
    rate: float | None = None
    timeout: float = 10.0
    reserve: float = 0.0
    deadline: float = 600.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of what `verify` saw: fine, worth a look, or a problem, and what to do."""

    level: Literal["ok", "warning", "problem"]
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A variant of the real service that a sandbox can imitate: `NAME=VALUE` on the command line.

    `schema` is the JSON Schema of the value.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    default: Any


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A local stand-in of the destination's real service.

    `app` makes an ASGI application from the switches by name (imported on demand: name it by a
    function, import inside). `settings` fits a route to it; the base address is added under
    `base_url` by whoever serves it. `page` is the path of a JSON page of what the sandbox holds.
    """

    app: Callable[..., Any]
    settings: Mapping[str, Any]
    switches: tuple[Switch, ...] = ()
    page: str = "/_sandbox"


class Connection(ABC):
    """A destination opened with the settings of one route, over the HTTP client it was given."""

    @abstractmethod
    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """What is right and wrong with settings and credentials, found without writing.

        `targets` are those the route's blueprint writes, such as `custom_fields.plan`.
        """

    @abstractmethod
    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """One outcome for each delivery, in order. Raise nothing; name what happened."""


class Destination(ABC):
    """A plugin's declaration. It holds no settings and does no I/O."""

    name: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]]
    """JSON Schema of the route's settings; a property with `"secret": true` is redacted."""
    actions: ClassVar[Mapping[str, Action]]
    batching: ClassVar[Batching] = Batching()
    limits: ClassVar[Limits] = Limits()

    def check(self, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """What the schema cannot say about settings: pairs of a property's name and a problem."""
        return ()

    @abstractmethod
    def account(self, settings: Mapping[str, Any]) -> str:
        """Whose quota these settings spend; routes that answer alike share one gate."""

    def batching_for(self, settings: Mapping[str, Any]) -> Batching:
        """The most that goes in one request with these settings; a route may ask for less."""
        return self.batching

    def validate(self, action: str, payload: Mapping[str, Any], now: datetime) -> Sequence[str]:
        """What is wrong with a payload that its schema cannot say, such as a time to come.

        It reads the payload and never changes it: parts of it are shared with other payloads.
        """
        return ()

    @abstractmethod
    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        """A connection for one route."""

    def sandbox(self) -> Sandbox | None:
        """The local stand-in, where there is one."""
        return None


def refused_settings(
    settings: Mapping[str, Any], readers: Mapping[str, Callable[[Any], object]]
) -> Iterator[tuple[str, str]]:
    """What `Destination.check` says of the settings that their reader, by name, does not take.

    A reader, such as those of `sendoff.addresses`, raises UsageError, worded to follow the name of
    the setting. A setting that is not given is not read.
    """
    for name, read in readers.items():
        try:
            if name in settings:
                read(settings[name])
        except UsageError as error:
            yield name, str(error)
