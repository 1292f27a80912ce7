"""Dead letters brought back: as recorded or decided anew, page by page.

A letter is decided from its event as it came, so a mistake in a blueprint loses nothing: correct
the YAML, and let what died of it be decided again. Events that are no longer kept cannot be.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sendoff.store.deaths import DeadQuery, Redecided

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from sendoff.replay.redecider import Redecider
    from sendoff.store.deaths import DeadLetter
    from sendoff.store.promise import Store

PAGE: Final = 1_000
"""Letters that are read, or brought back, at once."""


@dataclass(slots=True)
class Replayed:
    """What became of dead letters, counted."""

    sent: int = 0
    discarded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    """Of these nothing was changed: by `Obstacle`; `no_delivery`: there is none to be sent again;
    `gone`: somebody else took the letter meanwhile.
    """

    @property
    def still_dead(self) -> int:
        """Letters that are where they were, for an old reason or a new one."""
        return self.dead.total() + self.left.total() - self.left["gone"]

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return {
            "sent": self.sent, "discarded": self.discarded, "dropped": dict(self.dropped),
            "dead": dict(self.dead), "left": dict(self.left),
        }  # fmt: skip

    def leave(self, why: str, count: int) -> None:
        """Count letters that were left as they were."""
        if count:
            self.left[why] += count


async def letters(store: Store, query: DeadQuery) -> AsyncIterator[Sequence[DeadLetter]]:
    """All dead letters that fit, oldest first, page by page; the query's limit bounds a page."""
    while page := await store.dead(query):
        yield page
        query = replace(query, after=page[-1].id)


async def resend(store: Store, ids: Sequence[str]) -> Replayed:
    """Let dead letters be sent again as they were recorded."""
    done = Replayed()
    for page in _pages(ids):
        found = await store.dead(_exactly(page))
        sent = await store.replay(page)
        done.sent += len(sent)
        unsendable = sum(letter.delivery is None for letter in found)
        done.leave("no_delivery", unsendable)
        done.leave("gone", len(page) - unsendable - len(sent))
    return done


async def remap(store: Store, ids: Sequence[str], redecider: Redecider) -> Replayed:
    """Decide dead letters anew; those of a *send* wait to be sent, those of a *drop* are gone."""
    done = Replayed()
    for page in _pages(ids):
        found = await store.dead(_exactly(page))
        redecided: dict[str, Redecided] = {}
        for letter in found:
            new = redecider.redecided(letter, await store.event(letter.event_number))
            if isinstance(new, Redecided):
                redecided[letter.id] = new
            else:
                done.leave(new, 1)
        kept = await store.redecide(list(redecided.values()))
        for id_ in kept:
            _count(redecided[id_], done)
        done.leave("gone", len(page) - len(found) + len(redecided) - len(kept))
    return done


async def discard(store: Store, ids: Sequence[str]) -> Replayed:
    """Give dead letters up for good."""
    done = Replayed()
    for page in _pages(ids):
        gone = len(await store.discard(page))
        done.discarded += gone
        done.leave("gone", len(page) - gone)
    return done


def _count(redecided: Redecided, done: Replayed) -> None:
    decision = redecided.decision
    if decision.verdict == "send":
        done.sent += 1
    else:
        counts = done.dropped if decision.verdict == "drop" else done.dead
        counts[decision.reason] += 1


def _exactly(ids: Sequence[str]) -> DeadQuery:
    return DeadQuery(ids=ids, limit=len(ids))


def _pages(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while page := list(islice(rest, PAGE)):
        yield page
