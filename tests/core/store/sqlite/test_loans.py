"""Leases by their tokens: lent on, run out, taken back, and restored."""

from __future__ import annotations

from itertools import count

from sendoff.delivery import Delivery
from sendoff.store.promise import Done, Lease
from sendoff.store.sqlite.line import Item, Line
from sendoff.store.sqlite.loans import Loans

DELIVERED = Done("delivered")


def lent(loans: Loans, *names: str, until: float = 60.0) -> list[Lease]:
    """Each in a line of its own."""
    items, lines = [], []
    for number, name in enumerate(names, 1):
        delivery = Delivery(name, "support", "upsert", b"{}", "", name)
        item, line = Item(number, number, delivery, 0.0, 3), Line(name)
        item.line = line
        line.items.append(item)
        items.append(item)
        lines.append(line)
    loans.lend(items, lines, 0.0, until)
    return [Lease(each.token, each.delivery) for each in items]


def test_only_what_was_not_lent_on_runs_out() -> None:
    loans = Loans(count(1))
    first, _second = lent(loans, "a", "b")
    assert loans.lend_on(first, 90.0)
    assert loans.next_end == 60.0
    assert [line.key for line in loans.run_out(60.0)] == ["b"]
    assert (len(loans), loans.next_end) == (1, 90.0)
    assert {item.delivery.id for item in loans.doubtful} == {"b"}


def test_what_ran_out_is_neither_taken_back_nor_lent_on() -> None:
    loans = Loans(count(1))
    [lease] = lent(loans, "a")
    assert [line.lent for line in loans.run_out(60.0)] == [0]
    assert loans.take_back([(lease, DELIVERED)]) == []
    assert not loans.lend_on(lease, 90.0)


def test_what_was_taken_back_never_runs_out_but_if_it_is_restored() -> None:
    loans = Loans(count(1))
    leases = lent(loans, "a", "b")
    taken = loans.take_back([(lease, DELIVERED) for lease in leases])
    assert list(loans.run_out(60.0)) == []
    loans.restore(taken[0][0], 120.0)
    assert [item.delivery.id for item in loans.items] == ["a"]
    assert list(loans.run_out(119.0)) == []
    assert [line.key for line in loans.run_out(120.0)] == ["a"]


def test_what_ran_out_is_due_from_then_on() -> None:
    loans = Loans(count(1))
    lent(loans, "a")
    [line] = loans.run_out(70.0)
    assert line.items[0].due == 70.0


def test_no_more_ends_are_kept_than_there_are_loans_and_few() -> None:
    loans = Loans(count(1))
    [kept] = lent(loans, "a", until=50.0)
    assert loans.lend_on(kept, 90.0)
    for until in range(60, 1060):
        loans.take_back([(lease, DELIVERED) for lease in lent(loans, "b", until=until)])
    assert len(loans._ends) < 100
    assert [line.key for line in loans.run_out(89.0)] == []
    assert [line.key for line in loans.run_out(90.0)] == ["a"]
