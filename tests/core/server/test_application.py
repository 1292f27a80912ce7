"""Who may ask for what, and that every answer is one that its client understands."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.server.access import Access
from sendoff.server.hosts import Hosts
from sendoff.server.keys import WriteKeys
from sendoff.server.limits import Limits
from sendoff.server.refusal import Refused
from sendoff.store.failures import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send
    from tests.core.server.conftest import Api, Opened

TRACK: dict[str, Any] = {"type": "track", "event": "E", "messageId": "m1", "userId": "usr_123"}
KEY = "the-write-key"


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [("", {"Authorization": basic(f"{KEY}:")}, {}),
     ("", {"Authorization": basic(f"{KEY}:a password")}, {}),
     ("", {"Authorization": basic(KEY)}, {}),
     ("", {"Authorization": basic(f"{KEY}:").rstrip("=")}, {}),
     ("", {"Authorization": f"bearer {KEY}"}, {}),
     ("", {"Authorization": "Bearer a-token-of-somebody"}, {"writeKey": KEY}),
     ("", {}, {"writeKey": KEY}),
     (f"?writeKey={KEY}", {}, {})],
)  # fmt: skip
async def test_a_key_may_come_in_every_way_that_sdks_know(
    api: Api, query: str, headers: dict[str, str], body: dict[str, Any]
) -> None:
    for path, sent in (("/v1/batch", {"batch": [TRACK], **body}), ("/v1/t", {**TRACK, **body})):
        answer = await api.post(path + query, sent, headers=headers, auth=None)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [({}, {}, "missing_write_key"), ({"Authorization": "Basic"}, {}, "missing_write_key"),
     ({"Authorization": "Basic ???"}, {}, "missing_write_key"),
     ({"Authorization": basic("other:")}, {}, "invalid_write_key"),
     ({"Authorization": basic(f":{KEY}")}, {}, "missing_write_key"),
     ({}, {"writeKey": f"{KEY} "}, "invalid_write_key"),
     ({}, {"writeKey": 5}, "missing_write_key"),
     ({}, {"writeKey": "\ud800"}, "missing_write_key")],
)  # fmt: skip
async def test_nobody_else_may_send(
    api: Api, headers: dict[str, str], body: dict[str, Any], code: str
) -> None:
    for path, sent in (("/v1/batch", {"batch": [TRACK], **body}), ("/v1/t", {**TRACK, **body})):
        answer = await api.post(path, sent, headers=headers, auth=None)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert await api.kept() == []


@pytest.mark.parametrize("key", [{}, {"writeKey": "other"}])
async def test_a_stranger_is_refused_before_the_events_are_taken_apart(
    api: Api, key: dict[str, str]
) -> None:
    answer = await api.post("/v1/batch", {"batch": [{}] * 10_001, **key}, auth=None)
    assert answer.status_code == 401


async def test_every_key_of_several_may_send(opened: Opened) -> None:
    async with opened(write_keys=("first", "second")) as api:
        for key, status in (("first", 200), ("second", 200), ("third", 401), ("secon", 401)):
            assert (await api.batch(auth=(key, ""))).status_code == status


@pytest.mark.parametrize("text", ["a:key:", "a:key"])
async def test_a_key_with_a_colon_is_one_too(opened: Opened, text: str) -> None:
    async with opened(write_keys=("a:key",)) as api:
        sent = {"headers": {"Authorization": basic(text)}, "auth": None}
        assert (await api.batch(TRACK, **sent)).status_code == 200
    async with opened(write_keys=("key",)) as api:
        assert (await api.batch(TRACK, **sent)).status_code == 401


async def test_without_keys_everybody_may_send(opened: Opened) -> None:
    async with opened(write_keys=()) as api:
        assert (await api.batch(TRACK, auth=None)).status_code == 200
        assert (await api.batch(TRACK, auth=("any", ""))).status_code == 200


async def test_a_preflight_names_the_headers_that_were_asked_for(api: Api) -> None:
    asked = "authorization,rsa-retry-attempt,rsa-retry-reason"
    for path in ("/v1/t", "/v1/batch/", "/sourceConfig/", "/v1/projects/k/settings", "/v1/m"):
        answer = await api.http.options(path, headers={"Access-Control-Request-Headers": asked})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-headers"] == asked
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("asked", ["", "a\tb", "x" * 5_000, "*", "a;b", ",".join(["a"] * 99)])
async def test_what_is_no_list_of_headers_is_not_repeated(api: Api, asked: str) -> None:
    answer = await api.http.options("/v1/t", headers={"Access-Control-Request-Headers": asked})
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"


async def test_a_page_may_read_every_answer(api: Api) -> None:
    api.store.failure = StoreError("x")
    answers = [
        await api.batch(TRACK), await api.batch(auth=("bad", "")), await api.post("/v1/t", b"?"),
        await api.http.get("/v1/t"), await api.http.get("/nowhere"),
        await api.http.get("/v1/projects/bad/settings"),
    ]  # fmt: skip
    assert [each.status_code for each in answers] == [503, 401, 400, 405, 404, 401]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == "Retry-After"
        assert "access-control-allow-credentials" not in answer.headers
        assert {"code", "message"} <= answer.json().keys()


async def test_what_the_server_counts_is_not_for_pages(api: Api) -> None:
    for path in ("/metrics", "/health", "/ready", "/openapi.json"):
        assert "access-control-allow-origin" not in (await api.http.get(path)).headers


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v2/batch", "/batch", "/v1/pixel/x",
                                  "/v1/projects/settings", "/%00/v1/batch/x"])  # fmt: skip
async def test_a_path_that_is_not_ours_is_not_found_and_never_redirected(
    api: Api, path: str
) -> None:
    for method in ("GET", "POST", "OPTIONS", "PUT"):
        answer = await api.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OOPS"])
async def test_events_are_posted(api: Api, method: str) -> None:
    answer = await api.http.request(method, "/v1/batch")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


async def test_analytics_js_is_told_where_to_send(api: Api) -> None:
    answer = await api.http.get(
        f"/pre/v1/projects/{KEY}/settings", headers={"Host": "localhost:8080"}
    )
    assert answer.json() == {
        "integrations": {
            "Segment.io": {
                "apiKey": KEY, "apiHost": "localhost:8080/pre/v1", "protocol": "http",
            }
        }
    }  # fmt: skip
    secure = await api.http.get(
        f"/v1/projects/{KEY}/settings", headers={"X-Forwarded-Proto": "https"}
    )
    assert secure.json()["integrations"]["Segment.io"]["protocol"] == "https"


async def test_a_host_that_is_none_is_not_passed_on(opened: Opened) -> None:
    async with opened(hosts=Hosts(any_name=True)) as api:
        for host in ("a b", "a/b", "<script>", ""):
            answer = await api.http.get(f"/v1/projects/{KEY}/settings", headers={"Host": host})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_host")


async def test_rudderstacks_sdk_is_told_to_report_nothing(api: Api) -> None:
    answer = await api.http.get("/sourceConfig/?p=npm", headers={"Authorization": basic(f"{KEY}:")})
    source = answer.json()["source"]
    assert (source["enabled"], source["writeKey"], source["destinations"]) == (True, KEY, [])
    assert source["config"]["statsCollection"] == {
        "errors": {"enabled": False}, "metrics": {"enabled": False},
    }  # fmt: skip
    assert (await api.http.get("/sourceConfig")).status_code == 401


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]:8080",
        "[::1]",
        "LOCALHOST",
    ],
)
def test_this_machine_is_called_by_its_own_names(host: str) -> None:
    Hosts().check(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:80",
     "[::2]", "[", "evil.example:localhost", "localhost@evil.example", "evil.example]"],
)  # fmt: skip
def test_another_name_that_leads_here_is_refused(host: str) -> None:
    with pytest.raises(Refused) as refused:
        Hosts().check(host)
    assert (refused.value.status, refused.value.code) == (421, "unknown_host")
    Hosts(any_name=True).check(host)


@given(st.text())
def test_no_host_breaks_the_check(host: str) -> None:
    with suppress(Refused):
        Hosts().check(host)


@pytest.mark.parametrize(
    "host", ["events.example.com", "EVENTS.example.com:443", "[2001:db8::1]:80"]
)
def test_names_that_are_listed_are_answered_beside_its_own(host: str) -> None:
    hosts = Hosts.of(["Events.Example.com", "[2001:DB8::1]"], any_name=False)
    hosts.check(host)
    hosts.check("localhost:8080")
    for other in ("evil.example", "events.example.com.evil.example", "example.com", ""):
        with pytest.raises(Refused, match=r"server\.hosts"):
            hosts.check(other)


async def test_a_listed_name_is_what_browsers_are_told_to_send_to(opened: Opened) -> None:
    async with opened(hosts=Hosts.of(["events.example.com"], any_name=False)) as api:
        answer = await api.http.get(
            f"/v1/projects/{KEY}/settings",
            headers={"Host": "events.example.com", "X-Forwarded-Proto": "https"},
        )
    assert answer.json()["integrations"]["Segment.io"] == {
        "apiKey": KEY, "apiHost": "events.example.com/v1", "protocol": "https",
    }  # fmt: skip


async def test_who_may_send_is_judged_as_it_was_when_the_request_began(api: Api) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        begun.set()
        await goes_on.wait()
        yield b'{"batch": []}'

    sending = asyncio.ensure_future(api.http.post("/v1/batch", content=slowly(), auth=api.auth))
    await begun.wait()
    api.app.access = Access(WriteKeys(["the-next-key"]))
    assert (await api.batch(TRACK)).json()["code"] == "invalid_write_key"
    assert (await api.batch(TRACK, auth=("the-next-key", ""))).status_code == 200
    goes_on.set()
    assert (await sending).status_code == 200


async def test_rebinding_reaches_nothing(api: Api) -> None:
    for path in ("/v1/batch", "/metrics", "/health", f"/v1/projects/{KEY}/settings"):
        answer = await api.http.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 421


async def test_it_is_ready_when_events_are_taken(api: Api) -> None:
    assert (await api.http.get("/health")).json() == {"status": "ok"}
    assert (await api.http.get("/ready")).json() == {"status": "ready"}
    api.store.failure = StoreError("x")
    await api.batch(TRACK)
    answer = await api.http.get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert (await api.http.get("/health")).status_code == 200
    api.store.failure = None
    await api.batch(TRACK)
    assert (await api.http.get("/ready")).status_code == 200


def counted(page: str, name: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in page.splitlines() if line.startswith(name))
    return {name.removeprefix("sendoff_"): float(value) for name, _, value in lines}


async def test_metrics_count_requests_and_decisions_and_name_nobody(api: Api) -> None:
    person = {"userId": "usr_123", "traits": {"email": "john.doe@example.com"}}
    await api.batch({**TRACK, **person}, {"type": "?"})
    await api.batch(TRACK, auth=("someone-elses-key", ""))
    await api.http.get("/some/path/of/theirs")
    await api.decided()
    page = (await api.http.get("/metrics")).text
    assert counted(page, "sendoff_requests_total") == {
        'requests_total{endpoint="batch",outcome="ok",reason=""}': 1,
        'requests_total{endpoint="batch",outcome="refused",reason="invalid_write_key"}': 1,
        'requests_total{endpoint="unknown",outcome="refused",reason="not_found"}': 1,
    }
    assert counted(page, "sendoff_decisions_total") == {
        'decisions_total{outcome="send",reason="",route="support"}': 1,
        'decisions_total{outcome="dead",reason="invalid_event",route=""}': 1,
    }
    assert counted(page, "sendoff_events_accepted_total") == {"events_accepted_total": 2}
    assert counted(page, "sendoff_deliveries_waiting{") == {
        'deliveries_waiting{route="support"}': 1
    }
    for secret in ("john.doe", "usr_123", KEY, "someone", "theirs"):
        assert secret not in page


async def test_metrics_do_not_wait_for_a_store_that_is_stuck(api: Api) -> None:
    await api.batch(TRACK)
    api.store.goes_on.clear()
    asking = asyncio.ensure_future(api.http.get("/metrics"))
    await api.clock.advance(3)
    async with asyncio.timeout(5):
        shown = (await asking).text
    assert "sendoff_events_accepted_total 1.0" in shown
    assert "sendoff_deliveries_waiting{" not in shown


async def test_a_bug_is_answered_and_its_words_are_kept_back(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        async def bad() -> Any:
            raise KeyError("john.doe@example.com")

        await api.app(scope, bad, send)

    transport = httpx.ASGITransport(broken)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        with caplog.at_level(logging.ERROR):
            answer = await http.post("/v1/batch", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "john.doe" not in caplog.text + answer.text
    assert "a bug: KeyError at " in caplog.text


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [({"Content-Encoding": "br"}, b"{}", 415, "unsupported_encoding"),
     ({"Content-Encoding": "gzip, gzip"}, b"{}", 415, "unsupported_encoding"),
     ({"Content-Encoding": "gzip"}, b'{"batch":[]}', 400, "invalid_encoding"),
     ({"Content-Encoding": "gzip"}, b"", 400, "invalid_encoding"),
     ({"Content-Encoding": "deflate"}, b'{"batch":[]}', 400, "invalid_encoding"),
     ({}, b" " * 10_000_000, 413, "body_too_large"),
     ({"Content-Length": "99999999999999999999999"}, b"", 413, "body_too_large"),
     ({}, b'{"batch":[' + b"{}," * 99_999 + b"{}]}", 413, "too_many_events")],
)  # fmt: skip
async def test_what_is_too_much_or_of_the_wrong_kind_is_refused(
    api: Api, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = await api.post("/v1/batch", body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await api.kept() == []


async def test_a_limit_is_named(api: Api) -> None:
    answer = await api.post("/v1/batch", b" " * 6_000_000)
    assert answer.json()["message"] == f"the body has more than {Limits().body} bytes, the limit"
