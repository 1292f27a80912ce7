"""Waiting: no change is missed, nothing is left running, nothing is half done."""

from __future__ import annotations

import asyncio

import pytest

from sendoff.waiting import Changes, Nudge, first_of, kept_up, to_the_end


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def forever(ended: list[str] | None = None) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        if ended is not None:
            ended.append("cancelled")


async def test_who_looked_before_a_change_hears_of_it() -> None:
    changes = Changes()
    seen = changes.count
    changes.tell()
    await changes.since(seen)


async def test_a_change_wakes_everybody_who_waits() -> None:
    changes = Changes()
    waiting = [asyncio.create_task(changes.since(changes.count)) for _ in range(3)]
    await turns()
    assert not any(task.done() for task in waiting)
    changes.tell()
    await asyncio.gather(*waiting)


async def test_a_change_wakes_nobody_who_knew_of_it() -> None:
    changes = Changes()
    changes.tell()
    waiting = asyncio.create_task(changes.since(changes.count))
    await turns()
    assert not waiting.done()
    changes.tell()
    await waiting


async def test_the_first_that_ends_is_told_and_the_others_are_cancelled() -> None:
    ended: list[str] = []
    assert await first_of(forever(ended), asyncio.sleep(0)) == 1
    assert ended == ["cancelled"]


async def test_of_two_that_end_together_the_earlier_is_told() -> None:
    assert await first_of(asyncio.sleep(0), asyncio.sleep(0)) == 0


async def test_what_the_first_raised_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await first_of(forever(), fail())


async def test_a_cancelled_wait_leaves_nothing_running() -> None:
    ended: list[str] = []
    waiting = asyncio.create_task(first_of(forever(ended), forever(ended)))
    await turns()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended == ["cancelled"] * 2


async def test_a_wait_that_nobody_breaks_off_gives_what_it_gives() -> None:
    nudge = Nudge()
    assert await nudge.unless_told(asyncio.sleep(0, "done")) == "done"
    nudge.tell()
    assert await nudge.unless_told(asyncio.sleep(0, "done")) == "done"


async def test_a_wait_that_is_broken_off_is_cancelled_and_gives_nothing() -> None:
    nudge, ended = Nudge(), list[str]()
    waiting = [asyncio.create_task(nudge.unless_told(endless(ended))) for _ in range(2)]
    await turns()
    nudge.tell()
    nudge.tell()
    assert await asyncio.gather(*waiting) == [None, None]
    assert ended == ["cancelled"] * 2
    assert await nudge.unless_told(asyncio.sleep(0, "done")) == "done"


async def test_what_has_just_ended_is_not_lost_by_breaking_it_off() -> None:
    nudge = Nudge()
    door: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def through() -> str:
        return await door

    waiting = asyncio.create_task(nudge.unless_told(through()))
    await turns()
    door.set_result("done")
    nudge.tell()
    assert await waiting == "done"


async def test_who_is_cancelled_and_told_at_once_is_cancelled() -> None:
    nudge = Nudge()
    waiting = asyncio.create_task(nudge.unless_told(endless([])))
    await turns()
    nudge.tell()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_time_limit_of_the_wait_itself_is_no_nudge() -> None:
    async def late() -> str:
        raise TimeoutError("late")

    with pytest.raises(TimeoutError, match="late"):
        await Nudge().unless_told(late())


async def test_a_chore_runs_beside_and_is_gone_afterwards() -> None:
    ended: list[str] = []
    async with kept_up(forever(ended)):
        await turns()
        assert not ended
    assert ended == ["cancelled"]


async def test_a_chore_is_gone_when_what_is_inside_fails() -> None:
    ended: list[str] = []

    async def fail_inside() -> None:
        async with kept_up(forever(ended)):
            await turns()
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        await fail_inside()
    assert ended == ["cancelled"]


async def test_a_chore_that_fails_does_not_break_what_is_inside() -> None:
    async def fail() -> None:
        raise ValueError("chore")

    async with kept_up(fail()):
        await turns()


async def endless(ended: list[str]) -> str:
    await forever(ended)
    return "never"


class Work:
    """Work in two steps, with a door between them."""

    def __init__(self, error: Exception | None = None) -> None:
        self.door = asyncio.Event()
        self.steps: list[str] = []
        self._error = error

    async def run(self) -> str:
        self.steps.append("first")
        await self.door.wait()
        self.steps.append("second")
        if self._error is not None:
            raise self._error
        return "done"


async def test_work_that_is_done_to_the_end_gives_its_result() -> None:
    work = Work()
    work.door.set()
    assert await to_the_end(work.run()) == "done"


async def test_work_that_is_done_to_the_end_raises_what_it_raised() -> None:
    work = Work(ValueError("broken"))
    work.door.set()
    with pytest.raises(ValueError, match="broken"):
        await to_the_end(work.run())


@pytest.mark.parametrize("error", [None, ValueError("nobody hears this")])
async def test_a_cancellation_waits_until_the_work_has_ended(error: Exception | None) -> None:
    work = Work(error)
    doing = asyncio.create_task(to_the_end(work.run()))
    await turns()
    doing.cancel()
    await turns()
    assert not doing.done()
    work.door.set()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert work.steps == ["first", "second"]
