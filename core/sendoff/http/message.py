"""A request made ready, or refused before anything of it can leave."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import httpx

from sendoff.addresses import is_loopback
from sendoff.answer import HttpError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?)?")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_FRAMING: Final = {
    "host",
    "content-encoding",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
}


def address(url: str) -> httpx.URL:
    """The address to call; HttpError `forbidden` for what must not be called.

    Only https leaves the machine; plain http reaches loopback, where sandboxes and tests live.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):  # the error's text would repeat the address
        raise HttpError("forbidden", "the address is not a valid URL") from None
    host = host_name(parsed)
    if not _HOST.fullmatch(host):
        raise HttpError("forbidden", "the address has no valid host name")
    if parsed.userinfo:
        raise HttpError("forbidden", f"the address of {host} holds credentials: use the settings")
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_loopback(host)):
        raise HttpError("forbidden", f"the address of {host} is not https")
    return parsed


def host_name(url: httpx.URL) -> str:
    """The host as it goes to the name service, in ASCII."""
    return url.raw_host.decode("ascii")


def complete(
    url: httpx.URL,
    given: Mapping[str, str] | None,
    body: bytes | None,
    coding: str | None,
    basic: tuple[str, str] | None,
) -> dict[str, str]:
    """All headers of a request, with lower-case names; HttpError `forbidden` for a bad one.

    `body` is what goes over the line, compressed where there is a `coding`. Headers that frame the
    message are ours alone; User-Agent and Accept may be replaced.
    """
    headers = {
        "host": url.netloc.decode("ascii"),
        "user-agent": _user_agent(),
        "accept": "*/*",
        # An answer of 64 KB stays 64 KB: there is nothing to unpack.
        "accept-encoding": "identity",
    }
    if body is not None:
        headers["content-length"] = str(len(body))
        if coding is not None:
            headers["content-encoding"] = coding
    for name, value in (given or {}).items():
        _check(name, value)
        headers[name.lower()] = value
    if basic is not None:
        headers["authorization"] = _basic(*basic)
    return headers


@cache
def _user_agent() -> str:
    return f"sendoff/{version('sendoff')}"


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise HttpError("forbidden", f"{name!r} is no name of an HTTP header")
    if name.lower() in _FRAMING:
        raise HttpError("forbidden", f"the header {name} is set by sendoff itself")
    if not _VALUE.fullmatch(value):
        raise HttpError(
            "forbidden",
            f"the value of the header {name} holds a line break, white space at an end,"
            " or a character that is not printable ASCII",
        )


def _basic(user: str, password: str) -> str:
    if ":" in user:
        raise HttpError("forbidden", "the user of Basic authentication holds a colon")
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
