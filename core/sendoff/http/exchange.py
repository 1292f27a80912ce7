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
        name: MASK if name in _CREDENTIALS else redactor.text(value)
        for name, value in headers.items()
    }


def shown_body(body: bytes, redactor: Redactor) -> str:
    """The start of a body as text, without secrets."""
    return redactor.head(body, LIMIT)
