"""What became of everything that a run was told: the account after the harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaigns.opening import open_store
from campaigns.sink import Client
from campaigns.witness import FileWitness
from campaigns.workload import ROUTE, Run, message_id
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from pathlib import Path

    from campaigns.sink import Sink
    from campaigns.witness import Testimony

_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Account:
    """Names of messages. `missing`: acknowledged, and neither delivered, waiting nor dead.

    `again`: accepted more than once; `unexplained`: those of them that were not in flight when the
    process died; `unsaid`: those that were sent again without `maybe_delivered`.
    """

    acknowledged: set[str]
    missing: set[str]
    again: set[str]
    unexplained: set[str]
    unsaid: set[str]
    out_of_order: list[str]


async def settle_accounts(path: Path, sink: Sink, told: Testimony, witness: Path) -> Account:
    """Open what is left of a store, finish its work, and compare."""
    before = len(sink.arrivals)
    store = open_store(path)
    client = Client(sink.port)
    try:
        await Run(store, client, FileWitness(witness)).finish()
        waiting = {message_id(each) for each in await store.undecided(_ALL)}
        dead = {letter.message_id or "" for letter in await store.dead(DeadQuery(limit=_ALL))}
        left = (await store.depth(ROUTE)).waiting
    finally:
        client.close()
        await store.close()
    if left:
        raise RuntimeError(f"{left} deliveries wait after the work was finished")
    acknowledged = told.done["append"]
    again = {name for name, times in sink.times.items() if times > 1}
    accepted = {each.name for each in sink.arrivals[:before] if each.status == 200}
    in_flight = accepted - told.done["settle"]
    return Account(
        acknowledged=acknowledged,
        missing=acknowledged - set(sink.times) - waiting - dead,
        again=again,
        unexplained=again - in_flight,
        unsaid=again & {each.name for each in sink.arrivals[before:] if not each.maybe},
        out_of_order=sink.out_of_order,
    )
