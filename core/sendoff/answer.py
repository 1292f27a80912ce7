"""What comes back from a destination: an answer, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from sendoff.errors import SendoffError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ErrorKind = Literal[
    "forbidden",
    "dns",
    "refused",
    "unreachable",
    "tls",
    "connect_timeout",
    "timeout",
    "connection_lost",
    "protocol",
]
"""Why there is no answer.

`forbidden`: sendoff itself would not send it. `dns` to `connect_timeout`: no connection came
about. `timeout`, `connection_lost`, `protocol`: it broke off on the way, see `HttpError.sent`.
"""

ERROR_KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Names in `headers` are in lower case, repeated ones joined with a comma. `body` holds at most
    64 KB; `truncated` tells that there was more.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False

    def json(self) -> Any | None:
        """The body decoded, None when it is not JSON (or is `null`); never raises."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def message(self) -> str:
        """What the server says is wrong, in one line; empty when it says nothing readable.

        Looks where JSON interfaces put it (`message`, `description`, `errors` and their like),
        else takes a text body as it is. It may repeat what was sent, secrets included.
        """
        decoded = self.json()
        if decoded is not None:
            return one_line("; ".join(dict.fromkeys(_sentences(decoded))))
        if "html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == b"<":
            return "an HTML page"
        text = one_line(self.body[:_LONGEST_TEXT].decode("utf-8", "replace"))
        # Marked as cut, so that half a secret at its end is left out with the mark.
        return f"{text}…" if len(self.body) > _LONGEST_TEXT else text


_LONGEST_TEXT = 2000
_SENTENCE_KEYS = (
    "message",
    "description",
    "detail",
    "error_description",
    "title",
    "error",
    "errors",
)


def _sentences(value: Any, depth: int = 3) -> Iterator[str]:
    """The texts under the usual keys; an entry that names its field begins with it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for item in value:
            yield from _sentences(item, depth - 1)
    elif isinstance(value, dict) and depth:
        field = value.get("field")
        for key in _SENTENCE_KEYS:
            for text in _sentences(value.get(key), depth - 1):
                yield f"{field}: {text}" if isinstance(field, str) else text


def one_line(text: str) -> str:
    """A server's text with a blank for whatever is white space or cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class HttpError(SendoffError):
    """No answer came. The text names the host and what happened, never a path or a header.

    `sent` tells whether the request may have reached the server, and so may have worked.
    """

    def __init__(self, kind: ErrorKind, message: str, *, sent: bool = False) -> None:
        self.kind = kind
        self.message = message
        self.sent = sent
        super().__init__(message)
