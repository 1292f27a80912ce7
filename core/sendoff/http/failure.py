"""Foreign errors, translated once into our own."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final

import httpx

from sendoff.answer import ErrorKind, HttpError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS: Final[Mapping[type[Exception], ErrorKind]] = {
    httpx.HTTPError: "protocol",
    httpx.RequestError: "protocol",
    httpx.TransportError: "connection_lost",
    httpx.TimeoutException: "timeout",
    httpx.ConnectTimeout: "connect_timeout",
    httpx.ReadTimeout: "timeout",
    httpx.WriteTimeout: "timeout",
    httpx.PoolTimeout: "connect_timeout",
    httpx.NetworkError: "connection_lost",
    httpx.ConnectError: "unreachable",
    httpx.ReadError: "connection_lost",
    httpx.WriteError: "connection_lost",
    httpx.CloseError: "connection_lost",
    httpx.ProtocolError: "protocol",
    httpx.LocalProtocolError: "protocol",
    httpx.RemoteProtocolError: "protocol",
    httpx.ProxyError: "unreachable",
    httpx.UnsupportedProtocol: "forbidden",
    httpx.DecodingError: "protocol",
    httpx.TooManyRedirects: "protocol",
    httpx.HTTPStatusError: "protocol",
    httpx.InvalidURL: "forbidden",
    httpx.CookieConflict: "protocol",
    httpx.StreamError: "protocol",
    httpx.StreamConsumed: "protocol",
    httpx.StreamClosed: "connection_lost",
    httpx.ResponseNotRead: "protocol",
    httpx.RequestNotRead: "protocol",
    # What a transport lets through as it comes, such as a TLS alert in the middle of an answer.
    TimeoutError: "timeout",
    ssl.SSLError: "tls",
    OSError: "connection_lost",
}
"""Every exception class of httpx; the nearest ancestor of an exception decides."""

FOREIGN: Final = tuple(KINDS)
"""What to catch around a transport."""

_CAUSES: Final[tuple[tuple[type[BaseException], ErrorKind], ...]] = (
    (socket.gaierror, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "refused"),
)

_NEVER_SENT: Final = {"forbidden", "dns", "refused", "unreachable", "connect_timeout"}

_TEXTS: Final[Mapping[ErrorKind, str]] = {
    "forbidden": "{host} cannot be called: its address is not usable",
    "dns": "the host name {host} is not known (check the address, and this machine's name service)",
    "refused": "{host} refuses the connection: nothing listens at that address",
    "unreachable": "{host} cannot be reached",
    "tls": "no safe connection to {host}: {detail}",
    "connect_timeout": "no connection to {host} within {timeout:g} s",
    "timeout": "no complete answer from {host} within {timeout:g} s",
    "connection_lost": "{host} broke the connection before the answer was complete",
    "protocol": "{host} answered with something that is not HTTP",
}


def translate(error: BaseException, host: str, timeout: float, *, sent: bool) -> HttpError:
    """Our error for one that a transport raised; `timeout` is the deadline in seconds."""
    kind = _kind(error, sent=sent)
    detail = _tls_detail(error) if kind == "tls" else ""
    text = _TEXTS[kind].format(host=host, timeout=timeout, detail=detail)
    return HttpError(kind, text, sent=sent and kind not in _NEVER_SENT)


def _kind(error: BaseException, *, sent: bool) -> ErrorKind:
    kind = next(KINDS[each] for each in type(error).__mro__ if each in KINDS)
    if isinstance(error, httpx.ConnectError):
        chain = tuple(_chain(error))
        found = (name for cause, name in _CAUSES if any(isinstance(e, cause) for e in chain))
        return next(found, kind)
    if isinstance(error, httpx.RemoteProtocolError) and _closed(error):
        return "connection_lost"
    if kind == "timeout" and not sent:
        return "connect_timeout"
    return kind


def _closed(error: httpx.RemoteProtocolError) -> bool:
    # The transport calls a connection closed too early a breach of protocol, and tells it from
    # an unreadable answer by its words alone.
    text = str(error)
    return "disconnected" in text or "closed connection" in text


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what caused it, also where several attempts to connect failed at once."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _chain(each)
        error = error.__cause__ or error.__context__


def _tls_detail(error: BaseException) -> str:
    for each in _chain(error):
        # A library's own class of that family says nothing more; the one that caused it does.
        why = getattr(each, "verify_message", None)
        if isinstance(each, ssl.SSLCertVerificationError) and why:
            return f"its certificate is not trusted ({why})"
        reason = getattr(each, "reason", None) if isinstance(each, ssl.SSLError) else None
        if isinstance(reason, str):
            return reason.replace("_", " ").lower()
    return "the handshake failed"
