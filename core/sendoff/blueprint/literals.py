"""The test that a value is a literal, or one of several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from sendoff.blueprint.comparisons import Comparison
from sendoff.blueprint.operands import read_operand
from sendoff.blueprint.values import has_value
from sendoff.event import EventType
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.operands import Operand
    from sendoff.blueprint.paths import Path

EVENT_TYPES = get_args(EventType)

KINDS = {"text": "text", "boolean": "true or false", "object": "an object"}
"""What a path whose JSON type is known is called."""

ELSE = {
    "text": "compare it with text",
    "boolean": "compare it with true or false",
    "object": "name a key inside it",
}
"""What to write else where a test of such a path can never hold."""

SCALARS = frozenset({"text", "integer", "number", "boolean"})
"""The JSON types of what a test compares with."""

_TYPES = {"text": str, "boolean": bool, "object": dict}
_COMPARES = "a test compares with text, numbers, true and false"


def read_literals(
    path: Path, raw: Any, at: At, compilation: Compilation
) -> tuple[Comparison | None, bool]:
    """The test, and whether a parameter that is not set might add a literal to it.

    The test is None where there is no literal, or where one cannot be compared with: then a problem
    is noted.
    """
    many = isinstance(raw, list)
    placed = [((*at, index), each) for index, each in enumerate(raw)] if many else [(at, raw)]
    if not placed:
        compilation.problem(at, f"`{path}` can never be one of nothing", "list its values")
    operands = [(place, read_operand(each, place, compilation)) for place, each in placed]
    refused = [(place, *why) for place, operand in operands if (why := _unfit(path, operand))]
    for each in refused:
        compilation.problem(*each)
    literals = tuple(literal for _place, operand in operands for literal in operand.literals)
    lacking = not all(operand.is_set for _place, operand in operands)
    test = Comparison(path, "one_of", literals) if literals and not refused else None
    return test, lacking


def _unfit(path: Path, operand: Operand) -> tuple[str, str] | None:
    """Why the path cannot be compared with it, and what to do; None where it can."""
    if not operand.can_be(SCALARS):
        return f"{_COMPARES}, not with {operand.told_declared}", ""
    if path.kind is not None and not operand.can_be({path.kind}):
        return _mismatch(path, path.kind, operand.told_declared), ELSE[path.kind]
    if operand.parameter and operand.is_set and not _all_have_values(operand.literals):
        fix = "give it what to compare with, or leave it out"
        return f"parameter `{operand.parameter}` is blank, or has a blank item", fix
    for literal in operand.literals:
        if why := _literal_unfit(path, literal, operand.told(literal)):
            return why
    return None


def _literal_unfit(path: Path, literal: Any, told: str) -> tuple[str, str] | None:
    if literal is None:
        return "null is no value to compare with", "write `{exists: false}`"
    if isinstance(literal, dict | list):
        return f"{_COMPARES}, not with {told}", ""
    if not has_value(literal):
        return "blank text is no value to compare with", "write `{exists: false}`"
    if path.kind is not None and not isinstance(literal, _TYPES[path.kind]):
        fix = "put it in quotes" if path.kind == "text" else ELSE[path.kind]
        return _mismatch(path, path.kind, told), fix
    if path.root == "type" and literal not in EVENT_TYPES:
        return f"there is no event type {told}", did_you_mean(literal, EVENT_TYPES)
    return None


def _mismatch(path: Path, kind: str, told: str) -> str:
    return f"`{path}` is {KINDS[kind]}: it can never be {told}"


def _all_have_values(literals: Sequence[Any]) -> bool:
    return bool(literals) and all(map(has_value, literals))
