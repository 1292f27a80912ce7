"""One request as the vendor's application sees it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import msgspec

from sendoff_freshdesk.sandbox.answers import Entry, bad_json, invalid, unknown_field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read to its end; header names are in lower case.

    `oversize` tells that the body was longer than the sandbox reads. Routing adds `id`, the number
    in the path where the route has one, and `readonly`, whose key it came with.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str = "http"
    oversize: bool = False
    id: int = 0
    readonly: bool = False

    @property
    def target(self) -> str:
        """Path and query as they were asked for."""
        return f"{self.path}?{self.query_string}" if self.query_string else self.path

    @property
    def base(self) -> str:
        """Scheme and host by which this request came."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    @property
    def parameters(self) -> dict[str, str]:
        """The query's parameters; of one that is given twice the last."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def query(self, known: Collection[str]) -> dict[str, str]:
        """The query's parameters; raises `Refused` (400) for one that is not among the known."""
        given = self.parameters
        strange = [unknown_field(name) for name in given if name not in known]
        if strange:
            raise invalid(strange)
        return given

    def next_page(self, number: int) -> str:
        """The `link` header that leads to this page."""
        query = urlencode(self.parameters | {"page": str(number)})
        url = f"{self.base}{self.path}?{query}"
        return f'<{url}>; rel="next"'

    def payload(self) -> dict[str, object]:
        """The JSON object in the body; raises `Refused` (400) for anything else.

        No body at all is an empty object: what is mandatory is then found missing.
        """
        if not self.body:
            return {}
        try:
            decoded: object = msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            raise bad_json() from None
        if not isinstance(decoded, dict):
            raise bad_json()
        return decoded

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

    def accepts_json(self) -> bool:
        """Whether Accept is absent or names `application/json` or `*/*`, the only two known."""
        ranges = self.headers.get("accept", "*/*").split(",")
        names = {each.partition(";")[0].strip().lower() for each in ranges}
        return not names.isdisjoint({"application/json", "*/*"})

    def sends_json(self) -> bool:
        """Whether there is no body, or one that says it is JSON."""
        media_type = self.headers.get("content-type", "").partition(";")[0]
        return not self.body or media_type.strip().lower() == "application/json"


def whole_number(name: str, text: str | None, *, default: int, most: int) -> int:
    """A number of the query, from 1 to `most`; raises `Refused` (400) for anything else."""
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    message = f"It should be a Positive Integer less than or equal to {most}"
    raise invalid([Entry(name, message, "invalid_value")])
