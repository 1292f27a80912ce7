"""Who may see the debugger, and what its pages may do."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from sendoff.debugger.safety import COOKIE, FORM_TOKEN, Guard, Guarded
from sendoff.store.failures import StoreError

HOST = "127.0.0.1:8081"


async def _seen(request: Request) -> PlainTextResponse:
    return PlainTextResponse("seen")


def browser(guard: Guard, host: str = HOST, page: Any = _seen) -> httpx.AsyncClient:
    app = Starlette(
        routes=[Route("/page", page, methods=["GET", "POST"])],
        middleware=[Middleware(Guarded, guard=guard)],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://{host}")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8081", 200),
        ("127.7.7.7", 200),
        ("localhost:8081", 200),
        ("LOCALHOST", 200),
        ("[::1]:8081", 200),
        ("sendoff.example", 403),
        ("127.0.0.1.sendoff.example:8081", 403),
        ("localhost.", 403),
        ("10.0.0.1:8081", 403),
        ("127.0.0.1@10.0.0.1", 403),
        ("[::", 403),
        ("", 403),
    ],
)
async def test_only_names_of_this_machine_are_answered(host: str, status: int) -> None:
    async with browser(Guard()) as asking:
        answer = await asking.get("/page", headers={"host": host})
    assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (f"http://{HOST}", 200),
        ("http://127.0.0.1:9999", 403),
        ("https://sendoff.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
        ("http://[::1", 403),
    ],
)
async def test_a_request_from_another_site_is_refused(
    method: str, origin: str, status: int
) -> None:
    async with browser(Guard()) as asking:
        answer = await asking.request(method, "/page", headers={"origin": origin})
    assert answer.status_code == status


async def test_a_form_that_another_site_sends_is_refused_without_an_origin_too() -> None:
    async with browser(Guard()) as asking:
        for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
            answer = await asking.post("/page", headers={"sec-fetch-site": site})
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "no-cors", 403),
        ("cross-site", "navigate", 200),
        ("none", "navigate", 200),
        ("same-origin", "cors", 200),
    ],
)
async def test_another_site_may_lead_here_but_load_nothing(
    site: str, mode: str, status: int
) -> None:
    async with browser(Guard()) as asking:
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
        assert (await asking.get("/page", headers=headers)).status_code == status


def test_a_form_needs_the_token_of_this_process() -> None:
    guard = Guard()
    assert guard.accepts(FormData({FORM_TOKEN: guard.form_token}))
    assert not guard.accepts(FormData({FORM_TOKEN: Guard().form_token}))
    assert not guard.accepts(FormData({}))


async def test_beyond_loopback_nothing_is_shown_without_the_token() -> None:
    async with browser(Guard("a-token"), "sendoff.example") as asking:
        for path in ("/page", "/page?token=", "/page?token=wrong"):
            answer = await asking.get(path)
            assert answer.status_code == 401
            assert "seen" not in answer.text
        answer = await asking.get("/page", headers={"cookie": f"{COOKIE}=a-token"})
        assert answer.status_code == 401


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_token_would_let_everybody_in(blank: str) -> None:
    with pytest.raises(ValueError, match="blank"):
        Guard(blank)


async def test_a_cookie_takes_no_longer_the_longer_it_is() -> None:
    async with browser(Guard("a-token"), "sendoff.example") as asking:
        before = time.process_time()
        cookie = f'{COOKIE}="' + "\\" * 60_000 + '"'
        assert (await asking.get("/page", headers={"cookie": cookie})).status_code == 401
        assert time.process_time() - before < 1


async def test_the_cookie_is_found_beside_others() -> None:
    guard = Guard("a-token")
    async with browser(guard, "sendoff.example") as asking:
        for others in ("a=b; {}", "{}; a=b", 'a="x;y\\""; {}', "=;{};", "a[b]=\x01c; {}"):
            cookie = others.format(f"{COOKIE}={guard.cookie}")
            assert (await asking.get("/page", headers={"cookie": cookie})).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyError("john.doe@example.com"), 500, "sendoff has a bug: see its log"),
        (StoreError("the store does not answer"), 503, "the store does not answer"),
    ],
)
async def test_what_goes_wrong_is_told_without_what_was_at_hand(
    error: Exception, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def wrong(_request: Request) -> PlainTextResponse:
        raise error

    async with browser(Guard(), page=wrong) as asking:
        answer = await asking.get("/page")
    assert (answer.status_code, answer.text) == (status, f"{said}\n")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "john.doe" not in caplog.text
    assert ("KeyError at test_safety.py" in caplog.text) == (status == 500)


async def test_who_leaves_in_the_middle_of_a_form_is_no_bug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def form(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive, send).body()

    scope = {
        "type": "http", "method": "POST", "path": "/try", "query_string": b"",
        "headers": [(b"host", HOST.encode())],
    }  # fmt: skip
    await Guarded(form, Guard())(scope, receive, send)
    assert (sent, caplog.text) == ([], "")


async def test_a_stream_that_fails_ends_and_no_second_answer_follows() -> None:
    sent: list[Message] = []

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a row", "more_body": True})
        raise StoreError("the store does not answer")

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/tail.events", "query_string": b"",
        "headers": [(b"host", HOST.encode())],
    }  # fmt: skip
    await Guarded(stream, Guard())(scope, receive, send)
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]


async def test_the_token_is_taken_once_and_leaves_the_address() -> None:
    async with browser(Guard("a-token"), "sendoff.example") as asking:
        answer = await asking.get("/page?route=support&token=a-token&clear=1")
        assert (answer.status_code, answer.headers["location"]) == (
            303, "/page?route=support&clear=1",
        )  # fmt: skip
        cookie = answer.headers["set-cookie"]
        assert re.search(r"; HttpOnly; .*SameSite=strict", cookie)
        assert "a-token" not in cookie
        assert (await asking.get("/page")).text == "seen"


async def test_the_token_never_leads_to_another_host() -> None:
    async with browser(Guard("a-token")) as asking:
        answer = await asking.get("http://127.0.0.1:8081//sendoff.example?token=a-token")
    assert answer.headers["location"] == "/sendoff.example"


async def test_a_program_may_bring_the_token_as_a_bearer() -> None:
    async with browser(Guard("a-token"), "sendoff.example") as asking:
        for given, status in (("Bearer a-token", 200), ("Bearer other", 401), ("a-token", 401)):
            answer = await asking.get("/page", headers={"authorization": given})
            assert answer.status_code == status


async def test_a_form_does_not_sign_in() -> None:
    async with browser(Guard("a-token"), "sendoff.example") as asking:
        assert (await asking.post("/page?token=a-token")).status_code == 401


@pytest.mark.parametrize("host", [HOST, "sendoff.example"])
async def test_every_answer_says_that_only_our_own_scripts_run_and_keeps_nothing(host: str) -> None:
    async with browser(Guard()) as asking:
        answer = await asking.get("/page", headers={"host": host})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
