"""Finds the holder of a taken value where a 409 does not say who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sendoff.answer import Answer
from sendoff.delivery import Delivered, Outcome, Rejected
from sendoff_freshdesk.contact import contact_of
from sendoff_freshdesk.rules import (
    ACCOUNT_ROWS,
    BLOCKED_OR_DELETED,
    IS_AGENT,
    not_freshdesk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff_freshdesk.account import Account
    from sendoff_freshdesk.conflict import Conflict

_STATES: Final = (None, "deleted", "blocked")
"""Without a state, Freshdesk leaves deleted and blocked contacts out."""

_SURE: Final = ("email", "unique_external_id")
_SHARED: Final = ("phone", "mobile")
_ENOUGH: Final = 2
"""Contacts to ask for: a second one shows that the value does not tell them apart."""


async def find_holders(
    account: Account, conflict: Conflict, payload: Mapping[str, Any]
) -> tuple[int, ...] | Outcome:
    """Ids of the live contacts that have the first of the payload's values that any has.

    Where nobody alive has one, the outcome says what is known of the holder.
    """
    names = search_names(conflict, payload)
    for state in _STATES:
        for name in names:
            found = await _search(account, name, str(payload[name]), state)
            if not isinstance(found, tuple):
                return found
            if found and state:
                return Rejected("blocked_or_deleted", BLOCKED_OR_DELETED)
            if found:
                return found
    if names == ("email",):
        return Rejected("is_agent", IS_AGENT)
    return Rejected(
        "identity_conflict",
        "Freshdesk refuses a value of this event because someone has it already, and shows no"
        " contact that does: it may be an agent's. Look for it in Freshdesk, and replay this"
        " delivery.",
    )


def search_names(conflict: Conflict, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The attributes to search by, the most telling first.

    A telephone is searched for only if it is what is taken, or all there is: many may have it.
    """
    named = conflict.fields
    if named:
        return tuple(name for name in (*_SURE, *_SHARED) if name in named and name in payload)
    sure = tuple(name for name in _SURE if name in payload)
    return sure or tuple(name for name in _SHARED if name in payload)


async def _search(
    account: Account, name: str, value: str, state: str | None
) -> tuple[int, ...] | Outcome:
    query = {name: value, "per_page": _ENOUGH} | ({"state": state} if state else {})
    came = await account.call("GET", f"/contacts?{urlencode(query)}")
    undocumented = name == "unique_external_id"
    if isinstance(came, Answer) and came.status == 400 and undocumented:  # noqa: PLR2004
        return ()
    outcome = account.judged(came, ACCOUNT_ROWS)
    if not isinstance(outcome, Delivered) or not isinstance(came, Answer):
        return outcome
    listed = came.json()
    if not isinstance(listed, list):
        return not_freshdesk(came)
    return _ids(listed, value if undocumented else None)


def _ids(listed: Sequence[Any], external_id: str | None) -> tuple[int, ...]:
    """Ids in a list of contacts; a server that ignores the filter lists whoever comes first."""
    contacts = [contact for each in listed if (contact := contact_of(each))]
    return tuple(
        contact.id
        for contact in contacts
        if external_id is None or contact.external_id == external_id
    )
