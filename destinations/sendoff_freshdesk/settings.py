"""The settings of a route to Freshdesk, and the address they add up to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sendoff.addresses import base_address
from sendoff.destination import refused_settings
from sendoff.errors import UsageError
from sendoff_freshdesk.domain import ASK, account_label

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

_API_KEY = re.compile(r"[!-9;-~]+")


def api_address(settings: Mapping[str, Any]) -> str:
    """Scheme and host that requests go to, without a slash at the end.

    Raises UsageError for settings that `check` refuses.
    """
    if "base_url" in settings:
        return base_address(settings["base_url"])
    return f"https://{account_label(settings.get('domain', ''))}.freshdesk.com"


def account_host(settings: Mapping[str, Any]) -> str:
    """Host, and port where one is named, of the account whose quota requests spend."""
    return api_address(settings).partition("://")[2]


def check(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every setting that cannot be used, with what to do about it; looks at nothing outside."""
    problems = []
    if "domain" not in settings and "base_url" not in settings:
        problems.append(("domain", f"is missing: {ASK}"))
    return [*problems, *refused_settings(settings, _READERS)]


def _checked_api_key(text: str) -> str:
    # A colon would end the key where Basic authentication has its user name.
    if not _API_KEY.fullmatch(text):
        raise UsageError(
            "is no API key: it is empty, or holds white space, a colon or a character outside"
            " ASCII; copy it again from the agent's profile settings"
        )
    return text


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "domain": account_label,
    "base_url": base_address,
    "api_key": _checked_api_key,
}
