"""kill -9 at any moment, again and again, of a process that sends to two destinations at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
import pytest
import pytest_asyncio

from campaigns.eavesdropper import Eavesdropper
from campaigns.embedded import SENDERS, TOGETHER
from campaigns.witness import read_testimony
from sendoff import Sendoff
from sendoff.serving import serve
from sendoff.store.deaths import DeadQuery
from sendoff_freshdesk.sandbox import create_sandbox as open_desk
from sendoff_freshsuccess.sandbox import create_sandbox as open_collector

pytestmark = pytest.mark.torture

KILLS = 100
FEW = 3
CONCURRENCY = 2
BATCH = 10
LIVES = 20
"""How often a store that forgets may be killed until something is missing."""

PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: {store}
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {{domain: acme, api_key: sandbox-key, base_url: "{desk}"}}
    limits: {{concurrency: {concurrency}}}
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings:
      {{datacenter: eu, auth_key: sandbox-auth-key, api_key: sandbox-api-key, compression: none,
       base_url: "{collector}"}}
    limits: {{concurrency: {concurrency}}}
    batch: {{max_events: {batch}, max_wait: 0s}}
"""

Command = Callable[..., list[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """Both sandboxes, who listens to them, and the pipeline that sends there."""

    config: Path
    witness: Path
    desk: Eavesdropper
    collector: Eavesdropper


def _contacts(body: bytes) -> list[str]:
    return [f"m{msgspec.json.decode(body)['unique_external_id'][1:]}"]


def _events(body: bytes) -> list[str]:
    return [msgspec.json.decode(line)["details"]["name"] for line in body.splitlines() if line]


@pytest_asyncio.fixture
async def field(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Field]:
    desk = Eavesdropper(
        open_desk(rate_limit=1_000_000_000, custom_fields=["signup_method"]), _contacts
    )
    collector = Eavesdropper(open_collector(), _events)
    async with serve(desk) as at_desk, serve(collector) as at_collector:
        config = tmp_path / "store" / "sendoff.yaml"
        config.parent.mkdir()
        text = PIPELINE.format(
            desk=at_desk.url, collector=at_collector.url, concurrency=CONCURRENCY, batch=BATCH,
            store=getattr(request, "param", "sqlite:./sendoff.db"),
        )  # fmt: skip
        config.write_text(text, encoding="utf-8")
        yield Field(config, tmp_path / "witness", desk, collector)


async def _live(field: Field, command: list[str], seconds: float) -> None:
    """Let a process work for some time after its first acknowledgement, and kill it."""
    before = _size(field.witness)
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    while _size(field.witness) < before + 200 and process.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(seconds)
    assert process.returncode is None, (await process.communicate())[1].decode()
    process.kill()
    await process.communicate()


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


async def test_kills_under_load_lose_nothing_and_double_only_what_was_in_flight(
    field: Field, command: Command, whole: bool, figures: Callable[[str], None]
) -> None:
    kills = KILLS if whole else FEW
    chance = Random(0)
    doubles = [await _killed(field, command, chance.uniform(0.05, 0.8)) for _ in range(kills)]
    doubles.append(await _finished(field))
    told = read_testimony(field.witness)
    acknowledged = told.done["append"]
    most = max(desk for desk, _ in doubles), max(collector for _, collector in doubles)
    missing = acknowledged - field.desk.times.keys(), acknowledged - field.collector.times.keys()
    figures(
        f"{kills} random kills under load: {len(acknowledged)} acknowledged, missing"
        f" {len(missing[0])} and {len(missing[1])}; sent twice {_again(field.desk)} and"
        f" {_again(field.collector)}, at most {most[0]} and {most[1]} a kill"
        f" (in flight: {CONCURRENCY} and {CONCURRENCY * BATCH})"
    )
    assert missing == (set(), set())
    assert field.desk.times.keys() <= told.begun["append"]
    assert len(told.begun["append"] - acknowledged) <= kills * SENDERS * TOGETHER
    assert most[0] <= CONCURRENCY
    assert most[1] <= CONCURRENCY * BATCH


async def _killed(field: Field, command: Command, seconds: float) -> tuple[int, int]:
    """One life; how often each sandbox was sent something again in it, from the life before."""
    begun = read_testimony(field.witness).begun["append"]
    first = 1 + max((int(name[1:]) for name in begun), default=-1)
    before = _again(field.desk), _again(field.collector)
    await _live(field, command("embedded", field.config, field.witness, first), seconds)
    return _again(field.desk) - before[0], _again(field.collector) - before[1]


async def _finished(field: Field) -> tuple[int, int]:
    """A last life, which ends with nothing left to do; as for the others."""
    before = _again(field.desk), _again(field.collector)
    async with Sendoff.open(field.config, work=True) as sendoff:
        await sendoff.drain(10.0)
        for route in ("support", "success"):
            assert (await sendoff.store.depth(route)).waiting == 0
        assert await sendoff.store.count_dead(DeadQuery()) == []
    return _again(field.desk) - before[0], _again(field.collector) - before[1]


@pytest.mark.parametrize("field", ["memory"], indirect=True)
async def test_a_store_that_forgets_is_found_out(
    field: Field, command: Command, figures: Callable[[str], None]
) -> None:
    missing: set[str] = set()
    for _ in range(LIVES):
        await _killed(field, command, 0.1)
        acknowledged = read_testimony(field.witness).done["append"]
        missing = acknowledged - field.desk.times.keys()
        figures(f"a kill with `store: memory`: {len(missing)} of {len(acknowledged)} missing")
        if missing:
            break  # a kill may as well come when everything was delivered
    assert missing


def _again(heard: Eavesdropper) -> int:
    """How many requests too many there were."""
    return heard.times.total() - len(heard.times)
