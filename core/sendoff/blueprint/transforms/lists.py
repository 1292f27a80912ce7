"""Transforms between a text and a list, and of a list to a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import (
    JSON_TYPES,
    Example,
    Transform,
    TransformError,
    described,
    unfit,
)
from sendoff.blueprint.transforms.numbers import written
from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.blueprint.transforms.definition import JsonType

_LIST: frozenset[JsonType] = frozenset(("list",))
_TEXT: frozenset[JsonType] = frozenset(("text",))


def _build_split(separator: str) -> Callable[[Any], list[str] | None]:
    def split(value: Any) -> list[str] | None:
        if type(value) is not str:
            raise unfit(value, "text")
        return [part for piece in value.split(separator) if (part := piece.strip())] or None

    return split


def _build_join(separator: str) -> Callable[[Any], str | None]:
    def join(value: Any) -> str | None:
        if type(value) is not list:
            raise unfit(value, "list")
        return separator.join(_item(item) for item in value if has_value(item)) or None

    return join


def _item(item: Any) -> str:
    if type(item) in {list, dict}:
        raise TransformError(f"is a list that holds {described(item)}, which has no text")
    return written(item)


def _build_first(_parameters: None) -> Callable[[Any], Any]:
    def first(value: Any) -> Any:
        if type(value) is not list:
            raise unfit(value, "list")
        return next(filter(has_value, value), None)

    return first


def _build_last(_parameters: None) -> Callable[[Any], Any]:
    def last(value: Any) -> Any:
        if type(value) is not list:
            raise unfit(value, "list")
        return next(filter(has_value, reversed(value)), None)

    return last


def _build_slice(parameters: Mapping[str, int]) -> Callable[[Any], str | list[Any]]:
    part = slice(parameters.get("start"), parameters.get("end"))

    def cut(value: Any) -> str | list[Any]:
        if type(value) is str or type(value) is list:
            return value[part]
        raise unfit(value, "text", "list")

    return cut


SPLIT = Transform(
    name="split",
    summary="A list of the text's parts between the separators, trimmed, blank parts left out.",
    accepts=_TEXT,
    returns=_LIST,
    parameters={"type": "string", "minLength": 1, "description": "The separator, literally."},
    build=_build_split,
    bare=False,
    examples=(
        Example("red, green,,blue", ["red", "green", "blue"], ","),
        Example("red", ["red"], ","),
        Example(" , ", None, ","),
    ),
)

JOIN = Transform(
    name="join",
    summary="One text of a list's texts, numbers and booleans; items without a value left out.",
    accepts=_LIST,
    returns=_TEXT,
    parameters={"type": "string", "description": "What stands between two items; may be empty."},
    build=_build_join,
    bare=False,
    examples=(
        Example(["red", "", None, 2, True], "red, 2, true", ", "),
        Example([], None, ","),
        Example(["red", ["green"]], None, ",", error="a list that holds a list"),
    ),
)

FIRST = Transform(
    name="first",
    summary="The first item of a list that has a value.",
    accepts=_LIST,
    returns=frozenset(JSON_TYPES),
    parameters=None,
    build=_build_first,
    bare=True,
    examples=(Example([None, "", 0, "x"], 0), Example([[], {}], None)),
)

LAST = Transform(
    name="last",
    summary="The last item of a list that has a value.",
    accepts=_LIST,
    returns=frozenset(JSON_TYPES),
    parameters=None,
    build=_build_last,
    bare=True,
    examples=(Example(["x", {"a": 1}, " "], {"a": 1}), Example([], None)),
)

_INDEX = {"type": "integer", "minimum": -(2**31), "maximum": 2**31}

SLICE = Transform(
    name="slice",
    summary="The characters of a text, or the items of a list, from `start` up to before `end`.",
    accepts=frozenset(("text", "list")),
    returns=frozenset(("text", "list")),
    parameters={
        "type": "object",
        "properties": {
            "start": {**_INDEX, "description": "Counts from 0; below zero, from the end."},
            "end": {**_INDEX, "description": "The first one left out; below zero, from the end."},
        },
        "minProperties": 1,
        "additionalProperties": False,
    },
    build=_build_slice,
    bare=False,
    examples=(
        Example("abcdef", "abc", {"end": 3}),
        Example("abcdef", "ef", {"start": -2}),
        Example([1, 2, 3, 4], [2, 3], {"start": 1, "end": -1}),
        Example("ab", "", {"start": 5}),
    ),
)
