from __future__ import annotations

from typing import Any

import httpx
import pytest

from sendoff.destination import Finding
from sendoff.mask import CLASSES, Masker
from sendoff.testing.unpaced import unpaced_http
from sendoff_freshsuccess.connection import FreshsuccessConnection
from sendoff_freshsuccess.verification import DEFLATE, NOT_TRIED, SET_UP, SWAPPED, look_swapped

HEXADECIMAL = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
LETTERED = "0f1e2d3c4b5a69788796a5b4c3d2e1fz"
SETTINGS = {"datacenter": "us", "auth_key": HEXADECIMAL, "api_key": LETTERED}
EVENTS = f"/v1/{HEXADECIMAL}/{LETTERED}"


class Collector:
    """Answers by path, with 200 where nothing is said."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        pinged = request.url.path == "/v1/ping"
        answer = self.answers.get("ping" if pinged else "events", 200)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer) if isinstance(answer, int) else answer

    async def verify(self, **settings: Any) -> list[Finding]:
        http = unpaced_http(httpx.MockTransport(self))
        connection = FreshsuccessConnection({**SETTINGS, **settings}, http)
        return list(await connection.verify(["feature"]))


def told(findings: list[Finding], level: str) -> str:
    return " | ".join(f"{f.message} -> {f.fix}" for f in findings if f.level == level)


async def test_a_ping_shows_that_the_collector_can_be_reached_and_no_more() -> None:
    collector = Collector()
    findings = await collector.verify()
    [request] = collector.seen
    assert (request.method, request.content) == ("POST", b"")
    assert str(request.url) == "https://events-us.freshsuccess.com/v1/ping"
    assert request.headers["content-length"] == "0"
    assert "which says nothing of the keys" in told(findings, "ok")
    assert findings[1:] == [NOT_TRIED, SET_UP]


async def test_nothing_that_is_found_is_lost_where_personal_data_is_masked() -> None:
    findings = await Collector().verify(compression="deflate", verify_keys=True)
    mask = Masker(CLASSES).text
    for finding in (*findings, NOT_TRIED, SWAPPED):
        assert (mask(finding.message), mask(finding.fix)) == (finding.message, finding.fix)


@pytest.mark.parametrize("status", [202, 301, 400, 404, 429, 503])
async def test_any_other_answer_to_a_ping_is_a_problem(status: int) -> None:
    findings = await Collector(ping=status).verify()
    assert f"answers a ping with {status} instead of 200 -> check" in told(findings, "problem")
    assert told(findings, "ok") == ""


async def test_no_answer_to_a_ping_is_a_problem_with_what_to_do() -> None:
    problem = told(await Collector(ping=httpx.ConnectError("no")).verify(), "problem")
    assert "events-us.freshsuccess.com cannot be reached" in problem
    assert "`datacenter`" in problem


async def test_a_ping_that_is_answered_with_a_page_is_worth_a_look() -> None:
    page = httpx.Response(200, html="<h1>Sign in</h1>")
    findings = await Collector(ping=page).verify()
    assert "answers a ping with a body" in told(findings, "warning")
    assert told(findings, "ok") == ""


async def test_the_keys_are_tried_on_request_without_any_event() -> None:
    collector = Collector()
    findings = await collector.verify(verify_keys=True)
    _ping, request = collector.seen
    assert (request.method, request.url.path, request.content) == ("POST", EVENTS, b"")
    assert request.headers["content-length"] == "0"
    assert "content-encoding" not in request.headers
    assert "the keys are not refused (Freshsuccess does not document" in told(findings, "ok")
    assert NOT_TRIED not in findings


async def test_keys_that_are_refused_are_a_problem_with_what_to_do() -> None:
    findings = await Collector(events=400).verify(verify_keys=True)
    problem = told(findings, "problem")
    assert "does not know this pair of keys -> Check that" in problem
    assert "swapped" in problem
    assert "can be reached" in told(findings, "ok")


@pytest.mark.parametrize("answer", [503, 204, httpx.ReadTimeout("late")])
async def test_keys_that_could_not_be_tried_are_said_to_be_unknown(answer: Any) -> None:
    findings = await Collector(events=answer).verify(verify_keys=True)
    assert "the keys could not be tried" in told(findings, "problem")


async def test_keys_that_look_swapped_are_worth_a_look_and_no_problem() -> None:
    findings = await Collector().verify(auth_key=LETTERED, api_key=HEXADECIMAL)
    assert SWAPPED in findings
    assert told(findings, "problem") == ""
    assert SWAPPED not in await Collector().verify()


@pytest.mark.parametrize(
    ("auth_key", "api_key", "swapped"),
    [
        (LETTERED, HEXADECIMAL, True),
        (HEXADECIMAL, LETTERED, False),
        (HEXADECIMAL, HEXADECIMAL[::-1], False),
        (LETTERED, LETTERED[::-1], False),
        (LETTERED + "z", HEXADECIMAL, False),
        (LETTERED, HEXADECIMAL.upper(), False),
        ("short", "keys", False),
    ],
)
def test_only_the_shapes_that_were_seen_tell(auth_key: str, api_key: str, swapped: bool) -> None:
    assert look_swapped(auth_key, api_key) is swapped


async def test_deflate_is_worth_a_look() -> None:
    assert DEFLATE in await Collector().verify(compression="deflate")
    assert DEFLATE not in await Collector().verify(compression="gzip")
