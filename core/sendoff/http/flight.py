"""One request on its way, and what is known of its answer so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import httpx

from sendoff.answer import Answer
from sendoff.event import utc_text
from sendoff.http.body import read, unpack
from sendoff.http.exchange import Exchange, shown_body, shown_headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from sendoff.http.errand import Errand
    from sendoff.redact import Redactor


class Flight(httpx.AsyncByteStream):
    """A request that is sent once. The transport reads the body from it.

    `plain` is the body before it was compressed, for the record.
    """

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self,
        method: str,
        url: httpx.URL,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        plain: bytes | None,
        errand: Errand,
    ) -> None:
        self.method = method.upper()
        self.url = url
        self.sent = False
        self._headers = headers
        self._body = body or b""
        self._plain = plain or b""
        self._errand = errand
        self._status: int | None = None
        self._answer_headers: Mapping[str, str] = {}
        self._answer_body = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._leave()
        yield self._body

    async def answer(self, transport: httpx.AsyncBaseTransport) -> Answer:
        """Sends the request and reads the answer, whatever time it takes."""
        request = httpx.Request(
            self.method,
            self.url,
            headers=self._headers,
            stream=self,
            extensions={"trace": self._trace},
        )
        response = await transport.handle_async_request(request)
        try:
            self._status = response.status_code
            self._answer_headers = _headers(response)
            body, truncated = await read(cast("httpx.AsyncByteStream", response.stream))
        finally:
            await response.aclose()
        encoding = self._answer_headers.get("content-encoding")
        if encoding:
            body, more = unpack(body, encoding)
            truncated = truncated or more
        self._answer_body = body
        return Answer(self._status, self._answer_headers, body, truncated)

    def exchange(
        self, at: datetime, seconds: float, error: str | None, redactor: Redactor
    ) -> Exchange:
        """The record of it, as far as it came."""
        return Exchange(
            at=utc_text(at),
            deliveries=self._errand.deliveries,
            method=self.method,
            url=redactor.text(str(self.url)),
            request_headers=shown_headers(self._headers, redactor),
            request_body=shown_body(self._plain, redactor),
            status=self._status,
            answer_headers=shown_headers(self._answer_headers, redactor),
            answer_body=shown_body(self._answer_body, redactor),
            error=redactor.text(error) if error else None,
            seconds=seconds,
        )

    async def _trace(self, event: str, info: Mapping[str, object]) -> None:
        # The stock transport tells when the head of the request begins to leave; any other
        # transport is known to have sent something once it asks for the body.
        if event.endswith("send_request_headers.started"):
            self._leave()

    def _leave(self) -> None:
        self.sent = True
        self._errand.leave()


def _headers(response: httpx.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name = raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
