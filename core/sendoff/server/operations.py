"""What those who run the server ask: whether it lives, whether it takes events, what it counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.server import answers
from sendoff.server.openapi import openapi
from sendoff.server.refusal import busy

if TYPE_CHECKING:
    from starlette.responses import Response

    from sendoff.server.intake import Intake
    from sendoff.server.limits import Limits
    from sendoff.server.metrics import Metrics


class Operations:
    """Answers about the server itself."""

    def __init__(self, intake: Intake, metrics: Metrics, limits: Limits) -> None:
        self._intake = intake
        self._metrics = metrics
        self._limits = limits

    async def health(self) -> Response:
        """The process lives."""
        return answers.document({"status": "ok"})

    async def ready(self) -> Response:
        """Events are taken; raises Refused, with the reason, where they are not."""
        if trouble := await self._intake.trouble():
            raise busy(trouble, code="not_ready", after=5)
        return answers.document({"status": "ready"})

    async def metrics(self) -> Response:
        """The counts, for Prometheus."""
        return self._metrics.page(await self._intake.waiting())

    async def openapi(self) -> Response:
        """The description of the whole interface."""
        return answers.document(openapi(self._limits))
