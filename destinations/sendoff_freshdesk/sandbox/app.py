"""The sandbox: a request goes through what stands before the API, then to a call of it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox import edge, page, routes
from sendoff_freshdesk.sandbox.answers import (
    Answer,
    Refused,
    access_denied,
    bad_credentials,
    denied,
    empty,
    html,
    scripted,
)
from sendoff_freshdesk.sandbox.faults import Faults, Step
from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
from sendoff_freshdesk.sandbox.limiter import Limiter
from sendoff_freshdesk.sandbox.log import Log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sendoff_freshdesk.sandbox.contacts import Contacts
    from sendoff_freshdesk.sandbox.edge import Message, Receive, Send
    from sendoff_freshdesk.sandbox.request import Request
    from sendoff_freshdesk.sandbox.switches import Settings

_LIST = f"{routes.PREFIX}/contacts"


class FreshdeskSandbox:
    """An ASGI application that answers as one Freshdesk account does.

    For tests in the same process: `contacts` has the calls on contacts as methods, `requests` the
    last 1000 exchanges, `faults` the script of what the next requests are answered, and `reset`
    gives the account as it was at the start.
    """

    desk: Helpdesk
    requests: Log
    faults: Faults

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self.reset()

    @property
    def contacts(self) -> Contacts:
        """The users of the account."""
        return self.desk.contacts

    def reset(self) -> None:
        """Forget everything: contacts, log, limits, and what is left of a script."""
        self.desk = Helpdesk(self._settings, self._clock)
        self.faults = Faults(self._settings.fail)
        self.requests = Log()
        self._limiter = Limiter(self._settings, self._clock)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection's scope, as ASGI has it."""
        if scope["type"] == "lifespan":
            await edge.lifespan(receive, send)
        elif scope["type"] == "http":
            request = await edge.read(scope, receive)
            if request is None:
                return
            if request.path == page.PATH or request.path.startswith(f"{page.PATH}/"):
                await edge.write(send, page.answer(self, request), ())
            else:
                await self._serve(request, send)

    async def _serve(self, request: Request, send: Send) -> None:
        step = Step()
        try:
            self._front(request)
            step = self.faults.next(self._people(request) if self.faults.personal else ())
            answer = self._answer(step, request)
        except Refused as refused:
            answer = refused.answer
        status, reason = (answer.status, answer.reason) if answer else (0, "connection cut")
        self.requests.add(request, status, reason, self._clock())
        headers = self._headers() if answer and not answer.bare else ()
        seconds = self._settings.delay + (step.seconds or 0 if step.kind == "slow" else 0)
        if seconds:
            await self._sleep(seconds)
        if answer is None:
            await edge.cut(send)
        else:
            await edge.write(send, answer, headers)

    def _front(self, request: Request) -> None:
        """What stands before the API: the host, the size of the body, the rate limit."""
        label = request.headers.get("host", "").partition(".")[0].lower()
        if self._settings.domain not in (None, label):
            raise Refused(html(404, "Not Found", f"there is no account {label}"))
        if request.oversize:
            raise Refused(html(413, "Request Entity Too Large"))
        if not request.path.startswith(f"{routes.PREFIX}/"):
            raise Refused(html(404, "Not Found", f"there is no page {request.path}"))
        listing = (request.method, request.path) == ("GET", _LIST)
        if limited := self._limiter.take(listing=listing):
            raise Refused(limited)

    def _answer(self, step: Step, request: Request) -> Answer | None:
        """The answer under this step of a script; None where the connection is to be cut."""
        if step.kind == "drop":
            return None
        if step.kind == "status":
            return scripted(step.status, step.seconds)
        if step.kind == "html":
            return html(step.status, f"Error {step.status}", "scripted")
        if step.kind == "lost":
            self._settled(request)
            return scripted(step.status, None) if step.status else None
        return self._api(request)

    def _settled(self, request: Request) -> None:
        """Do what the request asks, whatever its answer."""
        try:
            self._api(request)
        except Refused:
            return

    def _api(self, request: Request) -> Answer:
        """The answer of the API: who asks, in which form, for what; raises `Refused`."""
        readonly = self._readonly(request)
        state = self._settings.account_state
        if state != "active":
            raise denied(403, state, f"The account cannot be used: {state}")
        if not request.accepts_json():
            raise empty(406, "Accept names neither application/json nor */*")
        path = request.path.removeprefix(routes.PREFIX)
        route = routes.find(request.method, path)
        if readonly and not route.open:
            raise access_denied()
        if not request.sends_json():
            raise empty(415, "Content-Type is not application/json")
        found = replace(request, id=routes.number_in(path), readonly=readonly)
        return route.call(self.desk, found)

    def _readonly(self, request: Request) -> bool:
        """Whose key the request came with; raises `Refused` (401) for a wrong one or none.

        The password may be anything but empty.
        """
        user, password = request.credentials() or ("", "")
        keys = {self._settings.readonly_key: True, self._settings.api_key: False}
        if user not in keys or not password:
            raise bad_credentials()
        return keys[user]

    def _people(self, request: Request) -> Iterator[str]:
        """The emails a request is about: of its body, its query, and the contact in its path."""
        with contextlib.suppress(Refused):
            yield str(request.payload().get("email")).lower()
        yield request.parameters.get("email", "").lower()
        user = self.contacts.users.get(routes.number_in(request.path.removeprefix(routes.PREFIX)))
        if user is not None:
            yield from user.emails

    def _headers(self) -> tuple[tuple[str, str], ...]:
        """What the vendor puts on every ordinary answer."""
        return (
            ("X-Freshdesk-Api-Version", "latest=v2; requested=v2"),
            ("X-Request-Id", f"{self.requests.by_status.total():032x}"),
            *self._limiter.headers(),
        )
