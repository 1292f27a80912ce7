"""What is sent again: dead letters, decided anew or given up, and what has ended."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sendoff.store.letters import redecided_letter, resent
from sendoff.store.resends import Target, reply
from sendoff.store.sqlite import decisions, letters
from sendoff.store.sqlite.queueing import queue
from sendoff.store.sqlite.sendings import Sendings
from sendoff.store.totals import count_of_drop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.delivery import Delivery
    from sendoff.store.deaths import Redecided
    from sendoff.store.resends import Reply, Resend
    from sendoff.store.sqlite.queueing import Queued
    from sendoff.store.sqlite.tables import Tables
    from sendoff.store.totals import Count


def replay(tables: Tables, ids: Sequence[str], now: float) -> tuple[list[str], Queued]:
    """Queue the deliveries of letters anew; the ids of those that had one."""
    replayed, added = [], []
    for name in ids:
        letter = letters.get(tables, name, now)
        if letter is None or letter.delivery is None:
            continue
        letters.take(tables, name)
        delivery = resent(letter.delivery)
        decisions.repeat(tables, letter.event_number, delivery)
        added.append((delivery, letter.event_number))
        replayed.append(name)
    return replayed, queue(tables, added, again=True)


def resend(tables: Tables, resends: Sequence[Resend]) -> tuple[list[Reply], Queued]:
    """Queue deliveries that have ended anew; what becomes of each."""
    sendings = Sendings(tables)
    replies: list[Reply] = []
    added: dict[Target, tuple[Delivery, int]] = {}
    for one in resends:
        target = Target(one.number, one.route)
        found = sendings.find(target)
        said = "waiting" if target in added else reply(found.sent, one)
        replies.append(said)
        if said != "queued":
            continue
        if one.decision and one.delivery:
            delivery = one.delivery
            decisions.redecide(tables, one.number, one.decision)
        else:
            assert found.delivery is not None  # noqa: S101 - else the reply is another
            delivery = resent(found.delivery)
            decisions.repeat(tables, one.number, delivery)
        added[target] = delivery, one.number
    return replies, queue(tables, list(added.values()), again=True)


def redecide(
    tables: Tables, redecided: Sequence[Redecided], now: float
) -> tuple[list[str], Queued]:
    """Put decisions in the place of letters; the ids of those that were there."""
    found, added = [], []
    counts: Counter[Count] = Counter()
    for one in redecided:
        letter = letters.get(tables, one.letter, now)
        if letter is None:
            continue
        found.append(one.letter)
        decisions.redecide(tables, letter.event_number, one.decision)
        if one.decision.verdict == "dead":
            letters.change(tables, redecided_letter(letter, one.decision))
            continue
        letters.take(tables, one.letter)
        if one.delivery is not None:
            added.append((one.delivery, letter.event_number))
        else:
            counts[count_of_drop(one.decision)] += 1
    tables.count(counts)
    return found, queue(tables, added, again=True)


def discard(tables: Tables, ids: Sequence[str]) -> list[str]:
    """Take letters away; the ids of those that were there."""
    return [name for name in ids if letters.take(tables, name)]
