"""The least that keeps usage events, decides them and delivers them: what a script would do.

It decides as sendoff does, and keeps what a crash must not lose: each event as it came, the keys by
which it is known again, each payload until its request was answered, and how far that went. It has
no second route, no order after a failure, no retry, no gate, no dead letter, no record of why, and
neither sums nor a way back from a damaged file. What `delivery.py` takes beyond it is for those.
"""

from __future__ import annotations

import gc
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
from isal import igzip

import usage
from measure import Pass
from sendoff.event import Event
from sendoff.pipeline import Sendoff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sendoff.decision import Decision
    from sendoff.router import Router

_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE events(number INTEGER PRIMARY KEY, body BLOB);
CREATE TABLE keys(key TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE deliveries(
    number INTEGER PRIMARY KEY, id TEXT, order_key TEXT, body BLOB);
CREATE TABLE delivered(number INTEGER);
INSERT INTO delivered VALUES(-1);
"""


async def deliver(lines: Sequence[bytes], url: str, folder: Path, at_once: int) -> Pass:
    """CPU of the whole process; one request for so many events."""
    config = folder / "sendoff.yaml"
    config.write_text(usage.pipeline(url))
    async with Sendoff.open(config) as sendoff:
        router = sendoff.router
    delivered = 0
    with closing(sqlite3.connect(folder / "least.db", isolation_level=None)) as database:
        database.executescript(_TABLES)
        async with aiohttp.ClientSession() as session:
            gc.collect()
            before = time.process_time()
            for start in range(0, len(lines), at_once):
                bodies = _kept(database, router, lines[start : start + at_once], start)
                content = igzip.compress(b"\n".join(bodies), 1)
                headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
                async with session.post(url, data=content, headers=headers) as answer:
                    await answer.read()
                database.execute("UPDATE delivered SET number = ?", (start + at_once - 1,))
                delivered += len(bodies)
            spent = time.process_time() - before
    return Pass(spent / len(lines) * 1e6, delivered)


def _kept(
    database: sqlite3.Connection, router: Router, lines: Sequence[bytes], start: int
) -> list[bytes]:
    """Keep events, then what was decided about them; the payloads."""
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT INTO events VALUES(?, ?)", enumerate(lines, start))
    database.execute("COMMIT")
    decided = [_decided(line, router) for line in lines]
    sent = [(n, one) for n, (_, one) in enumerate(decided, start) if one.verdict == "send"]
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "INSERT OR IGNORE INTO keys VALUES(?, ?)",
        [(key, number) for number, (key, _) in enumerate(decided, start)],
    )
    database.executemany(
        "INSERT INTO deliveries VALUES(?, ?, ?, ?)",
        [(number, one.delivery_id, one.order_key, one.body) for number, one in sent],
    )
    database.execute("COMMIT")
    return [one.body for _, one in sent]


def _decided(line: bytes, router: Router) -> tuple[str, Decision]:
    now = datetime.now(UTC)
    event = Event.from_message(line, received_at=now)
    key = event.message_id or ""
    [decision] = router.decide(event, key, now)
    return key, decision
