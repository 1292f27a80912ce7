"""Where an HTTP/1.1 request and its answer begin and end, in bytes that pass by unchanged."""

from __future__ import annotations

import re

import h11

_HEAD_LIMIT = 65_536
_ANY_HOST = [("Host", "localhost")]
_METHOD = rb"[A-Za-z]{1,24}"
_BEGINNING = re.compile(_METHOD + rb"(?: [^\r\n]*)?")
_REQUEST_LINE = re.compile(_METHOD + rb" \S+ HTTP/1\.[01]\r?")


class Message:
    """One request or answer: tells which bytes are its own, and when it has ended.

    Bytes that are not HTTP, or the start of another protocol, make it `opaque`: all that follows
    is its own, to the end of the connection.
    """

    def __init__(self, parser: h11.Connection) -> None:
        self.opaque = False
        self.ended = False
        self.request: h11.Request | None = None
        self._parser = parser

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Split `data` into what is this message's own and what comes after its end."""
        if self.opaque:
            return data, b""
        self._parser.receive_data(data)
        try:
            self._parse()
        except h11.RemoteProtocolError:
            self.opaque = True
        rest = self._parser.trailing_data[0] if self.ended else b""
        return data[: len(data) - len(rest)], rest

    def become_opaque(self) -> None:
        """Take everything from here on, even after an end."""
        self.opaque, self.ended = True, False

    def _parse(self) -> None:
        while not self.ended:
            event = self._parser.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                self.opaque = self._parser.their_state is h11.SWITCHED_PROTOCOL
                return
            if isinstance(event, h11.Request):
                self.request = event
            self.ended = isinstance(event, h11.EndOfMessage)


class Exchange:
    """One request and its answer; `head` is the request's, once known.

    `begun` holds what came of the request before it was known what it is.
    """

    def __init__(self) -> None:
        self.head: str | None = None
        self.begun = b""
        self.request = Message(h11.Connection(h11.SERVER, _HEAD_LIMIT))
        self._answering = h11.Connection(h11.CLIENT, _HEAD_LIMIT)
        self.answer = Message(self._answering)

    @property
    def recognised(self) -> bool:
        """Whether it is known what this is: HTTP by its head, or not HTTP."""
        return self.head is not None or self.request.opaque

    def begin(self, data: bytes) -> bytes:
        """Take the first bytes the client sent; gives back what is after the request."""
        piece, rest = self.request.take(data)
        self.begun += piece
        if self.request.request is not None:
            self._meet(self.request.request)
        elif self.request.opaque or not _may_be_http(self.begun):
            self.become_opaque()
        return rest

    def become_opaque(self) -> None:
        """Treat the rest of the connection as this one exchange, in both directions."""
        self.request.become_opaque()
        self.answer.become_opaque()

    def _meet(self, request: h11.Request) -> None:
        lines = [b"%s %s HTTP/%s" % (request.method, request.target, request.http_version)]
        lines += [b"%s: %s" % header for header in request.headers.raw_items()]
        self.head = b"\n".join(lines).decode("latin-1")
        # How an answer is framed depends on the method alone, which is all that is told here.
        self._answering.send(h11.Request(method=request.method, target="/", headers=_ANY_HOST))


def _may_be_http(begun: bytes) -> bool:
    line, newline, _ = begun.partition(b"\n")
    return (_REQUEST_LINE if newline else _BEGINNING).fullmatch(line) is not None
