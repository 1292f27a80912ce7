"""The sandbox's own page `/_sandbox`: what it holds, and the controls no API has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from sendoff.errors import UsageError
from sendoff_freshdesk.sandbox.answers import Answer, Refused
from sendoff_freshdesk.sandbox.contact import as_agent, full, timestamp

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox.app import FreshdeskSandbox
    from sendoff_freshdesk.sandbox.faults import Spec
    from sendoff_freshdesk.sandbox.log import Exchange
    from sendoff_freshdesk.sandbox.request import Request

PATH = "/_sandbox"
_SHOWN = 100
_CONTROL = re.compile(rf"{PATH}/contacts/(\d{{1,19}})/(block|unblock|verify)")


def answer(sandbox: FreshdeskSandbox, request: Request) -> Answer:
    """The answer to a request for the page or one of its controls; needs no credentials.

    GET shows what the sandbox holds, DELETE empties it, POST to `/fail` takes a script in the form
    of the switch `fail`, POST to `/contacts/{id}/block`, `unblock` or `verify` changes a contact.
    """
    control = _CONTROL.fullmatch(request.path)
    asked = (request.method, request.path)
    if asked == ("GET", PATH):
        return Answer(200, _contents(sandbox), bare=True)
    if asked == ("DELETE", PATH):
        sandbox.reset()
        return Answer(204, bare=True)
    if asked == ("POST", f"{PATH}/fail"):
        return _fail(sandbox, request)
    if control and request.method == "POST":
        return _change(sandbox, int(control[1]), control[2])
    return _error(404, f"there is no {request.method} {request.path}")


def _contents(sandbox: FreshdeskSandbox) -> dict[str, object]:
    users = sandbox.contacts.users.values()
    names = sandbox.desk.schema.custom
    contacts = [user for user in users if not user.agent]
    agents = [user for user in users if user.agent]
    shown = [{**full(user, names), "blocked": user.blocked} for user in contacts]
    return {
        "sandbox": "freshdesk",
        "counts": {
            "contacts": len(contacts),
            "deleted": sum(user.deleted for user in contacts),
            "blocked": sum(user.blocked for user in contacts),
            "agents": len(agents),
            "companies": len(sandbox.desk.companies),
            "requests": sandbox.requests.by_status.total(),
            "by_status": {str(code): n for code, n in sorted(sandbox.requests.by_status.items())},
        },
        "fail": sandbox.faults.coming(),
        "requests": [_told(each) for each in list(sandbox.requests)[-_SHOWN:]],
        "contacts": shown,
        "agents": [as_agent(user) for user in agents],
        "companies": [company.shown() for company in sandbox.desk.companies],
    }


def _told(exchange: Exchange) -> dict[str, object]:
    return {
        "at": timestamp(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "reason": exchange.reason,
    }


def _fail(sandbox: FreshdeskSandbox, request: Request) -> Answer:
    try:
        spec: Spec = msgspec.json.decode(
            request.body, type=str | int | list[str | int] | dict[str, str | int | list[str | int]]
        )
        sandbox.faults.replace(spec)
    except (ValueError, RecursionError, UsageError) as error:
        return _error(400, f"this is no script: {error}")
    return Answer(200, {"fail": sandbox.faults.coming()}, bare=True)


def _change(sandbox: FreshdeskSandbox, user_id: int, control: str) -> Answer:
    try:
        user = sandbox.contacts.get(user_id)
    except Refused as refused:
        return _error(404, str(refused))
    if control == "verify":
        user.active = True
    else:
        user.blocked = control == "block"
    sandbox.contacts.touch(user)
    return Answer(200, {"id": user.id, "active": user.active, "blocked": user.blocked}, bare=True)


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"error": message}, bare=True)
