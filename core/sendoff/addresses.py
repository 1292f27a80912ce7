"""Addresses that settings may name: where a route's requests, and its credentials, go."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from sendoff.errors import UsageError

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN: Final = (
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|{_LABEL}(?:\.{_LABEL})*)"
    r"(:(?P<port>[0-9]{1,5}))?"
)
_BASE = re.compile(rf"{_ORIGIN}/?", re.ASCII | re.IGNORECASE)
# No fragment, which is never sent, and no backslash, which some readers take for a slash.
_WHOLE = re.compile(rf"{_ORIGIN}([/?][!\"$-\[\]-~]*)?", re.ASCII | re.IGNORECASE)
_PORTS: Final = range(1, 65536)


def base_address(text: str) -> str:
    """Scheme, host and port in small letters, without a slash at the end.

    Raises UsageError for anything else, and for http that would leave this machine.
    """
    _judged(
        _BASE.fullmatch(text),
        "is no base address: give scheme, host and port alone, such as http://127.0.0.1:8090;"
        " the path is added",
    )
    return text.removesuffix("/").lower()


def request_address(text: str) -> str:
    """The whole address of a request, path and query included, as it was written.

    Raises UsageError for what is none, for one with a user name, a password or a fragment, and for
    http that would leave this machine.
    """
    _judged(
        _WHOLE.fullmatch(text),
        "is no web address: write it as https://host/path, percent-encoded, without a user name"
        " and without #",
    )
    return text


def is_loopback(host: str) -> bool:
    """Whether a host, in brackets or not, is this machine by its name or number."""
    try:
        return host.lower() == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _judged(match: re.Match[str] | None, otherwise: str) -> None:
    if match is None or int(match["port"] or 1) not in _PORTS:
        raise UsageError(otherwise)
    if match["scheme"].lower() == "http" and not is_loopback(match["host"]):
        raise UsageError("would send credentials unencrypted: use https, or http on loopback only")
