"""The sandbox: a request goes through what stands before the API, then to a call of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sendoff.testing import sandbox
from sendoff.testing.sandbox import Answer, Refused, html
from sendoff_freshdesk.sandbox import page, routes
from sendoff_freshdesk.sandbox.answers import (
    access_denied,
    bad_credentials,
    denied,
    empty,
    scripted,
)
from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
from sendoff_freshdesk.sandbox.limiter import Limiter
from sendoff_freshdesk.sandbox.request import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sendoff_freshdesk.sandbox.contacts import Contacts
    from sendoff_freshdesk.sandbox.switches import Settings

_LIST = f"{routes.PREFIX}/contacts"


class FreshdeskSandbox(sandbox.StandIn):
    """An ASGI application that answers as one Freshdesk account does.

    For tests in the same process: `contacts` has the calls on contacts as methods, `requests` the
    last 1000 exchanges, `faults` the script of what the next requests are answered, and `reset`
    gives the account as it was at the start.
    """

    name = "freshdesk"
    desk: Helpdesk

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(clock, sleep, fail=settings.fail, delay=settings.delay)
        self._settings = settings
        self.clear()

    @property
    def contacts(self) -> Contacts:
        """The users of the account."""
        return self.desk.contacts

    def clear(self) -> None:
        """Forget contacts, companies and what was used of the rate limit."""
        self.desk = Helpdesk(self._settings, self._clock)
        self._limiter = Limiter(self._settings, self._clock)

    def front(self, request: sandbox.Request) -> None:
        """What stands before the API: the host, the size of the body, the rate limit."""
        label = request.headers.get("host", "").partition(".")[0].lower()
        if self._settings.domain not in (None, label):
            raise Refused(html(404, "Not Found", f"there is no account {label}"))
        super().front(request)
        if not request.path.startswith(f"{routes.PREFIX}/"):
            raise Refused(html(404, "Not Found", f"there is no page {request.path}"))
        listing = (request.method, request.path) == ("GET", _LIST)
        if limited := self._limiter.take(listing=listing):
            raise Refused(limited)

    def answer(self, request: sandbox.Request) -> Answer:
        """The answer of the API: who asks, in which form, for what; raises `Refused`."""
        readonly = self._readonly(request)
        state = self._settings.account_state
        if state != "active":
            raise denied(403, state, f"The account cannot be used: {state}")
        path = request.path.removeprefix(routes.PREFIX)
        found = Request.of(request, id=routes.number_in(path), readonly=readonly)
        if not found.accepts_json():
            raise empty(406, "Accept names neither application/json nor */*")
        route = routes.find(request.method, path)
        if readonly and not route.open:
            raise access_denied()
        if not found.sends_json():
            raise empty(415, "Content-Type is not application/json")
        return route.call(self.desk, found)

    def _readonly(self, request: sandbox.Request) -> bool:
        """Whose key the request came with; raises `Refused` (401) for a wrong one or none.

        The password may be anything but empty.
        """
        user, password = request.credentials or ("", "")
        keys = {self._settings.readonly_key: True, self._settings.api_key: False}
        if user not in keys or not password:
            raise bad_credentials()
        return keys[user]

    def people(self, request: sandbox.Request) -> Iterator[str]:
        """The emails a request is about: of its body, its query, and the contact in its path."""
        with contextlib.suppress(Refused):
            yield str(Request.of(request).payload().get("email")).lower()
        yield request.parameters.get("email", "").lower()
        user = self.contacts.users.get(routes.number_in(request.path.removeprefix(routes.PREFIX)))
        if user is not None:
            yield from user.emails

    def scripted(self, status: int, seconds: float | None) -> Answer:
        """The answer a script asks for, in the vendor's own form."""
        return scripted(status, seconds)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the vendor puts on every ordinary answer."""
        return (
            ("X-Freshdesk-Api-Version", "latest=v2; requested=v2"),
            ("X-Request-Id", f"{self.requests.by_status.total():032x}"),
            *self._limiter.headers(),
        )

    def counts(self) -> dict[str, object]:
        """How many contacts, agents and companies there are."""
        return page.counts(self.desk)

    def contents(self) -> dict[str, object]:
        """All contacts, agents and companies."""
        return page.contents(self.desk)

    def control(self, request: sandbox.Request) -> Answer | None:
        """A change to a contact that no API makes."""
        return page.control(self.desk, request)
