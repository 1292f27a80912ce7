"""Consent when a delivery is sent: it may have been taken back since the event was decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sendoff.blueprint.requirements import Consent
from sendoff.delivery import Skipped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from sendoff.delivery import Delivery

    Facts = Callable[[str, Sequence[str]], Awaitable[Mapping[str, Mapping[str, bool]]]]


@dataclass(frozen=True, slots=True)
class Demands:
    """The purposes a route demands; `silence_allows` as the pipeline file says of missing ones."""

    consent: Consent = field(default_factory=Consent)
    silence_allows: bool = False

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.consent.any_of or self.consent.all_of)

    def withdrawn(self, known: Mapping[str, bool]) -> str:
        """Which purpose was refused in the meantime, in words; blank when none was.

        Only an explicit false withdraws. Of purposes of which any is enough, one that is still
        granted is enough.
        """
        for purpose in self.consent.all_of:
            if known.get(purpose) is False:
                return f"consent.{purpose} has become false"
        values = [known.get(purpose) for purpose in self.consent.any_of]
        granted = True in values or (self.silence_allows and None in values)
        if False in values and not granted:
            return f"none of {', '.join(self.consent.any_of)} is granted any more"
        return ""


async def withdrawn(
    deliveries: Iterable[Delivery], demands: Demands, facts: Facts
) -> dict[str, Skipped]:
    """Which deliveries rest on a consent that was taken back, by their ids: skipped, and why.

    `facts` is asked once, and only where the route demands something.
    """
    people = {delivery.person for delivery in deliveries if delivery.person}
    if not demands.any or not people:
        return {}
    known = await facts("consent", sorted(people))
    why = {person: demands.withdrawn(said) for person, said in known.items()}
    return {
        delivery.id: Skipped("consent_withdrawn", why[delivery.person])
        for delivery in deliveries
        if why.get(delivery.person)
    }
