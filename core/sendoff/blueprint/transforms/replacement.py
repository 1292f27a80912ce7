"""`replace`: parts of a text exchanged, found literally or by an RE2 pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.patterns import PatternError, compile_pattern
from sendoff.blueprint.transforms.definition import Example, Transform, TransformError, unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# RE2 finds one match in linear time; finding all of them may read the rest of the text once for
# each (`a(.*b)?` in a text of a's). Half a second's worth; a text of 20,000 never gets there.
_MAX_READ = 500_000_000

_GROUP = re.compile(r"\\(.?)", re.DOTALL)


def _build(parameters: Mapping[str, str]) -> Callable[[Any], str]:
    if "matches" in parameters:
        return _by_pattern(_compiled(parameters["matches"]), parameters["with"])
    find, substitute = parameters["find"], parameters["with"]

    def replace(value: Any) -> str:
        if type(value) is str:
            return value.replace(find, substitute)
        raise unfit(value, "text")

    return replace


def _by_pattern(pattern: Any, substitute: str) -> Callable[[Any], str]:
    parts = _parts(substitute, pattern.groups)

    def replace(value: Any) -> str:
        if type(value) is not str:
            raise unfit(value, "text")
        try:
            return _replaced(pattern, parts, value)
        except UnicodeEncodeError:
            raise TransformError("is text that UTF-8 cannot write (a lone surrogate)") from None

    return replace


def _replaced(pattern: Any, parts: list[str | int], text: str) -> str:
    # Not google-re2's own `sub`: it finds an empty match twice, and garbles a substitute that is
    # not ASCII.
    pieces: list[str] = []
    end = read = 0
    last = (-1, -1)
    for match in pattern.finditer(text):
        span = match.span()
        if span == last:
            continue
        read += len(text) - end
        if read > _MAX_READ:
            raise TransformError("is text too long for so many matches of the pattern")
        pieces.append(text[end : span[0]])
        pieces += [(match[part] or "") if isinstance(part, int) else part for part in parts]
        last, end = span, span[1]
    pieces.append(text[end:])
    return "".join(pieces)


def _compiled(pattern: str) -> Any:
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise TransformError(f"`matches` is no RE2 pattern: {error}") from None


def _parts(substitute: str, groups: int) -> list[str | int]:
    r"""The substitute as texts and numbers of groups: `\1` is a group, `\\` a backslash."""
    parts: list[str | int] = []
    end = 0
    for reference in _GROUP.finditer(substitute):
        parts.append(substitute[end : reference.start()])
        end = reference.end()
        sign = reference[1]
        if sign == "\\":
            parts.append(sign)
        elif sign and sign in "0123456789" and int(sign) <= groups:
            parts.append(int(sign))
        else:
            raise TransformError(
                f"`with` has \\{sign}, but the pattern has {groups} groups"
                " (\\0 is the whole match, \\\\ a backslash)"
            )
    return [part for part in (*parts, substitute[end:]) if part != ""]


REPLACE = Transform(
    name="replace",
    summary="Text with every occurrence of a text, or of an RE2 pattern, replaced.",
    accepts=frozenset(("text",)),
    returns=frozenset(("text",)),
    parameters={
        "type": "object",
        "properties": {
            "find": {"type": "string", "minLength": 1, "description": "Found literally."},
            "matches": {
                "type": "string",
                "minLength": 1,
                "description": "An RE2 pattern; `with` may hold its groups as \\1 to \\9.",
            },
            "with": {"type": "string", "description": "What stands in its place; may be empty."},
        },
        "required": ["with"],
        "oneOf": [{"required": ["find"]}, {"required": ["matches"]}],
        "additionalProperties": False,
    },
    build=_build,
    bare=False,
    examples=(
        Example("a.b.c", "a-b-c", {"find": ".", "with": "-"}),
        Example("+44 7700 900123", "+447700900123", {"matches": r"\s+", "with": ""}),
        Example("Doe, John", "John Doe", {"matches": r"(\w+), (\w+)", "with": r"\2 \1"}),
        Example("x", None, {"matches": "(", "with": ""}, error="no RE2 pattern: missing )"),
        Example("x", None, {"matches": "x", "with": r"\1"}, error="the pattern has 0 groups"),
    ),
)
