"""The power goes at any moment: what was synced is there, of the rest anything may be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from campaigns.audit import Loss, audit
from campaigns.images import Disk
from campaigns.recorded import PADDING
from campaigns.recording import Operation, Sync, Told, read_recording
from campaigns.witness import summed_up

pytestmark = pytest.mark.torture

EVENTS = 640
CUTS = 200
FEW = 10
FEW_UNSYNCED = 5

Recorded = Callable[..., list[Operation]]


@pytest.fixture
def recorded(command: Callable[..., list[str]], tmp_path: Path) -> Recorded:
    """Records a run."""

    def record(*more: str) -> list[Operation]:
        folder = tmp_path / "store"
        folder.mkdir()
        saved = tmp_path / "recording"
        run = command("recorded", folder / "sendoff.db", saved, EVENTS, *more)
        subprocess.run(run, check=True, timeout=120)
        return read_recording(saved)

    return record


async def _losses(
    operations: list[Operation], moments: Sequence[int], folder: Path
) -> dict[int, Loss]:
    losses = {}
    disk, done = Disk(), 0
    for moment in moments:
        chance = Random(moment)
        for operation in operations[done:moment]:
            disk.do(operation, chance)
        done = moment
        told = summed_up(each.mark for each in operations[:moment] if isinstance(each, Told))
        image = folder / str(moment)
        disk.cut(chance, image)
        loss = await audit(image / "sendoff.db", told, PADDING)
        shutil.rmtree(image)
        if loss:
            losses[moment] = loss
    return losses


def _moments(operations: list[Operation]) -> list[int]:
    return sorted(Random(0).sample(range(1, len(operations) + 1), CUTS))


async def test_nothing_acknowledged_is_lost_by_a_power_cut(
    recorded: Recorded, spread: Callable[[Sequence[int], int], Sequence[int]], tmp_path: Path,
    figures: Callable[[str], None],
) -> None:  # fmt: skip
    operations = recorded()
    middle = operations[len(operations) // 10 : -len(operations) // 10]
    assert Sync("sendoff.db") in middle, "the run must be long enough for a checkpoint"
    moments = spread(_moments(operations), FEW)
    losses = await _losses(operations, moments, tmp_path / "images")
    figures(
        f"power cut: {len(moments)} images of a run of {len(operations)} operations,"
        f" {len(losses)} with a loss"
    )
    assert losses == {}


async def test_a_store_that_does_not_sync_is_found_out(
    recorded: Recorded, spread: Callable[[Sequence[int], int], Sequence[int]], tmp_path: Path,
    figures: Callable[[str], None],
) -> None:  # fmt: skip
    operations = recorded("--unsynced")
    moments = spread(_moments(operations), FEW_UNSYNCED)
    losses = await _losses(operations, moments, tmp_path / "images")
    figures(f"power cut with synchronous=OFF: {len(losses)} of {len(moments)} images with a loss")
    assert len(losses) > len(moments) / 2
