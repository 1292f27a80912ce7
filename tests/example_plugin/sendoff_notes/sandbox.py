"""A local notebook: a plain ASGI application."""

from __future__ import annotations

import json
from typing import Any

BEARER = "sandbox-token"


class NotesSandbox:
    """Keeps notes for as long as it runs; `status` is what every note is answered."""

    def __init__(self, status: int = 201) -> None:
        self.notes: dict[str, Any] = {}
        self._status = status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            status, answer = self._answer(scope["path"], headers, await _body(receive))
            head = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if path == "/_sandbox":
            return 200, {"counts": {"notes": len(self.notes)}, "notes": list(self.notes.values())}
        if headers.get("authorization") != f"Bearer {BEARER}":
            return 401, {"message": "wrong token"}
        if path == "/me":
            return 200, {"notebook": "sandbox"}
        key = headers["idempotency-key"]
        if key in self.notes:
            return 409, {"message": "noted before"}
        if self._status == 201:
            self.notes[key] = json.loads(body)
        return self._status, {}


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
