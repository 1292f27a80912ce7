"""What the page `/_sandbox` shows of an account, and the controls no API has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sendoff.testing.sandbox import Answer, Refused
from sendoff_freshdesk.sandbox.contact import as_agent, full

if TYPE_CHECKING:
    from sendoff.testing.sandbox import Request
    from sendoff_freshdesk.sandbox.helpdesk import Helpdesk

_CONTROL = re.compile(r"/_sandbox/contacts/(\d{1,19})/(block|unblock|verify)")


def counts(desk: Helpdesk) -> dict[str, object]:
    """How many there are of what; trash and blocked ones are contacts too."""
    users = desk.contacts.users.values()
    contacts = [user for user in users if not user.agent]
    return {
        "contacts": len(contacts),
        "deleted": sum(user.deleted for user in contacts),
        "blocked": sum(user.blocked for user in contacts),
        "agents": len(users) - len(contacts),
        "companies": len(desk.companies),
    }


def contents(desk: Helpdesk) -> dict[str, object]:
    """Contacts, agents and companies, in the vendor's own form."""
    users = desk.contacts.users.values()
    names = desk.schema.custom
    return {
        "contacts": [
            {**full(user, names), "blocked": user.blocked} for user in users if not user.agent
        ],
        "agents": [as_agent(user) for user in users if user.agent],
        "companies": [company.shown() for company in desk.companies],
    }


def control(desk: Helpdesk, request: Request) -> Answer | None:
    """POST to `/contacts/{id}/block`, `unblock` or `verify` changes a contact."""
    found = _CONTROL.fullmatch(request.path)
    if found is None or request.method != "POST":
        return None
    try:
        user = desk.contacts.get(int(found[1]))
    except Refused as refused:
        return Answer(404, {"error": str(refused)}, bare=True)
    if found[2] == "verify":
        user.active = True
    else:
        user.blocked = found[2] == "block"
    desk.contacts.touch(user)
    return Answer(200, {"id": user.id, "active": user.active, "blocked": user.blocked}, bare=True)
