"""A route's connection to a receiver: deliveries go out, what came of them comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import HttpError
from sendoff.clock import utc_now
from sendoff.destination import Connection, Finding
from sendoff.responses import ResponseRule, judge
from sendoff_webhook.authentication import basic, proof
from sendoff_webhook.settings import NO_AUTH, address, host

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sendoff.delivery import Delivery, Outcome
    from sendoff.http import Http

# What is not listed is judged by core's own rules, which come after these.
RULES: Final = (
    ResponseRule(
        "needs_operator",
        "wrong_format",
        "The receiver does not take this kind of content: set `format`, `compression` or the"
        " Content-Type to what it reads.",
        status=415,
    ),
)
"""What an answer means to every event alike."""

BATCH_RULES: Final = (
    # Perhaps about one line alone: halved again and again, the others get through.
    ResponseRule("too_large", status=(400, 409, 422)),
    *RULES,
)
"""What an answer to several events at once means."""

_CONTENT_TYPES: Final = {"json": "application/json", "ndjson": "application/x-ndjson"}


class WebhookConnection(Connection):
    """One receiver, over the HTTP client of one route."""

    def __init__(
        self, settings: Mapping[str, Any], http: Http, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._url = address(settings)
        self._host = host(settings)
        self._method = settings.get("method", "POST")
        self._format = settings.get("format", "json")
        self._auth = settings.get("auth", NO_AUTH)
        self._gzip = settings.get("compression") == "gzip"
        given = {name.lower(): value for name, value in settings.get("headers", {}).items()}
        self._headers = {"content-type": _CONTENT_TYPES[self._format], **given}
        self._http = http
        self._now = now

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """Whether anybody answers there. Any other method than OPTIONS might set something off."""
        try:
            answer = await self._http.request("OPTIONS", self._url)
        except HttpError as error:
            return [Finding("problem", error.message)]
        return [
            Finding("ok", f"{self._host} answers (status {answer.status} to OPTIONS)"),
            Finding(
                "warning",
                "no event was sent, so whether the receiver takes them shows with the first",
                "`sendoff doctor --send-test --yes` sends one, marked as a test",
            ),
        ]

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """One outcome for each delivery, in order; those of one request end alike."""
        together = self._format == "ndjson"
        requests = [deliveries] if together else [[delivery] for delivery in deliveries]
        outcomes: list[Outcome] = []
        for batch in filter(None, requests):
            outcomes += [await self._send(batch)] * len(batch)
        return outcomes

    async def _send(self, batch: Sequence[Delivery]) -> Outcome:
        # A delivery's body is JSON already, and without a line break.
        end = b"\n" if self._format == "ndjson" else b""
        body = b"".join(delivery.body + end for delivery in batch)
        headers = self._headers | proof(self._auth, body, self._now())
        if len(batch) == 1:
            # The same for every attempt, so that a receiver can tell a repetition.
            headers["idempotency-key"] = batch[0].id
        try:
            answer = await self._http.request(
                self._method,
                self._url,
                headers=headers,
                content=body,
                basic=basic(self._auth),
                coding="gzip" if self._gzip else None,
            )
        except HttpError as error:
            return judge(error, RULES, self._now())
        return judge(answer, RULES if len(batch) == 1 else BATCH_RULES, self._now())
