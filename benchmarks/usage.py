"""Product usage as events, the same ones for the same seed.

They are written by the same SDKs as those of `events`, and belong to 400 accounts. Whoever is known
by the address alone, a tenth of them, has no user id, and is dropped; all others are delivered.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from activity import Call
from events import PEOPLE, SEED, START
from people import Crowd
from shapes import SHAPE_WEIGHTS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from people import Person

COUNT = 20_000
ACCOUNTS = 400
FEATURES = ("Report Exported", "Inbox Searched", "Rule Edited", "Dashboard Shared", "Note Pinned")
MODULES = ("Reports", "Inbox", "Automation", "Dashboards")

PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: bench
routes:
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings: {{datacenter: eu, auth_key: benchmark-auth, api_key: benchmark-api, base_url: {url}}}
    batch: {{max_events: 500, max_bytes: 500KB, max_wait: 1s}}
store: sqlite:./sendoff.db
"""


def pipeline(url: str) -> str:
    """A pipeline file that delivers them to a server at this address."""
    return PIPELINE.format(url=url)


def generate(count: int = COUNT, seed: int = SEED) -> list[bytes]:
    """`count` messages of about 1 KB, each one line of JSON without its line end."""
    rng = random.Random(f"{seed} usage")  # noqa: S311 - a workload, not a secret
    people = Crowd(rng, PEOPLE).draw(rng, count)
    shapes = rng.choices(SHAPES, SHAPE_WEIGHTS, k=count)
    return [
        shape(_call(person, rng), START + timedelta(seconds=7 * index), rng)
        for index, (shape, person) in enumerate(zip(shapes, people, strict=True))
    ]


def due(lines: Sequence[bytes]) -> int:
    """How many of these events have to come out."""
    return sum(bool(json.loads(line).get("userId")) for line in lines)


def _call(person: Person, rng: random.Random) -> Call:
    # By the person, so that each belongs to one account; a text's own hash differs by process.
    account = f"acct_{crc32(person.user_id.encode()) % ACCOUNTS}"
    kind = rng.choices(("feature", "module", "session"), (85, 11, 4))[0]
    properties: dict[str, object] = {"groupId": account, "module": rng.choice(MODULES)}
    if kind == "feature":
        properties |= {"format": rng.choice(("pdf", "csv")), "rows": rng.randrange(5_000)}
        return _used(person, rng.choice(FEATURES), properties)
    properties["duration"] = rng.randrange(1, 6_000) / 10
    return _used(person, "Module Left" if kind == "module" else "Session Ended", properties)


def _used(person: Person, event: str, properties: dict[str, object]) -> Call:
    return Call("track", person, event=event, properties=properties, destination="Freshsuccess")
