"""sendoff turns customer events into requests to SaaS destinations, and says why for every event.

Embedding needs these names. A plugin author also imports from `sendoff.destination`,
`sendoff.delivery`, `sendoff.http`, `sendoff.answer`, `sendoff.responses`, `sendoff.addresses` and
`sendoff.hookspecs`, and for tests from `sendoff.serving` and `sendoff.testing`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sendoff.decision import Decision
    from sendoff.errors import ConfigurationError, InvalidEvent, SendoffError, UsageError
    from sendoff.event import Event
    from sendoff.pipeline import Receipt, Sendoff

__all__ = [
    "ConfigurationError",
    "Decision",
    "Event",
    "InvalidEvent",
    "Receipt",
    "Sendoff",
    "SendoffError",
    "UsageError",
]

_HOMES = {
    "Decision": "sendoff.decision",
    "Event": "sendoff.event",
    "Receipt": "sendoff.pipeline",
    "Sendoff": "sendoff.pipeline",
}


def __getattr__(name: str) -> Any:
    # Imported when first used: the command line starts without the half of the package that it
    # does not need for the command at hand.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "sendoff.errors")), name)
