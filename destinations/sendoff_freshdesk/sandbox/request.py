"""One request as the vendor's application sees it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from sendoff.testing import sandbox
from sendoff_freshdesk.sandbox.answers import Entry, bad_json, invalid, unknown_field

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Request(sandbox.Request):
    """A request with what routing adds to it.

    `id` is the number in the path where the route has one, `readonly` whose key it came with.
    """

    id: int = 0
    readonly: bool = False

    @classmethod
    def of(cls, request: sandbox.Request, *, id: int = 0, readonly: bool = False) -> Self:
        """The same request, with what is known of it by now."""
        read = {field.name: getattr(request, field.name) for field in fields(sandbox.Request)}
        return cls(**read, id=id, readonly=readonly)

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
            decoded = self.json()
        except ValueError:
            raise bad_json() from None
        if not isinstance(decoded, dict):
            raise bad_json()
        return decoded

    def accepts_json(self) -> bool:
        """Whether Accept is absent or names `application/json` or `*/*`, the only two known."""
        ranges = self.headers.get("accept", "*/*").split(",")
        names = {each.partition(";")[0].strip().lower() for each in ranges}
        return not names.isdisjoint({"application/json", "*/*"})

    def sends_json(self) -> bool:
        """Whether there is no body, or one that says it is JSON."""
        return not self.body or self.media_type == "application/json"


def whole_number(name: str, text: str | None, *, default: int, most: int) -> int:
    """A number of the query, from 1 to `most`; raises `Refused` (400) for anything else."""
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    message = f"It should be a Positive Integer less than or equal to {most}"
    raise invalid([Entry(name, message, "invalid_value")])
