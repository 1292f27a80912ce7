"""Lines by order key, against a model that is slow and plainly right."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from sendoff.delivery import Delivery
from sendoff.store.line import Item
from sendoff.store.lines import RouteLines
from sendoff.store.promise import Dead, Done, Later, Lease


def item(name: str, person: str = "", body: bytes = b"{}") -> Item:
    delivery = Delivery(id=name, route="support", action="upsert", body=body, order_key=person,
                        event_key=name)  # fmt: skip
    return Item(delivery, int(name) if name.isdigit() else 0, 0.0)


def names(leases: list[Lease]) -> list[str]:
    return [lease.delivery.id for lease in leases]


def filled(*items: Item) -> RouteLines:
    lines = RouteLines()
    for each in items:
        lines.add(each)
    return lines


def test_deliveries_without_an_order_key_do_not_wait_for_each_other() -> None:
    lines = filled(item("a"), item("b"))
    [first] = lines.lease(0.0, 1, None, 60.0)
    lines.settle(first, Later(10.0), 0.0)
    assert names(lines.lease(0.0, 10, None, 60.0)) == ["b"]


def test_a_batch_takes_no_more_of_a_line_than_fits_and_the_rest_stays_in_order() -> None:
    lines = filled(*(item(str(n), "p", b"x" * 10) for n in range(5)))
    leases = lines.lease(0.0, 10, 25, 60.0)
    assert names(leases) == ["0", "1"]
    assert not lines.lease(0.0, 10, None, 60.0)
    for lease in leases:
        lines.settle(lease, Done("delivered"), 0.0)
    assert names(lines.lease(0.0, 10, None, 60.0)) == ["2", "3", "4"]


def test_a_clock_that_goes_back_while_a_delivery_waits_loses_nothing() -> None:
    lines = RouteLines()
    first, second = item("a", "p"), item("b", "p")
    first.due = second.due = 100.0
    lines.add(first)
    lines.add(second)
    assert names(lines.lease(50.0, 1, None, 110.0)) == ["a"]
    assert names(lines.lease(110.0, 2, None, 170.0)) == ["a", "b"]


def test_the_age_counts_from_the_first_time_it_was_lent() -> None:
    lines = filled(item("a"))
    [lease] = lines.lease(5.0, 1, None, 65.0)
    assert lease.age == 0.0
    lines.settle(lease, Later(10.0), 6.0)
    assert lines.lease(20.0, 1, None, 80.0)[0].age == 15.0


def test_a_lease_lent_on_outlives_the_entry_of_its_first_end() -> None:
    lines = filled(item("a"))
    [lease] = lines.lease(0.0, 1, None, 60.0)
    assert lines.extend(lease, 100.0, 50.0)
    assert not lines.lease(70.0, 1, None, 130.0)
    assert names(lines.lease(100.0, 1, None, 160.0)) == ["a"]


def test_lending_on_never_shortens_a_lease() -> None:
    lines = filled(item("a"))
    [lease] = lines.lease(0.0, 1, None, 60.0)
    lines.extend(lease, 10.0, 0.0)
    assert not lines.lease(30.0, 1, None, 90.0)


def test_what_was_part_of_an_expired_batch_cannot_be_settled_any_more() -> None:
    lines = filled(*(item(str(n), "p") for n in range(3)))
    leases = lines.lease(0.0, 3, None, 60.0)
    assert lines.settle(leases[0], Done("delivered"), 1.0) is not None
    assert lines.settle(leases[1], Done("delivered"), 60.0) is None
    assert names(lines.lease(60.0, 3, None, 120.0)) == ["1", "2"]


def test_what_was_lent_and_not_settled_may_have_been_delivered() -> None:
    lines = filled(item("a"), item("b"))
    lines.lease(0.0, 1, None, 60.0)
    leases = lines.lease(60.0, 2, None, 120.0)
    assert sorted((each.delivery.id, each.delivery.maybe_delivered) for each in leases) == [
        ("a", True), ("b", False),
    ]  # fmt: skip


def test_what_is_given_back_is_due_at_once_and_in_order() -> None:
    lines = filled(*(item(str(n), "p") for n in range(3)), item("q"))
    leases = lines.lease(0.0, 2, None, 60.0)
    lines.give_back(1.0)
    assert lines.depth(1.0).due == 4
    assert lines.settle(leases[0], Done("delivered"), 1.0) is None
    assert names(lines.lease(1.0, 10, None, 61.0)) == ["q", "0", "1", "2"]


def test_a_clock_that_goes_back_loses_nothing() -> None:
    lines = filled(item("a"), item("b"))
    [lease] = lines.lease(100.0, 1, None, 160.0)
    assert lines.settle(lease, Later(5.0), 50.0) is not None
    assert names(lines.lease(50.0, 1, None, 110.0)) == ["b"]
    assert names(lines.lease(60.0, 1, None, 120.0)) == ["a"]


def test_nothing_changes_by_itself_where_nothing_waits() -> None:
    assert RouteLines().next_change() is None
    assert filled(item("a")).next_change() is None


@dataclass
class Kept:
    """An item as the model knows it."""

    person: str
    size: int
    due: float = 0.0
    lent_until: float | None = None


class Lines(RuleBasedStateMachine):
    """Everything that may be done to lines, in any order, beside a list of what should be there."""

    leases: Bundle[Lease] = Bundle("leases")

    @initialize()
    def begin(self) -> None:
        self.lines = RouteLines()
        self.now = 0.0
        self.model: dict[str, Kept] = {}
        self.tokens: dict[int, str] = {}
        self.counter = 0

    @rule(person=st.sampled_from(["p", "q", ""]), size=st.integers(0, 9))
    def add(self, person: str, size: int) -> None:
        name = str(self.counter)
        self.counter += 1
        self.lines.add(item(name, person, b"x" * size))
        self.model[name] = Kept(person or name, size)

    @rule(seconds=st.sampled_from([0.5, 5.0, 30.0, 100.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self._expire()

    @rule(target=leases, limit=st.integers(1, 4), room=st.sampled_from([None, 0, 5, 12]))
    def lease(self, limit: int, room: int | None) -> MultipleResults[Lease]:
        leases = self.lines.lease(self.now, limit, room, self.now + 60.0)
        assert len(leases) <= limit
        if self._leasable():
            assert leases
        if room is not None and len(leases) > 1:
            assert sum(self.model[name].size + 1 for name in names(leases)) + 1 <= room
        free = self._free()
        for lease in leases:
            name = lease.delivery.id
            kept = self.model[name]
            assert kept.person in free, "somebody else has this person's deliveries"
            assert kept.due <= self.now
            assert name == self._heads()[kept.person], "out of order"
            kept.lent_until = self.now + 60.0
            self.tokens[lease.token] = name
        return multiple(*leases)

    @rule(lease=consumes(leases), after=st.sampled_from([None, 0.0, 3.0, 40.0]))
    def settle(self, lease: Lease, after: float | None) -> None:
        name = self.tokens.pop(lease.token, None)
        settlement = Dead("rejected") if after is None else Later(after)
        settled = self.lines.settle(lease, settlement, self.now)
        assert (settled is None) == (name is None)
        if name is None:
            return
        kept = self.model[name]
        kept.lent_until = None
        if after is None:
            del self.model[name]
        else:
            kept.due = self.now + after

    @rule(lease=leases)
    def extend(self, lease: Lease) -> None:
        name = self.tokens.get(lease.token)
        assert self.lines.extend(lease, self.now + 60.0, self.now) == (name is not None)
        if name is not None:
            # What came together of one person stays out together.
            person = self.model[name].person
            for kept in self.model.values():
                if kept.person == person and kept.lent_until is not None:
                    kept.lent_until = self.now + 60.0

    @invariant()
    def the_depth_adds_up(self) -> None:
        depth = self.lines.depth(self.now)
        assert depth.waiting == len(self.model)
        assert depth.leased == len(self.tokens)
        assert min(depth.due, depth.delayed) >= 0

    @invariant()
    def it_knows_when_to_look_again(self) -> None:
        self.lines.depth(self.now)
        change = self.lines.next_change()
        waits = [kept.lent_until for kept in self.model.values() if kept.lent_until is not None]
        free = self._free()
        heads = {person: self.model[name] for person, name in self._heads().items()}
        waits += [kept.due for person, kept in heads.items()
                  if person in free and kept.due > self.now]  # fmt: skip
        if waits:
            assert change is not None
            assert self.now < change <= min(waits)

    @invariant()
    def it_knows_what_a_batch_could_be_made_of(self) -> None:
        since = self.lines.due_since(self.now)
        free, heads = self._free(), self._heads()
        due = {person: self.model[heads[person]].due for person in free}
        ready = {person for person in free if due[person] <= self.now}
        assert (since is not None) == bool(ready)
        assert since is None or since in {due[person] for person in ready}
        sizes = [kept.size for kept in self.model.values() if kept.person in ready]
        size = sum(sizes) + len(sizes) + 1
        assert self.lines.fills(len(sizes) + 1, None) is False
        assert self.lines.fills(max(1, len(sizes)), None) is bool(sizes)
        assert self.lines.fills(100, size + 1) is False
        assert self.lines.fills(100, size) is bool(sizes)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert {each.delivery.id for each in self.lines.items()} == set(self.model)

    def teardown(self) -> None:
        """Everything comes in the end, each person's in order."""
        if not hasattr(self, "model"):
            return
        self.now += 1000.0
        self._expire()
        seen: dict[str, list[int]] = {}
        while leases := self.lines.lease(self.now, 3, None, self.now + 60.0):
            for lease in leases:
                seen.setdefault(self.model[lease.delivery.id].person, []).append(
                    int(lease.delivery.id)
                )
                self.lines.settle(lease, Done("delivered"), self.now)
        assert sorted(n for numbers in seen.values() for n in numbers) == sorted(
            map(int, self.model)
        )
        assert all(numbers == sorted(numbers) for numbers in seen.values())

    def _free(self) -> set[str]:
        people = {kept.person for kept in self.model.values()}
        return people - {kept.person for kept in self.model.values() if kept.lent_until is not None}

    def _heads(self) -> dict[str, str]:
        """Whose turn it is, by person: the first that is not lent out."""
        heads: dict[str, str] = {}
        for name, kept in self.model.items():
            if kept.lent_until is None:
                heads.setdefault(kept.person, name)
        return heads

    def _leasable(self) -> bool:
        free, heads = self._free(), self._heads()
        return any(self.model[heads[person]].due <= self.now for person in free)

    def _expire(self) -> None:
        expired = {
            name for name, kept in self.model.items()
            if kept.lent_until is not None and kept.lent_until <= self.now
        }  # fmt: skip
        for name in expired:
            self.model[name].lent_until = None
        self.tokens = {t: name for t, name in self.tokens.items() if name not in expired}


TestLines = Lines.TestCase
TestLines.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
