"""The receivers that the sandbox can imitate, and the settings they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff.destination import Switch
from sendoff.testing import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.testing.sandbox import Spec

_TEXT: Final = {"type": "string", "minLength": 1}


def _auth(kind: str, **parts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", *parts],
        "additionalProperties": False,
        "properties": {"type": {"const": kind}, **parts},
    }


SWITCHES: Final[tuple[Switch, ...]] = (
    Switch(
        "auth",
        "The proof that every request has to bear, written as the setting `auth` of a route: "
        "`{type: none}`, `{type: bearer, token: …}`, `{type: basic, user: …, password: …}` or "
        "`{type: hmac, secret: …}`. Wrong or missing: 401.",
        {
            "oneOf": [
                _auth("none"),
                _auth("bearer", token=_TEXT),
                _auth("basic", user=_TEXT, password={"type": "string"}),
                _auth("hmac", secret=_TEXT),
            ]
        },
        {"type": "none"},
    ),
    Switch(
        "max_body",
        "Bytes of a body, as sent, above which it is refused (413).",
        {"type": ["integer", "null"], "minimum": 1},
        None,
    ),
    Switch(
        "max_events",
        "Events of a request above which it is refused (413).",
        {"type": ["integer", "null"], "minimum": 1},
        None,
    ),
    sandbox.DELAY,
    sandbox.fail_switch(),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The value of every switch, each of the type its schema says."""

    auth: Mapping[str, str]
    max_body: int | None
    max_events: int | None
    delay: float
    fail: Spec


def settle(values: Mapping[str, object]) -> Settings:
    """The settings that `values` and the defaults add up to.

    Raises `UsageError` for a switch that does not exist or a value that does not fit it.
    """
    return Settings(**sandbox.settle("webhook", SWITCHES, values))
