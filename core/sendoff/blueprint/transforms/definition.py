"""What a transform is: one definition that serves the documents, the checks and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JsonType = Literal["text", "integer", "number", "boolean", "list", "object"]
"""The type of a value; an integer is also a number, a boolean never is."""

JSON_TYPES: tuple[JsonType, ...] = get_args(JsonType)

_TYPES: dict[type, JsonType] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "list",
    dict: "object",
}
_WORDS: dict[JsonType, str] = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "a boolean",
    "list": "a list",
    "object": "an object",
}


class TransformError(ValueError):
    """A value that a transform cannot do, or parameters that it cannot be built with.

    The message goes into the decision's detail and is shown: it says what is wrong with the value
    and never quotes it, since a value may be somebody's personal data.
    """


@dataclass(frozen=True, slots=True)
class Example:
    """One call and what comes of it, shown in the documents and run by the tests.

    `parameters` is what stands after the name in YAML, None for a transform written bare. `result`
    None means no value. With `error` the call has to fail with a message that contains it.
    """

    value: Any
    result: Any = None
    parameters: Any = None
    error: str | None = None


class Members(NamedTuple):
    """Some members of an object, as they are: all but those `without`, or only its `scalars`."""

    without: frozenset[str] = frozenset()
    scalars: bool = False


@dataclass(frozen=True, slots=True)
class Transform:
    """A named step of a field's `do`.

    `build` turns the parameters into a function of one value. That function gives the new value,
    or None for no value; it raises `TransformError` for a value it cannot do, and nothing else;
    it never changes the value it got, and may give parts of it back.
    """

    name: str
    summary: str
    """One line for the documents."""
    accepts: frozenset[JsonType]
    """The types of values it takes, "number" always with "integer"; `unfit` refuses the others."""
    returns: frozenset[JsonType]
    """The types of values it may give; no value is possible too."""
    parameters: Mapping[str, Any] | None
    """JSON Schema of what stands after the name; None: it takes none.

    What is given as `{param: name}` is filled, or left out where the parameter is unset, and the
    whole is held against the schema before `build` sees it. `build` raises `TransformError` for
    what a schema cannot say.
    """
    build: Callable[[Any], Callable[[Any], Any]]
    examples: tuple[Example, ...]
    bare: bool
    """It may be written without parameters, as in `do: [trim]`; `build` then gets None."""
    on_text: Callable[[str], str] | None = None
    """What does the same, faster, to text that is not blank, and makes no blank text of it."""
    members: Callable[[Any], Members] | None = None
    """Which members of an object it keeps, by its parameters, where it does nothing else to one."""


def json_type(value: Any) -> JsonType | None:
    """The type of a decoded JSON value; None for null and for what JSON has no word for."""
    return _TYPES.get(type(value))


def described(value: Any) -> str:
    """The value's type as a sentence names it: "a list", "null"."""
    kind = json_type(value)
    if kind is not None:
        return _WORDS[kind]
    return "null" if value is None else f"a Python {type(value).__name__}"


def unfit(value: Any, *takes: JsonType) -> TransformError:
    """The error for a value of a type that is not taken: "takes text, not a list"."""
    *others, last = (_WORDS[kind] for kind in takes)
    wanted = f"{', '.join(others)} or {last}" if others else last
    return TransformError(f"takes {wanted}, not {described(value)}")
