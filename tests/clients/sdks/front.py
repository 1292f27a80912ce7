"""What stands before the server: it counts, and can spoil or answer a request itself."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
from base64 import b64encode
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

_HOP: Final = frozenset({"connection", "transfer-encoding", "content-length", "date"})
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Saves the time of reading certificates: all here is plain HTTP."""
_PAUSE: Final = 0.05  # seconds until it looks again whether the server is there
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}


@dataclass(frozen=True)
class Busy:
    """An answer in place of the server's, which asks to come again after some seconds."""

    status: int
    after: int

    def answer(self) -> httpx.Response:
        """The answer, in the server's shape."""
        body = {"success": False, "code": "busy", "message": f"come again in {self.after} s"}
        return httpx.Response(
            self.status, json=body, headers={**_CORS, "Retry-After": str(self.after)}
        )


@dataclass(frozen=True)
class Spoilt:
    """A request that reaches the server with another body or key."""

    body: Callable[[bytes], bytes] = bytes
    key: tuple[str, str] | None = None

    def applied(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """The request as the server gets it; `key` is the right one, and the one in its place."""
        kept = {name: value for name, value in headers.items() if name != "content-encoding"}
        content = opened(headers, body)
        if self.key is not None:
            right, wrong = self.key
            kept["authorization"] = "Basic " + b64encode(f"{wrong}:".encode()).decode()
            content = content.replace(right.encode(), wrong.encode())
        return kept, self.body(content)


@dataclass(frozen=True)
class Exchange:
    """A request that bore events, and the status of its answer."""

    path: str
    message_ids: tuple[str, ...]
    status: int
    headers: dict[str, str] = field(repr=False)


class Front:
    """A proxy, as an ASGI application. `exchanges` has every request with events, in order.

    `script` says what becomes of the next of them; when it is empty they pass untouched.
    """

    def __init__(self, upstream: str) -> None:
        self.exchanges: list[Exchange] = []
        self.script: deque[Busy | Spoilt] = deque()
        self._upstream = upstream

    @property
    def statuses(self) -> list[int]:
        """How requests with events were answered, in order."""
        return [each.status for each in self.exchanges]

    @property
    def message_ids(self) -> list[str]:
        """Every message of every request, in order."""
        return [each for exchange in self.exchanges for each in exchange.message_ids]

    @property
    def accepted(self) -> Counter[str]:
        """How often each message was answered with 200."""
        return Counter(
            each for exchange in self.exchanges if exchange.status == 200
            for each in exchange.message_ids
        )  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        path = scope["path"] + (f"?{query}" if query else "")
        answer = await self._answered(scope["method"], path, headers, body)
        fields = [
            (name, value) for name, value in answer.headers.raw if name.lower().decode() not in _HOP
        ]
        fields.append((b"content-length", str(len(answer.content)).encode()))
        start = {"type": "http.response.start", "status": answer.status_code, "headers": fields}
        await send(start)
        await send({"type": "http.response.body", "body": answer.content})

    async def _answered(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> httpx.Response:
        if method != "POST":
            return await self._passed(method, path, headers, body)
        message_ids = _message_ids(opened(headers, body))
        turn = self.script.popleft() if self.script else None
        if isinstance(turn, Busy):
            answer = turn.answer()
        else:
            passed = turn.applied(headers, body) if turn else (headers, body)
            answer = await self._passed(method, path, *passed)
        self.exchanges.append(Exchange(path, message_ids, answer.status_code, headers))
        return answer

    async def _passed(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> httpx.Response:
        kept = {name: value for name, value in headers.items() if name not in _HOP}
        async with httpx.AsyncClient(trust_env=False, verify=_NO_TLS, timeout=60) as client:
            while True:
                try:
                    return await client.request(
                        method, self._upstream + path, headers=kept, content=body or None
                    )
                except httpx.ConnectError:  # not sent yet: a load balancer waits for a server
                    await asyncio.sleep(_PAUSE)
                except httpx.TransportError:  # sent, perhaps: it cannot know
                    return httpx.Response(502, text="the server is gone")


def opened(headers: dict[str, str], body: bytes) -> bytes:
    """A body before compression."""
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


async def _body(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _message_ids(body: bytes) -> tuple[str, ...]:
    content: Any = None
    with suppress(ValueError):
        content = json.loads(body)
    events = content.get("batch", [content]) if isinstance(content, dict) else []
    return tuple(each["messageId"] for each in events if "messageId" in each)
