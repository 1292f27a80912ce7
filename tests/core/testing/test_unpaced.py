"""An `Http` over a transport of a test."""

from __future__ import annotations

import httpx

from sendoff.http import Exchange
from sendoff.redact import Redactor
from sendoff.testing.unpaced import unpaced_http

URL = "https://api.example.com/notes?key=a-secret-key"


def answering(status: int) -> httpx.MockTransport:
    headers = {"x-ratelimit-total": "10", "x-ratelimit-remaining": "0"}
    return httpx.MockTransport(lambda _request: httpx.Response(status, headers=headers))


async def test_every_request_leaves_at_once_whatever_is_left_of_a_quota() -> None:
    http = unpaced_http(answering(429))
    assert [(await http.request("GET", URL)).status for _ in range(3)] == [429] * 3


async def test_what_is_recorded_shows_no_secret() -> None:
    exchanges: list[Exchange] = []
    redactor = Redactor(["a-secret-key"])
    http = unpaced_http(answering(201), redactor=redactor, record=exchanges.append)
    await http.request("POST", URL, content=b"{}")
    [exchange] = exchanges
    assert exchange.status == 201
    assert "a-secret-key" not in exchange.url
