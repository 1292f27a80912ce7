"""Write keys: who may send."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from typing import TYPE_CHECKING

from sendoff.server.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.requests import Request


class WriteKeys:
    """The keys that may send; without any, everybody may."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = tuple(key.encode() for key in keys)

    def knows(self, given: str) -> bool:
        """Whether this is a key. Takes the same time whichever it is, and however wrong."""
        offered = given.encode("utf-8", "surrogatepass")
        found = False
        for key in self._keys:
            found |= hmac.compare_digest(key, offered)
        return found

    def are_shown(self, given: Sequence[str]) -> bool:
        """Whether one of these is a key, or none is asked."""
        known = [self.knows(each) for each in given]
        return not self._keys or any(known)

    def admit(self, given: Sequence[str]) -> None:
        """Raise Refused unless one of the keys that came with a request is known.

        One is enough: with a Bearer token, which is none of ours, the key is in the body.
        """
        if self.are_shown(given):
            return
        if given:
            raise Refused(401, "invalid_write_key", "the write key is not one of this server's")
        raise Refused(
            401, "missing_write_key",
            "no write key: send it as the user of Basic authentication, or as `writeKey`",
        )  # fmt: skip


def keys_given(request: Request) -> list[str]:
    """The keys in the headers and the query of a request."""
    given = [request.query_params["writeKey"]] if "writeKey" in request.query_params else []
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        # Hand-written headers were seen without the colon, and a key may have one of its own.
        text = _decoded(rest.strip())
        if user := text.partition(":")[0]:
            given += [user, text.removesuffix(":")]
    elif scheme.lower() == "bearer":
        given.append(rest.strip())
    return [key for key in given if key]


def _decoded(text: str) -> str:
    try:
        return b64decode(text + "=" * (-len(text) % 4)).decode()
    except (NotBase64, ValueError):
        return ""
