"""The receiver: a request is opened, its sender proved, and its events kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from sendoff.testing.sandbox import Answer, Refused, StandIn
from sendoff_webhook.sandbox import body
from sendoff_webhook.sandbox.body import refused
from sendoff_webhook.sandbox.proof import problem
from sendoff_webhook.sandbox.receipts import Receipts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sendoff.testing.sandbox import Request
    from sendoff_webhook.sandbox.switches import Settings

_METHODS = ("PATCH", "POST", "PUT")


class WebhookSandbox(StandIn):
    """An ASGI application that takes webhooks at any path.

    For tests in the same process: `events` are the last 1000 that came, without repeats; `receipts`
    has them with repeats and failures, `requests` the last 1000 exchanges, `faults` the script of
    what the next requests are answered; `reset` forgets all that.
    """

    name = "webhook"
    receipts: Receipts

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(clock, sleep, fail=settings.fail, delay=settings.delay)
        self.largest_body = settings.max_body or body.LARGEST
        self._settings = settings
        self.clear()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The last 1000 events that came, oldest first, without repeats."""
        return [each.event for each in self.receipts.events]

    def clear(self) -> None:
        """Forget all events, and all keys seen."""
        self.receipts = Receipts()

    def front(self, request: Request) -> None:
        """Refuse a body that is too large (413)."""
        if request.oversize:
            raise refused(413, f"the body has more than {self.largest_body:,} bytes")

    def answer(self, request: Request) -> Answer:
        """200 with the number of events; 401, 405, 413, 415 or 400 with what is wrong."""
        if request.method not in _METHODS:
            reason = f"the method is none of {', '.join(_METHODS)}"
            allow = (("Allow", ", ".join(_METHODS)),)
            raise Refused(
                Answer(HTTPStatus.METHOD_NOT_ALLOWED, {"error": reason}, allow, reason=reason)
            )
        content = body.opened(request)
        self._believe(request, content)
        found = body.events(request, content)
        most = self._settings.max_events
        if most is not None and len(found) > most:
            raise refused(413, f"the request has {len(found):,} events, more than {most:,}")
        key = request.headers.get("idempotency-key", "")
        repeated = self.receipts.take(found, len(content), key, self._clock())
        reason = "a repeat: its Idempotency-Key was seen before" if repeated else ""
        return Answer(200, {"received": len(found), "repeat": repeated}, reason=reason)

    def shown(self, path: str) -> str:
        """No more than whether there is a path: many services put a key into it."""
        return path if path == "/" else "/***"

    def counts(self) -> dict[str, object]:
        """How many events came, how many came again, how many requests were not believed."""
        return self.receipts.counts()

    def contents(self) -> dict[str, object]:
        """The last events, repeats and failures."""
        return self.receipts.contents()

    def _believe(self, request: Request, content: bytes) -> None:
        """Refuse (401) and note a request that does not prove who sent it."""
        why = problem(self._settings.auth, request, content, self._clock())
        if why:
            self.receipts.fail(why, self._clock())
            raise refused(401, why)
