"""What has ended, sent again on purpose: looked at first, then asked of the store, page by page.

Between the look and the asking somebody may be faster: each resend names the number it is to get,
so that what was asked twice is sent once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sendoff.store.resends import Resend

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sendoff.decision import Decision
    from sendoff.replay.redecider import Redecider
    from sendoff.store.promise import Store
    from sendoff.store.resends import Target

T = TypeVar("T")

_PAGE: Final = 500
"""Deliveries that are looked at, or asked for, at once."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of a resend: `ready` can be sent, the rest is `left` as it is.

    `left` counts by route and why: how the delivery stands (see `Standing`), `not_recorded` for
    what can only be decided anew, or `no_route`.
    """

    ready: Sequence[Resend]
    left: Counter[tuple[str, str]]

    @property
    def by_route(self) -> Counter[str]:
        """How many can be sent."""
        return Counter(each.route for each in self.ready)

    @property
    def total(self) -> int:
        """How many were looked at."""
        return len(self.ready) + self.left.total()


@dataclass(slots=True)
class SentAgain:
    """What became of it, counted; nothing was changed of what was `dropped`, `dead` or `left`.

    The first two are what the blueprint of now would do, by reason.
    """

    queued: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return {
            "queued": self.queued, "dropped": dict(self.dropped), "dead": dict(self.dead),
            "left": dict(self.left),
        }  # fmt: skip


async def outlook(
    store: Store, targets: Iterable[Target], routes: Collection[str], *, remap: bool
) -> Outlook:
    """How deliveries stand that are to be sent again: as recorded, or decided anew.

    `routes` are those by which something can be sent.
    """
    ready: list[Resend] = []
    left: Counter[tuple[str, str]] = Counter()
    for page in _pages(dict.fromkeys(targets)):
        for (number, route), sent in zip(page, await store.sent(page), strict=True):
            if sent.standing != "ended":
                left[route, sent.standing] += 1
            elif route not in routes:
                left[route, "no_route"] += 1
            elif not remap and not sent.recorded:
                left[route, "not_recorded"] += 1
            else:
                ready.append(Resend(number, route, sent.resend + 1))
    return Outlook(ready, left)


async def send_again(
    store: Store, ready: Iterable[Resend], redecider: Redecider | None = None
) -> SentAgain:
    """Let deliveries be sent again: as recorded or, by a `redecider`, decided anew."""
    done = SentAgain()
    for page in _pages(ready):
        asked = page if redecider is None else await _decided_anew(store, page, redecider, done)
        for said in await store.resend(asked):
            if said == "queued":
                done.queued += 1
            else:
                done.left[said] += 1
    return done


async def _decided_anew(
    store: Store, page: Sequence[Resend], redecider: Redecider, done: SentAgain
) -> list[Resend]:
    """Those that the blueprint of now would send; the rest is counted."""
    known = await store.decisions(list({each.number for each in page}))
    recorded = {(one.number, each.route): each for one in known for each in one.decisions}
    asked = []
    for each in page:
        before, event = recorded.get((each.number, each.route)), await store.event(each.number)
        if before is None or event is None:
            done.left["gone"] += 1
            continue
        if before.resend + 1 != each.resend:
            done.left["sent_meanwhile"] += 1
            continue
        new = redecider.sent_again(before, event)
        if isinstance(new, str):
            done.left[new] += 1
        elif new[1] is None:
            _count(new[0], done)
        else:
            asked.append(Resend(each.number, each.route, each.resend, *new))
    return asked


def _count(decision: Decision, done: SentAgain) -> None:
    counts = done.dropped if decision.verdict == "drop" else done.dead
    counts[decision.reason] += 1


def _pages(things: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(things)
    while page := list(islice(rest, _PAGE)):
        yield page
