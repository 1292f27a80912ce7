"""`SWITCH=VALUE` on the command line, read against what a sandbox declares."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sendoff.documents import read_document
from sendoff.errors import ConfigurationError, UsageError
from sendoff.report.plain import plain
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sendoff.destination import Sandbox, Switch


def read_switches(sandbox: Sandbox, given: Sequence[str]) -> dict[str, Any]:
    """The values of the switches that are given as `NAME=VALUE`.

    A value is YAML (a number, true, a list such as `[a, b]`, JSON) where that fits the switch, and
    text else. UsageError: an unknown switch, or a value that does not fit it.
    """
    known = {switch.name: switch for switch in sandbox.switches}
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if name not in known:
            why = did_you_mean(name, known) or "it has none"
            raise UsageError(f"the sandbox has no switch `{plain(name)}` ({why})")
        if not equals:
            raise UsageError(f"the switch `{name}` has no value (write {name}=VALUE)")
        values[name] = _fitting(known[name], value)
    return values


def _fitting(switch: Switch, text: str) -> Any:
    validator = Draft202012Validator(switch.schema)
    readings = list(_readings(text))
    for reading in readings:
        if validator.is_valid(reading):
            return reading
    error = best_match(validator.iter_errors(readings[0]))
    why = error.message if error else "it does not fit"
    raise UsageError(f"the switch `{switch.name}` does not take that: {why} ({switch.description})")


def _readings(text: str) -> Iterator[Any]:
    with suppress(ConfigurationError):  # what is no YAML, or not certain to be, is text
        yield read_document(f"value: {text}", "switch").value["value"]
    yield text
