"""What a document may write as the test of a path, and what can never hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.comparisons import NUMERIC, OPERATORS, TEXTUAL, Comparison
from sendoff.blueprint.literals import ELSE, KINDS, SCALARS
from sendoff.blueprint.operands import read_operand
from sendoff.blueprint.patterns import PatternError, compile_pattern
from sendoff.blueprint.sources import kind_of
from sendoff.documents.excerpt import excerpt
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.operands import Operand
    from sendoff.blueprint.paths import Path

# Which operators can hold of a path whose JSON type is known.
_APPLICABLE = {
    "text": {"exists", "contains", *TEXTUAL},
    "boolean": {"exists"},
    "object": {"exists"},
}
# What each operator takes, in words and as JSON types.
_TAKES = {
    "exists": ("true or false", {"boolean"}),
    "contains": ("text, a number, true or false", SCALARS),
    **dict.fromkeys(NUMERIC, ("a number", {"integer", "number"})),
    **dict.fromkeys(TEXTUAL, ("text", {"text"})),
}
# What people write who know other languages.
_INSTEAD = {
    **dict.fromkeys(("eq", "equals", "is", "value"), "write the value itself"),
    **dict.fromkeys(("in", "one_of", "any", "any_of"), "write a list of values"),
    **dict.fromkeys(("ne", "neq", "not_equals", "not_in", "none_of"), "write `{not: …}`"),
    **dict.fromkeys(("regex", "match", "pattern", "like"), "did you mean `matches`?"),
    **dict.fromkeys(("present", "defined", "is_set"), "write `{exists: true}`"),
    "param": "write `{param: NAME}` with nothing beside it, in the place of a value",
}


def read_operator(
    path: Path, operator: str, raw: Any, at: At, compilation: Compilation
) -> Comparison | None:
    """The test an operator makes of a path.

    None, and a problem noted, where it makes none; None alone where a parameter is not set.
    """
    if operator not in OPERATORS:
        fix = _INSTEAD.get(operator) or did_you_mean(operator, [*OPERATORS, "not"])
        compilation.problem(at, f"`{excerpt(operator)}` is no operator", fix)
        return None
    operand = read_operand(raw, at, compilation)
    message, fix = _unfit(path, operator, operand)
    if message:
        compilation.problem(at, message, fix)
    if message or not operand.is_set:
        return None
    return Comparison(path, operator, operand.value)


def _unfit(path: Path, operator: str, operand: Operand) -> tuple[str, str]:
    """Why the operator cannot test the path with it, and what to do; blank where it can."""
    wanted, kinds = _TAKES[operator]
    mismatch = f"`{operator}` takes {wanted}, not "
    value = operand.value
    if not operand.can_be(kinds):
        return mismatch + operand.told_declared, ""
    if operand.is_set and (kind_of(value) not in kinds or value == ""):
        return mismatch + operand.told(value), ""
    if operand.is_set and operator == "matches" and (why := _pattern_problem(value)):
        fix = "write it as RE2 reads it, which knows no lookaround and no back-references"
        return f"{operand.told(value)} is no pattern: {why}", fix
    if path.kind is not None and not _applies(path.kind, operator, operand):
        return f"`{path}` is {KINDS[path.kind]}: `{operator}` can never hold", ELSE[path.kind]
    return "", ""


def _applies(kind: str, operator: str, operand: Operand) -> bool:
    if operator == "contains" and operand.is_set and not isinstance(operand.value, str):
        return False
    return operator in _APPLICABLE[kind]


def _pattern_problem(pattern: str) -> str:
    try:
        compile_pattern(pattern)
    except PatternError as error:
        return excerpt(str(error))
    return ""
