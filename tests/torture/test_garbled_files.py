"""Files that are no longer whole: refused in words, moved aside, copied as far as can be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from campaigns.garble import Damage, damages
from campaigns.opening import open_store
from campaigns.workload import ROUTE, message, message_id
from sendoff.store.deaths import DeadQuery
from sendoff.store.failures import StoreError
from sendoff.store.promise import Done, Store
from sendoff.store.sqlite.recovery import recover

pytestmark = pytest.mark.torture

SETTLED, WAITING, UNDECIDED = 160, 40, 20
PADDING = 500
ALL = 10_000
UNSETTLED = {f"m{n}" for n in range(SETTLED, SETTLED + WAITING + UNDECIDED)}

Command = Callable[..., list[str]]


@dataclass(slots=True)
class Found:
    """Whether a store could be opened, which of its messages were there, what it complained of."""

    opened: bool = False
    seen: set[str] = field(default_factory=set)
    complaint: str = ""


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Path:
    """A store that was closed: most is settled, some waits, some is not decided."""
    file = tmp_path_factory.mktemp("healthy") / "sendoff.db"
    subprocess.run(command("fill", file, SETTLED, WAITING, UNDECIDED, PADDING), check=True)
    return file


@pytest.mark.parametrize("damage", [pytest.param(each, id=each.name) for each in damages()])
async def test_a_garbled_file_is_refused_kept_and_recovered(
    damage: Damage, healthy: Path, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    file = tmp_path / "sendoff.db"
    shutil.copy(healthy, file)
    damage.do(file, Random(damage.name))
    garbled = file.read_bytes()

    copy = tmp_path / "opened.db"
    shutil.copy(file, copy)
    found = await _read(copy)
    moved_to, refused = _recovered(file)
    saved = await _read(file) if moved_to else Found()

    intact = {name for name in UNSETTLED if message(int(name[1:]), PADDING).body in garbled}
    figures(
        f"{damage.name}: read {len(found.seen & UNSETTLED)} of {len(UNSETTLED)}, saying"
        f" `{found.complaint}`; recovered {len(saved.seen & UNSETTLED)}, {len(intact)} are intact,"
        f" saying `{refused}`"
    )
    assert found.opened or _uncounted(copy.read_bytes()) == _uncounted(garbled)
    assert found.seen >= UNSETTLED or "opened.db" in found.complaint or damage.name == "empty"
    assert (moved_to or file).read_bytes() == garbled
    assert moved_to or "sendoff.db" in refused
    assert saved.complaint == ""
    assert not damage.lightly or intact <= saved.seen


def _uncounted(content: bytes) -> bytes:
    """Without the counters of changes in a file's header: SQLite may count before it finds out."""
    return content[:24] + content[28:92] + content[96:]


def _recovered(file: Path) -> tuple[Path | None, str]:
    """Where the damaged file is now, or why it was left as it is."""
    try:
        return recover(file).moved_to, ""
    except StoreError as error:
        return None, str(error)


async def _read(file: Path) -> Found:
    found = Found()
    try:
        store = open_store(file)
        found.opened = True
        try:
            await _look(store, found.seen)
        finally:
            await store.close()
    except StoreError as error:
        found.complaint = str(error)
    return found


async def _look(store: Store, seen: set[str]) -> None:
    seen |= {message_id(each) for each in await store.undecided(ALL)}
    while leases := await store.lease(ROUTE, 10):
        seen |= {lease.delivery.event_key for lease in leases}
        await store.settle([(lease, Done("delivered")) for lease in leases])
    # A damaged letter no longer knows its message; `fill` numbered them in order.
    seen |= {f"m{letter.event_number - 1}" for letter in await store.dead(DeadQuery(limit=ALL))}
