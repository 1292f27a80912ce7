"""The settings of a route to Freshdesk, and the address they add up to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from sendoff.errors import UsageError
from sendoff_freshdesk.domain import ASK, LABEL, account_label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SETTINGS: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["api_key"],
    "additionalProperties": False,
    "properties": {
        "domain": {
            "type": "string",
            "title": "Freshdesk domain",
            "description": "The part before .freshdesk.com, such as acme",
        },
        "api_key": {
            "type": "string",
            "title": "API key",
            "description": "From the profile settings of an agent who may write contacts",
            "secret": True,
        },
        "base_url": {
            "type": "string",
            "title": "Base address",
            "description": "Replaces https://DOMAIN.freshdesk.com, for tests and the sandbox",
        },
    },
}
"""JSON Schema of the settings; `check` says the rest."""

_BASE_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|{LABEL}(?:\.{LABEL})*)"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII | re.IGNORECASE,
)
_PORTS: Final = range(1, 65536)
_API_KEY = re.compile(r"[!-9;-~]+")


def base_address(settings: Mapping[str, Any]) -> str:
    """Scheme and host that requests go to, without a slash at the end.

    Raises UsageError for settings that `check` refuses.
    """
    if "base_url" in settings:
        return _checked_base_url(settings["base_url"])
    return f"https://{account_label(settings.get('domain', ''))}.freshdesk.com"


def account_host(settings: Mapping[str, Any]) -> str:
    """Host, and port where one is named, of the account whose quota requests spend."""
    return base_address(settings).partition("://")[2]


def check(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting that cannot be used, with what to do about it; looks at nothing outside."""
    problems = []
    if "domain" not in settings and "base_url" not in settings:
        problems.append(("domain", f"is missing: {ASK}"))
    for name, read in _READERS.items():
        try:
            if name in settings:
                read(settings[name])
        except UsageError as error:
            problems.append((name, str(error)))
    return problems


def _checked_base_url(text: str) -> str:
    match = _BASE_URL.fullmatch(text)
    if match is None or int(match["port"] or 1) not in _PORTS:
        raise UsageError(
            "is no base address: give scheme, host and port alone, such as http://127.0.0.1:8090;"
            " the path /api/v2 is added"
        )
    if match["scheme"].lower() == "http" and not _is_loopback(match["host"].strip("[]")):
        raise UsageError("would send the API key unencrypted: use https, or http on loopback only")
    return text.removesuffix("/").lower()


def _checked_api_key(text: str) -> str:
    # A colon would end the key where Basic authentication has its user name.
    if not _API_KEY.fullmatch(text):
        raise UsageError(
            "is no API key: it is empty, or holds white space, a colon or a character outside"
            " ASCII; copy it again from the agent's profile settings"
        )
    return text


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "domain": account_label,
    "base_url": _checked_base_url,
    "api_key": _checked_api_key,
}
