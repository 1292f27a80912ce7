"""GET /search/contacts: an index that may lag, and the contacts in it that match a query."""

from __future__ import annotations

from collections import deque
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from sendoff.testing.sandbox import Answer
from sendoff_freshdesk.sandbox.answers import Entry, invalid, missing
from sendoff_freshdesk.sandbox.contact import DEFAULTS, listed, timestamp
from sendoff_freshdesk.sandbox.query import Malformed, parse
from sendoff_freshdesk.sandbox.request import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sendoff_freshdesk.sandbox.contact import User
    from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
    from sendoff_freshdesk.sandbox.request import Request

_PAGE_SIZE = 30
_LAST_PAGE = 10
_TYPES: Mapping[str, str] = {
    "active": "boolean",
    "company_id": "integer",
    "twitter_id": "string",
    "email": "string",
    "phone": "string",
    "mobile": "string",
    "tag": "string",
    "language": "string",
    "time_zone": "string",
    "created_at": "date",
    "updated_at": "date",
}
_CUSTOM_TYPES: Mapping[str, str] = {
    "custom_text": "string",
    "custom_dropdown": "string",
    "custom_number": "integer",
    "custom_checkbox": "boolean",
}


class Index:
    """What the search knows: every contact as it was `lag` seconds ago."""

    def __init__(self, lag: float, clock: Callable[[], float]) -> None:
        self._lag = lag
        self._clock = clock
        self._users: dict[int, User] = {}
        self._coming: deque[tuple[float, User]] = deque()

    def note(self, user: User) -> None:
        """Take in a user as it is now: a contact can be found until it is deleted or promoted."""
        # A change gives a user new values and leaves the old ones be, so a shallow copy holds.
        self._coming.append((self._clock() + self._lag, copy(user)))
        self._catch_up()

    def users(self) -> Iterable[User]:
        """The contacts that can be found now, as the index has them."""
        self._catch_up()
        return self._users.values()

    def _catch_up(self) -> None:
        now = self._clock()
        while self._coming and self._coming[0][0] <= now:
            _, user = self._coming.popleft()
            if user.deleted or user.agent:
                self._users.pop(user.id, None)
            else:
                self._users[user.id] = user


def search(desk: Helpdesk, request: Request) -> Answer:
    """How many contacts match the query, and one page of 30 of them, ten pages at most."""
    asked = request.query(("query", "page"))
    if "query" not in asked:
        raise invalid([missing("query")])
    page = whole_number("page", asked.get("page"), default=1, most=_LAST_PAGE)
    custom = {
        name: _CUSTOM_TYPES[field.type]
        for name, field in desk.schema.custom.items()
        if field.type in _CUSTOM_TYPES
    }
    try:
        matches = parse(asked["query"], {**custom, **_TYPES})
    except Malformed as malformed:
        raise invalid([Entry("query", str(malformed), "invalid_value")]) from None
    found = [user for user in desk.index.users() if matches(partial(_value, user))]
    start = (page - 1) * _PAGE_SIZE
    names = desk.schema.custom
    results = [listed(user, names) for user in found[start : start + _PAGE_SIZE]]
    return Answer(200, {"total": len(found), "results": results})


def _value(user: User, name: str) -> object:
    """What a field of the query stands for in this contact."""
    shown: dict[str, object] = {
        "active": user.active,
        "tag": user.texts("tags"),
        "created_at": timestamp(user.created_at),
        "updated_at": timestamp(user.updated_at),
    }
    if name in shown:
        return shown[name]
    return user.values.get(name) or DEFAULTS.get(name) if name in _TYPES else user.custom.get(name)
