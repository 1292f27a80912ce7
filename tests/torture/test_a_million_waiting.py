"""How a store bears that very much waits in it: as if it were little."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="memory in use is read from /proc"
    ),
]

MANY = 1_000_000
MANY_IN_SHORT = 50_000
SOME = 10_000
FEW = 1_000
LEASES = 10_000
LEASES_IN_SHORT = 3_000
TIMES = 7
TIMES_IN_SHORT = 1
"""Short runs judge no speed: see below."""

Measured = dict[str, float]


class Stores:
    """Stores filled with deliveries that wait, and what processes that open them measure."""

    def __init__(self, command: Callable[..., list[str]], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._made = 0

    def filled(self, waiting: int) -> Path:
        """A new store."""
        self._made += 1
        file = self._folder / str(self._made) / "sendoff.db"
        file.parent.mkdir()
        subprocess.run(self._command("fill", file, 0, waiting, 0, 100), check=True)
        return file

    def measured(self, file: Path, leases: int) -> Measured:
        """Open a store, lease so many of what waits, and settle them."""
        run = self._command("measure", file, leases)
        found: Measured = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
        return found


def test_a_million_that_wait_cost_no_more_than_a_thousand(
    command: Callable[..., list[str]], tmp_path: Path, whole: bool, figures: Callable[[str], None]
) -> None:
    stores = Stores(command, tmp_path)
    waiting = MANY if whole else MANY_IN_SHORT
    leases = LEASES if whole else LEASES_IN_SHORT
    full = stores.filled(waiting)
    some = stores.measured(stores.filled(SOME), SOME)
    many, few = [], []
    for _ in range(TIMES if whole else TIMES_IN_SHORT):
        # In turn, so that whatever else this machine does slows both.
        many.append(stores.measured(full, leases))
        few.append(stores.measured(stores.filled(FEW), FEW))
    opens = median(run["open"] for run in many)
    growth = median(run["memory"] for run in many) - some["memory"]
    rate = median(run["rate"] for run in many)
    share = rate / median(run["rate"] for run in few)
    cpu = median(run["cpu"] for run in many) / median(run["cpu"] for run in few)
    figures(
        f"{waiting:,} waiting: opens in {opens * 1000:.0f} ms; memory"
        f" {growth / 1e6:+.1f} MB against {SOME:,}; leases and settles {share:.0%} as fast as with"
        f" {FEW:,} ({rate:,.0f} a second), CPU a delivery {cpu:.2f} times"
    )
    assert many[0]["waiting"] == waiting
    assert opens < 1.0
    assert growth < 20e6
    if whole:  # short runs beside the rest of a suite tell little of the time they take
        assert cpu <= 1.25
        assert share >= 0.8
