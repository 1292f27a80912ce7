"""What every toxic is: a value that says which messages to harm and how, and that does it."""

from __future__ import annotations

import asyncio
import random
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, ClassVar, Literal, get_type_hints

from sendoff.errors import UsageError
from sendoff.testing.faults.kinds import CHANCE, FLAG, NAME, PATTERN, STREAM, TIMES, Kind

Stream = Literal["upstream", "downstream"]
"""Towards the server: what the client sends. Or towards the client: what it gets."""

Pieces = AsyncGenerator[bytes, None]
"""The bytes of one message, in the pieces they came in."""

Sleep = Callable[[float], Awaitable[None]]


class Hangup(Exception):  # noqa: N818 - an order of a toxic, not an error
    """Ends the client's connection: closed in order, or with a TCP reset."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__(reset)
        self.reset = reset


@dataclass(slots=True)
class Turns:
    """Counts how often the bytes on one connection have changed their direction."""

    count: int = 0
    last: Stream | None = None

    def note(self, stream: Stream) -> None:
        """Take note that bytes pass in this direction."""
        if stream != self.last:
            self.last = stream
            self.count += 1


@dataclass(frozen=True, slots=True)
class Passage:
    """What a toxic has at hand while a message passes; `removed` is set when it is taken away."""

    sleep: Sleep
    rng: random.Random
    turns: Turns
    removed: asyncio.Event


@dataclass(frozen=True, kw_only=True)
class Toxic:
    """A fault with its attributes, checked when it is made (UsageError)."""

    type: ClassVar[str]
    meaning: ClassVar[str]
    name: Annotated[str, NAME, "what to call it, where its type (and stream) will not do"] = ""

    def __post_init__(self) -> None:
        for attribute in attributes(type(self)):
            value = getattr(self, attribute.name)
            if not attribute.kind.holds(value):
                raise UsageError(f"{self.type}: {attribute.name}={value} {attribute.kind.rule}")

    @property
    def label(self) -> str:
        """The name it goes by in a proxy."""
        return self.name or self.type


@dataclass(frozen=True, kw_only=True)
class ExchangeToxic(Toxic, ABC):
    """A fault that touches exchanges.

    An exchange is one HTTP/1.1 request with its answer or, where the connection carries something
    else, the whole connection. It gets the toxics that fit when it begins and keeps them to its
    end.
    """

    toxicity: Annotated[float, CHANCE, "the share of exchanges it touches, by chance"] = 1.0
    times: Annotated[int | None, TIMES, "how many exchanges it touches before it rests"] = None
    only: Annotated[
        str,
        PATTERN,
        "touches only requests in whose head (`POST /path HTTP/1.1` and a line for each header)"
        " this is found",
    ] = ""

    def fits(self, head: str | None) -> bool:
        """Whether it may touch an exchange with this request head; None: it is not HTTP."""
        if not self.only:
            return True
        return head is not None and re.search(self.only, head, re.MULTILINE) is not None

    @property
    @abstractmethod
    def direction(self) -> Stream:
        """Which bytes of the exchange pass through it."""

    @abstractmethod
    def through(self, pieces: Pieces, passage: Passage) -> Pieces:
        """Give the message as it leaves the toxic; Hangup ends the connection."""


@dataclass(frozen=True, kw_only=True)
class StreamToxic(ExchangeToxic):
    """A fault of the network, in one direction. Names and attributes are Toxiproxy's."""

    stream: Annotated[Stream, STREAM, "which direction it touches"] = "downstream"

    @property
    def label(self) -> str:
        """The name it goes by in a proxy."""
        return self.name or f"{self.type}_{self.stream}"

    @property
    def direction(self) -> Stream:
        """Which bytes of the exchange pass through it."""
        return self.stream


@dataclass(frozen=True, kw_only=True)
class AnswerToxic(ExchangeToxic):
    """A fault of an HTTP answer; it leaves everything else alone. Touches one unless told."""

    times: Annotated[int | None, TIMES, "how many exchanges it touches before it rests"] = 1
    reset: Annotated[bool, FLAG, "end with a TCP reset in place of an orderly close"] = False

    def fits(self, head: str | None) -> bool:
        """Whether it may touch an exchange with this request head; None: it is not HTTP."""
        return head is not None and super().fits(head)

    @property
    def direction(self) -> Stream:
        """Which bytes of the exchange pass through it."""
        return "downstream"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a toxic, as documents and the command line show it."""

    name: str
    kind: Kind
    meaning: str
    default: object

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is MISSING


def attributes(toxic: type[Toxic]) -> tuple[Attribute, ...]:
    """List the attributes of a toxic, its own before those it shares with others."""
    hints = get_type_hints(toxic, include_extras=True)
    own_first = sorted(fields(toxic), key=lambda field: field.name not in toxic.__annotations__)
    found: list[Attribute] = []
    for field in own_first:
        kind, meaning = hints[field.name].__metadata__
        found.append(Attribute(field.name, kind, meaning, field.default))
    return tuple(found)
