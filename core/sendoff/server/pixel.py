"""Events in the address of a picture, from where no script may run."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sendoff.server.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_DOTS: Final = 8


def pixel_body(query: Iterable[tuple[str, str]]) -> bytes:
    """The JSON of an event in a query.

    Segment writes it as Base64 in `data`. RudderStack writes a parameter for each member, with dots
    for those further in (`context.page.url=…`). Raises Refused for what is no Base64.
    """
    given = dict(query)
    given.pop("writeKey", None)
    if "data" in given:
        return _decoded(given["data"])
    event: dict[str, Any] = {}
    for name, value in given.items():
        _put(event, name, value)
    return msgspec.json.encode(event)


def _decoded(data: str) -> bytes:
    text = data.strip().replace(" ", "+").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raise Refused(400, "invalid_data", "`data` is no Base64") from None


def _put(event: dict[str, Any], name: str, value: str) -> None:
    *way, last = name.split(".", _MOST_DOTS)
    inside = event
    for step in way:
        inside = inside.setdefault(step, {})
        if not isinstance(inside, dict):
            return
    inside.setdefault(last, value)
