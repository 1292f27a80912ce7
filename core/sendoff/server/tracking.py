"""Requests that bring events: read, admitted, taken apart, and kept."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from sendoff.server import answers
from sendoff.server.body import Body, read_body
from sendoff.server.keys import keys_given
from sendoff.server.memory import Budget
from sendoff.server.parcel import odd_batch, odd_single, plain_batch, plain_key, plain_single
from sendoff.server.pixel import pixel_body
from sendoff.server.refusal import Refused
from sendoff.server.signature import check_signature
from sendoff.server.stamp import Stamp, stamped

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.clock import Clock
    from sendoff.server.access import Access
    from sendoff.server.intake import Intake
    from sendoff.server.limits import Limits
    from sendoff.server.parcel import Parcel
    from sendoff.server.paths import Wanted
    from sendoff.server.traffic import Traffic

    Kept = tuple[Response, int]

T = TypeVar("T")

_FORWARDED = ("forwarded", "x-forwarded-for", "via")


class _Lane:
    """What requests share: those who have shown a key, and strangers, who cost them nothing."""

    def __init__(self, memory: int) -> None:
        self.budget = Budget(memory)
        self._turn = asyncio.Lock()

    async def slowly(self, work: Callable[[], T]) -> T:
        """What some work gives, done in a thread, one at a time."""
        async with self._turn:
            return await asyncio.to_thread(work)


class Tracking:
    """Answers with 200 for what is durable, and raises Refused for what is not.

    Each answer comes with the number of events that were kept.
    """

    def __init__(self, *, intake: Intake, traffic: Traffic, limits: Limits, clock: Clock) -> None:
        self._intake = intake
        self._traffic = traffic
        self._limits = limits
        self._clock = clock
        self._known = _Lane(limits.memory)
        self._strangers = _Lane(limits.strangers)

    async def post(self, request: Request, wanted: Wanted, access: Access) -> Kept:
        """Keep the events of a body."""
        lane = self._lane(request, access)
        with self._traffic.request(), lane.budget.share() as share:
            body = await read_body(request, self._limits, share)
            signed = wanted.kind == "signed" or "x-signature" in request.headers
            if signed:
                self._check_signature(request, body, access)
            elif lane is self._strangers and (key := plain_key(body.content)) is not None:
                _admit(request, key, access)  # before any work is done for nobody
            parcel = await self._parcel(body.content, wanted, lane)
            if not signed:
                _admit(request, parcel.write_key, access)
            count = await self._keep(parcel, _stamp(request, parcel, wanted), lane)
        return answers.accepted(count), count

    async def pixel(self, request: Request, wanted: Wanted, access: Access) -> Kept:
        """Keep the one event of a picture's address."""
        lane = self._lane(request, access)
        with self._traffic.request():
            content = pixel_body(request.query_params.multi_items())
            parcel = await self._parcel(content, wanted, lane)
            _admit(request, parcel.write_key, access)
            count = await self._keep(parcel, _stamp(request, parcel, wanted), lane)
        return answers.gif(), count

    async def ignore(self, request: Request, access: Access) -> Kept:
        """Read what analytics.js tells about itself, and drop it."""
        with self._traffic.request(), self._lane(request, access).budget.share() as share:
            await read_body(request, self._limits, share)
        return answers.document({"success": True}), 0

    def _lane(self, request: Request, access: Access) -> _Lane:
        return self._known if access.keys.are_shown(keys_given(request)) else self._strangers

    def _check_signature(self, request: Request, body: Body, access: Access) -> None:
        check_signature(
            access.signing_secret, body.raw,
            signature=request.headers.get("x-signature"),
            timestamp=request.headers.get("x-timestamp"),
            now=self._clock.now().timestamp(),
        )  # fmt: skip

    async def _parcel(self, content: bytes, wanted: Wanted, lane: _Lane) -> Parcel:
        single = wanted.kind in ("single", "pixel")
        if wanted.kind == "signed":  # one event, or several
            single = b'"batch"' not in content
        plain, odd = (plain_single, odd_single) if single else (plain_batch, odd_batch)
        # What is not JSON to the letter takes longer, and shall hold up nobody.
        parcel = plain(content)
        if parcel is None:
            parcel = await lane.slowly(lambda: odd(content))
        if len(parcel.items) > self._limits.events:
            raise Refused(
                413, "too_many_events",
                f"{len(parcel.items)} events in one batch: {self._limits.events} is the limit",
            )  # fmt: skip
        return parcel

    async def _keep(self, parcel: Parcel, stamp: Stamp, lane: _Lane) -> int:
        if parcel.is_odd:
            items = await lane.slowly(lambda: stamped(parcel, stamp))
        else:
            items = stamped(parcel, stamp)
        await self._intake.keep(items)
        return len(items)


def _admit(request: Request, key: str, access: Access) -> None:
    """Raise Refused without a key that is known, beside the body or in it."""
    access.keys.admit([*keys_given(request), *filter(None, [key])])


def _stamp(request: Request, parcel: Parcel, wanted: Wanted) -> Stamp:
    browser = "origin" in request.headers or request.headers.get("user-agent", "").startswith(
        "Mozilla/"
    )
    return Stamp(
        wanted.call, parcel.context, parcel.integrations, _peer(request),
        everywhere=browser or wanted.kind == "pixel",
    )  # fmt: skip


def _peer(request: Request) -> str:
    """The client's address; empty where it is a proxy's, or this machine's."""
    host = request.client.host if request.client else ""
    if any(name in request.headers for name in _FORWARDED):
        return ""
    try:
        return "" if ip_address(host).is_loopback else host
    except ValueError:
        return ""
