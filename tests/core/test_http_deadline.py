"""What a plugin does in its time counts; what takes longer is broken off."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from textwrap import dedent

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.http import Deadline, Departures, Http, Overdue, under
from sendoff.http.deadline import GRACE
from sendoff.redact import Redactor
from sendoff.testing.clock import VirtualClock

SECONDS = 600.0


async def for_ever() -> str:
    await asyncio.Event().wait()
    raise AssertionError


async def deaf() -> str:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


class SlowGate:
    """Lets a request leave when it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def permit(self) -> None:
        await self.opened.wait()

    async def observe(self, total: float | None, remaining: float | None) -> None:
        raise AssertionError


class Line:
    """A plugin's way out: a client, and what has left by it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.left: list[str] = []
        self.gate = SlowGate()
        self.http = Http(
            gate=self.gate, redactor=Redactor(()), record=lambda _exchange: None, timeout=9.0,
            clock=clock, transport=httpx.MockTransport(self._answer), max_connections=1,
        )  # fmt: skip

    async def post(self, text: str = "a") -> str:
        answer = await self.http.request("POST", "http://127.0.0.1/", content=text.encode())
        return str(answer.status)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.left.append(request.content.decode())
        return httpx.Response(201)


async def kept(deadline: Deadline, work: Callable[[], Awaitable[str]]) -> str:
    with under(["d1"], Departures(), deadline):
        return await deadline.keep(work())


async def outcome(clock: VirtualClock, work: Callable[[], Awaitable[str]]) -> str:
    return await clock.run(kept(Deadline(SECONDS, clock), work))


async def test_what_comes_in_time_is_given() -> None:
    clock = VirtualClock()

    async def slow() -> str:
        await clock.sleep(SECONDS - 1)
        return "done"

    assert await outcome(clock, slow) == "done"


async def test_what_does_not_end_is_told_to_when_the_time_is_over() -> None:
    clock = VirtualClock()
    with pytest.raises(Overdue):
        await outcome(clock, for_ever)
    assert clock.monotonic() == SECONDS


async def test_what_it_gives_when_it_is_told_to_end_counts() -> None:
    async def orderly() -> str:
        with suppress(asyncio.CancelledError):
            await for_ever()
        return "done"

    assert await outcome(VirtualClock(), orderly) == "done"


async def test_an_error_that_it_makes_of_the_end_is_no_error_of_its_own() -> None:
    async def sorry() -> str:
        with suppress(asyncio.CancelledError):
            await for_ever()
        raise ValueError("stopped")

    with pytest.raises(Overdue):
        await outcome(VirtualClock(), sorry)


async def test_its_own_error_is_raised() -> None:
    async def wrong() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await outcome(VirtualClock(), wrong)


async def test_one_that_hears_nothing_is_left_after_its_grace() -> None:
    clock = VirtualClock()
    with pytest.raises(Overdue):
        await outcome(clock, deaf)
    assert clock.monotonic() == SECONDS + GRACE


async def test_a_stop_is_heard_at_once_and_does_not_wait_for_one_that_is_deaf() -> None:
    clock = VirtualClock()
    waiting = asyncio.ensure_future(kept(Deadline(SECONDS, clock), deaf))
    await clock.advance(1)
    waiting.cancel()
    await clock.advance(GRACE - 1)
    assert not waiting.done()
    await clock.advance(1)
    assert waiting.cancelled()


async def test_time_stands_still_while_a_request_waits_for_its_turn() -> None:
    clock = VirtualClock()
    line = Line(clock)

    async def patient() -> str:
        await clock.sleep(SECONDS - 1)
        return await line.post()

    doing = asyncio.ensure_future(kept(Deadline(SECONDS, clock), patient))
    await clock.advance(SECONDS + 86_400)
    assert not doing.done()
    line.gate.opened.set()
    await clock.advance(0)
    assert await doing == "201"


async def test_after_its_turn_time_goes_on_where_it_stood() -> None:
    clock = VirtualClock()
    line = Line(clock)

    async def slow() -> str:
        await clock.sleep(100)
        await line.post()
        return await for_ever()

    doing = asyncio.ensure_future(kept(Deadline(SECONDS, clock), slow))
    await clock.advance(5000)
    line.gate.opened.set()
    await clock.advance(SECONDS - 101)
    assert not doing.done()
    await clock.advance(1)
    with pytest.raises(Overdue):
        await doing


@given(
    waits=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=5),
)
async def test_waits_that_overlap_count_once(waits: list[tuple[int, int]]) -> None:
    clock = VirtualClock(turns=20)
    deadline = Deadline(SECONDS, clock)

    async def wait(begin: int, length: int) -> None:
        await clock.sleep(begin)
        with deadline.standing_still():
            await clock.sleep(length)

    async def several() -> str:
        await asyncio.gather(*(wait(*each) for each in waits), for_ever())
        raise AssertionError

    with pytest.raises(Overdue):
        await clock.run(deadline.keep(several()))
    still = {n for begin, length in waits for n in range(begin, begin + length)}
    assert clock.monotonic() == SECONDS + len(still)


async def test_nothing_leaves_any_more_for_what_was_broken_off() -> None:
    clock = VirtualClock()
    line = Line(clock)
    line.gate.opened.set()
    asked: list[str] = []

    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await for_ever()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
            await clock.sleep(GRACE + 1)
        asked.append("late")
        return await line.post("late")

    with pytest.raises(Overdue):
        await outcome(clock, stubborn)
    await clock.advance(10)
    assert (asked, line.left) == (["late"], [])


async def test_what_waited_for_its_turn_out_of_reach_does_not_leave_either() -> None:
    clock = VirtualClock()
    line = Line(clock)
    apart: list[asyncio.Task[str]] = []

    async def shielded() -> str:
        apart.append(asyncio.ensure_future(line.post()))
        return await asyncio.shield(apart[0])

    doing = asyncio.ensure_future(kept(Deadline(SECONDS, clock), shielded))
    await clock.advance(1)
    doing.cancel()
    await clock.advance(1)
    line.gate.opened.set()
    await clock.advance(1)
    assert (doing.cancelled(), apart[0].cancelled(), line.left) == (True, True, [])
    # Its place in the line is free again.
    assert await line.post("b") == "201"


def test_an_event_loop_can_be_closed_though_a_plugin_never_ends() -> None:
    program = """
    import asyncio
    from sendoff.clock import SystemClock
    from sendoff.http import Deadline, Overdue

    class Quick(SystemClock):
        async def sleep(self, seconds):
            await asyncio.sleep(0.01)

    async def deaf():
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    async def main():
        try:
            await Deadline(0.01, Quick()).keep(deaf())
        except Overdue:
            print("overdue")

    asyncio.run(main())
    """
    came = subprocess.run(  # noqa: S603
        [sys.executable, "-X", "dev", "-c", dedent(program)],
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert (came.stdout, came.stderr) == ("overdue\n", "")
