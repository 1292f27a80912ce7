"""The variants of Freshsuccess that the sandbox can imitate, and the settings they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sendoff.destination import Switch
from sendoff.testing import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.testing.sandbox import Spec

Handling = Literal["keep", "drop", "refuse"]
"""What becomes of a request that is not as the vendor asks: taken all the same, its events dropped
under a 200, or 400."""

_KEY: Final = {"type": "string", "minLength": 1}
_PAIR: Final = {
    "type": "object",
    "required": ["auth_key", "api_key"],
    "additionalProperties": False,
    "properties": {"auth_key": _KEY, "api_key": _KEY},
}
_MOST: Final = {"type": ["integer", "null"], "minimum": 1}
_HANDLING: Final = {"enum": ["drop", "refuse", "keep"]}

SWITCHES: Final[tuple[Switch, ...]] = (
    Switch("auth_key", "The authKey of the source.", _KEY, "sandbox-auth-key"),
    Switch("api_key", "The apiKey of the source.", _KEY, "sandbox-api-key"),
    Switch(
        "sources",
        "Further sources, each with its own pair of keys: "
        '`[{"auth_key": "a", "api_key": "b"}]`. Keys of two sources do not go together.',
        {"type": "array", "items": _PAIR},
        [],
    ),
    Switch(
        "strict",
        "Drop events that only sendoff's own rules R10 and R11 doubt (a createdAt that is no time "
        "in milliseconds, a negative number). Otherwise they are kept, and marked.",
        {"type": "boolean"},
        False,
    ),
    Switch(
        "bad_coding",
        "What becomes of a body that is not compressed as its Content-Encoding says: drop (200, "
        "and nothing kept) or refuse (400).",
        {"enum": ["drop", "refuse"]},
        "drop",
    ),
    Switch(
        "bad_type",
        "What becomes of events under a Content-Type other than application/json: drop (200), "
        "refuse (400) or keep. Without the header they are always taken.",
        _HANDLING,
        "drop",
    ),
    Switch(
        "no_length",
        "What becomes of events in a request without Content-Length: drop (200), refuse (400) or "
        "keep.",
        _HANDLING,
        "drop",
    ),
    Switch("max_body", "Bytes of a body, as sent, above which it is refused (413).", _MOST, None),
    Switch("max_events", "Events of a request above which it is refused (413).", _MOST, None),
    sandbox.DELAY,
    sandbox.fail_switch(),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The value of every switch, each of the type its schema says."""

    auth_key: str
    api_key: str
    sources: list[dict[str, str]]
    strict: bool
    bad_coding: Handling
    bad_type: Handling
    no_length: Handling
    max_body: int | None
    max_events: int | None
    delay: float
    fail: Spec

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """The pairs of authKey and apiKey that are known."""
        others = {(source["auth_key"], source["api_key"]) for source in self.sources}
        return {(self.auth_key, self.api_key), *others}


def settle(values: Mapping[str, object]) -> Settings:
    """The settings that `values` and the defaults add up to.

    Raises `UsageError` for a switch that does not exist or a value that does not fit it.
    """
    return Settings(**sandbox.settle("Freshsuccess", SWITCHES, values))
