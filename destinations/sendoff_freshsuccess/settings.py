"""The settings of a route to Freshsuccess, and the addresses they add up to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sendoff.addresses import base_address
from sendoff.destination import refused_settings
from sendoff.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SETTINGS: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["auth_key", "api_key"],
    "additionalProperties": False,
    "properties": {
        "datacenter": {
            "title": "Data centre",
            "description": "us, or eu for Europe and Asia; support@freshsuccess.com knows which",
            "enum": ["us", "eu"],
        },
        "auth_key": {
            "type": "string",
            "title": "Auth key",
            "description": "The JS Data AuthKey of the source, made together with its api key",
            "secret": True,
        },
        "api_key": {
            "type": "string",
            "title": "API key",
            "description": "The JS Data ApiKey of the source; not the key of the Account API",
            "secret": True,
        },
        "compression": {
            "title": "Compression of requests",
            "enum": ["gzip", "deflate", "none"],
            "default": "gzip",
        },
        "repeat": {
            "title": "What becomes of a request that ended without an answer",
            "description": "at_least_once sends it again, and some events may count twice;"
            " at_most_once gives its events up, and some may not count at all",
            "enum": ["at_least_once", "at_most_once"],
            "default": "at_least_once",
        },
        "verify_keys": {
            "type": "boolean",
            "title": "Try the keys when the route is verified",
            "description": "Sends a request without events to them, which Freshsuccess does not"
            " document",
            "default": False,
        },
        "base_url": {
            "type": "string",
            "title": "Base address",
            "description": "Replaces https://events-DATACENTER.freshsuccess.com, for tests and the"
            " sandbox",
        },
    },
}
"""JSON Schema of the settings; `check` says the rest."""

_DOTS: Final = (".", "..")


def collector_address(settings: Mapping[str, Any]) -> str:
    """Scheme and host that requests go to, without a slash at the end.

    Raises UsageError for settings that `check` refuses.
    """
    if "base_url" in settings:
        return base_address(settings["base_url"])
    if "datacenter" not in settings:
        raise UsageError(_NO_DATACENTER)
    return f"https://events-{settings['datacenter']}.freshsuccess.com"


def events_path(settings: Mapping[str, Any]) -> str:
    """The path that events are posted to. Both secrets are in it.

    The auth key comes first, although Freshsuccess's own JavaScript library takes it second.
    Raises UsageError for keys that `check` refuses.
    """
    keys = (_checked_key(settings[name]) for name in ("auth_key", "api_key"))
    return "/v1/" + "/".join(quote(key, safe="") for key in keys)


def account_name(settings: Mapping[str, Any]) -> str:
    """Host and pair of keys, named without telling them: whose events these settings send."""
    host = collector_address(settings).partition("://")[2]
    pair = sha256(events_path(settings).encode()).hexdigest()
    return f"{host}/{pair[:12]}"


def check(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting that cannot be used, with what to do about it; looks at nothing outside."""
    problems = []
    if "datacenter" not in settings and "base_url" not in settings:
        problems.append(("datacenter", _NO_DATACENTER))
    return [*problems, *refused_settings(settings, _READERS)]


def _checked_key(text: str) -> str:
    # As a step of a path, a dot or two would be taken for a direction and left out.
    if not text or not text.isprintable() or any(map(str.isspace, text)) or text in _DOTS:
        raise UsageError(
            "is no key: it is empty, or holds white space or a character that cannot be printed;"
            " copy it again from the page of the source in Freshsuccess"
        )
    return text


_NO_DATACENTER: Final = "is missing: give us, or eu for Europe and Asia"

_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "base_url": base_address,
    "auth_key": _checked_key,
    "api_key": _checked_key,
}
