"""One request as a sandbox sees it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read to its end; header names are in lower case.

    `path` is decoded and without a slash at its end, `raw_path` as it came. Of a header given twice
    the first counts. `oversize` tells that the body was longer than the sandbox reads; then `body`
    is empty.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str = "http"
    raw_path: str = ""
    oversize: bool = False

    @property
    def target(self) -> str:
        """Path and query as they were asked for."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def base(self) -> str:
        """Scheme and host by which this request came."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    @property
    def segments(self) -> list[str]:
        """The path taken apart at its slashes, each part decoded by itself: `%2F` divides nothing.

        A slash at the end makes an empty last part.
        """
        return [unquote(part) for part in self.raw_path.removeprefix("/").split("/")]

    @property
    def parameters(self) -> dict[str, str]:
        """The query's parameters; of one that is given twice the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def media_type(self) -> str:
        """What Content-Type names, in lower case and without parameters; empty for none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User name and password of Basic authentication, None where there are none."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, colon, password = decoded.partition(":")
        return (user, password) if colon else None

    def json(self) -> object:
        """The JSON value of the body; ValueError for what is none, or nests too deeply."""
        try:
            decoded: object = msgspec.json.decode(self.body)
        except RecursionError:
            raise ValueError("it nests too deeply") from None
        return decoded
