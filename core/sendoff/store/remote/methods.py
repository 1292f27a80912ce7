"""The methods that cross, read off the promise itself, so that none can be forgotten or differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature, iscoroutinefunction, signature
from types import MappingProxyType
from typing import Any, Final, Protocol, get_type_hints

import msgspec

from sendoff.store.promise import Dead, Done, Later, Store


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """A lease as it crosses back: the owner has the rest. Tokens are unique within a route."""

    route: str
    token: int


class Settled(msgspec.Struct, frozen=True, array_like=True):
    """How one delivery ended: one of the three is there."""

    ticket: Ticket
    done: Done | None = None
    later: Later | None = None
    dead: Dead | None = None


class Lending(Protocol):
    """The two methods that take leases, as they cross. Those lost come back as positions."""

    async def extend(self, tickets: Sequence[Ticket], lease_for: float) -> Sequence[int]:
        """Lend on."""

    async def settle(self, settled: Sequence[Settled]) -> Sequence[int]:
        """Say how deliveries ended."""


@dataclass(frozen=True, slots=True)
class Method:
    """How the arguments and the answer of one method are read."""

    signature: Signature
    arguments: msgspec.msgpack.Decoder[tuple[Any, ...]]
    answer: msgspec.msgpack.Decoder[Any]

    @classmethod
    def of(cls, promised: Any) -> Method:
        """Read off a method of a protocol."""
        plain = signature(promised)
        without_self = list(plain.parameters.values())[1:]
        hints = get_type_hints(promised)
        answer = hints.pop("return")
        types = tuple(hints[each.name] for each in without_self)
        return cls(
            plain.replace(parameters=without_self),
            msgspec.msgpack.Decoder(tuple.__class_getitem__(types)),
            msgspec.msgpack.Decoder(answer),
        )

    @property
    def place_of_limit(self) -> int | None:
        """Which argument says how many to give at most."""
        names = list(self.signature.parameters)
        return names.index("limit") if "limit" in names else None

    def listed(self, given: Sequence[object], named: Mapping[str, object]) -> tuple[object, ...]:
        """Every argument in the order of the signature."""
        bound = self.signature.bind(*given, **named)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def named(self, values: Sequence[object]) -> tuple[list[object], dict[str, object]]:
        """The arguments as they are given to the method: by position, and by name."""
        given: list[object] = []
        named: dict[str, object] = {}
        for parameter, value in zip(self.signature.parameters.values(), values, strict=True):
            if parameter.kind is Parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                given.append(value)
        return given, named


def _methods() -> dict[str, Method]:
    # In the place of those of the promise that take leases stand the two of `Lending`.
    promised = {**vars(Store), **vars(Lending)}
    return {
        name: Method.of(each)
        for name, each in promised.items()
        if iscoroutinefunction(each) and name != "close"
    }


METHODS: Final[Mapping[str, Method]] = MappingProxyType(_methods())
"""By name. `close` is no call: it ends the connection."""
