"""Events as a shop's sites and servers send them, the same ones for the same seed.

Half of them deliver with the preset `freshdesk/default`; the others are dropped on purpose, each
for one known reason.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from activity import OTHER_EVENTS, Call, signed_up
from people import Crowd, Person
from shapes import SHAPE_WEIGHTS, SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping

Outcome = Literal["send", "no_rule", "no_consent", "anonymous", "integration_disabled"]

COUNT = 20_000
SEED = 20260122
PEOPLE = 4_000
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DROPPED: Mapping[Outcome, float] = {
    "no_rule": 0.18,
    "no_consent": 0.14,
    "anonymous": 0.12,
    "integration_disabled": 0.06,
}


def outcomes(count: int = COUNT, seed: int = SEED) -> list[Outcome]:
    """What must come of each line of `generate(count, seed)`: sent, or the reason of its drop."""
    planned: list[Outcome] = ["send"] * (count // 2)
    for reason, share in DROPPED.items():
        planned += [reason] * int(count * share)
    planned += ["no_rule"] * (count - len(planned))
    random.Random(f"{seed} outcomes").shuffle(planned)  # noqa: S311 - a workload, not a secret
    return planned


def generate(count: int = COUNT, seed: int = SEED) -> list[bytes]:
    """`count` messages of about 1 KB, each one line of JSON without its line end."""
    rng = random.Random(seed)  # noqa: S311 - a workload, not a secret
    people = Crowd(rng, PEOPLE).draw(rng, count)
    shapes = rng.choices(SHAPES, SHAPE_WEIGHTS, k=count)
    lines = []
    for index, outcome in enumerate(outcomes(count, seed)):
        at = START + timedelta(seconds=37 * index)
        lines.append(shapes[index](_call(outcome, people[index], rng), at, rng))
    return lines


def _call(outcome: Outcome, person: Person, rng: random.Random) -> Call:
    match outcome:
        case "send":
            return _wanted(person, rng)
        case "integration_disabled":
            return _wanted(person, rng, opted_out=True)
        case "no_consent":
            refused = rng.choice((False, False, None))
            return rng.choice((_wanted, _unwanted))(person, rng, marketing=refused)
        case "anonymous":
            return rng.choice((_wanted, _unwanted, _unwanted))(person, rng, identified=False)
        case "no_rule":
            return _unwanted(person, rng)


def _wanted(
    person: Person,
    rng: random.Random,
    *,
    identified: bool = True,
    marketing: bool | None = True,
    opted_out: bool = False,
) -> Call:
    """A call that the preset has a rule for: a sign-up, or an identify."""
    if rng.random() < 0.6:
        return Call("identify", person, identified, marketing, opted_out)
    event, properties = signed_up(rng)
    return Call("track", person, identified, marketing, opted_out, event, properties)


def _unwanted(
    person: Person,
    rng: random.Random,
    *,
    identified: bool = True,
    marketing: bool | None = True,
) -> Call:
    """A call that it has none for: a page, a group, or a track of something else."""
    kind = rng.choices(("track", "page", "group"), (55, 35, 10))[0]
    if kind != "track":
        return Call(kind, person, identified, marketing)
    event, properties = rng.choice(OTHER_EVENTS)(rng)
    return Call(kind, person, identified, marketing, event=event, properties=properties)
