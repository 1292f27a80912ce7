"""Create, or on a conflict update: the sequence of calls that may be repeated at any point.

Creating comes first, since Freshdesk limits lists of contacts far below anything else. A repeated
sequence finds what the one before left, so an answer that was lost does no harm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import Answer
from sendoff.delivery import Delivered, NeedsOperator, Outcome, Rejected, Retry
from sendoff_freshdesk.account import encoded
from sendoff_freshdesk.changes import changes
from sendoff_freshdesk.conflict import Conflict, read_conflict, refusal, several_holders
from sendoff_freshdesk.contact import Contact
from sendoff_freshdesk.lookup import find_holders
from sendoff_freshdesk.rules import (
    BLOCKED_OR_DELETED,
    CREATE_RULES,
    READ_RULES,
    UPDATE_RULES,
    WRITE_RULES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.delivery import Delivery
    from sendoff_freshdesk.account import Account

WRITTEN: Final = Delivered("a contact; Freshdesk's answer is too long to be read")
UNREADABLE: Final = Rejected(
    "contact_too_large",
    "The contact in Freshdesk is too large to be read whole, and was not changed, since what it has"
    " might be lost: shorten it there, and replay this delivery.",
)


async def create(account: Account, delivery: Delivery) -> Outcome:
    """POST the contact; one that is there stays as it is."""
    came = await account.call("POST", "/contacts", delivery.body)
    return _created(account.contact(came, CREATE_RULES, WRITTEN), delivery)


async def upsert(account: Account, delivery: Delivery) -> Outcome:
    """POST the contact, and on a conflict change what differs in the one that has its values."""
    came = await account.call("POST", "/contacts", delivery.body)
    conflict = read_conflict(came) if isinstance(came, Answer) else None
    if conflict is None:
        return _created(account.contact(came, WRITE_RULES, WRITTEN), delivery)
    payload = delivery.payload
    holder = await _holder(account, conflict, payload)
    if not isinstance(holder, Contact):
        return _nothing_written(holder)
    return refusal(holder, payload, conflict) or await _update(
        account, holder, changes(payload, holder, delivery.write)
    )


async def _holder(
    account: Account, conflict: Conflict, payload: Mapping[str, Any]
) -> Contact | Outcome:
    """The one contact that has the taken values, with all its attributes."""
    holders = conflict.holders or await find_holders(account, conflict, payload)
    if not isinstance(holders, tuple):
        return holders
    if len(holders) > 1:
        return several_holders(holders, conflict)
    # A list leaves out tags, and so might cost a contact those it has.
    came = await account.call("GET", f"/contacts/{holders[0]}")
    holder = account.contact(came, READ_RULES, UNREADABLE)
    if isinstance(holder, Contact) and holder.id != holders[0]:
        return NeedsOperator(
            "unexpected_answer",
            f"Asked for contact {holders[0]}, Freshdesk answers with contact {holder.id}: nothing "
            "was changed. Something between here and Freshdesk mixes up its answers.",
        )
    if isinstance(holder, Contact) and holder.deleted:
        return Rejected("blocked_or_deleted", BLOCKED_OR_DELETED)
    return holder


async def _update(account: Account, holder: Contact, changed: Mapping[str, Any]) -> Outcome:
    if not changed:
        return Delivered(f"contact {holder.id} is already up to date")
    came = await account.call("PUT", f"/contacts/{holder.id}", encoded(changed))
    updated = account.contact(came, UPDATE_RULES, WRITTEN)
    if isinstance(updated, Contact):
        return Delivered(f"updated contact {holder.id}: {', '.join(changed)}")
    return updated


def _created(came: Contact | Outcome, delivery: Delivery) -> Outcome:
    if not isinstance(came, Contact):
        return came
    sent = delivery.payload.get("email")
    if isinstance(sent, str) and came.emails and sent.lower() not in came.emails:
        return NeedsOperator(
            "unexpected_answer",
            f"Freshdesk answers with contact {came.id}, which has another email than was sent. "
            "Something between here and Freshdesk mixes up its answers.",
        )
    return Delivered(f"created contact {came.id}")


def _nothing_written(outcome: Outcome) -> Outcome:
    """The outcome of a call that only reads: without an answer too, it has changed nothing."""
    if isinstance(outcome, Retry):
        return replace(outcome, maybe_delivered=False)
    return outcome
