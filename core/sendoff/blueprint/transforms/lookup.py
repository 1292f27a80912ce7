"""`lookup`: one scalar for another, by a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.blueprint.transforms.definition import Example, JsonType, Transform, unfit
from sendoff.blueprint.transforms.numbers import written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SCALAR: frozenset[JsonType] = frozenset(("text", "integer", "number", "boolean"))


def _build(parameters: Mapping[str, Any]) -> Callable[[Any], Any]:
    table = dict(parameters)
    otherwise = table.get("*")

    def lookup(value: Any) -> Any:
        if type(value) is str:
            return table.get(value, otherwise)
        if type(value) is list or type(value) is dict or value is None:
            raise unfit(value, "text", "number", "boolean")
        return table.get(written(value), otherwise)

    return lookup


LOOKUP = Transform(
    name="lookup",
    summary=(
        "What a table holds for the value, compared as text, letter by letter; `*` stands for every"
        " other value, without it they give no value."
    ),
    accepts=_SCALAR,
    returns=_SCALAR,
    parameters={
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": ["string", "number", "boolean"]},
        "description": "Value to result; a number's key is its text, a blank result is no value.",
    },
    build=_build,
    bare=False,
    examples=(
        Example("gold", 1, {"gold": 1, "*": 0}),
        Example("Gold", 0, {"gold": 1, "*": 0}),
        Example("bronze", None, {"gold": 1}),
        Example(1.0, "one", {"1": "one"}),
        Example(True, "yes", {"true": "yes", "false": "no"}),
        Example(["gold"], None, {"gold": 1}, error="not a list"),
    ),
)
