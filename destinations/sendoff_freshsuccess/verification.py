"""What can be said of a route without sending an event."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import Answer, HttpError
from sendoff.destination import Finding
from sendoff_freshsuccess.rules import CHECK_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sendoff_freshsuccess.collector import Collector

# As published integrations show the two keys. No rule of the vendor: good for a hint alone.
_API_KEY: Final = re.compile("[0-9a-z]{32}")
_AUTH_KEY: Final = re.compile("[0-9a-f]{32}")

_OK: Final = 200
_BAD_REQUEST: Final = 400

NOT_TRIED: Final = Finding(
    "warning",
    "whether the keys are right shows only with the first delivery",
    "set `verify_keys: true` to have them tried with a request without events",
)
SET_UP: Final = Finding(
    "warning",
    "Freshsuccess shows nothing of a source until its support has set up the processing, and then"
    " hourly; an event it cannot use it drops without a word",
    "tell Freshsuccess support about a new source, and look at the first events in the"
    " Instrumentation Viewer",
)
SWAPPED: Final = Finding(
    "warning",
    "`auth_key` and `api_key` look swapped: of the keys seen so far, those with letters beyond f"
    " are api keys",
    "compare both with the page of the source in Freshsuccess",
)
DEFLATE: Final = Finding(
    "warning",
    "Freshsuccess takes deflate, and does not say in which of its two forms; the one of HTTP is"
    " sent, with a zlib frame",
    "use `compression: gzip`, which has one form",
)


async def verify(collector: Collector, settings: Mapping[str, Any]) -> list[Finding]:
    """Whether the collector answers, and with `verify_keys` whether it takes the keys."""
    findings = [_reached(collector.host, await collector.ping())]
    if settings.get("verify_keys", False):
        findings.append(_tried(await collector.try_keys()))
    else:
        findings.append(NOT_TRIED)
    return [*findings, *_oddities(settings), SET_UP]


def _reached(host: str, came: Answer | HttpError) -> Finding:
    fix = "check `datacenter`, `base_url` and the way there (a proxy or a firewall)"
    if isinstance(came, HttpError):
        return Finding("problem", came.message, fix)
    if came.status != _OK:
        return Finding("problem", f"{host} answers a ping with {came.status} instead of 200", fix)
    if came.body:
        message = f"{host} answers a ping with a body, which Freshsuccess never does"
        return Finding("warning", message, fix)
    return Finding("ok", f"{host} can be reached, which says nothing of the keys")


def _tried(came: Answer | HttpError) -> Finding:
    if isinstance(came, Answer) and came.status == _OK:
        message = (
            "the keys are not refused (Freshsuccess does not document that a request without"
            " events tells this)"
        )
        return Finding("ok", message)
    if isinstance(came, Answer) and came.status == _BAD_REQUEST:
        return Finding("problem", "Freshsuccess does not know this pair of keys", CHECK_KEYS)
    said = f"the answer is {came.status}" if isinstance(came, Answer) else came.message
    return Finding("problem", f"the keys could not be tried: {said}", "try again later")


def _oddities(settings: Mapping[str, Any]) -> Iterator[Finding]:
    if look_swapped(settings["auth_key"], settings["api_key"]):
        yield SWAPPED
    if settings.get("compression") == "deflate":
        yield DEFLATE


def look_swapped(auth_key: str, api_key: str) -> bool:
    """Whether each key has the shape of the other, and the first not also its own."""
    return (
        _API_KEY.fullmatch(auth_key) is not None
        and _AUTH_KEY.fullmatch(auth_key) is None
        and _AUTH_KEY.fullmatch(api_key) is not None
    )
