"""Mistakes against a schema in words for people.

A value is shown only where the schema lists what may stand there, and never that of a property
with `"secret": true`: any other value may be a secret that was put in the wrong place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sendoff.documents.excerpt import excerpt
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sendoff.documents.mistakes import Mistake, Path


class Remark(NamedTuple):
    """What to tell about the part of a value at `path`."""

    path: Path
    message: str
    fix: str


_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_FIXES = {
    "integer": "write a whole number, without quotes",
    "number": "write a number, without quotes",
    "array": "write `- item` lines below it",
    "object": "write `key: value` lines below it",
}
# Keywords that need no more than what they want: the message, and the fix where the schema has
# neither hint nor description.
_PLAIN = {
    "pattern": ("does not have the right form", "it must match `{wanted}`"),
    "minLength": ("is shorter than {wanted} characters", "write more"),
    "maxLength": ("is longer than {wanted} characters", "shorten it"),
    "minimum": ("must be at least {wanted}", "raise it"),
    "maximum": ("must be at most {wanted}", "lower it"),
    "exclusiveMinimum": ("must be more than {wanted}", "raise it"),
    "exclusiveMaximum": ("must be less than {wanted}", "lower it"),
    "multipleOf": ("must be a multiple of {wanted}", "round it"),
    "minItems": ("has fewer items than {wanted}", "add to it"),
    "maxItems": ("has more items than {wanted}", "remove some"),
    "minProperties": ("has fewer keys than {wanted}", "add to it"),
    "maxProperties": ("has more keys than {wanted}", "remove some"),
    "not": ("is not allowed here", "remove it, or change it"),
    "false": ("holds what is not allowed", "remove it"),  # jsonschema does not say where
}


def worded(mistake: Mistake) -> Iterator[Remark]:
    """What to tell about a mistake; several remarks where several keys are at fault."""
    if special := _SPECIAL.get(mistake.keyword):
        return special(mistake)
    return iter([_plain(mistake)])


def _plain(mistake: Mistake) -> Remark:
    unusual = "breaks the rule `{keyword}`", "{keyword}: {wanted}"
    message, fix = _PLAIN.get(mistake.keyword, unusual)
    if mistake.keyword.startswith("min") and mistake.value in ("", [], {}):
        message, fix = "is empty", "fill it in, or remove it"
    words = {"keyword": mistake.keyword, "wanted": _written(mistake.wanted)}
    message = f"{_label(mistake)} {message.format(**words)}"
    return Remark(mistake.path, message, _advice(mistake) or fix.format(**words))


def _type(mistake: Mistake) -> Iterator[Remark]:
    wanted = [mistake.wanted] if isinstance(mistake.wanted, str) else list(mistake.wanted)
    names = _or([_TYPES.get(name, name) for name in wanted])
    fix = str(mistake.schema.get("description", "")) or f"write {names}"
    if wanted == ["string"] and isinstance(mistake.value, bool | int | float):
        fix = "put it in quotes"
    elif len(wanted) == 1:
        fix = _FIXES.get(wanted[0], fix)
    message = f"{_label(mistake)} must be {names}, not {_found(mistake.value, wanted)}"
    yield Remark(mistake.path, message, mistake.hint or fix)


def _found(value: Any, wanted: list[str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and "integer" in wanted:
        return "a number with decimals"
    kinds = {str: "text", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "null")


def _required(mistake: Mistake) -> Iterator[Remark]:
    for key in mistake.wanted:
        if key not in mistake.value:
            fix = mistake.hint or f"add `{key}: {_constant(mistake, key)}`"
            yield Remark(mistake.path, f"`{key}` is missing", fix)


def _constant(mistake: Mistake, key: str) -> str:
    known = mistake.schema.get("properties", {}).get(key, {})
    return _written(known["const"]) if isinstance(known, dict) and "const" in known else "…"


def _unknown(mistake: Mistake) -> Iterator[Remark]:
    known = mistake.schema.get("properties", {})
    for key in mistake.unknown_keys:
        fix = did_you_mean(key, known)
        if not fix.startswith("did"):
            fix = mistake.hint or fix or "remove it"
        yield Remark((*mistake.path, key), f"unknown key `{excerpt(key)}`", fix)


def _choice(mistake: Mistake) -> Iterator[Remark]:
    given = "this value"
    if isinstance(mistake.value, str | int | float) and not mistake.schema.get("secret"):
        given = f"`{_written(mistake.value)}`"
    message = f"unknown key {given}" if mistake.of_key else f"{_label(mistake)} cannot be {given}"
    fix = did_you_mean(_written(mistake.value), {_written(each) for each in mistake.wanted})
    if mistake.hint and not fix.startswith("did"):
        fix = mistake.hint
    yield Remark(mistake.path, message, fix)


def _fixed(mistake: Mistake) -> Iterator[Remark]:
    wanted = _written(mistake.wanted)
    message = f"{_label(mistake)} must be `{wanted}`"
    yield Remark(mistake.path, message, mistake.hint or f"write `{wanted}`")


def _repeated(mistake: Mistake) -> Iterator[Remark]:
    for index, item in enumerate(mistake.value):
        first = mistake.value.index(item)
        if first < index:
            message = f"item {index + 1} is the same as item {first + 1}"
            yield Remark((*mistake.path, index), message, mistake.hint or "remove one of them")


def _dependent(mistake: Mistake) -> Iterator[Remark]:
    for key, others in mistake.wanted.items():
        for other in others if key in mistake.value else ():
            if other not in mistake.value:
                message = f"`{other}` is missing, which `{key}` needs"
                yield Remark((*mistake.path, key), message, mistake.hint or f"add `{other}: …`")


def _alternatives(mistake: Mistake) -> Iterator[Remark]:
    """No alternative says what is wrong: a key that picks one is missing, or several fit."""
    if mistake.branches:
        missing = [next(_required(branch[0])).message for branch in mistake.branches]
        keys = [message.removesuffix(" is missing") for message in dict.fromkeys(missing)]
        yield Remark(mistake.path, f"{_or(keys)} is missing", mistake.hint or "add one of them")
        return
    message = f"{_label(mistake)} can be read in several ways"
    if isinstance(mistake.value, dict):
        forms = [form for form in mistake.wanted if isinstance(form, dict)]
        required = [key for form in forms for key in form.get("required", ())]
        keys = [f"`{key}`" for key in dict.fromkeys(required) if key in mistake.value]
        message = f"only one of {', '.join(keys)} can stand here" if len(keys) > 1 else message
    yield Remark(mistake.path, message, _advice(mistake) or "keep one of them")


def _advice(mistake: Mistake) -> str:
    return mistake.hint or str(mistake.schema.get("description", ""))


def _label(mistake: Mistake) -> str:
    match mistake.path:
        case (*_, str(key)):
            return f"the key `{excerpt(key)}`" if mistake.of_key else f"`{excerpt(key)}`"
        case (*_, str(key), int(index)):
            return f"item {index + 1} of `{excerpt(key)}`"
        case (*_, int(index)):
            return f"item {index + 1}"
    return "the document"


def _written(value: Any) -> str:
    return excerpt(value if isinstance(value, str) else json.dumps(value))


def _or(words: list[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


_SPECIAL: dict[str, Callable[[Mistake], Iterator[Remark]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _unknown,
    "enum": _choice,
    "const": _fixed,
    "uniqueItems": _repeated,
    "dependentRequired": _dependent,
    "anyOf": _alternatives,
    "oneOf": _alternatives,
}
