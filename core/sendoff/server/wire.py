"""What uvicorn leaves open on a connection: how long and how much a client may send.

It waits for ever for a first request, and for the rest of one; it keeps any number of headers, and
of requests that wait for an answer to the one before; it drops the body of who offers another
protocol. A stream keeps it from ending.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sendoff.server.peers import network

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from sendoff.server.limits import Limits
    from sendoff.server.peers import Peers

_SPARE_SECONDS: Final = 5.0
"""What a slow client gets beyond the time of its body, to read why it was refused."""


class BoundedProtocol(HttpToolsProtocol):
    """A connection that keeps within limits, or is cut."""

    def __init__(self, *args: Any, limits: Limits, peers: Peers, **extra: Any) -> None:
        super().__init__(*args, **extra)
        # It tells of every malformed request: any client could fill the log.
        self.logger = logging.Logger("wire", logging.CRITICAL)  # noqa: LOG001 - heard by nobody
        self._limits = limits
        self._peers = peers
        self._peer = ""
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._in_message = False
        self._beside = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._peer = network(self.client[0]) if self.client else ""
        if not self._peers.enter(self._peer) or len(self.connections) > self._limits.connections:
            transport.abort()
        self._allow(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._allow(None)
        self._peers.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came; too much of it that is no body ends the connection."""
        self._unset_keepalive_if_required()
        self._beside += len(data)
        self._feed(data)
        if self._beside > self._limits.head:
            self.transport.abort()
        self._wait_for_another()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._beside = 0
        self._allow(self._limits.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what stands behind the last chunk, where proxies do not look, is none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its headers are here."""
        if self._is_offer():
            return
        self._in_head = False
        self._beside = 0
        self._allow(self._limits.body_seconds + _SPARE_SECONDS)
        super().on_headers_complete()
        if len(self.pipeline) > self._limits.unanswered:
            raise HttpParserError("too many requests")  # the parser looks at no more of them

    def on_body(self, body: bytes) -> None:
        """A part of its body is here."""
        self._beside = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        if self._is_offer():
            return
        self._in_message = False
        self._allow(None)
        super().on_message_complete()

    def shutdown(self) -> None:
        """End after the answer that is under way; a stream has no end, so it is left off."""
        super().shutdown()
        answering: RequestResponseCycle | None = self.cycle
        if answering and answering.response_started and answering.chunked_encoding:
            answering.disconnected = True
            answering.message_event.set()

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as offered:
                data = self._head_without_offer() + data[offered.args[0] :]
                # The parser is through with the connection, and has passed over the body.
                self.parser = HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            except HttpParserError:
                if len(self.pipeline) > self._limits.unanswered:
                    self.transport.abort()
                else:
                    self.send_400_response("Invalid HTTP request received.")
                return
            else:
                return

    def _is_offer(self) -> bool:
        """Whether the request offers another protocol, which a server need not take."""
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def _head_without_offer(self) -> bytes:
        first = b"%b %b HTTP/%b" % (
            self.parser.get_method(), self.url, self.parser.get_http_version().encode(),
        )  # fmt: skip
        kept = (b"%b: %b" % each for each in self.headers if each[0] != b"upgrade")
        return b"\r\n".join([first, *kept, b"", b""])

    def _wait_for_another(self) -> None:
        """Wait for the next request for a time: uvicorn forgets it where something else came."""
        last: RequestResponseCycle | None = self.cycle
        is_idle = last is not None and last.response_complete and not self._in_message
        if is_idle and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _allow(self, seconds: float | None) -> None:
        """Give the client so long for what it has begun; None: nothing is due."""
        if self._timer is not None:
            self._timer.cancel()
        late = self.transport.abort
        self._timer = None if seconds is None else self.loop.call_later(seconds, late)
