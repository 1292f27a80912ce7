"""A run's own events, kept apart from what others left in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sendoff.cli.account import Account
from sendoff.cli.elsewhere import Elsewhere
from sendoff.decision import Decision
from sendoff.delivery import Delivered, Delivery, Outcome, Rejected, Retry, Skipped
from sendoff.journal import Attempted, DecidedEvent, Journal
from sendoff.redact import Redactor
from sendoff.sources import Line
from sendoff.store.memory import MemoryStore
from sendoff.store.promise import Dead, Decided, Done, Incoming, Later, Settlement
from sendoff.testing.clock import VirtualClock

READ = 11
LEFT = 5


def delivery(id_: str) -> Delivery:
    return Delivery(id_, "support", "post", b"{}", "", "key", "m")


def decided(number: int, id_: str) -> DecidedEvent:
    send = Decision(route="support", verdict="send", delivery_id=id_)
    return DecidedEvent(number, id_, "m", (send,))


def journal() -> tuple[Journal, list[Mapping[str, Any]]]:
    """The journal of another process, and the entries it makes."""
    journal, entries = Journal(Redactor(())), list[Mapping[str, Any]]()
    journal.keep(entries.append)
    return journal, entries


@pytest.fixture
def account() -> Account:
    account = Account(["support"])
    account.ledger.read([READ], [Line(1, b"")])
    return account


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def store(clock: VirtualClock) -> MemoryStore:
    return MemoryStore(clock)


async def waiting(store: MemoryStore, *ids: str) -> None:
    """Let these deliveries wait in a store."""
    numbers = await store.append([Incoming(id_.encode()) for id_ in ids])
    await store.decide([
        Decided(number, id_, [], [delivery(id_)])
        for number, id_ in zip(numbers, ids, strict=True)
    ])  # fmt: skip


def test_what_this_run_read_counts_as_its_own(account: Account) -> None:
    account.decided([decided(READ, "d1")])
    account.attempted([Attempted(delivery("d1"), Delivered(), Done("delivered"))])
    own, others = (each.routes["support"] for each in (account.tally, account.others))
    assert (own.deliveries, own.delivered, own.waiting) == (1, 1, 0)
    assert (account.others.events, others.deliveries) == (0, 0)


def test_what_an_earlier_run_left_undecided_counts_apart(account: Account) -> None:
    account.decided([decided(LEFT, "d0")])
    account.attempted([Attempted(delivery("d0"), Rejected("no"), Dead("no"))])
    assert account.tally.events == 0
    other = account.others.routes["support"]
    assert (account.others.events, other.deliveries, other.dead["no"]) == (1, 1, 1)


def test_what_an_earlier_run_left_waiting_counts_apart(account: Account) -> None:
    account.resumed("support", 2)
    account.attempted([Attempted(delivery("old"), Delivered(), Done("delivered"))])
    other = account.others.routes["support"]
    assert (other.deliveries, other.delivered, other.waiting) == (2, 1, 1)
    assert account.tally.routes["support"].deliveries == 0


def test_a_retry_settles_nothing(account: Account) -> None:
    account.decided([decided(READ, "d1")])
    account.attempted([Attempted(delivery("d1"), Retry("timeout"), Later(1.0, "timeout"))])
    account.attempted([Attempted(delivery("d1"), Delivered(), Done("delivered"))])
    assert account.tally.routes["support"].delivered == 1


def test_a_hold_is_known_to_both(account: Account) -> None:
    account.held("support", "credentials_refused", "")
    assert {each.routes["support"].held for each in (account.tally, account.others)} == {
        "credentials_refused"
    }


@pytest.mark.parametrize(("kept", "others"), [(3, 2), (1, 0), (0, 0)])
async def test_at_the_end_what_waits_beside_the_run_adds_up(
    kept: int, others: int, account: Account, store: MemoryStore
) -> None:
    await waiting(store, *(f"d{number}" for number in range(kept)))
    account.decided([decided(READ, "d0")])
    account.resumed("support", 1)
    await account.close(store)
    other = account.others.routes["support"]
    assert (other.waiting, other.deliveries) == (others, others)


@pytest.mark.parametrize(
    ("ending", "counted"),
    [
        ((Delivered(), Done("delivered")), (1, 0, 0)),
        ((Skipped("there"), Done("skipped", "there")), (0, 1, 0)),
        ((Rejected("no"), Dead("no")), (0, 0, 1)),
        ((Retry("timeout"), Later(1.0, "timeout")), (0, 0, 0)),
    ],
)
async def test_what_another_process_settled_is_known_by_the_journal(
    ending: tuple[Outcome, Settlement], counted: tuple[int, int, int], account: Account,
    store: MemoryStore, clock: VirtualClock,
) -> None:  # fmt: skip
    elsewhere = Elsewhere(store, account)
    await elsewhere.begin()
    account.decided([decided(READ, "d1")])
    theirs, entries = journal()
    theirs.attempted([Attempted(delivery("d1"), *ending)])
    theirs.attempted([Attempted(delivery("d2"), Delivered(), Done("delivered"))])  # none of ours
    await store.note(entries)
    await clock.run(elsewhere.catch_up())
    own = account.tally.routes["support"]
    assert (own.delivered, own.skipped.total(), own.dead.total()) == counted
    assert account.others.routes["support"].deliveries == 0


async def test_what_stands_in_the_journal_from_before_is_not_counted(
    account: Account, store: MemoryStore, clock: VirtualClock
) -> None:
    theirs, entries = journal()
    theirs.attempted([Attempted(delivery("d1"), Delivered(), Done("delivered"))])
    await store.note(entries)
    await waiting(store, "d1")
    account.decided([decided(READ, "d1")])
    elsewhere = Elsewhere(store, account)
    await elsewhere.begin()
    await clock.run(elsewhere.catch_up())
    assert account.tally.routes["support"].waiting == 1
