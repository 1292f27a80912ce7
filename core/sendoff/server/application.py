"""The ASGI application: every request gets an answer that its client understands."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request

from sendoff.errors import bug
from sendoff.server import answers, cors
from sendoff.server.browsers import rudder_source, segment_settings
from sendoff.server.keys import keys_given
from sendoff.server.operations import Operations
from sendoff.server.paths import Wanted, wanted
from sendoff.server.refusal import Refused
from sendoff.server.tracking import Tracking

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from sendoff.clock import Clock
    from sendoff.server.access import Access
    from sendoff.server.intake import Intake
    from sendoff.server.limits import Limits
    from sendoff.server.metrics import Metrics
    from sendoff.server.traffic import Traffic

_log = logging.getLogger(__name__)


class TrackingApi:
    """The whole interface. `access` may be replaced: it holds for the requests that begin then."""

    def __init__(  # noqa: PLR0913 - one name for each part it is made of
        self, *, intake: Intake, traffic: Traffic, metrics: Metrics, limits: Limits, clock: Clock,
        access: Access,
    ) -> None:  # fmt: skip
        self.access = access
        self._metrics = metrics
        self._tracking = Tracking(intake=intake, traffic=traffic, limits=limits, clock=clock)
        self._operations = Operations(intake, metrics, limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        asked = wanted(request.method, scope["path"])
        try:
            answer = await self._answered(request, asked)
        except ClientDisconnect:
            return
        if asked is None or asked.is_tracking:
            cors.allow(answer)
        await answer(scope, receive, send)

    async def _answered(self, request: Request, asked: Wanted | None) -> Response:
        """The answer, whatever happens, and counted."""
        name = asked.name if asked else "unknown"
        try:
            answer, events = await self._answer(request, asked)
        except Refused as refused:
            self._metrics.answered(name, refused.code)
            is_pixel = asked is not None and asked.kind == "pixel"
            return answers.gif(refused) if is_pixel else answers.error(refused)
        except ClientDisconnect:
            self._metrics.answered(name, "client_left")
            raise
        except Exception as error:  # noqa: BLE001 - the last stop: what it says may hold an event
            self._metrics.answered(name, "internal_error")
            _log.error("%s", bug(error))
            return answers.error(Refused(500, "internal_error", "sendoff has a bug: see its log"))
        self._metrics.answered(name, events=events)
        return answer

    async def _answer(self, request: Request, asked: Wanted | None) -> tuple[Response, int]:
        access = self.access
        access.hosts.check(request.headers.get("host", ""))
        if asked is None:
            raise Refused(404, "not_found", "there is nothing here: events go to POST /v1/batch")
        if request.method == "OPTIONS" and asked.is_tracking:
            return cors.preflight(request), 0
        if request.method not in asked.methods:
            allowed = ", ".join(sorted({*asked.methods, "OPTIONS"}))
            message = f"this takes {' or '.join(sorted(asked.methods))}"
            raise Refused(405, "method_not_allowed", message, {"Allow": allowed})
        return await self._of_kind(request, asked, access)

    async def _of_kind(
        self, request: Request, asked: Wanted, access: Access
    ) -> tuple[Response, int]:
        match asked.kind:
            case "single" | "batch" | "signed":
                return await self._tracking.post(request, asked, access)
            case "pixel":
                return await self._tracking.pixel(request, asked, access)
            case "ignored":
                return await self._tracking.ignore(request, access)
            case "settings":
                access.keys.admit([asked.key])
                return answers.document(segment_settings(request, asked.key, asked.base)), 0
            case "source_config":
                given = keys_given(request)
                access.keys.admit(given)
                return answers.document(rudder_source(given[0] if given else "")), 0
            case _:
                return await self._of_operation(asked.kind), 0

    async def _of_operation(self, kind: str) -> Response:
        match kind:
            case "ready":
                return await self._operations.ready()
            case "metrics":
                return await self._operations.metrics()
            case "openapi":
                return await self._operations.openapi()
            case _:
                return await self._operations.health()
