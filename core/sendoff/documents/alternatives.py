"""Which of the mistakes against `anyOf` and `oneOf` are worth telling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.documents.mistakes import Mistake

    Branches = tuple[tuple[Mistake, ...], ...]

_CONSTANTS = ("const", "enum")


def telling(mistake: Mistake) -> Sequence[Mistake]:
    """The mistakes that say best what is wrong; `mistake` itself where none says it better.

    A value is measured by the alternatives of its type, and of these by the ones that its
    constants (`kind: …`) point at. Where all of them fail alike, they become one mistake.
    """
    if not mistake.branches:
        return [mistake]
    every = tuple(tuple(t for each in branch for t in telling(each)) for branch in mistake.branches)
    branches = _of_its_type(mistake, every)
    if not branches:
        types = [name for branch in every for each in branch for name in _types(each)]
        return [replace(mistake, keyword="type", wanted=list(dict.fromkeys(types)), branches=())]
    branches = _pointed_at(mistake, branches)
    if len(branches) == 1:
        return branches[0]
    if merged := _same_constant(branches) or _same_key(mistake, branches):
        return [merged]
    if all(each.keyword == "required" for branch in branches for each in branch):
        return [replace(mistake, branches=branches)]
    return max(branches, key=lambda branch: (min(len(e.path) for e in branch), -len(branch)))


def _of_its_type(mistake: Mistake, branches: Branches) -> Branches:
    return tuple(
        branch
        for branch in branches
        if not any(each.keyword == "type" and each.path == mistake.path for each in branch)
    )


def _types(mistake: Mistake) -> Sequence[str]:
    if mistake.keyword != "type":
        return ()
    return [mistake.wanted] if isinstance(mistake.wanted, str) else mistake.wanted


def _pointed_at(mistake: Mistake, branches: Branches) -> Branches:
    """The alternatives with no constant that differs one level down; all, where each has one."""
    level = len(mistake.path) + 1
    return (
        tuple(
            branch
            for branch in branches
            if not any(e.keyword in _CONSTANTS and len(e.path) == level for e in branch)
        )
        or branches
    )


def _same_constant(branches: Branches) -> Mistake | None:
    """One choice of all constants, where every alternative wants another at the same place."""
    for first in branches[0]:
        alike = [
            next((e for e in branch if e.keyword in _CONSTANTS and e.path == first.path), None)
            for branch in branches
        ]
        if all(alike):
            options = [option for each in alike if each for option in _options(each)]
            return replace(first, keyword="enum", wanted=options)
    return None


def _options(mistake: Mistake) -> Sequence[Any]:
    return mistake.wanted if mistake.keyword == "enum" else [mistake.wanted]


def _same_key(mistake: Mistake, branches: Branches) -> Mistake | None:
    """The keys that no alternative knows, where every one meets a key it does not know."""
    strangers = [
        each
        for branch in branches
        for each in branch
        if each.keyword == "additionalProperties" and each.path == mistake.path
    ]
    if len(strangers) < len(branches):
        return None
    known: dict[str, dict[str, Any]] = {"properties": {}, "patternProperties": {}}
    for each in strangers:
        for keyword, keys in known.items():
            keys.update(each.schema.get(keyword, {}))
    merged = replace(strangers[0], schema={**mistake.schema, **known})
    return merged if merged.unknown_keys else None
