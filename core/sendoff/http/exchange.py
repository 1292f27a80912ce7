"""The record of one request and its answer, fit to be kept and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sendoff.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.redact import Redactor

LIMIT: Final = 32 * 1024
"""About how many bytes of each body are recorded."""

_CREDENTIALS = {"authorization", "proxy-authorization", "cookie", "set-cookie"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it, without secrets; personal data is still in clear.

    `at` is UTC, ISO 8601 with milliseconds; `seconds` runs from the permit to the end of the
    answer. `status` may be there beside an `error` that broke the answer off.
    """

    at: str
    deliveries: tuple[str, ...]
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None
    answer_headers: Mapping[str, str]
    answer_body: str
    error: str | None
    seconds: float


def shown_headers(headers: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """Headers without secrets; those made for credentials without any value."""
    return {
        name: MASK if name in _CREDENTIALS else _shown_value(value, redactor)
        for name, value in headers.items()
    }


def _shown_value(value: str, redactor: Redactor) -> str:
    # The text of a header is its bytes read as Latin-1, where a secret in UTF-8 looks like another.
    return redactor.text(redactor.data(value.encode("latin-1")).decode("latin-1"))


def shown_body(body: bytes, redactor: Redactor) -> str:
    """The start of a body as text, without secrets."""
    return redactor.head(body, LIMIT)
