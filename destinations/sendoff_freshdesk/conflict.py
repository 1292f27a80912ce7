"""What a 409 tells: which values are taken, by whom, and whether that is the person at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sendoff.delivery import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendoff.answer import Answer
    from sendoff_freshdesk.contact import Contact

_TELEPHONES: Final = frozenset(("phone", "mobile"))
_DUPLICATE: Final = "duplicate_value"


@dataclass(frozen=True, slots=True)
class Taken:
    """One value that someone has already; either part may be left out of the answer."""

    field: str | None
    holder: int | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Every taken value that a 409 names; none where its body says nothing."""

    taken: tuple[Taken, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields whose values are taken, as far as they are named."""
        return frozenset(each.field for each in self.taken if each.field)

    @property
    def holders(self) -> tuple[int, ...]:
        """Whose they are, each once."""
        return tuple(dict.fromkeys(each.holder for each in self.taken if each.holder is not None))


def read_conflict(answer: Answer) -> Conflict | None:
    """The conflict in the answer to a POST, None when a 409 has another reason, or it is no 409.

    Freshdesk documents neither the field nor `additional_info.user_id` for a 409; published
    clients rely on both.
    """
    if answer.status != 409:  # noqa: PLR2004 - the status of a conflict
        return None
    body = answer.json()
    entries = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return Conflict()
    objects = [entry for entry in entries if isinstance(entry, dict)]
    duplicates = [entry for entry in objects if entry.get("code", _DUPLICATE) == _DUPLICATE]
    if objects and not duplicates:
        return None
    return Conflict(tuple(_taken(duplicates)))


def several_holders(holders: Sequence[int], conflict: Conflict) -> Rejected:
    """The outcome where what one event says belongs to more than one record."""
    owned = [
        f"{each.field} to {each.holder}" for each in conflict.taken if each.field and each.holder
    ]
    return Rejected(
        "identity_conflict",
        "The values of this event belong to different contacts in Freshdesk"
        f" ({', '.join(owned or map(str, holders))}), and none of them was changed: merge the"
        " contacts there, and replay this delivery.",
    )


def refusal(contact: Contact, payload: Mapping[str, Any], conflict: Conflict) -> Rejected | None:
    """Why this contact must not be written over with the payload; None when it may be.

    A person is known by the external id, the email or another unique value. A telephone is often
    shared, so it counts only as long as the emails do not differ.
    """
    external_id = payload.get("unique_external_id")
    if external_id is not None and contact.external_id not in (None, external_id):
        return Rejected(
            "identity_conflict",
            f"Contact {contact.id} in Freshdesk has another unique_external_id than this event, and"
            " was not changed: if both are one person, correct the id there or at the source, and"
            " replay this delivery.",
        )
    known = external_id is not None and contact.external_id == external_id
    if known or conflict.fields - _TELEPHONES or not _emails_differ(contact, payload):
        return None
    if not _shares_telephone(contact, payload, conflict):
        return Rejected(
            "identity_conflict",
            f"Contact {contact.id} in Freshdesk has something unique in common with this event, but"
            " neither its unique_external_id nor its email, and was not changed: look at it there.",
        )
    return Rejected(
        "shared_phone",
        f"Contact {contact.id} in Freshdesk has the telephone number of this event and another"
        " email, and was not changed: if both are one person, merge them there; if they share the"
        " number, switch off in Freshdesk that it has to be unique. Then replay this delivery.",
    )


def _emails_differ(contact: Contact, payload: Mapping[str, Any]) -> bool:
    sent = set(_emails(payload))
    return bool(sent and contact.emails) and sent.isdisjoint(contact.emails)


def _shares_telephone(contact: Contact, payload: Mapping[str, Any], conflict: Conflict) -> bool:
    shared = any(
        payload.get(name) is not None and payload.get(name) == contact.values.get(name)
        for name in _TELEPHONES
    )
    return shared or bool(conflict.fields)


def _emails(payload: Mapping[str, Any]) -> Iterator[str]:
    if "email" in payload:
        yield payload["email"].lower()
    for email in payload.get("other_emails", ()):
        yield email.lower()


def _taken(entries: list[dict[str, Any]]) -> Iterator[Taken]:
    for entry in entries:
        field, info = entry.get("field"), entry.get("additional_info")
        holder = info.get("user_id") if isinstance(info, dict) else None
        yield Taken(field if isinstance(field, str) else None, _number(holder))


def _number(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
