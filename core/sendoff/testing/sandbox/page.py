"""The page `/_sandbox` of a sandbox: what it holds, and the controls no service has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sendoff.errors import UsageError
from sendoff.testing.sandbox.answer import Answer
from sendoff.testing.sandbox.log import timestamp

if TYPE_CHECKING:
    from sendoff.testing.sandbox.log import Exchange
    from sendoff.testing.sandbox.request import Request
    from sendoff.testing.sandbox.script import Spec
    from sendoff.testing.sandbox.stand_in import StandIn

PATH: Final = "/_sandbox"
LARGEST: Final = 1_000_000
"""Bytes of a request for the page that are read."""

_SHOWN: Final = 100


def owns(path: str) -> bool:
    """Whether this is the path of the page, or of a control below it."""
    return path == PATH or path.startswith(f"{PATH}/")


def answer(sandbox: StandIn, request: Request) -> Answer:
    """The answer to a request for the page or one of its controls; needs no credentials.

    GET shows what the sandbox holds, DELETE empties it, POST to `/fail` takes a script in the form
    of the switch `fail`; the rest is the sandbox's own.
    """
    asked = (request.method, request.path)
    if asked == ("GET", PATH):
        return Answer(200, _contents(sandbox), bare=True)
    if asked == ("DELETE", PATH):
        sandbox.reset()
        return Answer(204, bare=True)
    if asked == ("POST", f"{PATH}/fail"):
        return _fail(sandbox, request)
    return sandbox.control(request) or _error(404, f"there is no {request.method} {request.path}")


def _contents(sandbox: StandIn) -> dict[str, object]:
    by_status = sandbox.requests.by_status
    return {
        "sandbox": sandbox.name,
        "counts": {
            **sandbox.counts(),
            "requests": by_status.total(),
            "by_status": {str(code): count for code, count in sorted(by_status.items())},
        },
        "fail": sandbox.faults.coming(),
        "requests": [_request(sandbox, each) for each in sandbox.requests.last(_SHOWN)],
        **sandbox.contents(),
    }


def _request(sandbox: StandIn, exchange: Exchange) -> dict[str, object]:
    return {
        "at": timestamp(exchange.at),
        "method": exchange.method,
        "path": sandbox.shown(exchange.path),
        "status": exchange.status,
        "reason": exchange.reason,
    }


def _fail(sandbox: StandIn, request: Request) -> Answer:
    try:
        spec: Spec = msgspec.json.decode(
            request.body, type=str | int | list[str | int] | dict[str, str | int | list[str | int]]
        )
        sandbox.faults.replace(spec)
    except (ValueError, RecursionError, UsageError) as error:
        return _error(400, f"this is no script: {error}")
    return Answer(200, {"fail": sandbox.faults.coming()}, bare=True)


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"error": message}, bare=True)
