"""`require`: who and what an event must have before any rule looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sendoff.blueprint import paths
from sendoff.blueprint.values import has_value
from sendoff.event import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.paths import Getter, Path
    from sendoff.blueprint.trace import Trace


@dataclass(frozen=True, slots=True)
class Identity:
    """Paths of which any, or all, must have a value; `nobody` says that none of `any_of` has."""

    any_of: tuple[tuple[Path, Getter], ...] = ()
    all_of: tuple[tuple[Path, Getter], ...] = ()
    nobody: str = ""

    def missing(self, event: Any, trace: Trace | None) -> str:
        """What is not there, in words; empty when the event is identified."""
        if trace is not None:
            for path, get in (*self.any_of, *self.all_of):
                trace.add("identity", path=str(path), value=get(event))
        if self.any_of and not _any_value(self.any_of, event):
            return self.nobody
        if _all_values(self.all_of, event):
            return ""
        absent = [path for path, get in self.all_of if not has_value(get(event))]
        return f"no value at {', '.join(map(str, absent))}"


@dataclass(frozen=True, slots=True)
class Consent:
    """Purposes of which any, and all, must be granted."""

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()

    def also(self, purposes: Sequence[str]) -> Consent:
        """The same, with the purposes a route demands beside."""
        return Consent(self.any_of, tuple(dict.fromkeys((*self.all_of, *purposes))))

    def missing(
        self, consent: Mapping[str, bool | None], trace: Trace | None, *, silence_allows: bool
    ) -> str:
        """Which purpose is not granted, in words; empty when all that is demanded is.

        `silence_allows` lets a purpose without a value pass; an explicit false always denies.
        """
        if trace is not None:
            for purpose in (*self.any_of, *self.all_of):
                trace.add("consent", path=f"consent.{purpose}", value=consent.get(purpose))
        for purpose in self.all_of:
            value = consent[purpose]  # all five are always there
            if value is not True and not (value is None and silence_allows):
                return _refusal(purpose, value)
        if self.any_of:
            values = [consent.get(purpose) for purpose in self.any_of]
            if not (True in values or (silence_allows and None in values)):
                return f"no consent for any of {', '.join(self.any_of)}"
        return ""


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a blueprint demands of every event."""

    identity: Identity = Identity()
    consent: Consent = Consent()


def compile_requirements(raw: Any, at: At, compilation: Compilation) -> Requirements:
    """The requirements a document spells; problems are noted in the compilation."""
    if not isinstance(raw, dict):
        return Requirements()
    identity, consent = raw.get("identity"), raw.get("consent")
    any_of = _paths(identity, "any", (*at, "identity"), compilation)
    all_of = _paths(identity, "all", (*at, "identity"), compilation)
    # Said of every event that comes from nobody known, which may be most of them.
    nobody = f"no value at {' or '.join(str(path) for path, _get in any_of)}"
    return Requirements(
        Identity(any_of, all_of, nobody),
        Consent(_purposes(consent, "any"), _purposes(consent, "all")),
    )


def _paths(raw: Any, key: str, at: At, compilation: Compilation) -> tuple[tuple[Path, Getter], ...]:
    listed = raw.get(key) if isinstance(raw, dict) else None
    found = []
    for index, text in enumerate(listed if isinstance(listed, list) else ()):
        path = compilation.path(text, (*at, key, index)) if isinstance(text, str) else None
        if path is not None:
            found.append((path, paths.getter(path, compilation.params)))
    return tuple(found)


def _any_value(paths_read: tuple[tuple[Path, Getter], ...], event: Any) -> bool:
    for _path, get in paths_read:
        value = get(event)
        # Text first: this is asked of every event, where a call shows.
        if value and not value.isspace() if type(value) is str else has_value(value):
            return True
    return False


def _all_values(paths_read: tuple[tuple[Path, Getter], ...], event: Any) -> bool:
    for _path, get in paths_read:
        value = get(event)
        if not (value and not value.isspace() if type(value) is str else has_value(value)):
            return False
    return True


def _purposes(raw: Any, key: str) -> tuple[str, ...]:
    listed = raw.get(key) if isinstance(raw, dict) else None
    return tuple(p for p in listed if p in PURPOSES) if isinstance(listed, list) else ()


@cache
def _refusal(purpose: str, value: bool | None) -> str:
    if value is None:
        return f"no {purpose} consent (consent.{purpose} has no value)"
    return f"no {purpose} consent (consent.{purpose} is false)"
