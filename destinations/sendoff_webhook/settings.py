"""The settings of a route to a webhook, and the address they add up to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sendoff.addresses import base_address, request_address
from sendoff.destination import refused_settings
from sendoff.errors import UsageError
from sendoff_webhook.authentication import HEADERS_OF, PARTS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEXT: Final = {"type": "string"}
_SECRET: Final = {"type": "string", "secret": True}
_KEY: Final = {**_SECRET, "minLength": 1}

SETTINGS: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "url": {
            **_SECRET,  # many services put a key into the address of a webhook
            "title": "Address",
            "description": "Where requests go, path and query included",
        },
        "method": {"enum": ["POST", "PUT", "PATCH"], "default": "POST"},
        "headers": {
            "type": "object",
            "description": "Sent with every request; all values but those listed are secrets",
            "properties": {"Accept": _TEXT, "Content-Type": _TEXT, "User-Agent": _TEXT},
            "additionalProperties": _SECRET,
        },
        "auth": {
            "type": "object",
            "description": "How a request proves who sent it",
            "required": ["type"],
            "additionalProperties": False,
            "properties": {
                "type": {"enum": list(PARTS_OF), "default": "none"},
                "token": _KEY,
                "user": _SECRET,  # in more than one API, the key stands here
                "password": _SECRET,
                "secret": _KEY,
            },
        },
        "format": {
            "enum": ["json", "ndjson"],
            "default": "json",
            "description": "One JSON object a request, or a batch of them, one a line",
        },
        "compression": {"enum": ["none", "gzip"], "default": "none"},
        "base_url": {
            "type": "string",
            "title": "Base address",
            "description": "Replaces scheme and host of `url`, for tests and the sandbox",
        },
    },
}
"""JSON Schema of the settings; `problems` says the rest."""

NO_AUTH: Final[Mapping[str, str]] = {"type": "none"}

_OURS: Final = {
    *("host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    *("content-encoding", "content-length", "expect", "idempotency-key"),
}
"""Headers that frame the message or name the delivery."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[!-~]([ -~]*[!-~])?")
_TOKEN: Final = re.compile(r"[!-~]+")
_USER: Final = re.compile(r"[^:\x00-\x1f\x7f]*")
_PASSWORD: Final = re.compile(r"[^\x00-\x1f\x7f]*")


def address(settings: Mapping[str, Any]) -> str:
    """Where requests go; UsageError for settings without a usable address."""
    if "base_url" not in settings:
        return _sendable(settings.get("url", ""))
    base = base_address(settings["base_url"])
    parts = urlsplit(_sendable(settings["url"])) if "url" in settings else urlsplit(base)
    scheme, _, netloc = base.partition("://")
    return parts._replace(scheme=scheme, netloc=netloc).geturl()


def host(settings: Mapping[str, Any]) -> str:
    """Host, and port where one is named, of that address."""
    return urlsplit(address(settings)).netloc


def problems(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every setting that cannot be used, with what to do about it; quotes no value."""
    if "url" not in settings and "base_url" not in settings:
        yield "url", "is missing: give the address that takes the events"
    yield from refused_settings(settings, {"url": _sendable, "base_url": base_address})
    auth = settings.get("auth", NO_AUTH)
    for problem in _of_auth(auth):
        yield "auth", problem
    for problem in _of_headers(settings.get("headers", {}), HEADERS_OF.get(auth.get("type"), ())):
        yield "headers", problem


def _sendable(url: str) -> str:
    """The address, if it is sent just as it is written: only so can it be found and covered."""
    import httpx  # noqa: PLC0415 - what has no such route need not wait for it

    if str(httpx.URL(request_address(url))) != url:
        raise UsageError(
            "is not spelled as it is sent: write scheme and host in small letters, leave out the"
            " port of https (443), `.` and `..` in the path, and percent-encode the rest"
        )
    return url


def _of_auth(auth: Mapping[str, Any]) -> Iterator[str]:
    kind = auth.get("type")
    parts = PARTS_OF.get(kind)
    if parts is None:
        return  # the schema has said so
    if auth.keys() - {"type"} != set(parts):
        listed = " and ".join(f"`{part}`" for part in parts) or "nothing"
        yield f"of type {kind} takes {listed} beside `type`"
    for name, pattern, wrong in (
        ("token", _TOKEN, "is empty, or holds white space, or a character outside ASCII"),
        ("user", _USER, "holds a colon, which would end it, or a control character"),
        ("password", _PASSWORD, "holds a control character"),
    ):
        if name in auth and not pattern.fullmatch(str(auth[name])):
            yield f"has a `{name}` that cannot be sent: it {wrong}"


def _of_headers(headers: Mapping[str, Any], signed: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for name, value in headers.items():
        small = name.lower()
        if not _NAME.fullmatch(name):
            yield "has a name that no header can have: use letters, digits and hyphens"
        elif small in _OURS:
            yield f"may not hold {name}: sendoff sets it itself"
        elif small in signed:
            yield f"may not hold {name} beside this `auth`, which sets it"
        elif small in seen:
            yield f"names {name} twice: upper and lower case are the same"
        elif not _VALUE.fullmatch(str(value)):
            yield (
                f"has a value of {name} that cannot be sent: it is empty, or holds a line break,"
                " white space at an end, or a character outside ASCII"
            )
        seen.add(small)
