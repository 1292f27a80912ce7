"""kill -9 before every write system call of a run, one at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from campaigns.account import Account, settle_accounts
from campaigns.sink import Sink
from campaigns.strace import Point, killed_at, points
from campaigns.witness import read_testimony
from campaigns.workload import AT_ONCE

pytestmark = [
    pytest.mark.torture,
    pytest.mark.timeout(900),  # some four hundred processes, one after the other
    pytest.mark.skipif(
        shutil.which("strace") is None,
        reason="strace is not on this machine: it kills the process at a system call"
        " (apt-get install strace)",
    ),
]

EVENTS = 24
FEW = 9

Command = Callable[..., list[str]]


class Room:
    """Where one run works: a folder for the store alone, and its witness and log beside it."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store" / "sendoff.db"
        self.store.parent.mkdir(parents=True)
        self.witness = folder / "witness"
        self.log = folder / "strace"


async def _account(point: Point, room: Room, command: Command, *more: str) -> Account | None:
    with Sink() as sink:
        program = command("program", room.store, sink.port, room.witness, EVENTS, *more)
        if not killed_at(point, program, room.store.parent, room.log):
            return None
        told = read_testimony(room.witness)
        return await settle_accounts(room.store, sink, told, room.witness)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Sequence[Point]:
    """Every point of a run."""
    room = Room(tmp_path_factory.mktemp("count"))
    with Sink() as sink:
        program = command("program", room.store, sink.port, room.witness, EVENTS)
        return points(program, room.store.parent, room.log)


async def test_nothing_acknowledged_is_lost_by_a_kill_at_any_write(
    every: Sequence[Point], spread: Callable[[Sequence[Point], int], Sequence[Point]],
    command: Command, tmp_path: Path, figures: Callable[[str], None],
) -> None:  # fmt: skip
    tried = spread(every, FEW)
    accounts: dict[Point, Account] = {}
    for number, point in enumerate(tried):
        account = await _account(point, Room(tmp_path / str(number)), command)
        if account is not None:
            accounts[point] = account
    again = [len(account.again) for account in accounts.values()]
    acknowledged = sum(len(account.acknowledged) for account in accounts.values())
    missing = sum(len(account.missing) for account in accounts.values())
    figures(
        f"kill -9 at a write: {len(accounts)} of {len(every)} points, {acknowledged} events"
        f" acknowledged, {missing} missing; sent twice {sum(again)}, at most {max(again)} in one"
        f" (in flight: {AT_ONCE})"
    )
    assert len(accounts) >= 0.9 * len(tried), "most points must be reached"
    assert {at: account.missing for at, account in accounts.items() if account.missing} == {}
    assert {at: each.unexplained for at, each in accounts.items() if each.unexplained} == {}
    assert {at: each.unsaid for at, each in accounts.items() if each.unsaid} == {}
    assert {at: each.out_of_order for at, each in accounts.items() if each.out_of_order} == {}
    assert max(again) <= AT_ONCE


async def test_a_store_that_answers_too_early_is_found_out(
    every: Sequence[Point], command: Command, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    writes = [each for each in every if each.file.endswith("-wal") and each.call == "pwrite64"]
    # One after the other, until a kill falls between an answer and the write it was about.
    for tries, point in enumerate(writes[len(writes) // 2 :][:40]):
        account = await _account(point, Room(tmp_path / str(tries)), command, "--early")
        if account is not None and account.missing:
            break
    else:
        pytest.fail("nobody noticed")
    figures(f"kill -9, answering too early: {len(account.missing)} missing at try {tries + 1}")
