"""Transforms of an object to a smaller or a flatter one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import (
    Example,
    Members,
    Transform,
    TransformError,
    unfit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sendoff.blueprint.transforms.definition import JsonType

_OBJECT: frozenset[JsonType] = frozenset(("object",))
_KEYS = {
    "type": "array",
    "items": {"type": "string"},
    "minItems": 1,
    "uniqueItems": True,
    "description": "Keys, literally: a dot is part of a key.",
}
_SCALARS = frozenset((str, int, float, bool))

# Bounds the depth, and what a long key over many others can grow into: a key is repeated for each.
_LONGEST_PREFIX = 255


def _build_pick(keys: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
    kept = tuple(keys)

    def pick(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unfit(value, "object")
        return {key: value[key] for key in kept if key in value}

    return pick


def _build_omit(keys: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
    left_out = frozenset(keys)

    def omit(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unfit(value, "object")
        return {key: inner for key, inner in value.items() if key not in left_out}

    return omit


def _build_scalars(_parameters: None) -> Callable[[Any], dict[str, Any] | list[Any]]:
    def scalars(value: Any) -> dict[str, Any] | list[Any]:
        if type(value) is dict:
            return {key: inner for key, inner in value.items() if type(inner) in _SCALARS}
        if type(value) is list:
            return [item for item in value if type(item) in _SCALARS]
        raise unfit(value, "object", "list")

    return scalars


def scalars_without(keys: frozenset[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What `omit` with these keys and `scalars` make together of an object of an event.

    Members without a value are left out as well.
    """

    def kept(value: dict[str, Any]) -> dict[str, Any]:
        return {
            key: inner
            for key, inner in value.items()
            if key not in keys
            and ((inner and not inner.isspace()) if type(inner) is str else type(inner) in _SCALARS)
        }

    return kept


def _build_flatten(parameters: Mapping[str, str] | None) -> Callable[[Any], dict[str, Any]]:
    separator = (parameters or {}).get("separator", ".")

    def flatten(value: Any) -> dict[str, Any]:
        if type(value) is dict:
            return dict(_leaves(value, "", separator))
        raise unfit(value, "object")

    return flatten


def _leaves(node: Mapping[str, Any], prefix: str, separator: str) -> Iterator[tuple[str, Any]]:
    if len(prefix) > _LONGEST_PREFIX:
        raise TransformError(f"is nested under keys of more than {_LONGEST_PREFIX} characters")
    for key, inner in node.items():
        if type(inner) is dict:
            yield from _leaves(inner, prefix + key + separator, separator)
        else:
            yield prefix + key, inner


PICK = Transform(
    name="pick",
    summary="The object with only these of its keys, in this order.",
    accepts=_OBJECT,
    returns=_OBJECT,
    parameters=_KEYS,
    build=_build_pick,
    bare=False,
    examples=(
        Example(
            {"plan": "pro", "seats": 5, "note": "x"}, {"seats": 5, "plan": "pro"}, ["seats", "plan"]
        ),
        Example({"plan": "pro"}, {}, ["seats"]),
    ),
)

OMIT = Transform(
    name="omit",
    summary="The object without these of its keys, in its own order.",
    accepts=_OBJECT,
    returns=_OBJECT,
    parameters=_KEYS,
    build=_build_omit,
    bare=False,
    members=lambda keys: Members(without=frozenset(keys)),
    examples=(
        Example({"plan": "pro", "seats": 5, "note": "x"}, {"plan": "pro", "seats": 5}, ["note"]),
        Example({"plan": "pro"}, {}, ["plan", "seats"]),
    ),
)

SCALARS = Transform(
    name="scalars",
    summary="The object or list with only its texts, numbers and booleans.",
    accepts=frozenset(("object", "list")),
    returns=frozenset(("object", "list")),
    parameters=None,
    build=_build_scalars,
    bare=True,
    members=lambda _none: Members(scalars=True),
    examples=(
        Example({"a": 1, "b": {"c": 2}, "d": [3], "e": None, "f": False}, {"a": 1, "f": False}),
        Example(["a", ["b"], None, 0], ["a", 0]),
    ),
)

FLATTEN = Transform(
    name="flatten",
    summary=(
        "The object without objects in it: their keys are joined by the separator; lists stay, and"
        " of two equal keys the later wins."
    ),
    accepts=_OBJECT,
    returns=_OBJECT,
    parameters={
        "type": "object",
        "properties": {
            "separator": {
                "type": "string",
                "minLength": 1,
                "description": "What joins two keys; a dot when left out.",
            }
        },
        "additionalProperties": False,
    },
    build=_build_flatten,
    bare=True,
    examples=(
        Example(
            {"a": {"b": {"c": 1}, "d": [{"e": 2}]}, "f": 3}, {"a.b.c": 1, "a.d": [{"e": 2}], "f": 3}
        ),
        Example({"a": {"b": 1}}, {"a_b": 1}, {"separator": "_"}),
        Example({"a": {}}, {}),
    ),
)
