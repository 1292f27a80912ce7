"""Leave for pages of other sites to send, on every answer: else a browser hides even an error.

No credentials are allowed, so a page gets nothing that its visitor's browser keeps for us.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

# Without this a browser hides the header, and Segment's SDK sends again at once.
_ALWAYS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}
_PREFLIGHT: Final = {
    **_ALWAYS,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Max-Age": "900",
}
_NAMES: Final = re.compile(r"[A-Za-z0-9-]{1,64}( *, *[A-Za-z0-9-]{1,64}){0,31}")
_USUAL: Final = "authorization, content-type"


def allow(answer: Response) -> None:
    """Let a page of any site read an answer."""
    answer.headers.update(_ALWAYS)


def preflight(request: Request) -> Response:
    """The answer to a browser that asks before it sends.

    The headers it asks for are named: a `*` never covers `authorization`, and SDKs add others when
    they send again.
    """
    asked = request.headers.get("access-control-request-headers", "").strip()
    names = asked if _NAMES.fullmatch(asked) else _USUAL
    return Response(status_code=200, headers={**_PREFLIGHT, "Access-Control-Allow-Headers": names})
