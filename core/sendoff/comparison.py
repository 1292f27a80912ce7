"""Two blueprints over the same events: what the one decides differently from the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.blueprint.document import read_blueprint
from sendoff.documents import read_file
from sendoff.documents.excerpt import excerpt
from sendoff.errors import UsageError
from sendoff.pipeline_file import load_pipeline
from sendoff.preview import Preview
from sendoff.rehearsal import compile_alone
from sendoff.router import Route, Router
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sendoff.blueprint.document import Blueprint
    from sendoff.decision import Decision
    from sendoff.documents import Document
    from sendoff.pipeline_file import Surroundings
    from sendoff.preview import DecidedLine
    from sendoff.report.display import Display
    from sendoff.sources import Line


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A part of the payload that differs: `path` such as `custom_fields.plan` or `tags[0]`.

    What is not there at all is msgspec's UNSET; null is a value.
    """

    path: str
    old: Any = msgspec.UNSET
    new: Any = msgspec.UNSET

    def as_json(self) -> dict[str, Any]:
        """By name; a side without the field has no key."""
        sides = {"old": self.old, "new": self.new}
        there = {name: each for name, each in sides.items() if each is not msgspec.UNSET}
        return {"field": self.path, **there}

    def shown(self, display: Display) -> dict[str, Any]:
        """The same as it may be shown: each side on one line, None where there is none."""
        sides = {"old": self.old, "new": self.new}
        return {"field": display.text(self.path)} | {
            name: None if each is msgspec.UNSET else display.value(each, self.path)
            for name, each in sides.items()
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """An event that two blueprints do not treat alike."""

    number: int
    message_id: str | None
    old: Decision
    new: Decision
    fields: Sequence[FieldChange]

    def as_json(self) -> dict[str, Any]:
        """As `sendoff diff --json` prints it; a side has what is of its decision."""
        return {
            "line": self.number, "message_id": self.message_id, "old": _told(self.old),
            "new": _told(self.new), "payload": [each.as_json() for each in self.fields],
        }  # fmt: skip


class Comparison:
    """Decides event after event by two routes, which differ in nothing but their blueprints."""

    def __init__(
        self, old: Route, new: Route, consent_map: Mapping[str, str] | None = None
    ) -> None:
        self._sides = tuple(
            Preview(Router([replace(each, name=old.name)]), consent_map or {}, self._arrival)
            for each in (old, new)
        )
        self._received_at: datetime
        self.events = 0
        """Events that were compared; repetitions and what is no event are not counted."""
        self.different = 0

    def compare(self, line: Line, received_at: datetime) -> Difference | None:
        """What differs about an event that arrives then; None where nothing does."""
        self._received_at = received_at
        decided: list[DecidedLine] = [side.decide(line) for side in self._sides]
        [old], [new] = (each.decisions for each in decided)
        if old.route is None:
            return None
        self.events += 1
        fields = tuple(changes(old.payload or {}, new.payload or {}))
        if not (old.verdict == new.verdict == "send"):
            fields = ()
        if not fields and _outcome(old) == _outcome(new):
            return None
        self.different += 1
        return Difference(line.number, decided[0].message_id, old, new, fields)

    def _arrival(self) -> datetime:
        return self._received_at


def named_blueprint(name: str, around: Surroundings, folder: Path = Path()) -> Blueprint:
    """The preset of that name, or the blueprint in the file: what ends in .yaml or .yml is one.

    Raises UsageError where there is none, and ConfigurationError where it cannot be read.
    """
    if name.endswith((".yaml", ".yml")):
        return read_blueprint(read_file(folder / name, strict=False))
    return read_blueprint(around.presets.find(name).document())


def as_route(blueprint: Blueprint, around: Surroundings) -> Route:
    """A route of nothing but a blueprint, as its examples are run: no parameters, no consent.

    Raises ConfigurationError for a blueprint that cannot be used.
    """
    program = compile_alone(blueprint, around.plugins)
    return Route("blueprint", around.plugins.destinations[blueprint.destination], program)


def in_route(document: Document, route: str, blueprint: str, around: Surroundings) -> Route:
    """The route of a pipeline file as it would be with another blueprint: `with` and all.

    Raises ConfigurationError where it cannot be used there, and UsageError for another name.
    """
    routes = document.value.get("routes")
    listed = routes if isinstance(routes, dict) else {}
    if not isinstance(listed.get(route), dict):
        raise UsageError(f"there is no route `{excerpt(route)}` ({did_you_mean(route, listed)})")
    changed = {**listed, route: {**listed[route], "blueprint": blueprint}}
    asked = replace(document, value={**document.value, "routes": changed})
    pipeline = load_pipeline(asked, around, need_secrets=False)
    return next(each.route for each in pipeline.routes if each.name == route)


def changes(old: Any, new: Any, path: str = "") -> Iterator[FieldChange]:
    """Where two JSON-able values differ, at the deepest place that tells it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            inner = f"{path}.{key}" if path else str(key)
            yield from changes(old.get(key, msgspec.UNSET), new.get(key, msgspec.UNSET), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            one = old[index] if index < len(old) else msgspec.UNSET
            other = new[index] if index < len(new) else msgspec.UNSET
            yield from changes(one, other, f"{path}[{index}]")
    elif isinstance(old, bool) is not isinstance(new, bool) or old != new:
        yield FieldChange(path, old, new)


def _outcome(decision: Decision) -> tuple[str, ...]:
    """What of a decision is compared beside its payload."""
    if decision.verdict == "send":
        return decision.verdict, decision.rule, decision.action
    return decision.verdict, decision.reason


def _told(decision: Decision) -> dict[str, Any]:
    if decision.verdict == "send":
        return {"decision": "send", "rule": decision.rule, "action": decision.action}
    return {
        "decision": decision.verdict, "reason": decision.reason, "detail": decision.detail,
    }  # fmt: skip
