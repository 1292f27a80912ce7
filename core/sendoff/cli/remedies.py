"""What to do about each reason for which something is dead."""

from __future__ import annotations

from typing import Final

_REMEDIES: Final = {
    "invalid_event": "correct the line where it is made",
    "missing_field": "see that the event brings it, or give the field a `default` or another path"
    " in the blueprint",
    "mapping_error": "correct the value where it is made, or let the field do without it"
    " (`on_error: omit` in the blueprint)",
    "invalid_payload": "correct the value where it is made, or change it in the blueprint (`do`)",
    "plugin_error": "report it to the author of the destination's plugin",
    "too_large": "send less in one event",
}

_IN_DROPS: Final = {
    "integration_disabled": "the event itself opts out, under `integrations`: change that where"
    " the event is made",
    "anonymous": "see that the event brings it, or require less in the blueprint",
    "no_consent": "nothing, if the person said no; else see that the event brings the consent",
    "no_rule": "add a rule for it to the blueprint, if it should be sent",
}


def remedy(reason: str) -> str:
    """What to do about it; empty where only the destination's own words can say."""
    return _REMEDIES.get(reason) or _IN_DROPS.get(reason, "")
