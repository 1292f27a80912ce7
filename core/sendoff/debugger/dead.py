"""What is dead: looked through, and sent again, as recorded or decided anew, or given up.

The same work as `sendoff dead`. What a form would touch is counted first and shown; it is done
only while the count still holds.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.routing import Route

from sendoff.debugger.asked import whole_number
from sendoff.debugger.letters import LISTED, Choice, shown_counts, shown_letter
from sendoff.debugger.pages import JSON
from sendoff.decision import DEAD_REASONS
from sendoff.replay import Redecider, Replayed, discard, letters, remap, resend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.debugger.context import Debugger
    from sendoff.store.deaths import DeadCount

WAYS: Final[Mapping[str, str]] = {
    "recorded": "Send again as recorded",
    "remap": "Decide anew, and send",
    "discard": "Give up for good",
}
"""What can be done with dead letters, as the button says it."""

LEFT: Final = {
    "event_gone": "the event is no longer kept (`events.keep`): it can be sent as recorded",
    "no_route": "the pipeline file has no such route, or has it switched off",
    "other_event": "the message is an event by now: send it once more",
    "no_delivery": "there is nothing to send: correct what is wrong, then decide it anew",
    "gone": "it was taken away meanwhile",
}
"""Why letters were left as they were, in words."""


def routes(debugger: Debugger) -> list[Route]:
    """The list, and the forms that ask and act."""
    dead = _Dead(debugger)
    return [
        *(Route(path, dead.page) for path in ("/dead", f"/dead{JSON}")),
        *(Route(path, dead.asked, methods=["GET"]) for path in _BOTH),
        *(Route(path, dead.done, methods=["POST"]) for path in _BOTH),
    ]


_BOTH: Final = ("/dead/resend", f"/dead/resend{JSON}")


class _Dead:
    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    async def page(self, request: Request) -> Response:
        """What is dead: how many of what, and the oldest."""
        pages, sendoff = self._debugger.pages, self._debugger.sendoff
        choice, wrong = Choice.of(request.query_params), ""
        try:
            query = await choice.query(sendoff)
        except ValueError as error:
            choice, wrong = Choice(), str(error)
            query = await choice.query(sendoff)
        counts = await sendoff.store.count_dead(query)
        display, now = pages.display(request), sendoff.setting.clock.now()
        found = await sendoff.store.dead(replace(query, limit=LISTED))
        facts: dict[str, Any] = {
            "choice": asdict(choice), "given": choice.given, "wrong": wrong,
            "total": _total(counts), "counts": shown_counts(counts), "ways": WAYS,
            "letters": [shown_letter(each, sendoff, now, display) for each in found],
            "query": urlencode(choice.given), "reasons": list(DEAD_REASONS),
            "routes": [each.name for each in sendoff.pipeline.routes],
        }  # fmt: skip
        return await pages.respond(request, "dead.html", facts, status=400 if wrong else 200)

    async def asked(self, request: Request) -> Response:
        """What would be touched, and a button that does it."""
        choice = Choice.of(request.query_params)
        return await self._ask(request, choice, request.query_params.get("way", "recorded"))

    async def done(self, request: Request) -> Response:
        """Do it, if the form is ours and what it counted is still what there is."""
        form = await request.form()
        if not self._debugger.guard.accepts(form):
            return await self._debugger.pages.refused(request)
        choice, way, sendoff = Choice.of(form), str(form.get("way")), self._debugger.sendoff
        try:
            query = await choice.query(sendoff)
        except ValueError:
            return await self._ask(request, choice, way)
        # All ids first: what is sent again may die again meanwhile, and would never end.
        ids = [each.id async for page in letters(sendoff.store, query) for each in page]
        if way not in WAYS or _number(form) != len(ids):
            now = f"Meanwhile it is {len(ids):,}: look again."
            return await self._ask(request, choice, way, wrong=now, status=409)
        done = await self._work(way, ids)
        facts = {
            "way": way, "title": WAYS[way], "touched": len(ids), "done": done.as_json(),
            "left": {LEFT[why]: count for why, count in done.left.items()},
            "delivering": sendoff.worker is not None, "query": urlencode(choice.given),
        }  # fmt: skip
        return await self._debugger.pages.respond(request, "dead_done.html", facts)

    async def _ask(
        self, request: Request, choice: Choice, way: str, *, wrong: str = "", status: int = 200
    ) -> Response:
        sendoff, pages = self._debugger.sendoff, self._debugger.pages
        counts: Sequence[DeadCount] = ()
        try:
            counts = await sendoff.store.count_dead(await choice.query(sendoff))
        except ValueError as error:
            wrong, status = str(error), 400
        if way not in WAYS:
            wrong, status, way = "there is no such way to go on", 400, "recorded"
        facts = {
            "way": way, "title": WAYS[way], "given": choice.given, "wrong": wrong,
            "total": _total(counts), "counts": shown_counts(counts),
            "query": urlencode(choice.given),
        }  # fmt: skip
        return await pages.respond(request, "dead_ask.html", facts, status=status)

    async def _work(self, way: str, ids: Sequence[str]) -> Replayed:
        sendoff = self._debugger.sendoff
        if way == "recorded":
            return await resend(sendoff.store, ids)
        if way == "discard":
            return await discard(sendoff.store, ids)
        now = sendoff.setting.clock.now
        return await remap(
            sendoff.store, ids, Redecider(sendoff.router, sendoff.pipeline.consent_map, now)
        )


def _total(counts: Sequence[DeadCount]) -> int:
    return sum(each.count for each in counts)


def _number(form: FormData) -> int:
    given = whole_number(str(form.get("count", "")))
    return -1 if given is None else given
