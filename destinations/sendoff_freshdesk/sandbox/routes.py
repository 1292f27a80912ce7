"""Which call answers which verb on which path, and whose key may make it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox import calls, listing, search
from sendoff_freshdesk.sandbox.answers import not_found, wrong_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.testing.sandbox import Answer
    from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
    from sendoff_freshdesk.sandbox.request import Request

PREFIX = "/api/v2"
_NUMBER = re.compile(r"(?<=/)[0-9]{1,19}(?=/|$)")


@dataclass(frozen=True, slots=True)
class Route:
    """One verb on one path under `/api/v2`; `{id}` stands for a number.

    `open` routes are there for every agent, the others for those with rights to contacts.
    """

    method: str
    path: str
    call: Callable[[Helpdesk, Request], Answer]
    open: bool = False


ROUTES = (
    Route("GET", "/contacts", listing.contacts),
    Route("POST", "/contacts", calls.create_contact),
    Route("POST", "/contacts/merge", calls.merge_contacts),
    Route("GET", "/contacts/autocomplete", calls.autocomplete),
    Route("GET", "/contacts/{id}", calls.view_contact),
    Route("PUT", "/contacts/{id}", calls.update_contact),
    Route("DELETE", "/contacts/{id}", calls.delete_contact),
    Route("DELETE", "/contacts/{id}/hard_delete", calls.hard_delete_contact),
    Route("PUT", "/contacts/{id}/restore", calls.restore_contact),
    Route("PUT", "/contacts/{id}/send_invite", calls.send_invite),
    Route("PUT", "/contacts/{id}/make_agent", calls.make_agent),
    Route("GET", "/search/contacts", search.search),
    Route("GET", "/contact_fields", calls.contact_fields),
    Route("POST", "/contact_fields", calls.administration),
    Route("GET", "/contact_fields/{id}", calls.contact_field),
    Route("PUT", "/contact_fields/{id}", calls.administration),
    Route("DELETE", "/contact_fields/{id}", calls.administration),
    Route("GET", "/companies", calls.companies),
    Route("POST", "/companies", calls.create_company),
    Route("GET", "/companies/{id}", calls.view_company),
    Route("GET", "/agents/me", calls.me, open=True),
    Route("GET", "/agents", calls.administration),
    Route("POST", "/agents", calls.administration),
    Route("GET", "/agents/{id}", calls.administration),
    Route("GET", "/settings/helpdesk", calls.helpdesk_settings, open=True),
    Route("GET", "/account", calls.account, open=True),
)

_BY_PATH = {
    path: {route.method: route for route in ROUTES if route.path == path}
    for path in {route.path for route in ROUTES}
}


def number_in(path: str) -> int:
    """The number that is a segment of the path, 0 where there is none."""
    found = _NUMBER.search(path)
    return int(found[0]) if found else 0


def find(method: str, path: str) -> Route:
    """The route for this verb and path (without the prefix).

    Raises `Refused`: 404 for a path that is none of the API's, 405 for a verb it does not take.
    """
    verbs = _BY_PATH.get(_NUMBER.sub("{id}", path, count=1))
    if verbs is None:
        raise not_found(f"the path {PREFIX}{path}")
    if method not in verbs:
        raise wrong_method(method, verbs)
    return verbs[method]
