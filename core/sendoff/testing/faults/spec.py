"""A toxic as one text: `lost_answer:times=2`, `latency:latency=200ms,stream=upstream`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sendoff.errors import UsageError
from sendoff.suggestions import did_you_mean
from sendoff.testing.faults.catalogue import TOXICS
from sendoff.testing.faults.toxic import ExchangeToxic, attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sendoff.testing.faults.toxic import Attribute, Toxic

_ONLY = re.compile(r"(?:^|,)only=")


def parse_toxic(text: str) -> Toxic:
    """Read the toxic that `text` describes: `TYPE` or `TYPE:ATTRIBUTE=VALUE,…`.

    Lengths of time are written like 200ms, 0.2s or 1m. `only=` takes the rest of the text, commas
    and all, so it comes last. UsageError for anything that is not understood.
    """
    kind, _, rest = text.partition(":")
    toxic = TOXICS.get(kind)
    if toxic is None:
        raise UsageError(f"unknown toxic `{kind}`: {did_you_mean(kind, TOXICS)}")
    known = {attribute.name: attribute for attribute in attributes(toxic)}
    values: dict[str, object] = {}
    for name, value in _pairs(kind, rest, known):
        if name in values:
            raise UsageError(f"{kind}: `{name}` is given twice")
        values[name] = _read(kind, known[name], value)
    missing = [each.name for each in known.values() if each.required and each.name not in values]
    if missing:
        needed = ",".join(f"{name}=…" for name in missing)
        raise UsageError(f"{kind} needs {needed} ({known[missing[0]].kind.unit})")
    return toxic(**values)  # type: ignore[arg-type]  # each was read by its own kind


def write_toxic(toxic: Toxic) -> str:
    """Write the shortest text that `parse_toxic` takes for `toxic`."""
    given = {
        attribute.name: attribute.kind.write(value)
        for attribute in attributes(type(toxic))
        if (value := getattr(toxic, attribute.name)) != attribute.default
    }
    last = sorted(given.items(), key=lambda pair: pair[0] == "only")
    settings = ",".join(f"{name}={value}" for name, value in last)
    return f"{toxic.type}:{settings}" if settings else toxic.type


def describe_toxics() -> str:
    """Every toxic with its attributes, for a terminal."""
    shared = attributes(ExchangeToxic)
    lines: list[str] = []
    for toxic in TOXICS.values():
        own = [each for each in attributes(toxic) if each.name not in {s.name for s in shared}]
        lines += [f"{toxic.type}: {toxic.meaning}", *map(_described, own)]
    lines += ["all but down:", *map(_described, shared)]
    return "\n".join(lines)


def _described(attribute: Attribute) -> str:
    default = "" if attribute.required else attribute.kind.write(attribute.default)
    shown = f"; {default} if not given" if default else ""
    return f"  {attribute.name}  {attribute.meaning} ({attribute.kind.unit}{shown})"


def _pairs(kind: str, rest: str, known: Mapping[str, Attribute]) -> Iterator[tuple[str, str]]:
    before, *only = _ONLY.split(rest, maxsplit=1)
    for pair in before.split(",") if before else ():
        name, equals, value = pair.partition("=")
        _require_known(kind, name, known)
        if not equals:
            raise UsageError(f"{kind}: `{name}` has no value: write {name}=…")
        yield name, value
    for pattern in only:
        _require_known(kind, "only", known)
        # Else a forgotten order would give a pattern that never matches, and a fault that is none.
        if found := re.search(rf",({'|'.join(known)})=", pattern):
            raise UsageError(
                f"{kind}: `only` takes the rest of the text, so put it after `{found[1]}`"
            )
        yield "only", pattern


def _require_known(kind: str, name: str, known: Mapping[str, Attribute]) -> None:
    if name not in known:
        raise UsageError(f"{kind} has no attribute `{name}`: {did_you_mean(name, known)}")


def _read(kind: str, attribute: Attribute, text: str) -> object:
    try:
        return attribute.kind.read(text)
    except (KeyError, ValueError):
        message = f"{kind}: {attribute.name}={text} {attribute.kind.rule}"
        raise UsageError(message) from None
