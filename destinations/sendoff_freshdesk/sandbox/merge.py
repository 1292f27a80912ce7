"""POST /contacts/merge: several contacts become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox.answers import Entry, invalid, missing, unknown_field
from sendoff_freshdesk.sandbox.attributes import has_value
from sendoff_freshdesk.sandbox.kinds import EMAIL, INTEGER, TEXT, Kind, list_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sendoff_freshdesk.sandbox.contact import User
    from sendoff_freshdesk.sandbox.contacts import Contacts

_REQUEST: Mapping[str, Kind] = {
    "primary_contact_id": INTEGER,
    "secondary_contact_ids": list_of(INTEGER),
    "contact": Kind("key/value pair", lambda value: isinstance(value, dict)),
}
_CONTACT: Mapping[str, Kind] = {
    "email": EMAIL,
    "phone": TEXT,
    "mobile": TEXT,
    "twitter_id": TEXT,
    "unique_external_id": TEXT,
    "other_emails": list_of(EMAIL),
    "company_ids": list_of(INTEGER),
}
_SINGLE = ("phone", "mobile", "twitter_id", "unique_external_id")


def merge(contacts: Contacts, payload: Mapping[str, object]) -> User:
    """The primary contact, which has taken over what the secondary ones held.

    Raises `Refused` (400) for a fault, and for a value that both sides hold and `contact` does not
    decide; (409) for a value of somebody else. The secondary contacts are gone afterwards: what
    the vendor keeps of them is not documented.
    """
    faults = [*_wrong("", payload, _REQUEST)]
    faults += [
        missing(name)
        for name in ("primary_contact_id", "secondary_contact_ids")
        if not has_value(payload.get(name))
    ]
    given = payload.get("contact")
    wanted: Mapping[str, object] = given if isinstance(given, dict) else {}
    faults += _wrong("contact.", wanted, _CONTACT)
    if faults:
        raise invalid(faults)
    primary, secondaries = _sides(contacts, payload)
    values = primary.values | _singles(primary, secondaries, wanted)
    values |= _emails(primary, secondaries, wanted)
    values |= _companies(contacts, wanted)
    contacts.rewrite(primary, values, primary.custom, absorbed=secondaries)
    return primary


def _wrong(path: str, given: Mapping[str, object], kinds: Mapping[str, Kind]) -> Iterator[Entry]:
    for name, value in given.items():
        kind = kinds.get(name)
        entry = kind.entry(path + name, value) if kind else unknown_field(path + name)
        if entry:
            yield entry


def _sides(contacts: Contacts, payload: Mapping[str, object]) -> tuple[User, list[User]]:
    named = payload["secondary_contact_ids"]
    others = list(dict.fromkeys(named)) if isinstance(named, list) else []
    primary = _mergeable(contacts, "primary_contact_id", payload["primary_contact_id"])
    secondaries = [_mergeable(contacts, "secondary_contact_ids", other) for other in others]
    if primary in secondaries:
        message = "It should not hold the primary contact"
        raise invalid([Entry("secondary_contact_ids", message, "invalid_value")])
    return primary, secondaries


def _mergeable(contacts: Contacts, field: str, user_id: object) -> User:
    user = contacts.users.get(user_id) if isinstance(user_id, int) else None
    if user is None or user.agent or not user.live:
        message = f"There is no contact with the id {user_id} to merge"
        raise invalid([Entry(field, message, "invalid_value")])
    return user


def _singles(
    primary: User, secondaries: list[User], wanted: Mapping[str, object]
) -> dict[str, object]:
    """Phone, mobile, Twitter and external id: the wanted value, else the only side's."""
    result: dict[str, object] = {}
    undecided = []
    for name in _SINGLE:
        theirs = [user.values[name] for user in secondaries if has_value(user.values.get(name))]
        if name in wanted:
            result[name] = wanted[name] or None
        elif theirs and has_value(primary.values.get(name)):
            undecided.append(missing(f"contact.{name}"))
        elif theirs:
            result[name] = theirs[0]
    if undecided:
        raise invalid(undecided)
    return result


def _emails(
    primary: User, secondaries: list[User], wanted: Mapping[str, object]
) -> dict[str, object]:
    """Every address of every side, unless `contact` says which to keep."""
    held = [email for user in (primary, *secondaries) for email in user.emails]
    asked = wanted.get("email")
    email = asked.lower() if isinstance(asked, str) else next(iter(held), None)
    others = wanted.get("other_emails")
    kept = [str(each).lower() for each in others] if isinstance(others, list) else held
    return {"email": email, "other_emails": [each for each in dict.fromkeys(kept) if each != email]}


def _companies(contacts: Contacts, wanted: Mapping[str, object]) -> dict[str, object]:
    ids = wanted.get("company_ids")
    if not isinstance(ids, list) or not ids:
        return {}
    for company_id in ids:
        if company_id not in contacts.companies:
            message = f"There is no company with the id {company_id}"
            raise invalid([Entry("contact.company_ids", message, "invalid_value")])
    others = [{"company_id": each, "view_all_tickets": False} for each in ids[1:]]
    return {"company_id": ids[0], "other_companies": others}
