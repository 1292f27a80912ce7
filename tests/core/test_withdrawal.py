"""Consent that was taken back between the decision and the sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sendoff.blueprint.requirements import Consent
from sendoff.delivery import Delivery, Skipped
from sendoff.withdrawal import Demands, withdrawn

MARKETING = Demands(Consent(all_of=("marketing",)))
EITHER = Demands(Consent(any_of=("marketing", "analytics")))
EITHER_OR_SILENCE = Demands(EITHER.consent, silence_allows=True)


@pytest.mark.parametrize(
    ("demands", "known", "taken_back"),
    [
        (MARKETING, {"marketing": True}, False),
        (MARKETING, {"marketing": False}, True),
        (MARKETING, {"analytics": False}, False),
        (MARKETING, {}, False),
        (Demands(), {"marketing": False}, False),
        (EITHER, {"marketing": False, "analytics": True}, False),
        (EITHER, {"marketing": False, "analytics": False}, True),
        (EITHER, {"marketing": False}, True),
        (EITHER, {}, False),
        (EITHER_OR_SILENCE, {"marketing": False}, False),
        (EITHER_OR_SILENCE, {"marketing": False, "analytics": False}, True),
    ],
)
def test_only_an_explicit_no_to_what_is_demanded_takes_consent_back(
    demands: Demands, known: Mapping[str, bool], *, taken_back: bool
) -> None:
    assert bool(demands.withdrawn(known)) is taken_back


class Known:
    """Facts that count how often they are asked for."""

    def __init__(self, **people: Mapping[str, bool]) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self._people = people

    async def __call__(self, kind: str, keys: Sequence[str]) -> Mapping[str, Mapping[str, bool]]:
        self.asked.append((kind, list(keys)))
        return {key: self._people[key] for key in keys if key in self._people}


def delivery(name: str, person: str) -> Delivery:
    return Delivery(id=name, route="support", action="upsert", body=b"{}", order_key="",
                    event_key=name, person=person)  # fmt: skip


BATCH = [delivery("1", "ada"), delivery("2", "bob"), delivery("3", "ada"), delivery("4", "")]


async def test_everybody_in_a_batch_is_asked_about_at_once() -> None:
    known = Known(ada={"marketing": False}, bob={"marketing": True})
    found = await withdrawn(BATCH, MARKETING, known)
    why = Skipped("consent_withdrawn", "consent.marketing has become false")
    assert found == {"1": why, "3": why}
    assert known.asked == [("consent", ["ada", "bob"])]


async def test_where_nothing_is_demanded_nothing_is_asked() -> None:
    known = Known(ada={"marketing": False})
    assert await withdrawn(BATCH, Demands(), known) == {}
    assert not known.asked


async def test_of_nobody_nothing_is_asked() -> None:
    known = Known()
    assert await withdrawn(BATCH[3:], MARKETING, known) == {}
    assert not known.asked
