"""Why a request is refused: a status for its program, a code for metrics, a sentence for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refused(Exception):  # noqa: N818 - an outcome of the protocol, not a fault of the program
    """A request ends here. `message` says what to do, and repeats nothing that was sent.

    SDKs give up what they sent on a 4xx; on a 5xx, and on 408 and 429, they send it again.
    """

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        super().__init__(message)


def busy(message: str, *, code: str = "busy", after: int = 1) -> Refused:
    """To be sent again in `after` seconds: whole ones, for some SDKs read no dates or fractions."""
    return Refused(503, code, message, {"Retry-After": str(after)})
