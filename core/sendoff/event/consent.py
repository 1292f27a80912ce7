"""Consent: five purposes, read from every shape that consent platforms and SDKs send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.event.marks import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.event.marks import Mark

PURPOSES: Final = ("essential", "functional", "analytics", "marketing", "personalization")
"""The purposes an event's consent knows; each is true, false, or None where nothing was said."""

_SILENCE: Final[dict[str, bool | None]] = dict.fromkeys(PURPOSES)
_AT: Final = "$.context.consent"
_PLACES: Final = {
    name: f"{_AT}.{name}" for name in ("categoryPreferences", "categories", "canonical")
}
"""The objects inside `consent`, the stronger after the weaker, and where they stand."""
_SHAPES: Final = frozenset(_PLACES)


def read_consent(
    context: Mapping[str, Any], consent_map: Mapping[str, str], mark: Mark
) -> dict[str, bool | None]:
    """All five purposes of `context`, the strongest shape that speaks of one deciding it.

    Datafly's `canonical` beats categories (its own `categories`, Segment's
    `categoryPreferences`, the lists of RudderStack's `consentManagement`), which beat Datafly's
    older flat booleans. `consent_map` says which purpose a category's code stands for.
    """
    given = _object(context.get("consent"), _AT, mark)
    consent = _SILENCE.copy()
    if not _SHAPES.issuperset(given):
        consent.update(_purposes(given, _AT, consent_map, mark))
    if "consentManagement" in context:
        consent.update(_purposes(_managed(context, mark), _AT, consent_map, mark))
    for name in _PLACES:
        if name in given:
            shape = _object(given[name], _PLACES[name], mark)
            consent.update(_purposes(shape, _PLACES[name], consent_map, mark))
    return consent


def plain_consent(context: Mapping[str, Any]) -> dict[str, bool | None] | None:
    """The purposes, where one shape decides alone and says nothing else; None to weigh them all.

    That is how most events have it: the only shape there is, or a `canonical` that speaks of all
    five purposes, beside which nothing else counts.
    """
    given = context.get("consent")
    if type(given) is not dict or "consentManagement" in context:
        return None
    shape = given
    if "canonical" in given:
        shape = given["canonical"]
    elif len(given) == 1 and not _SHAPES.isdisjoint(given):
        [shape] = given.values()
    if type(shape) is not dict:
        return None
    if shape is not given and len(given) > 1 and len(shape) < len(PURPOSES):
        return None
    # This is done for every event, and a loop is faster than a generator.
    for value in shape.values():
        if value is not True and value is not False:
            return None
    consent = _SILENCE | shape
    return consent if len(consent) == len(PURPOSES) else None  # longer: it holds something else


def _purposes(
    shape: Mapping[str, Any], at: str, consent_map: Mapping[str, str], mark: Mark
) -> dict[str, bool]:
    """What an object of name to true or false says of the purposes.

    A key named like a purpose, to the letter (Segment's category ids are case-sensitive), speaks
    for itself and beats codes; of codes one true is enough. Only real booleans count.
    """
    named: dict[str, bool] = {}
    mapped: dict[str, bool] = {}
    for key, value in shape.items():
        purpose = key if key in _SILENCE else consent_map.get(key)
        if purpose is None or value is None:
            continue
        if value is not True and value is not False:
            mark(f"consent_ignored: {path(at, key)}")
        elif purpose == key:
            named[purpose] = value
        else:
            mapped[purpose] = mapped.get(purpose, False) or value
    return mapped | named if mapped else named


def _object(value: object, place: str, mark: Mark) -> dict[str, Any]:
    """The value if it is an object; empty for null, and, with a mark, for anything else."""
    if isinstance(value, dict):
        return value
    if value is not None:
        mark(f"consent_ignored: {place}")
    return {}


def _managed(context: Mapping[str, Any], mark: Mark) -> dict[str, bool]:
    """RudderStack's two lists of category ids as name to boolean; an id in both is denied."""
    at = "$.context.consentManagement"
    management = _object(context["consentManagement"], at, mark)
    said: dict[str, bool] = {}
    for key, granted in (("allowedConsentIds", True), ("deniedConsentIds", False)):
        ids = management.get(key) or []
        if isinstance(ids, list):
            said |= {code: granted for code in ids if isinstance(code, str)}
        else:
            mark(f"consent_ignored: {at}.{key}")
    return said
