"""A signal ends work in good order."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from sendoff.cli.exits import Interrupted
from sendoff.cli.interruption import interruptible


async def test_work_that_is_not_interrupted_gives_its_result() -> None:
    async def work() -> int:
        return 5

    assert await interruptible(work()) == 5


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await interruptible(work())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_cancels_the_work_which_cleans_up_first(
    number: signal.Signals, code: int
) -> None:
    cleaned = False

    async def work() -> None:
        nonlocal cleaned
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned = True

    with pytest.raises(Interrupted) as interrupted:
        await interruptible(work())
    assert cleaned
    assert interrupted.value.code == code


async def test_signals_have_their_usual_effect_afterwards() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    await interruptible(work())
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
