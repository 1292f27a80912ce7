"""A contact as Freshdesk answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.answer import Answer


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact by its id; `values` are its attributes under the names of the payload."""

    id: int
    values: Mapping[str, Any]

    @property
    def emails(self) -> frozenset[str]:
        """Every address it has, in lower case."""
        others = self.values.get("other_emails")
        listed = [self.values.get("email"), *(others if isinstance(others, list) else ())]
        return frozenset(email.lower() for email in listed if isinstance(email, str) and email)

    @property
    def external_id(self) -> str | None:
        """The id under which the CDP knows this person, None where it has none."""
        value = self.values.get("unique_external_id")
        return None if value in (None, "") else str(value)

    @property
    def deleted(self) -> bool:
        """Whether it is in the trash; a live contact may lack the key."""
        return self.values.get("deleted") is True


def read_contact(answer: Answer) -> Contact | None:
    """The contact in an answer, None when there is none in it."""
    return contact_of(answer.json())


def contact_of(value: Any) -> Contact | None:
    """The contact that a JSON value is, None when it is none."""
    if not isinstance(value, dict):
        return None
    number = value.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return Contact(number, value)
