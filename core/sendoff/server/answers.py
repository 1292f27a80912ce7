"""The answers that SDKs were seen to accept.

Success is exactly 200: RudderStack's and the old Segment SDKs for Python take 202 and 204 for
failures, and send the batch again ten times. An error is an object with `code` and `message`:
without both they fail over its reading, and send again what was refused for good.
"""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from sendoff.server.refusal import Refused

_GIF: Final = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


def accepted(events: int) -> Response:
    """All events of a request are kept."""
    return document({"success": True, "accepted": events})


def document(value: Any, status: int = 200) -> Response:
    """A JSON document, not to be kept by caches."""
    content = msgspec.json.encode(value)
    return Response(content, status, _NOT_KEPT, media_type="application/json")


def error(refused: Refused) -> Response:
    """Why a request was refused."""
    said = {"success": False, "code": refused.code, "message": refused.message}
    answer = document(said, refused.status)
    answer.headers.update(refused.headers)
    return answer


def gif(refused: Refused | None = None) -> Response:
    """The picture of one transparent dot, which a page shows whatever the status is."""
    status, headers = (refused.status, refused.headers) if refused else (200, {})
    return Response(_GIF, status, {**_NOT_KEPT, **headers}, media_type="image/gif")
