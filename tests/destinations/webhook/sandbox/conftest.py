"""A client of the sandbox that can sign."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sendoff_webhook.sandbox import WebhookSandbox


@pytest.fixture(scope="session")
def send() -> Callable[..., httpx.Response]:
    """Sends a body to the sandbox, by default with POST and as JSON."""

    def sent(
        app: WebhookSandbox,
        body: bytes = b"{}",
        method: str = "POST",
        path: str = "/",
        **headers: str,
    ) -> httpx.Response:
        named = {"Content-Type": "application/json"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}

        async def exchange() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://hooks.example"
            ) as http:
                return await http.request(method, path, content=body, headers=named)

        return asyncio.run(exchange())

    return sent


@pytest.fixture(scope="session")
def signed() -> Callable[..., Any]:
    """The two headers that sign a body with a secret at a time in seconds."""

    def made(secret: str, body: bytes, at: float) -> dict[str, str]:
        timestamp = str(int(at * 1000))
        text = timestamp.encode() + b"." + body
        digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        return {"X_Timestamp": timestamp, "X_Signature": f"sha256={digest}"}

    return made
