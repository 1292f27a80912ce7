"""A route's connection to Freshsuccess."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sendoff.answer import Answer
from sendoff.clock import utc_now
from sendoff.delivery import Delivered, Outcome, Retry, Throttled
from sendoff.destination import Connection
from sendoff.http import under
from sendoff.responses import judge
from sendoff_freshsuccess.batch import body
from sendoff_freshsuccess.collector import Collector
from sendoff_freshsuccess.repetition import INTERRUPTED, given_up, is_unknown
from sendoff_freshsuccess.rules import RULES
from sendoff_freshsuccess.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sendoff.answer import HttpError
    from sendoff.delivery import Delivery
    from sendoff.destination import Finding
    from sendoff.http import Http

_log = logging.getLogger(__name__)


def _no_words(answer: Answer) -> str:
    # Freshsuccess answers without a body. The words of whoever else does may repeat the address,
    # and with it the keys.
    return ""


class FreshsuccessConnection(Connection):
    """One pair of keys, over the HTTP client of one route."""

    def __init__(
        self, settings: Mapping[str, Any], http: Http, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._settings = settings
        self._collector = Collector(settings, http)
        self._once = settings.get("repeat") == "at_most_once"
        self._now = now
        self._in_doubt = False
        self._told = False

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        """Whether the collector can be reached, and what the keys look like; writes nothing."""
        return await verify(self._collector, self._settings)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """All in one request, and so with one outcome; what must not be repeated stays out."""
        interrupted = {each.id for each in deliveries if self._once and each.maybe_delivered}
        fresh = [each for each in deliveries if each.id not in interrupted]
        outcome = await self._send(fresh) if fresh else INTERRUPTED
        return [INTERRUPTED if each.id in interrupted else outcome for each in deliveries]

    async def _send(self, deliveries: Sequence[Delivery]) -> Outcome:
        if self._in_doubt and (wait := await self._silence()):
            return wait
        came = await self._collector.send(body(deliveries))
        outcome = self._judged(came)
        self._remark(came, outcome)
        self._in_doubt = self._once and is_unknown(outcome)
        return given_up(_why(came)) if self._in_doubt else outcome

    async def _silence(self) -> Retry | Throttled | None:
        """Why nothing is sent now, asked without events where none may be sent twice.

        Each request that is not answered costs the events in it, so a collector that has left one
        unanswered has to show first that it answers again.
        """
        with under(()):  # no delivery leaves with it, should it be stopped meanwhile
            outcome = self._judged(await self._collector.ping())
        if isinstance(outcome, Retry):
            return replace(outcome, maybe_delivered=False)
        return outcome if isinstance(outcome, Throttled) else None

    def _judged(self, came: Answer | HttpError) -> Outcome:
        return judge(came, RULES, self._now(), _no_words)

    def _remark(self, came: Answer | HttpError, outcome: Outcome) -> None:
        """Say once that a success is not the one that is documented: status 200, no body."""
        if not isinstance(came, Answer) or not isinstance(outcome, Delivered) or self._told:
            return
        if came.status != 200 or came.body:  # noqa: PLR2004 - the one that is documented
            self._told = True
            _log.warning(
                "%s answers %d with %d bytes, where Freshsuccess answers 200 without a body: taken"
                " for a success; see in Freshsuccess that the events arrive",
                self._collector.host, came.status, len(came.body),
            )  # fmt: skip


def _why(came: Answer | HttpError) -> str:
    return f"the answer was {came.status}" if isinstance(came, Answer) else came.message
