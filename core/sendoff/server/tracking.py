"""Requests that bring events: read, admitted, taken apart, and kept."""

from __future__ import annotations

import asyncio
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, TypeVar

from sendoff.server import answers
from sendoff.server.body import Body, read_body
from sendoff.server.keys import keys_given
from sendoff.server.memory import Budget
from sendoff.server.parcel import odd_batch, odd_single, plain_batch, plain_key, plain_single
from sendoff.server.pixel import pixel_body
from sendoff.server.signature import check_signature
from sendoff.server.stamp import Stamp, shared_too_much

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from sendoff.clock import Clock
    from sendoff.server.access import Access
    from sendoff.server.intake import Intake
    from sendoff.server.limits import Limits
    from sendoff.server.memory import Share
    from sendoff.server.parcel import Parcel
    from sendoff.server.paths import Wanted
    from sendoff.server.traffic import Traffic

    Kept = tuple[Response, int]

T = TypeVar("T")

_AT_ONCE: Final = 65_536
"""Bytes of events that are changed while others wait: some 30 ms, where they have many members."""
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
            count = await self._keep(parcel, _stamp(request, parcel, wanted), lane, share)
        return answers.accepted(count), count

    async def pixel(self, request: Request, wanted: Wanted, access: Access) -> Kept:
        """Keep the one event of a picture's address."""
        lane = self._lane(request, access)
        with self._traffic.request(), lane.budget.share() as share:
            content = pixel_body(request.query_params.multi_items())
            parcel = await self._parcel(content, wanted, lane)
            _admit(request, parcel.write_key, access)
            count = await self._keep(parcel, _stamp(request, parcel, wanted), lane, share)
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
        most = self._limits.events
        parcel = plain_single(content) if single else plain_batch(content, most)
        if parcel is not None:
            return parcel
        # What is not JSON to the letter takes longer, and shall hold up nobody.
        odd = partial(odd_single, content) if single else partial(odd_batch, content, most)
        return await lane.slowly(odd)

    async def _keep(self, parcel: Parcel, stamp: Stamp, lane: _Lane, share: Share) -> int:
        with self._traffic.keeping():
            items = await self._stamped(parcel, stamp, lane, share)
            await self._intake.keep(items)
        return len(items)

    async def _stamped(
        self, parcel: Parcel, stamp: Stamp, lane: _Lane, share: Share
    ) -> list[bytes]:
        """The events of a parcel, each with what is known of it; raises Refused."""
        items = parcel.items
        if not stamp.says_anything:
            return items
        added = stamp.size * len(items)
        if added > self._limits.shared:
            raise shared_too_much(self._limits.shared)
        share.grow(added)
        changed = sum(len(item) for item in items if stamp.concerns(item))
        if parcel.is_odd or changed + added > _AT_ONCE:
            return await lane.slowly(lambda: [stamp.put_on(item) for item in items])
        return [stamp.put_on(item) for item in items]


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
