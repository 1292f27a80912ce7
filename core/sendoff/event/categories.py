"""The category of a page or screen, which half of the SDKs send beside its properties.

Segment's specification has it among the properties; SDKs for servers put it at the root, those for
browsers into both or into the properties alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.event.blank import is_blank

if TYPE_CHECKING:
    from sendoff.event.envelope import Envelope

CATEGORISED: Final = ("page", "screen")
"""The types of events that have a category."""


def with_category(event: Envelope) -> dict[str, Any]:
    """The properties of an event, with the category of its root where they have none."""
    properties, category = event.properties, event.category
    if event.type not in CATEGORISED or not category or category.isspace():
        return properties
    own = properties.get("category")
    if own is None or is_blank(own):
        return {**properties, "category": category}
    return properties
