"""What a document may write as the test of a path, and what can never hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import re2

from sendoff.blueprint.comparisons import (
    NUMERIC,
    OPERATORS,
    TEXTUAL,
    Comparison,
    compiled_pattern,
)
from sendoff.blueprint.values import has_value, shown
from sendoff.documents.excerpt import excerpt
from sendoff.event import EventType
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.paths import Path

EVENT_TYPES = get_args(EventType)

# Of a path whose JSON type is known: how that is called, what can hold of it, what to write else.
_KINDS = {"text": "text", "boolean": "true or false", "object": "an object"}
_APPLICABLE = {
    "text": {"exists", "contains", *TEXTUAL},
    "boolean": {"exists"},
    "object": {"exists"},
}
_ELSE = {
    "text": "compare it with text",
    "boolean": "compare it with true or false",
    "object": "name a key inside it",
}
# What people write who know other languages.
_INSTEAD = {
    **dict.fromkeys(("eq", "equals", "is", "value"), "write the value itself"),
    **dict.fromkeys(("in", "one_of", "any", "any_of"), "write a list of values"),
    **dict.fromkeys(("ne", "neq", "not_equals", "not_in", "none_of"), "write `{not: …}`"),
    **dict.fromkeys(("regex", "match", "pattern", "like"), "did you mean `matches`?"),
    **dict.fromkeys(("present", "defined", "is_set"), "write `{exists: true}`"),
    "param": "a test compares with what is written here, not with a parameter",
}


def read_literal(path: Path, raw: Any, at: At, compilation: Compilation) -> Comparison | None:
    """The test that a value is a literal, or one of a list of them."""
    listed = isinstance(raw, list)
    literals = raw if listed else [raw]
    if not literals:
        compilation.problem(at, f"`{path}` can never be one of nothing", "list its values")
        return None
    fits = [
        _literal_fits(path, literal, (*at, index) if listed else at, compilation)
        for index, literal in enumerate(literals)
    ]
    return Comparison(path, "one_of", tuple(literals)) if all(fits) else None


def read_operator(
    path: Path, operator: str, operand: Any, at: At, compilation: Compilation
) -> Comparison | None:
    """The test an operator makes of a path; None, and a problem noted, where it makes none."""
    message, fix = "", ""
    if operator not in OPERATORS:
        message = f"`{excerpt(operator)}` is no operator"
        fix = _INSTEAD.get(operator) or did_you_mean(operator, [*OPERATORS, "not"])
    elif wanted := _operand_wanted(operator, operand):
        message = f"`{operator}` takes {wanted}, not {shown(operand)}"
    elif operator == "matches" and (why := _pattern_problem(operand)):
        message = f"{shown(operand)} is no pattern: {why}"
        fix = "write it as RE2 reads it, which knows no lookaround and no back-references"
    elif path.kind is not None and not _applies(path.kind, operator, operand):
        message = f"`{path}` is {_KINDS[path.kind]}: `{operator}` can never hold"
        fix = _ELSE[path.kind]
    if message:
        compilation.problem(at, message, fix)
        return None
    return Comparison(path, operator, operand)


def _literal_fits(path: Path, literal: Any, at: At, compilation: Compilation) -> bool:
    message, fix = "", ""
    if literal is None:
        message, fix = "null is no value to compare with", "write `{exists: false}`"
    elif isinstance(literal, dict | list):
        message = f"a test compares with text, numbers, true and false, not with {shown(literal)}"
    elif not has_value(literal):
        message, fix = "blank text is no value to compare with", "write `{exists: false}`"
    elif path.kind is not None and not _kind_fits(path.kind, literal):
        message = f"`{path}` is {_KINDS[path.kind]}: it can never be {shown(literal)}"
        fix = "put it in quotes" if path.kind == "text" else _ELSE[path.kind]
    elif path.root == "type" and literal not in EVENT_TYPES:
        message = f"there is no event type {shown(literal)}"
        fix = did_you_mean(literal, EVENT_TYPES)
    if message:
        compilation.problem(at, message, fix)
    return not message


def _kind_fits(kind: str, literal: Any) -> bool:
    return isinstance(literal, {"text": str, "boolean": bool, "object": dict}[kind])


def _applies(kind: str, operator: str, operand: Any) -> bool:
    if operator == "contains" and not isinstance(operand, str):
        return False
    return operator in _APPLICABLE[kind]


def _operand_wanted(operator: str, operand: Any) -> str:
    """What the operator takes, in words; empty where the operand is that."""
    number = isinstance(operand, int | float) and not isinstance(operand, bool)
    if operator == "exists":
        return "" if isinstance(operand, bool) else "true or false"
    if operator in NUMERIC:
        return "" if number else "a number"
    if operator == "contains" and (number or isinstance(operand, bool)):
        return ""
    if isinstance(operand, str) and operand:
        return ""
    return "text, a number, true or false" if operator == "contains" else "text"


def _pattern_problem(pattern: str) -> str:
    try:
        compiled_pattern(pattern)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        return excerpt(detail.decode() if isinstance(detail, bytes) else str(detail))
    return ""
