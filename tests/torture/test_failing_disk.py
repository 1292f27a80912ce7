"""A disk that is full, or that fails to write: what was not kept is refused, in words."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from campaigns.audit import audit
from campaigns.images import Disk
from campaigns.recorded import PADDING
from campaigns.recording import Operation, Sync, Told, Write, read_recording
from campaigns.witness import Mark, summed_up

pytestmark = pytest.mark.torture

EVENTS = 24
POINTS = 60
FEW = 3
MANY = 600
SIZE = "16m"
NO_DISK = 9
ON_A_SMALL_DISK = f"""
disk=$1 kept=$2; shift 2
mount -t tmpfs -o size={SIZE} tmpfs "$disk" || exit {NO_DISK}
"$@" && cp -a "$disk" "$kept"
"""

_CHANGING = re.compile(r"/\S*/(?=sendoff\.db)|\d[\d,]* (?=KB free\))")

Recording = tuple[Path, list[Operation]]
Recorded = Callable[..., Recording]


@pytest.fixture
def recorded(
    command: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Records a run on a disk with some fault: its store, and what happened."""

    def record(fault: str = "") -> Recording:
        folder = tmp_path_factory.mktemp("disk")
        store = folder / "store" / "sendoff.db"
        store.parent.mkdir()
        run = command("recorded", store, folder / "recording", EVENTS, "--fault", fault)
        subprocess.run(run, check=True, timeout=120)
        return store, read_recording(folder / "recording")

    return record


def _cut(operations: Sequence[Operation], chance: Random, folder: Path) -> None:
    disk = Disk()
    for each in operations:
        disk.do(each, chance)
    disk.cut(chance, folder)


def _marks(operations: Sequence[Operation]) -> list[Mark]:
    return [each.mark for each in operations if isinstance(each, Told)]


def _points(count: int) -> list[int]:
    return sorted(Random(0).sample(range(1, count + 1), min(POINTS, count)))


def _sentences(marks: Sequence[Mark]) -> set[str]:
    """What a user was told, without the folder and how much is free."""
    said = [mark.names[1] for mark in marks if mark.step == "refused"]
    return {_CHANGING.sub("", sentence) for sentence in said}


@pytest.mark.parametrize("kind", ["full", "write"])
async def test_what_could_not_be_written_is_refused_and_the_rest_is_kept(
    kind: str, recorded: Recorded,
    spread: Callable[[Sequence[int], int], Sequence[int]], figures: Callable[[str], None],
) -> None:  # fmt: skip
    writes = sum(isinstance(each, Write) for each in recorded()[1])
    tried = spread(_points(writes), FEW)
    said: set[str] = set()
    losses = {}
    for nth in tried:
        store, operations = recorded(f"{kind}:{nth}")
        marks = _marks(operations)
        said |= _sentences(marks)
        if loss := await audit(store, summed_up(marks), PADDING):
            losses[nth] = loss
    figures(
        f"disk that fails to write ({kind}): {len(tried)} points, {len(losses)} with a loss;"
        f" said: {sorted(said)}"
    )
    assert losses == {}
    assert said, "somebody must have been refused"
    assert all("sendoff.db" in sentence for sentence in said)


async def test_a_failed_sync_stops_the_store_until_it_is_opened_again(
    recorded: Recorded,
    spread: Callable[[Sequence[int], int], Sequence[int]],
    tmp_path: Path, figures: Callable[[str], None],
) -> None:  # fmt: skip
    syncs = sum(isinstance(each, Sync) for each in recorded()[1])
    tried = spread(_points(syncs), FEW)
    said: set[str] = set()
    losses, after = {}, {}
    for nth in tried:
        _store, operations = recorded(f"sync:{nth}")
        marks = _marks(operations)
        said |= _sentences(marks)
        failures = [isinstance(each, Sync) and each.failed for each in operations]
        if not any(failures):
            continue  # this run had fewer syncs than the one that was counted
        after[nth] = _marks(operations[failures.index(True) :])
        image = tmp_path / str(nth)
        _cut(operations, Random(nth), image)
        if loss := await audit(image / "sendoff.db", summed_up(marks), PADDING):
            losses[nth] = loss
    figures(f"EIO on sync: {len(after)} points, {len(losses)} with a loss; said: {sorted(said)}")
    assert losses == {}
    assert len(after) >= 0.6 * len(tried), "most syncs must be reached"
    assert [mark for marks in after.values() for mark in marks if _taken(mark)] == []


def _taken(mark: Mark) -> bool:
    return mark.done and mark.step != "refused"


@pytest.fixture
def on_a_small_disk(command: Callable[..., list[str]], tmp_path: Path) -> Recording:
    """A run on a disk too small for it: a copy of its store, and what happened."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not on this machine: it mounts the small disk")
    disk, kept, saved = tmp_path / "disk", tmp_path / "kept", tmp_path / "recording"
    disk.mkdir()
    run = command("recorded", disk / "sendoff.db", saved, MANY)
    small = ["unshare", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh"]
    ended = subprocess.run(
        [*small, disk, kept, *run], check=False, timeout=120, capture_output=True
    )
    if ended.returncode == NO_DISK or b"unshare" in ended.stderr:
        pytest.skip("this machine lets nobody mount a small disk: unshare needs user namespaces")
    assert ended.returncode == 0, ended.stderr.decode()
    return kept / "sendoff.db", read_recording(saved)


async def test_on_a_full_disk_what_was_taken_is_still_delivered(
    on_a_small_disk: Recording, figures: Callable[[str], None]
) -> None:
    store, operations = on_a_small_disk
    marks = _marks(operations)
    told = summed_up(marks)
    loss = await audit(store, told, PADDING)
    figures(
        f"full disk of {SIZE}: {len(told.done['append'])} of {MANY} taken,"
        f" {len(told.done['settle'] | told.done['dead'])} of them settled on it;"
        f" said: {sorted(_sentences(marks))}"
    )
    assert not loss
    assert told.done["append"] < told.begun["append"]
    assert told.done["decide"] <= told.done["settle"] | told.done["dead"]
    assert {name for name, _sentence in told.refusals} == {"StoreFull"}
