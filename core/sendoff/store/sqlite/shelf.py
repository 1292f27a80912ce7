"""Lines of which the file has what memory need not hold, and how they come back in time."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from sendoff.store.sqlite import listings
from sendoff.store.sqlite.listings import Listing, Part
from sendoff.store.sqlite.records import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.store.sqlite.line import Item, Line
    from sendoff.store.sqlite.listings import Due
    from sendoff.store.sqlite.route_state import RouteState

LONG: Final = 30.0
"""A line that waits for more seconds than that leaves memory."""
OF_A_LINE: Final = 64
"""How many of a line come from the file at once, and stay here when its end leaves."""
_SOON: Final = 5.0
_LINES_AT_ONCE: Final = 256
_NEVER: Final = float("inf")


class Shelf:
    """Deliveries that the file lists behind the floor of one route's log.

    `asleep` are the lines of which memory has nothing. Of others it has the beginning, and knows
    how many are parked behind that. All is asked of the file in its turn: a line that is read is
    read with what was listed before, and what is not listed yet is counted.
    """

    def __init__(self, state: RouteState) -> None:
        self.listed = 0
        self.next_wake = _NEVER
        self._state = state
        self._asleep: set[int] = set()
        self._waking: set[int] = set()
        self._place = (-_NEVER, 0)
        self._looking = False
        self._fetching = 0
        self._to_list: list[Listing] = []
        self._unlisted: defaultdict[int, set[int]] = defaultdict(set)

    @property
    def busy(self) -> bool:
        """Whether something is on its way that may be due."""
        return self._looking or bool(self._waking) or self._fetching > 0

    def found(self, lines: set[int], listed: int) -> None:
        """What the file has behind the floor as it is opened."""
        self._asleep, self.listed = lines, listed
        self.next_wake = -_NEVER if lines else _NEVER

    def look(self, now: float) -> None:
        """Have that brought which is due soon."""
        self.list_now()
        self.list_doubtful()
        state = self._state
        if self.next_wake <= now and not self._looking:
            self._looking = True
            place, until = self._place, state.times.epoch_of(now) + _SOON
            state.writer.begin(
                lambda tables: listings.due(tables, state.id, place, until, _LINES_AT_ONCE),
                self._due, self._not_looked,
            )  # fmt: skip
        hungry, state.window.hungry = state.window.hungry, []
        for line in hungry:
            self._fetch(line)

    def takes(self, item: Item) -> bool:
        """Have a new delivery listed, if there is more of its line in the file alone."""
        key = item.delivery.order_key
        if not key:
            return False
        line = self._state.window.line(key)
        if line is not None:
            if not line.parked:
                return False
            self._state.window.park(line, 1)
        elif not self._asleep or line_of(self._state.id, key) not in self._asleep:
            return False
        self._list([item], line_of(self._state.id, key))
        return True

    def put_to_sleep(self, line: Line) -> None:
        """Take a delayed line out of memory."""
        self.list_doubtful()
        head = line.items[0]
        number = self._line_number(head)
        self._asleep.add(number)
        self.next_wake = min(self.next_wake, head.due)
        self._list(self._state.window.drop(line), number)

    def park_ends(self) -> None:
        """Take the ends of long lines out of memory."""
        self.list_doubtful()
        window = self._state.window
        for line in window.long_lines(OF_A_LINE):
            number = self._line_number(line.items[0])
            away = window.put_away(line, OF_A_LINE)
            window.park(line, len(away))
            self._list(away, number)

    def listing(self, item: Item, due: float, version: int = -1) -> Listing:
        """What the file is to say of a delivery that was tried, and is to be again."""
        times, delivery = self._state.times, item.delivery
        began = None if item.began is None else times.epoch_of(item.began)
        return Listing(
            item.number, self._line_number(item), item.event, times.epoch_of(due),
            delivery.attempt, delivery.maybe_delivered, began, version,
        )  # fmt: skip

    def list_doubtful(self) -> None:
        """Have the file say which may have been delivered, since their lease ran out.

        What is out again is named there, and may end before a listing got in.
        """
        state, loans = self._state, self._state.window.loans
        if not loans.doubtful:
            return
        doubtful = {item for item in loans.doubtful if not item.out}
        if not doubtful:
            return
        loans.doubtful -= doubtful
        some = [self.listing(item, item.due) for item in doubtful]
        for item in doubtful:
            item.listed = True
        state.writer.begin(
            lambda tables: listings.put(tables, state.name, some),
            failed=lambda failure: self._still_doubtful(doubtful, failure),
        )

    def _still_doubtful(self, doubtful: Iterable[Item], failure: BaseException) -> None:
        for item in doubtful:
            item.listed = False
            if item in item.line.items:
                self._state.window.loans.doubtful.add(item)
            else:  # it left memory meanwhile
                self._to_list.append(self.listing(item, item.due))
                self._unlisted[self._line_number(item)].add(item.number)
        self._state.failed(failure)

    def list_now(self) -> None:
        """Have the file list what left memory."""
        if not self._to_list:
            return
        state, some = self._state, self._to_list
        self._to_list = []
        state.writer.begin(
            lambda tables: listings.put(tables, state.name, some),
            lambda _: self._now_listed(some),
            lambda failure: self._not_listed(some, failure),
        )

    def _list(self, items: Iterable[Item], number: int) -> None:
        for item in items:
            self.listed += 1
            if not item.listed:
                self._to_list.append(Listing(item.number, number, item.event))
                self._unlisted[number].add(item.number)

    def _now_listed(self, some: Iterable[Listing]) -> None:
        unlisted = self._unlisted
        for each in some:
            unlisted[each.line].discard(each.number)
            if not unlisted[each.line]:
                del unlisted[each.line]

    def _not_listed(self, some: list[Listing], failure: BaseException) -> None:
        self._to_list = some + self._to_list
        self._state.failed(failure)

    def _not_looked(self, failure: BaseException) -> None:
        self._looking = False
        self._state.failed(failure)

    def _due(self, due: Due) -> None:
        self._looking = False
        self._place = due.place
        times = self._state.times
        self.next_wake = _NEVER if due.next_wake is None else times.monotonic_of(due.next_wake)
        for number in due.lines & self._asleep - self._waking:
            self._wake(number)
        self._state.changes.tell()

    def _wake(self, number: int, after: int = 0) -> None:
        self.list_now()
        state = self._state
        self._waking.add(number)
        state.writer.begin(
            partial(listings.part, name=state.name, line=number, after=after, most=OF_A_LINE),
            partial(self._awake, number), partial(self._not_awake, number),
        )  # fmt: skip

    def _awake(self, number: int, part: Part) -> None:
        self._waking.discard(number)
        part = self._without_gap(number, part)
        line = self._add(part)
        more = part.more + len(self._unlisted.get(number, ()))
        if line is None and more:
            # All of them were damaged.
            self._wake(number, part.rows[-1].number if part.rows else 0)
        else:
            self._asleep.discard(number)
        if line is not None:
            self._state.window.park(line, more)
        self._state.changes.tell()

    def _not_awake(self, number: int, failure: BaseException) -> None:
        # Looked for again from the beginning: those that are here are passed over.
        self._waking.discard(number)
        self._place = (-_NEVER, 0)
        self.next_wake = -_NEVER
        self._state.failed(failure)

    def _fetch(self, line: Line) -> None:
        self.list_now()
        self._fetching += 1
        state, number, after = self._state, line_of(self._state.id, line.key), line.last
        state.writer.begin(
            partial(listings.part, name=state.name, line=number, after=after, most=OF_A_LINE),
            partial(self._fetched, line, number),
            partial(self._not_fetched, line),
        )

    def _fetched(self, line: Line, number: int, part: Part) -> None:
        self._fetching -= 1
        window = self._state.window
        part = self._without_gap(number, part)
        self._add(part)
        window.park(line, part.more + len(self._unlisted.get(number, ())) - line.parked)
        window.fetched(line, self._state.times.monotonic())
        self._state.changes.tell()

    def _not_fetched(self, line: Line, failure: BaseException) -> None:
        self._fetching -= 1
        self._state.window.fetched(line, self._state.times.monotonic())
        self._state.failed(failure)

    def _without_gap(self, number: int, part: Part) -> Part:
        """A part up to what could not be listed of that line: it is read when that could be."""
        missing = min(self._unlisted.get(number, ()), default=None)
        if missing is None:
            return part
        rows = [row for row in part.rows if row.number < missing]
        return Part(rows, part.more + len(part.rows) - len(rows))

    def _add(self, part: Part) -> Line | None:
        state, line = self._state, None
        now = state.times.monotonic()
        self.listed -= len(part.rows)
        for item in state.items(part.rows, now, listed=True):
            line = state.window.add(item, now)
        return line

    def _line_number(self, item: Item) -> int:
        key = item.delivery.order_key
        return line_of(self._state.id, key) if key else item.number
