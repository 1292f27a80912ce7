"""A client of the sandbox, and events to send it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from sendoff_freshsuccess.sandbox import FreshsuccessSandbox

PATH = "/v1/sandbox-auth-key/sandbox-api-key"


@pytest.fixture(scope="session")
def post() -> Callable[..., httpx.Response]:
    """Posts a body to the sandbox, by default to its source and as JSON."""

    def posted(
        app: FreshsuccessSandbox,
        body: bytes = b"",
        path: str = PATH,
        method: str = "POST",
        headers: Mapping[str, str | None] | None = None,
    ) -> httpx.Response:
        named = {"Content-Type": "application/json", **(headers or {})}

        async def sent() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://events-eu.example"
            ) as http:
                request = http.build_request(method, path, content=body)
                for name, value in named.items():
                    if value is None:
                        request.headers.pop(name, None)
                    else:
                        request.headers[name] = value
                return await http.send(request)

        return asyncio.run(sent())

    return posted


@pytest.fixture(scope="session")
def event() -> Callable[..., dict[str, Any]]:
    """The usual feature event, with these properties; one that is None is left out."""

    def made(**given: Any) -> dict[str, Any]:
        usual = {
            "accountId": "acct-4410",
            "userId": "u-73",
            "createdAt": 1767362400000,
            "action": "feature",
            "sessionId": "s-9f2c",
            "feature": "Search",
        }
        return {name: value for name, value in (usual | given).items() if value is not None}

    return made
