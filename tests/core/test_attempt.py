"""One outcome for each delivery, whatever the plugin does."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.attempt import SHORTEST_PAUSE, Timing, attempt
from sendoff.delivery import (
    Delivered,
    Delivery,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Throttled,
    TooLarge,
)
from sendoff.destination import Connection, Finding
from sendoff.http import Departures
from sendoff.http.errand import current
from sendoff.redact import Redactor
from sendoff.store.failures import StoreError
from sendoff.testing.clock import VirtualClock

OPEN = Redactor(())
HIDDEN = "s3cret-key-of-acme"


class Plugin(Connection):
    """A destination that does what a function says; remembers what it was given."""

    def __init__(self, act: Callable[[Sequence[Delivery]], Awaitable[Any]]) -> None:
        self.seen: list[list[str]] = []
        self._act = act

    async def verify(self, targets: Collection[str]) -> Sequence[Finding]:
        raise AssertionError(targets)

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.seen.append([each.id for each in deliveries])
        outcomes: Sequence[Outcome] = await self._act(deliveries)
        return outcomes


def answering(outcomes: Any) -> Plugin:
    async def act(deliveries: Sequence[Delivery]) -> Any:
        return outcomes

    return Plugin(act)


def delivery(name: str, person: str = "") -> Delivery:
    return Delivery(id=name, route="support", action="upsert", body=b"{}", order_key=person,
                    event_key=name)  # fmt: skip


ONE = [delivery("a")]


async def error_of(plugin: Connection) -> str:
    [outcome] = await attempt(plugin, ONE, OPEN)
    assert isinstance(outcome, Retry)
    assert outcome.reason == "plugin_error"
    assert outcome.maybe_delivered
    return outcome.detail


async def test_outcomes_come_in_the_order_of_their_deliveries() -> None:
    plugin = answering((Delivered(), Rejected("no")))
    assert await attempt(plugin, [delivery("a"), delivery("b")], OPEN) == [
        Delivered(), Rejected("no"),
    ]  # fmt: skip


async def test_any_iterable_of_outcomes_will_do() -> None:
    assert await attempt(answering(each for each in [Delivered()]), ONE, OPEN) == [Delivered()]


async def test_requests_are_recorded_under_their_deliveries() -> None:
    seen = []

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        seen.append(current().deliveries)
        return [Delivered()]

    await attempt(Plugin(act), ONE, OPEN)
    assert (seen, current().deliveries) == ([("a",)], ())


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([], "0 outcomes for 1 deliveries"),
        ([Delivered(), Delivered()], "2 outcomes for 1 deliveries"),
        (None, "TypeError"),
        (7, "TypeError"),
        ((1 / 0 for _ in "a"), "ZeroDivisionError"),
        ([True], "bool is no outcome"),
        ([Delivered], "type is no outcome"),
        ([Throttled(None)], "Throttled with a part of the wrong type"),  # type: ignore[arg-type]
        ([Throttled("60")], "Throttled with a part"),  # type: ignore[arg-type]
        ([Throttled(float("inf"))], "Throttled with a part"),
        ([Retry("busy", after=float("nan"))], "Retry with a part"),
        ([Retry("busy", after=True)], "Retry with a part"),
        ([Rejected(404)], "Rejected with a part"),  # type: ignore[arg-type]
        ([Delivered({"id": 1})], "Delivered with a part"),  # type: ignore[arg-type]
    ],
)
async def test_what_is_no_outcome_for_each_is_the_plugins_error(outcomes: Any, said: str) -> None:
    assert said in await error_of(answering(outcomes))


class Unspeakable(Exception):  # noqa: N818
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("oops"), "the destination plugin: ZeroDivisionError: oops"),
        (Unspeakable(), "the destination plugin: Unspeakable"),
        (ExceptionGroup("several", [ValueError("one")]), "ExceptionGroup: several"),
        (asyncio.CancelledError("by itself"), "it cancelled itself"),
        (TimeoutError(), "TimeoutError"),
    ],
)
async def test_whatever_a_plugin_raises_is_its_error(error: BaseException, said: str) -> None:
    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        raise error

    assert said in await error_of(Plugin(act))


async def test_a_plugin_whose_deliver_is_no_coroutine_is_its_error() -> None:
    class Plain(Plugin):
        def deliver(self, deliveries: Sequence[Delivery]) -> Any:
            return [Delivered()]

    class Generating(Plugin):
        async def deliver(self, deliveries: Sequence[Delivery]) -> Any:
            yield Delivered()

    for kind in (Plain, Generating):
        assert "TypeError" in await error_of(kind(lambda _: asyncio.sleep(0)))


async def test_a_stop_is_no_error_of_the_plugin() -> None:
    doing = asyncio.create_task(attempt(Plugin(lambda _: asyncio.Event().wait()), ONE, OPEN))
    await asyncio.sleep(0)
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing


async def test_a_plugin_that_hears_a_stop_and_ends_in_order_keeps_its_outcome() -> None:
    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return [Delivered("just in time")]
        raise AssertionError

    doing = asyncio.create_task(attempt(Plugin(act), ONE, OPEN))
    await asyncio.sleep(0)
    doing.cancel()
    assert await doing == [Delivered("just in time")]


@pytest.mark.parametrize("stopped_at", [1, 2])
async def test_a_stop_that_meets_an_answer_lets_no_half_leave_any_more(stopped_at: int) -> None:
    doing: asyncio.Task[list[Outcome]]

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        await asyncio.sleep(0)
        if len(plugin.seen) == stopped_at:
            doing.cancel()
        return [Delivered() if len(deliveries) == 1 else TooLarge()] * len(deliveries)

    plugin, departures = Plugin(act), Departures()
    given = [delivery(name) for name in "abc"]
    doing = asyncio.create_task(attempt(plugin, given, OPEN, departures))
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert plugin.seen == [["a", "b", "c"], ["a"]][:stopped_at]
    assert [each.id in departures for each in given] == [stopped_at == 2, False, False]


@pytest.mark.parametrize("says_the_answer", [True, False])
async def test_a_pause_is_told_once_however_many_have_to_wait_for_it(
    *, says_the_answer: bool
) -> None:
    told: list[float] = []

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if says_the_answer:
            current().asked_to_wait(7.0)
            assert told == [7.0], "at once"
        return [Throttled(7.0)] * len(deliveries)

    given = [delivery(str(number)) for number in range(5)]
    await attempt(Plugin(act), given, OPEN, throttled=told.append)
    assert told == [7.0]


@pytest.mark.parametrize("outcome", [Throttled(0), Throttled(-5), Retry("busy", after=0.0)])
async def test_no_plugin_makes_us_hammer_its_server(outcome: Outcome) -> None:
    [came] = await attempt(answering([outcome]), ONE, OPEN)
    assert isinstance(came, Throttled | Retry)
    assert came.after == SHORTEST_PAUSE


async def test_a_wait_that_is_long_enough_is_kept() -> None:
    outcomes: list[Outcome] = [Throttled(30), Retry("busy", after=1.5), Retry("busy")]
    given = [delivery(str(n)) for n in range(3)]
    assert await attempt(answering(outcomes), given, OPEN) == outcomes


class Sized(Plugin):
    """Takes so many at once, and of one delivery whatever it is said to."""

    def __init__(self, most: int, **alone: Outcome) -> None:
        super().__init__(self._take)
        self._most = most
        self._alone = alone

    async def _take(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if len(deliveries) > self._most:
            return [TooLarge()] * len(deliveries)
        return [self._alone.get(each.id, Delivered(each.id)) for each in deliveries]


@pytest.mark.parametrize(("count", "most"), [(1, 1), (7, 3), (8, 1), (100, 99)])
async def test_what_is_refused_for_its_size_is_halved_until_it_passes(
    count: int, most: int
) -> None:
    plugin = Sized(most)
    outcomes = await attempt(plugin, [delivery(str(n)) for n in range(count)], OPEN)
    assert outcomes == [Delivered(str(n)) for n in range(count)]
    passed = [name for names in plugin.seen if len(names) <= most for name in names]
    assert passed == [str(n) for n in range(count)]


async def test_what_is_too_large_alone_stays_so() -> None:
    plugin = Sized(2, b=TooLarge("1 byte too many"))
    outcomes = await attempt(plugin, [delivery(name) for name in "abcd"], OPEN)
    assert outcomes == [Delivered("a"), TooLarge("1 byte too many"), Delivered("c"), Delivered("d")]


async def test_what_was_delivered_beside_the_large_ones_is_not_sent_again() -> None:
    answers: list[list[Outcome]] = [[Delivered(), TooLarge(), Delivered()], [Delivered("alone")]]

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return answers.pop(0)

    plugin = Plugin(act)
    outcomes = await attempt(plugin, [delivery(name) for name in "abc"], OPEN)
    assert outcomes == [Delivered(), Delivered("alone"), Delivered()]
    assert plugin.seen == [["a", "b", "c"], ["b"]]


@pytest.mark.parametrize("stop", [NeedsOperator("credentials_refused"), Throttled(30)])
async def test_behind_a_closed_door_no_half_is_tried(stop: Outcome) -> None:
    plugin = Sized(2, a=stop, b=stop)
    outcomes = await attempt(plugin, [delivery(name) for name in "abcd"], OPEN)
    assert outcomes == [stop] * 4
    assert plugin.seen == [["a", "b", "c", "d"], ["a", "b"]]


async def test_one_persons_deliveries_stay_in_order_when_a_half_has_to_wait() -> None:
    plugin = Sized(2, a=Retry("http_500", maybe_delivered=True))
    given = [delivery("a", "p"), delivery("b", "q"), delivery("c", "p"), delivery("d", "q")]
    assert await attempt(plugin, given, OPEN) == [
        Retry("http_500", maybe_delivered=True), Delivered("b"), Retry("http_500"), Delivered("d"),
    ]  # fmt: skip
    assert plugin.seen[-1] == ["d"]


class Bouncer(Plugin):
    """Refuses a batch that is too much for it; of others, single deliveries meet trouble."""

    def __init__(self, most: int, trouble: Mapping[str, Outcome]) -> None:
        super().__init__(self._take)
        self.passed: list[str] = []
        self._most = most
        self._trouble = trouble

    async def _take(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if len(deliveries) > self._most:
            return [TooLarge()] * len(deliveries)
        outcomes = [self._trouble.get(each.id, Delivered()) for each in deliveries]
        self.passed += [
            each.id for each, came in zip(deliveries, outcomes, strict=True) if came == Delivered()
        ]
        return outcomes


TROUBLE = st.sampled_from(
    [Retry("http_500", maybe_delivered=True), Rejected("no"), TooLarge("alone"), Throttled(9.0)]
)


@given(
    people=st.lists(st.sampled_from(["", "p", "q", "r"]), min_size=1, max_size=24),
    most=st.integers(1, 8),
    trouble=st.dictionaries(st.integers(0, 23).map(str), TROUBLE, max_size=4),
)
async def test_a_halved_batch_of_several_people(
    people: list[str], most: int, trouble: dict[str, Outcome]
) -> None:
    given_out = [delivery(str(number), person) for number, person in enumerate(people)]
    plugin = Bouncer(most, trouble)
    came = await attempt(plugin, given_out, OPEN)
    outcomes = dict(zip((each.id for each in given_out), came, strict=True))
    # What went through is told so, and went once; the requests of a person are in order.
    assert sorted(plugin.passed) == sorted(
        each for each in outcomes if outcomes[each] == Delivered()
    )
    assert len(set(plugin.passed)) == len(plugin.passed)
    tried = [names for names in plugin.seen if len(names) <= most]
    assert all(len(names) > most for names in plugin.seen if names not in tried)
    for person in set(people) - {""}:
        theirs = [each.id for each in given_out if each.order_key == person]
        sent = [name for names in tried for name in names if name in theirs]
        assert list(dict.fromkeys(sent)) == sorted(set(sent), key=int)
    # No later request has what must wait for something in an earlier one.
    for number, names in enumerate(tried):
        later = {name for others in tried[number + 1 :] for name in others}
        for name in names:
            outcome, person = trouble.get(name), people[int(name)]
            if isinstance(outcome, Throttled):
                assert all(int(other) < int(name) for other in later)
            if isinstance(outcome, Retry) and person:
                assert not [other for other in later if people[int(other)] == person
                            and int(other) > int(name)]  # fmt: skip


async def test_a_plugin_with_a_way_out_of_its_own_may_have_used_it() -> None:
    departures = Departures()
    seen = []

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        seen.append([each.id in departures for each in [*ONE, delivery("b")]])
        await current().ask()
        seen.append([each.id in departures for each in [*ONE, delivery("b")]])
        return [Delivered()]

    assert "a" not in departures
    await attempt(Plugin(act), ONE, OPEN, departures)
    assert seen == [[True, False], [False, False]]


@pytest.mark.parametrize(("outcome", "left"), [(Delivered(), True), (TooLarge(), False)])
async def test_what_is_refused_for_its_size_has_not_left(outcome: Outcome, left: bool) -> None:
    departures = Departures()

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        current().leave()
        assert "a" in departures
        return [outcome]

    await attempt(Plugin(act), ONE, OPEN, departures)
    assert ("a" in departures) is left


@pytest.mark.parametrize(
    "outcome",
    [
        Delivered(f"as {HIDDEN}"),
        Rejected("invalid", f"you sent {HIDDEN}"),
        Retry(HIDDEN, detail=b64encode(f"{HIDDEN}:X".encode()).decode()),
        NeedsOperator("refused", f"no account of {HIDDEN}"),
        Throttled(1.0, HIDDEN),
        TooLarge(HIDDEN),
    ],
)
async def test_no_outcome_carries_a_secret_on(outcome: Outcome) -> None:
    plain = repr(await attempt(answering([outcome]), ONE, OPEN))
    assert HIDDEN in plain or "czNjcmV0" in plain
    shown = repr(await attempt(answering([outcome]), ONE, Redactor([HIDDEN])))
    assert HIDDEN not in shown
    assert "czNjcmV0" not in shown
    assert "***" in shown


async def test_no_error_of_a_plugin_carries_a_secret_on() -> None:
    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        raise ValueError(f"https://acme.example/{HIDDEN}")

    [outcome] = await attempt(Plugin(act), ONE, Redactor([HIDDEN]))
    assert HIDDEN not in repr(outcome)


@pytest.mark.parametrize("length", range(1, len(HIDDEN)))
async def test_words_that_were_cut_off_do_not_end_in_half_a_secret(length: int) -> None:
    detail = f"{'the vendor says ' * 10}{HIDDEN[:length]}…"
    [outcome] = await attempt(answering([Rejected("no", detail)]), ONE, Redactor([HIDDEN]))
    assert isinstance(outcome, Rejected)
    assert outcome.detail.endswith("…")
    assert HIDDEN[:length] + "…" not in outcome.detail
    assert outcome.detail.startswith("the vendor says")


async def test_an_account_that_has_to_wait_is_closed_before_anything_else_is_tried() -> None:
    closed: list[float] = []
    tried: list[tuple[list[str], list[float]]] = []

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        tried.append(([each.id for each in deliveries], list(closed)))
        if len(deliveries) == 3:
            return [TooLarge(), TooLarge(), Throttled(30.0)]
        return [Delivered()] * len(deliveries)

    await attempt(Plugin(act), [delivery(name) for name in "abc"], OPEN, None, closed.append)
    assert tried == [(["a", "b", "c"], []), (["a", "b"], [30.0])]


async def test_without_the_store_there_is_no_outcome() -> None:
    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        raise StoreError("stopped")

    with pytest.raises(StoreError):
        await attempt(Plugin(act), ONE, OPEN)


async def test_a_plugin_that_does_not_end_may_have_delivered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = VirtualClock()
    plugin = Plugin(lambda _: asyncio.Event().wait())
    given = [delivery("a"), delivery("b")]
    came = await clock.run(attempt(plugin, given, OPEN, timing=Timing(90.0, clock)))
    assert came == [
        Retry(
            "plugin_timeout", maybe_delivered=True,
            detail="the destination plugin did not end within 90 s, and was broken off",
        )
    ] * 2  # fmt: skip
    assert clock.monotonic() == 90.0
    assert "route support: the destination plugin did not end" in caplog.text


async def test_each_half_of_a_batch_has_the_whole_time() -> None:
    clock = VirtualClock()

    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        await clock.sleep(80.0)
        return [Delivered() if len(deliveries) == 1 else TooLarge()] * len(deliveries)

    given = [delivery("a"), delivery("b")]
    came = await clock.run(attempt(Plugin(act), given, OPEN, timing=Timing(90.0, clock)))
    assert came == [Delivered()] * 2


async def test_a_timeout_of_the_plugins_own_is_its_error() -> None:
    async def act(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
        raise AssertionError

    assert "TimeoutError" in await error_of(Plugin(act))
