"""Lines in memory: what is peculiar to a window on a file."""

from __future__ import annotations

from itertools import count

from sendoff.delivery import Delivery
from sendoff.store.promise import Done, Later, Lease
from sendoff.store.sqlite.line import Item
from sendoff.store.sqlite.window import Window

DELIVERED = Done("delivered")


def item(number: int, person: str = "", *, suspect: bool = False, due: float = 0.0) -> Item:
    delivery = Delivery(str(number), "support", "upsert", b"{}", person, str(number))
    return Item(number, number, delivery, due, 3, suspect=suspect)


def window(*items: Item) -> Window:
    made = Window(count(1))
    for each in items:
        made.add(each, 0.0)
    return made


def lease(window: Window, now: float, limit: int, until: float) -> list[Lease]:
    items = window.lease(now, limit, None, until)
    return [Lease(each.token, each.delivery) for each in items]


def names(leases: list[Lease]) -> list[str]:
    return [each.delivery.id for each in leases]


def settle(window: Window, leases: list[Lease], how: Done | Later = DELIVERED) -> None:
    taken = window.take_back([(each, how) for each in leases], 0.0)
    assert len(taken) == len(leases)
    window.settled(taken, 0.0)


def test_a_line_is_out_until_the_file_has_what_became_of_it() -> None:
    lines = window(item(1, "a"), item(2, "a"))
    [one] = lease(lines, 0.0, 1, 60.0)
    taken = lines.take_back([(one, DELIVERED)], 0.0)
    assert len(taken) == 1
    assert lines.take_back([(one, DELIVERED)], 0.0) == [], "taken back once"
    assert lease(lines, 0.0, 9, 60.0) == []
    assert lease(lines, 100.0, 9, 160.0) == [], "however long that takes"
    lines.settled(taken, 100.0)
    assert names(lease(lines, 100.0, 9, 160.0)) == ["2"]


def test_a_settlement_that_failed_leaves_the_lease_as_it_was() -> None:
    lines = window(item(1))
    [one] = lease(lines, 0.0, 1, 60.0)
    [(taken, _)] = lines.take_back([(one, DELIVERED)], 59.0)
    lines.loans.restore(taken, 119.0)
    assert lease(lines, 118.0, 1, 200.0) == []
    assert lines.take_back([(one, DELIVERED)], 118.0) == [(taken, DELIVERED)]


def test_what_is_given_back_unseen_is_as_it_was() -> None:
    lines = window(item(1), item(2))
    leases = lease(lines, 0.0, 2, 60.0)
    lines.give_back(leases, 1.0)
    again = lease(lines, 1.0, 2, 60.0)
    assert [each.delivery for each in again] == [each.delivery for each in leases]


def test_a_suspect_comes_alone_and_holds_back_nobody_else() -> None:
    lines = window(item(1), item(2, suspect=True), item(3, "a"), item(4, "a", suspect=True))
    assert names(lease(lines, 0.0, 9, 60.0)) == ["1"]
    assert names(lease(lines, 0.0, 9, 60.0)) == ["2"]
    first = lease(lines, 0.0, 9, 60.0)
    assert names(first) == ["3"]
    settle(lines, first)
    assert names(lease(lines, 0.0, 9, 60.0)) == ["4"]


def test_a_suspect_that_is_to_be_tried_again_is_one_no_longer() -> None:
    lines = window(item(1, suspect=True), item(2))
    settle(lines, lease(lines, 0.0, 9, 60.0), Later(0.0))
    assert sorted(names(lease(lines, 0.0, 9, 60.0))) == ["1", "2"]


def test_only_what_is_not_out_leaves_memory() -> None:
    lines = window(*(item(n, "a") for n in range(1, 11)))
    lease(lines, 0.0, 4, 60.0)
    line = lines.line("a")
    assert line
    assert [each.number for each in lines.put_away(line, 2)] == [5, 6, 7, 8, 9, 10]
    assert (lines.held, lines.held_bytes, line.last) == (4, 12, 4)


def test_what_leaves_a_line_that_is_ready_is_counted() -> None:
    lines = window(*(item(n, "a") for n in range(1, 11)))
    line = lines.line("a")
    assert line
    lines.put_away(line, 3)
    assert (lines.ready.count, lines.ready.size) == (3, 9)
    assert not lines.fills(4, None)


def test_a_line_with_little_left_is_hungry_for_what_is_parked() -> None:
    lines = window(*(item(n, "a") for n in range(1, 21)))
    line = lines.line("a")
    assert line
    lines.park(line, 5)
    settle(lines, lease(lines, 0.0, 4, 60.0))
    assert lines.hungry == []
    settle(lines, lease(lines, 0.0, 1, 60.0))
    assert lines.hungry == [line]
    settle(lines, lease(lines, 0.0, 99, 60.0))
    assert lines.hungry == [line], "it is asked for once"
    assert lines.line("a") is line, "more of it is in the file"
    lines.add(item(21, "a"), 0.0)
    lines.park(line, -5)
    lines.fetched(line, 0.0)
    settle(lines, lease(lines, 0.0, 99, 60.0))
    assert lines.line("a") is None


def test_a_delayed_line_that_is_dropped_never_becomes_due_here() -> None:
    lines = window(item(1, "a"), item(2, "a"))
    settle(lines, lease(lines, 0.0, 1, 60.0), Later(90.0))
    assert lines.depth(0.0).delayed == 2
    line = lines.line("a")
    assert line
    assert [each.number for each in lines.drop(line)] == [1, 2]
    assert lease(lines, 90.0, 9, 150.0) == []
    assert lines.depth(90.0).waiting == 0


def test_a_lease_that_ran_out_is_told_as_doubtful() -> None:
    one = item(1)
    lines = window(one)
    lease(lines, 0.0, 1, 60.0)
    [again] = lease(lines, 60.0, 1, 120.0)
    assert again.delivery.maybe_delivered
    assert lines.loans.doubtful == {one}
    settle(lines, [again])
    assert lines.loans.doubtful == set(), "it has ended, whatever became of it before"


def test_those_that_were_lent_together_can_be_lent_on_each_by_itself() -> None:
    lines = window(item(1), item(2))
    [one, two] = lease(lines, 0.0, 2, 60.0)
    assert lines.extend(one, 100.0, 59.0)
    assert len(lines.loans) == 2
    assert names(lease(lines, 60.0, 2, 120.0)) == ["2"]
    assert not lines.extend(two, 200.0, 60.0)
    assert names(lease(lines, 100.0, 2, 160.0)) == ["1"]


def test_what_is_out_stays_though_something_before_it_came_back() -> None:
    lines = window(*(item(n, "a") for n in range(1, 11)))
    leases = lease(lines, 0.0, 6, 60.0)
    settle(lines, leases[:4], Later(0.0))
    line = lines.line("a")
    assert line
    assert [each.number for each in lines.put_away(line, 2)] == [7, 8, 9, 10]


def test_one_whose_lease_always_runs_out_lets_the_others_go_first() -> None:
    lines = window(*(item(n) for n in range(1, 4)))
    assert names(lease(lines, 0.0, 1, 60.0)) == ["1"]
    assert names(lease(lines, 60.0, 3, 120.0)) == ["2", "3", "1"]
