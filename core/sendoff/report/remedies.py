"""What to do about each reason: why something was dropped or skipped, is dead, waits or is held."""

from __future__ import annotations

from typing import Final

_WORKS_AGAIN: Final = "replay it when the destination works again (`sendoff doctor` tells)"
_MAY_HAVE_ARRIVED: Final = "see at the destination whether it arrived, then replay or discard it"
_CREDENTIALS: Final = "correct the credentials and start the worker again: what waits goes on"
_SETTINGS: Final = (
    "correct the route's settings, and let the worker read them (SIGHUP): what waits goes on"
)

_DROPPED: Final = {
    "integration_disabled": "the event itself opts out, under `integrations`: change that where"
    " the event is made",
    "anonymous": "see that the event brings it, or require less in the blueprint",
    "no_consent": "nothing, if the person said no; else see that the event brings the consent",
    "no_rule": "add a rule for it to the blueprint, if it should be sent",
}

_SKIPPED: Final = {
    "already_exists": "nothing: the destination has it",
    "consent_withdrawn": "nothing: the person has said no",
}

_DEAD: Final = {
    "invalid_event": "correct the line where it is made",
    "missing_field": "see that the event brings it, or give the field a `default` or another path"
    " in the blueprint",
    "mapping_error": "correct the value where it is made, or let the field do without it"
    " (`on_error: omit` in the blueprint)",
    "invalid_payload": "correct the value where it is made, or change it in the blueprint (`do`)",
    "invalid_request": "mend what the destination names there, and replay it; or correct the"
    " blueprint, and replay it with --remap",
    "conflict": "look at the record at the destination, then replay or discard it",
    "refused": "see in the detail who refused it: mend what the destination does not take, or see"
    " that something listens at its address (`sendoff doctor`), and replay it",
    "too_large": "send less in one event",
    "unknown_action": "the plugin has no such action any more: correct the blueprint, and replay"
    " it with --remap",
    "identity_conflict": "merge the records at the destination, or correct the id there, and"
    " replay it",
    "shared_phone": "merge the two at the destination, or let it take one number twice, and"
    " replay it",
    "is_agent": "discard it; to have no more of them, take your agents out of the events",
    "blocked_or_deleted": "restore or unblock it at the destination, or delete it for good, and"
    " replay it",
    "contact_too_large": "shorten it at the destination, and replay it",
    "unknown_outcome": _MAY_HAVE_ARRIVED,
    "took_the_worker_down": "the process ended three times while this alone was out: report it to"
    " the author of the destination's plugin, and replay it when it is mended",
    "damaged": "the store's file was damaged here: see at the destination whether it arrived, then"
    " replay it with --remap or discard it",
    "recovered": _MAY_HAVE_ARRIVED,
}

_GIVEN_UP: Final = {
    "plugin_error": "report it to the author of the destination's plugin",
    "plugin_timeout": "report it to the author of the destination's plugin, or raise"
    " `limits.deadline` if it only needs longer; see at the destination whether it arrived, then"
    " replay or discard it",
    **dict.fromkeys(
        ("request_timeout", "not_yet", "unavailable", "dns", "connect_timeout", "tls"),
        _WORKS_AGAIN,
    ),
    **dict.fromkeys(("server_error", "timeout", "connection_lost", "protocol"), _MAY_HAVE_ARRIVED),
}

_HELD: Final = {
    "credentials_refused": _CREDENTIALS,
    "keys_refused": _CREDENTIALS,
    "permission_denied": "see that the destination allows it: what waits goes on by itself",
    "wrong_domain": _SETTINGS,
    "wrong_address": _SETTINGS,
    "wrong_format": _SETTINGS,
    "redirected": _SETTINGS,
    "forbidden": _SETTINGS,
    "unexpected_status": "see with `sendoff doctor` what answers at the address in the settings",
    "unexpected_answer": "look for a proxy or a sign-in page on the way: what waits goes on by"
    " itself",
    "unreachable": "see with `sendoff doctor` whether it is up: when it is, what waits goes on by"
    " itself",
}

_WAITING: Final = {
    "throttled": "nothing: it goes on when the destination's pause is over",
    "stopped": "start a worker: `sendoff worker`",
}

_ALL: Final = _DROPPED | _SKIPPED | _DEAD | _GIVEN_UP | _HELD | _WAITING


def remedy(reason: str) -> str:
    """What to do about it; empty for a reason that only somebody else's plugin knows."""
    return _ALL.get(reason, "")
