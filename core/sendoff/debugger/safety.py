"""Who may see the debugger and act through it: hosts, origins, a token, and signed forms."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sendoff.errors import bug
from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import FormData
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "sendoff_debugger"
FORM_TOKEN: Final = "form_token"  # noqa: S105 - the name of the field
_SAFE: Final = frozenset({"GET", "HEAD"})
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # With `no-referrer` browsers would hide the origin of our own forms too.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Guard:
    """What a request must bring; ValueError for a blank `token`, which everybody knows.

    `token` is None where only this machine's loopback is served: then the Host must name it, so
    that no page of another site reaches us by a name that it lets point here. `form_token` stands
    in every form that changes something.
    """

    token: str | None = None
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def __post_init__(self) -> None:
        if self.token is not None and not self.token.strip():
            raise ValueError("a blank token lets everybody in")

    def accepts(self, form: FormData) -> bool:
        """Whether a form was made by one of our own pages: 403 is the answer where it was not."""
        given = form.get(FORM_TOKEN)
        return isinstance(given, str) and _same(given, self.form_token)

    @property
    def cookie(self) -> str:
        """What the cookie holds of one who knew the token: not the token itself."""
        return hmac.new((self.token or "").encode(), b"sendoff debugger", "sha256").hexdigest()

    def refusal(self, method: str, headers: Headers) -> str:
        """Why a request is not answered, whoever asks; empty where nothing is wrong with it."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            return "the request names no host, or several"
        if self.token is None and not _is_loopback(hosts[0]):
            return "only this machine is served here: open http://127.0.0.1 with the port"
        return "the request comes from another site" if _is_foreign(method, headers) else ""

    def knows(self, headers: Headers) -> bool:
        """Whether a request comes from one who has shown the token, where there is one."""
        if self.token is None:
            return True
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer" and _same(given.strip(), self.token):
            return True
        return any(_same(each, self.cookie) for each in _cookies(headers.getlist("cookie")))


class Guarded:
    """An application behind a guard: refuses, asks for the token, and says what a page may do."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        app = self._instead(scope) or self._app
        try:
            await app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the last stop: what it says may hold an event
            answer = _apology(error)
            if not has_begun:
                await answer(scope, receive, sending)

    def _instead(self, scope: Scope) -> Response | None:
        """The answer where the application is not to be asked."""
        headers, method = Headers(scope=scope), scope["method"]
        if why := self._guard.refusal(method, headers):
            return PlainTextResponse(f"{why}\n", 403)
        query = QueryParams(scope["query_string"])
        token = self._guard.token
        if token is not None and method in _SAFE and _same(query.get("token", ""), token):
            return _signed_in(scope["path"], query, self._guard.cookie)
        if self._guard.knows(headers):
            return None
        message = "this debugger asks for its token: open the address that `sendoff serve` printed"
        return PlainTextResponse(f"{message}, which ends in ?token=…\n", 401)


def _apology(error: Exception) -> Response:
    if isinstance(error, StoreError):
        return PlainTextResponse(f"{error}\n", 503)
    _log.error("%s", bug(error))
    return PlainTextResponse("sendoff has a bug: see its log\n", 500)


def _signed_in(path: str, query: QueryParams, cookie: str) -> Response:
    """The same page without the token in its address, which would stay in the history."""
    rest = urlencode([each for each in query.multi_items() if each[0] != "token"])
    # One slash: two would name another host.
    address = "/" + path.lstrip("/") + (f"?{rest}" if rest else "")
    answer = RedirectResponse(address, 303)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")
    return answer


def _is_foreign(method: str, headers: Headers) -> bool:
    """Whether a page of another site asks; it may lead people here, but load nothing."""
    with suppress(ValueError):
        origin = headers.get("origin")
        if origin is None or urlsplit(origin).netloc == headers.get("host"):
            asked_by = headers.get("sec-fetch-site", "same-origin")
            by_hand = method in _SAFE and headers.get("sec-fetch-mode") == "navigate"
            return asked_by not in ("same-origin", "none") and not by_hand
    return True


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost":
            return True
        return ipaddress.ip_address(name).is_loopback
    return False


def _cookies(lines: Sequence[str]) -> list[str]:
    pairs = (pair.partition("=") for line in lines for pair in line.split(";"))
    return [value.strip() for name, _, value in pairs if name.strip() == COOKIE]


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogatepass"), wanted.encode())
