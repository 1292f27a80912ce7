"""The switches of a sandbox: what it was given, judged by what it declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sendoff.destination import Switch
from sendoff.errors import UsageError
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STEPS: Final = {"type": "array", "items": {"type": ["string", "integer"]}}
_FORMS: Final[list[dict[str, Any]]] = [{"type": "string"}, {"type": "integer"}, _STEPS]

DELAY: Final = Switch(
    "delay",
    "Seconds every answer takes; the work is done before the wait.",
    {"type": "number", "minimum": 0},
    0,
)
"""The switch of `StandIn`'s `delay`."""


def fail_switch(*, each: str = "", example: str = "") -> Switch:
    """The switch of `StandIn`'s `fail`: a script for the next requests.

    Where the sandbox says whom a request is about (`StandIn.people`), `each` names what they are
    known by and `example` is one, and the switch takes a script for each of them as well.
    """
    description = (
        "A script for the next requests, such as `500*3,html502,429:2,slow:5,drop,lost` (drop: the "
        "connection is cut; lost: the work is done, then it is cut; `503*`: for ever)"
    )
    forms = list(_FORMS)
    if each:
        description += f', or one for each {each}: `{{"{example}": [500, 500, 201]}}`'
        forms.append({"type": "object", "additionalProperties": {"anyOf": _FORMS}})
    return Switch("fail", f"{description}.", {"anyOf": forms}, "")


def settle(title: str, switches: Sequence[Switch], values: Mapping[str, object]) -> dict[str, Any]:
    """The value of every switch: what is given in `values`, else its default.

    `title` names the sandbox in messages. UsageError: a switch that does not exist, or a value that
    does not fit its schema.
    """
    known = {switch.name: switch for switch in switches}
    settled: dict[str, Any] = {name: switch.default for name, switch in known.items()}
    for name, value in values.items():
        if name not in known:
            why = did_you_mean(name, known) or "it has none"
            raise UsageError(f"the {title} sandbox has no switch {name} ({why})")
        _fits(known[name], value)
        settled[name] = value
    return settled


def _fits(switch: Switch, value: object) -> None:
    error = best_match(Draft202012Validator(switch.schema).iter_errors(value))
    if error is not None:
        raise UsageError(
            f"sandbox switch {switch.name}: {error.message} (it takes: {switch.description})"
        )
