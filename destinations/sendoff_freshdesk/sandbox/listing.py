"""GET /contacts: which contacts, and which page of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from sendoff.testing.sandbox import Answer
from sendoff_freshdesk.sandbox.answers import Entry, invalid, unknown_field
from sendoff_freshdesk.sandbox.contact import listed
from sendoff_freshdesk.sandbox.request import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sendoff_freshdesk.sandbox.contact import User
    from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
    from sendoff_freshdesk.sandbox.request import Request

PAGING = ("page", "per_page")
Item = TypeVar("Item")
_DEEPEST_PAGE = 10**9

_STATES: Mapping[str, Callable[[User], bool]] = {
    "verified": lambda user: user.live and user.active,
    "unverified": lambda user: user.live and not user.active,
    "blocked": lambda user: user.blocked and not user.deleted,
    "deleted": lambda user: user.deleted,
}
_FILTERS: Mapping[str, Callable[[User, str], bool]] = {
    "email": lambda user, text: text.lower() in user.emails,
    "mobile": lambda user, text: user.values.get("mobile") == text,
    "phone": lambda user, text: user.values.get("phone") == text,
    "company_id": lambda user, text: str(user.values.get("company_id")) == text,
    "unique_external_id": lambda user, text: user.values.get("unique_external_id") == text,
    "state": lambda user, text: _STATES[text](user),
    "contact_type": lambda _user, text: text == "contact",
    "updated_since": lambda user, text: int(user.updated_at) >= _time("updated_since", text),
}


def contacts(desk: Helpdesk, request: Request) -> Answer:
    """The contacts that pass every filter, by name; deleted and blocked ones only if asked for.

    `_updated_since` is an alias that some clients send. An email finds a contact by its other
    emails too.
    """
    asked = request.query((*_FILTERS, "_updated_since", *PAGING))
    if "_updated_since" in asked:
        asked["updated_since"] = asked.pop("_updated_since")
    filters = {name: text for name, text in asked.items() if name not in PAGING}
    _judge(filters, desk.settings.external_id_filter)
    found: Iterable[User] = (user for user in desk.contacts.users.values() if not user.agent)
    if "state" not in filters:
        found = (user for user in found if user.live)
    for name, text in filters.items():
        found = _passing(found, name, text)
    ordered = sorted(found, key=lambda user: user.name.casefold())
    names = desk.schema.custom
    return paged(request, asked, ordered, lambda user: listed(user, names))


def paged(
    request: Request,
    asked: Mapping[str, str],
    items: Sequence[Item],
    shape: Callable[[Item], object],
) -> Answer:
    """One page of the items, 30 unless asked for up to 100, with a link to the next if any."""
    page = whole_number("page", asked.get("page"), default=1, most=_DEEPEST_PAGE)
    size = whole_number("per_page", asked.get("per_page"), default=30, most=100)
    start = (page - 1) * size
    more = len(items) > start + size
    links = (("link", request.next_page(page + 1)),) if more else ()
    return Answer(200, [shape(item) for item in items[start : start + size]], links)


def _passing(users: Iterable[User], name: str, text: str) -> Iterable[User]:
    passes = _FILTERS[name]
    return (user for user in users if passes(user, text))


def _judge(filters: dict[str, str], external_id_filter: str) -> None:
    """Refuse what no filter takes, and drop the one that the account does not know."""
    if "unique_external_id" in filters and external_id_filter != "supported":
        if external_id_filter == "refused":
            raise invalid([unknown_field("unique_external_id")])
        del filters["unique_external_id"]
    _choice(filters, "state", _STATES)
    _choice(filters, "contact_type", ("contact", "visitor"))
    if "updated_since" in filters:
        _time("updated_since", filters["updated_since"])


def _choice(filters: Mapping[str, str], name: str, choices: Iterable[str]) -> None:
    names = list(choices)
    if filters.get(name, names[0]) not in names:
        message = f"It should be one of these values: '{','.join(names)}'"
        raise invalid([Entry(name, message, "invalid_value")])


def _time(field: str, text: str) -> float:
    """Seconds since the epoch; a time without zone is UTC, as the vendor reads it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = "It should be in the 'combined date and time ISO8601' format"
        raise invalid([Entry(field, message, "invalid_value")]) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
