"""Where ASGI ends: a request is read, an answer is written, a connection is cut."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from sendoff.testing.sandbox.answer import HTML_TYPE, Answer
from sendoff.testing.sandbox.request import Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def read(scope: Message, receive: Receive, largest: int) -> Request | None:
    """The whole request, None if the client left; of a longer body only that it is too large."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    body = await read_body(receive, largest)
    if body is None:
        return None
    oversize = len(body) > largest
    path = scope["path"]
    return Request(
        method=scope["method"],
        path=path.rstrip("/") or "/",
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"" if oversize else body,
        scheme=scope.get("scheme", "http"),
        raw_path=(scope.get("raw_path") or quote(path).encode()).decode("latin-1"),
        oversize=oversize,
    )


async def read_body(receive: Receive, largest: float = math.inf) -> bytes | None:
    """The body, None if the client left; read no further than to see that it is too large."""
    body = bytearray()
    while len(body) <= largest:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def write(send: Send, answer: Answer, headers: Iterable[tuple[str, str]] = ()) -> None:
    """Send this answer with these headers and its own."""
    content = b""
    if answer.content_type == HTML_TYPE:
        content = str(answer.body).encode()
    elif answer.body is not None:
        content = msgspec.json.encode(answer.body)
    listed = [*headers, *answer.headers]
    if answer.status != HTTPStatus.NO_CONTENT:
        if answer.content_type:
            listed.append(("Content-Type", answer.content_type))
        listed.append(("Content-Length", str(len(content))))
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in listed
            ],
        }
    )
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def cut(send: Send) -> None:
    """Close the connection without an answer.

    ASGI has no word for that. A header that no server will write makes uvicorn, with either of its
    HTTP parsers, take the answer for begun without having sent a byte; an application that then
    returns gets its connection closed. Where nothing refuses the header, as with a transport in
    the same process, this raises `ConnectionAbortedError` for the client to see.
    """
    refused = True
    with contextlib.suppress(Exception):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"\n", b"")]})
        refused = False
    if not refused:
        raise ConnectionAbortedError("the sandbox cut the connection, as its script says")


async def lifespan(receive: Receive, send: Send) -> None:
    """Start and stop as a server asks; there is nothing to prepare."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
