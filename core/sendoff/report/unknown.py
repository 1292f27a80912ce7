"""Message ids under which a store has no event, and what may be behind that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.report.plain import plain
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.store.promise import Store

_WITHOUT_ID: Final = ("invalid_event", "damaged")
"""What a message died of that came to no route: nobody knows the id it came with."""


async def unknown_ids(store: Store, message_ids: Sequence[str]) -> Sequence[str]:
    """Those of these message ids under which there is no event, each once."""
    return [each for each in dict.fromkeys(message_ids) if not await store.numbers_of(each)]


async def told_unknown(store: Store, message_ids: Sequence[str]) -> str:
    """In a sentence, that there is no event with any of these ids, and where else to look."""
    named = ", ".join(map(plain, message_ids))
    why = "it never came, or is" if len(message_ids) == 1 else "they never came, or are"
    said = f"the store has no event {named}: {why} no longer kept (`events.keep`)"
    counts = await store.count_dead(DeadQuery())
    nameless = {each.reason: each.count for each in counts if each.route is None}
    lists = [f"`sendoff dead list --reason {each}`" for each in _WITHOUT_ID if each in nameless]
    return f"{said}; or it is dead and could not be read: {', '.join(lists)}" if lists else said
