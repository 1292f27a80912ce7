"""Judges a payload against its action's JSON Schema before anything leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sendoff.documents.mistakes import Mistake
from sendoff.documents.wording import worded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jsonschema.exceptions import ValidationError

    from sendoff.destination import Action


_BETWEEN = "\x1f"  # no id of a sensible system holds it, and every store can keep it


class PayloadJudge:
    """Says what is wrong with payloads of one action.

    Two libraries share the work: jsonschema-rs decides (it takes a hundredth of the time), and
    jsonschema words the message when it says no.
    """

    __slots__ = ("_judge", "_order_key", "_words", "is_valid")

    def __init__(self, action: Action) -> None:
        self._judge = jsonschema_rs.Draft202012Validator(
            dict(action.schema), validate_formats=True, mask="it"
        )
        self.is_valid: Callable[[Any], bool] = self._judge.is_valid
        self._words = Draft202012Validator(action.schema)
        self._order_key = tuple(map(_order_key, action.order_key))

    def problem(self, payload: Mapping[str, Any]) -> str:
        """What is wrong with a payload, as `$.path: why`; empty when it is valid.

        It never quotes a value, which may be somebody's personal data.
        """
        try:
            if self.is_valid(payload):
                return ""
        except ValueError as unwritable:  # a transform gave what is no JSON, such as a date
            return f"$: cannot be written as JSON ({unwritable})"
        found = best_match(self._words.iter_errors(payload))
        if found is None:
            # A format, which jsonschema judges only with further packages, or a line break at the
            # end, which Python lets a pattern's $ stand before.
            error = next(self._judge.iter_errors(payload))
            hint = _hint(self._words.schema, error.schema_path)
            return f"{_json_path(error.instance_path)}: {hint or error.message}"
        hint = found.schema.get("x-hint", "") if isinstance(found.schema, dict) else ""
        return f"{found.json_path}: {hint or _said(found)}"

    def order_key(self, payload: Mapping[str, Any]) -> str:
        """Whose deliveries must stay in order: the first of the action's keys that is all there."""
        for key_of in self._order_key:
            key = key_of(payload)
            if key is not None:
                return key
        return ""


def _order_key(targets: str | tuple[str, ...]) -> Callable[[Mapping[str, Any]], str | None]:
    """A function that gives a target, or a whole group of them, with its value; None without."""
    if isinstance(targets, tuple):
        if len(targets) == 2 and "." not in "".join(targets):  # noqa: PLR2004 - so most are
            return _pair(*targets)
        parts = [_order_key(target) for target in targets]

        def group(payload: Mapping[str, Any]) -> str | None:
            keys = [key for part in parts if (key := part(payload)) is not None]
            return _BETWEEN.join(keys) if len(keys) == len(parts) else None

        return group
    *around, last = targets.split(".")
    if not around:
        return _member(last)

    def single(payload: Mapping[str, Any]) -> str | None:
        here: Any = payload
        for step in around:
            here = here.get(step) if type(here) is dict else None
        value = here.get(last) if type(here) is dict else None
        return None if value is None else f"{targets}={value}"

    return single


def _member(name: str) -> Callable[[Mapping[str, Any]], str | None]:
    def member(payload: Mapping[str, Any]) -> str | None:
        value = payload.get(name)
        return None if value is None else f"{name}={value}"

    return member


def _pair(first: str, second: str) -> Callable[[Mapping[str, Any]], str | None]:
    def pair(payload: Mapping[str, Any]) -> str | None:
        one, other = payload.get(first), payload.get(second)
        if one is None or other is None:
            return None
        return f"{first}={one}{_BETWEEN}{second}={other}"

    return pair


def _hint(schema: Any, path: Iterable[str | int]) -> str:
    """The hint of the part of a schema in which a keyword, the last step, was not satisfied."""
    hint = ""
    for step in path:
        hint = schema.get("x-hint", "") if isinstance(schema, dict) else ""
        schema = schema[step]
    return hint


def _said(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    match error.validator:
        case "required" | "additionalProperties" | "dependentRequired" | "propertyNames":
            return error.message  # these quote keys alone
        case "enum":
            return f"takes one of {', '.join(map(str, wanted))}"
        case "const":
            return f"takes {wanted} alone"
        case "anyOf" | "oneOf" | None:
            return "has none of the forms that the action takes"
    schema = error.schema if isinstance(error.schema, dict) else {}
    path = tuple(error.absolute_path)
    mistake = Mistake(str(error.validator), wanted, error.instance, schema, path)
    return next(worded(mistake)).message


def _json_path(path: Iterable[str | int]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
