"""What is kept of what SDKs send, and what they are answered."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import json
import tracemalloc
import zlib
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from sendoff.server.limits import Limits
from sendoff.store.failures import StoreError, StoreFull

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.core.server.conftest import Api, Opened

TRACK: dict[str, Any] = {
    "type": "track", "event": "Report Exported", "messageId": "m1", "userId": "usr_123",
}  # fmt: skip
NAN = b'{"type":"track","event":"E","userId":"u","properties":{"n":NaN}}'
HALF = b'{"type":"track","event":"E","userId":"u","properties":{"s":"\\ud83e"}}'
DEEP = b'{"type":"track","event":"E","properties":{"l":' + b"[" * 2_000 + b"]" * 2_000 + b"}}"
BROKEN = b'{"type": tru}'
NOT_UTF8 = b'{"type":"track","event":"\xff\xfe"}'


async def test_a_batch_is_kept_as_it_came_and_in_order(api: Api) -> None:
    items = [b'{"type": "track",  "n": 12345678901234567890}', b'{"type":"page"}']
    answer = await api.post("/v1/batch", b'{"batch": [' + b" , ".join(items) + b"]}")
    assert (answer.status_code, answer.json()) == (200, {"success": True, "accepted": 2})
    assert await api.bodies() == items


@pytest.mark.parametrize(
    "path",
    ["/v1/b", "/v1/import", "/pre/v1/batch", "/v1/batch/", "//v1/batch//", "/a/b/v1/batch/",
     "/beacon/v1/batch"],
)  # fmt: skip
async def test_every_way_to_write_the_path_of_a_batch_is_known(api: Api, path: str) -> None:
    answer = await api.post(f"http://localhost{path}", {"batch": [TRACK]})
    assert answer.status_code == 200
    assert await api.kept() == [TRACK]


@pytest.mark.parametrize(
    ("name", "call"),
    [("track", "track"), ("t", "track"), ("identify", "identify"), ("i", "identify"),
     ("page", "page"), ("p", "page"), ("screen", "screen"), ("s", "screen"), ("group", "group"),
     ("g", "group"), ("alias", "alias"), ("a", "alias")],
)  # fmt: skip
async def test_the_path_says_the_type_of_a_single_event(api: Api, name: str, call: str) -> None:
    answer = await api.post(f"/v1/{name}", {"userId": "u", "type": "other"})
    assert answer.status_code == 200
    assert await api.kept() == [{"userId": "u", "type": call}]


async def test_a_single_event_that_says_its_type_is_kept_as_it_came(api: Api) -> None:
    body = b'{ "type":"track",\n"event":"E", "n": 1.0e2 }'
    await api.post("/v1/t", body)
    assert await api.bodies() == [body]


@pytest.mark.parametrize("odd", [NAN, HALF, DEEP, BROKEN, NOT_UTF8, b"5", b'"text"', b"null"])
async def test_an_odd_event_costs_its_neighbours_nothing(api: Api, odd: bytes) -> None:
    first, last = (json.dumps({**TRACK, "messageId": name}).encode() for name in ("a", "z"))
    answer = await api.post("/v1/batch", b'{"batch":[%b,%b,%b]}' % (first, odd, last))
    assert (answer.status_code, answer.json()["accepted"]) == (200, 3)
    assert await api.bodies() == [first, odd, last]


async def test_what_is_no_event_is_dead_with_its_reason(api: Api) -> None:
    await api.post("/v1/batch", b'{"batch":[%b,%b,%b]}' % (DEEP, json.dumps(TRACK).encode(), NAN))
    assert [letter.reason for letter in await api.dead()] == ["invalid_event"]
    totals = await api.decided()
    assert totals[""] == {"events": 3, "invalid": 1}


@pytest.mark.parametrize("body", [NAN, HALF, DEEP])
async def test_a_single_event_may_be_odd(api: Api, body: bytes) -> None:
    assert (await api.post("/v1/track", body)).status_code == 200
    assert await api.bodies() == [body]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [("/v1/batch", b"", "invalid_json"), ("/v1/batch", b"[]", "invalid_json"),
     ("/v1/batch", b'{"batch":[{}', "invalid_json"), ("/v1/batch", b"{'batch':[]}", "invalid_json"),
     ("/v1/batch", b'{"batch":[]}]', "invalid_json"), ("/v1/batch", b"{}", "no_batch"),
     ("/v1/batch", b'{"batch":{}}', "batch_not_a_list"), ("/v1/track", b"", "invalid_json"),
     ("/v1/track", b"{'a':1}", "invalid_json"), ("/v1/track", BROKEN, "invalid_json"),
     ("/v1/track", b"[{}]", "invalid_json"), ("/v1/track", b"\xff\xfe{\0}\0", "invalid_json")],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_refused(
    api: Api, path: str, body: bytes, code: str
) -> None:
    answer = await api.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == {"success", "code", "message"}
    assert await api.kept() == []


async def test_a_batch_without_events_is_fine(api: Api) -> None:
    assert (await api.batch()).json() == {"success": True, "accepted": 0}


async def test_context_and_integrations_of_a_batch_are_under_each_ones_own(api: Api) -> None:
    await api.post("/v1/batch", {
        "context": {"locale": "en", "app": {"name": "shared"}}, "integrations": {"All": False},
        "batch": [{"n": 1}, {"n": 2, "context": {"app": {"name": "own"}}, "integrations": None},
                  {"n": 3, "context": "odd"}],
    })  # fmt: skip
    shared = {"locale": "en", "app": {"name": "shared"}}
    assert await api.kept() == [
        {"n": 1, "integrations": {"All": False}, "context": shared},
        {"n": 2, "integrations": {"All": False}, "context": {**shared, "app": {"name": "own"}}},
        {"n": 3, "integrations": {"All": False}, "context": "odd"},
    ]


async def test_they_are_put_into_odd_events_too(api: Api) -> None:
    await api.post("/v1/batch", b'{"batch":[%b],"context":{"locale":"en"}}' % NAN)
    assert await api.bodies() == [
        b'{"type":"track","event":"E","userId":"u","properties":{"n":NaN},'
        b'"context":{"locale":"en"}}'
    ]  # the keys are written anew, the values are not


@pytest.mark.parametrize(
    ("headers", "body", "ip"),
    [({"Origin": "https://example.com"}, {}, "203.0.113.9"),
     ({"User-Agent": "Mozilla/5.0 (X11)"}, {}, "203.0.113.9"),
     ({"User-Agent": "Mozilla/5.0", "X-Forwarded-For": "198.51.100.7"}, {}, None),
     ({"Origin": "https://example.com"}, {"context": {"ip": "198.51.100.7"}}, "198.51.100.7"),
     ({}, {}, None), ({}, {"context": {"direct": True}}, "203.0.113.9"),
     ({}, {"context": {"direct": False}}, None)],
)  # fmt: skip
async def test_the_address_of_browsers_and_direct_callers_is_filled_in(
    api: Api, headers: dict[str, str], body: dict[str, Any], ip: str | None
) -> None:
    await api.post("/v1/track", {**TRACK, **body}, headers=headers)
    [kept] = await api.kept()
    assert kept.get("context", {}).get("ip") == ip


async def test_this_machines_own_address_is_nobodys(opened: Opened) -> None:
    async with opened(peer="127.0.0.1") as api:
        await api.post("/v1/track", TRACK, headers={"Origin": "https://example.com"})
        assert await api.kept() == [TRACK]


async def test_what_is_sent_again_is_decided_once(opened: Opened) -> None:
    async with opened() as api:
        await api.post("/v1/batch", {"batch": [TRACK], "sentAt": "2026-01-02T03:04:05Z"})
        await api.post("/v1/t", {**TRACK, "sentAt": "2026-01-02T03:04:06Z", "writeKey": api.key})
        totals = await api.decided()
    assert totals[""] == {"events": 2, "duplicates": 1}


async def test_a_retry_over_another_network_is_the_same_event(opened: Opened) -> None:
    async with opened() as api:
        for ip in ("203.0.113.1", "203.0.113.2"):
            await api.post("/v1/t", {**TRACK, "context": {"ip": ip}})
        assert (await api.decided())[""] == {"events": 2, "duplicates": 1}


async def test_events_without_an_id_are_each_their_own(api: Api) -> None:
    event = {"type": "track", "event": "E", "userId": "u"}
    await api.batch(event, event)
    await api.batch(event)
    assert (await api.decided())[""] == {"events": 3}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""]
)
async def test_a_body_is_json_whatever_it_is_called(api: Api, content_type: str) -> None:
    answer = await api.batch(TRACK, headers={"Content-Type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate", "bare", "identity", "two"])
async def test_bodies_may_be_compressed(api: Api, coding: str) -> None:
    body = json.dumps({"batch": [TRACK]}).encode()
    pack: dict[str, Callable[[bytes], bytes]] = {
        "deflate": zlib.compress, "identity": bytes,
        "bare": lambda data: zlib.compress(data, wbits=-15),
        "two": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
    }  # fmt: skip
    packed = pack.get(coding, gzip.compress)(body)
    named = {"bare": "deflate", "two": "gzip"}.get(coding, coding)
    answer = await api.post("/v1/batch", packed, headers={"Content-Encoding": named})
    assert answer.status_code == 200
    assert await api.kept() == [TRACK]


async def test_a_byte_order_mark_is_no_matter(api: Api) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"batch": [TRACK]}).encode()
    assert (await api.post("/v1/batch", body)).status_code == 200
    packed = await api.post("/v1/batch", gzip.compress(body), headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 200


@pytest.mark.parametrize("size", [512_000, 4 * 1_048_576])
async def test_the_largest_batches_of_sdks_pass(api: Api, size: int) -> None:
    event = {**TRACK, "properties": {"text": "x" * 30_000}}
    one = len(json.dumps(event)) + 2
    events = [event] * (size // one)
    answer = await api.batch(*events)
    assert answer.json()["accepted"] == len(events)


async def test_a_store_that_refuses_is_told_as_come_again(api: Api) -> None:
    api.store.failure = StoreError("the disk is in pieces at /secret/place")
    answer = await api.batch(TRACK)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["code"] == "store_unavailable"
    assert "secret" not in answer.text
    api.store.failure = StoreFull("no room")
    assert (await api.batch(TRACK)).headers["retry-after"] == "60"
    api.store.failure = None
    assert (await api.batch(TRACK)).status_code == 200


async def test_a_store_that_takes_too_long_is_not_waited_for(opened: Opened) -> None:
    async with opened(limits=Limits(answer_seconds=0.01)) as api:
        api.store.goes_on.clear()
        answer = await api.batch(TRACK)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_slow")
        api.store.goes_on.set()
        # It was kept all the same, and the retry is known.
        assert (await api.batch(TRACK)).status_code == 200
        assert (await api.decided())[""] == {"events": 2, "duplicates": 1}


async def test_what_a_slow_store_was_given_is_bounded(opened: Opened) -> None:
    async with opened(limits=Limits(answer_seconds=0.01, pending=300)) as api:
        api.store.goes_on.clear()
        event = {**TRACK, "properties": {"text": "x" * 150}}
        messages = [(await api.batch(event)).json()["message"] for _ in range(2)]
        assert messages == [
            "the store takes too long: send it again later",
            "the store is behind: send it again later",
        ]
        api.store.goes_on.set()


async def test_deciding_goes_on_when_the_store_does(api: Api) -> None:
    await api.batch(TRACK)
    api.store.failure = StoreError("not now")
    await api.clock.advance(30)
    api.store.failure = None
    await api.clock.advance(2)
    assert (await api.store.totals())[""] == {"events": 1}


async def test_events_that_an_earlier_process_kept_are_decided(opened: Opened) -> None:
    async with opened() as api:
        await api.store.append([])
        await api.batch(TRACK)
        assert (await api.decided())[""] == {"events": 1}


async def test_no_more_requests_than_may_be_are_under_way(opened: Opened) -> None:
    async with opened(limits=Limits(requests=1, answer_seconds=5)) as api:
        api.store.goes_on.clear()
        first = asyncio.ensure_future(api.batch(TRACK))
        while not api.traffic.under_way:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0)
        second = await api.batch(TRACK)
        assert (second.status_code, second.headers["retry-after"]) == (503, "1")
        api.store.goes_on.set()
        assert (await first).status_code == 200


async def test_bodies_are_not_read_beyond_the_memory_for_all_of_them(opened: Opened) -> None:
    async with opened(limits=Limits(memory=300)) as api:
        large = {**TRACK, "properties": {"text": "x" * 300}}
        for headers in ({}, {"Content-Encoding": "gzip"}):
            answer = await api.batch(large, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        for _ in range(10):  # each gives back what it had taken
            assert (await api.batch(TRACK)).status_code == 200


async def test_metrics_of_analytics_js_are_ignored(opened: Opened) -> None:
    async with opened() as api:
        answer = await api.http.post("/v1/m", content=b'{"series": []}')
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert await api.kept() == []


def signed(secret: str, body: bytes, timestamp: str) -> dict[str, str]:
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
    return {"X-Signature": f"sha256={mac}", "X-Timestamp": timestamp}


@pytest.mark.parametrize(
    ("secret", "minutes", "code"),
    [("right", 0, None), ("right", 4.9, None), ("right", -4.9, None),
     ("wrong", 0, "invalid_signature"), ("right", 5.1, "stale_signature"),
     ("right", -5.1, "stale_signature")],
)  # fmt: skip
async def test_signed_requests(
    opened: Opened, secret: str, minutes: float, code: str | None
) -> None:
    async with opened(signing_secret="right") as api:  # noqa: S106 - of this test
        timestamp = str(int((api.clock.now().timestamp() + 60 * minutes) * 1000))
        for path, sent in (("/v1/events", TRACK), ("/v1/events", {"batch": [TRACK]}),
                           ("/v1/batch", {"batch": [TRACK]})):  # fmt: skip
            body = json.dumps(sent).encode()
            headers = signed(secret, body, timestamp)
            answer = await api.http.post(path, content=body, headers=headers)
            assert answer.json().get("code") == code
            assert answer.status_code == (401 if code else 200)


@pytest.mark.parametrize(
    ("secret", "headers", "code"),
    [(None, {"X-Signature": "sha256=00", "X-Timestamp": "1"}, "no_signing_secret"),
     ("right", {}, "missing_signature"), ("right", {"X-Timestamp": "1"}, "missing_signature"),
     ("right", {"X-Signature": "sha256=\xff", "X-Timestamp": "\xb2"}, "invalid_signature")],
)  # fmt: skip
async def test_a_write_key_is_no_signature(
    opened: Opened, secret: str | None, headers: dict[str, str], code: str
) -> None:
    async with opened(signing_secret=secret) as api:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await api.post("/v1/events", TRACK, headers=raw)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_the_pixel_of_segment(api: Api) -> None:
    data = b64encode(json.dumps({**TRACK, "writeKey": api.key}).encode()).decode()
    answer = await api.http.get("/v1/pixel/track", params={"data": data})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert answer.content.startswith(b"GIF89a")
    [kept] = await api.kept()
    assert kept["event"] == "Report Exported"
    assert kept["context"] == {"ip": "203.0.113.9"}


async def test_the_pixel_of_rudderstack(api: Api) -> None:
    answer = await api.http.get(
        "/pixel/v1/page", params={"writeKey": api.key, "anonymousId": "a1", "properties.path": "/"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert await api.kept() == [
        {"anonymousId": "a1", "properties": {"path": "/"}, "type": "page",
         "context": {"ip": "203.0.113.9"}}
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "writeKey=bad&event=E", "writeKey=the-write-key&data=%2"])
async def test_a_pixel_is_a_picture_whatever_happens(api: Api, query: str) -> None:
    answer = await api.http.get(f"/v1/pixel/t?{query}")
    assert answer.status_code in (400, 401)
    assert answer.headers["content-type"] == "image/gif"
    assert await api.kept() == []


async def test_what_strangers_send_keeps_nobody_waiting_who_has_a_key(api: Api) -> None:
    costly = b'{"batch":[NaN' + b",[]" * 150_000 + b"]}"
    strangers = [
        asyncio.ensure_future(api.post("/v1/batch", costly, auth=None)) for _ in range(5)
    ]  # fmt: skip
    await asyncio.sleep(0)
    assert (await api.post("/v1/batch", b'{"batch":[%b]}' % NAN)).status_code == 200
    assert not all(each.done() for each in strangers)
    assert {(await each).status_code for each in strangers} == {413}


@pytest.mark.parametrize("auth", [("the-write-key", ""), None])
async def test_who_sends_a_body_slowly_keeps_no_deciding_back(api: Api, auth: Any) -> None:
    begun, ends = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"batch":['
        begun.set()
        await ends.wait()
        yield b"]}"

    sending = asyncio.ensure_future(api.http.post("/v1/batch", content=slow(), auth=auth))
    await begun.wait()
    lull = asyncio.ensure_future(api.traffic.lull(60))
    await api.clock.advance(0.01)
    assert (api.traffic.under_way, lull.done()) == (1, True)
    ends.set()
    await sending


async def test_deciding_waits_for_what_is_being_kept(api: Api) -> None:
    api.store.goes_on.clear()
    sending = asyncio.ensure_future(api.batch(TRACK))
    while not api.traffic.under_way:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    lull = asyncio.ensure_future(api.traffic.lull(60))
    await api.clock.advance(1)
    assert not lull.done()
    api.store.goes_on.set()
    await sending
    await api.clock.advance(0.01)
    assert lull.done()


@pytest.mark.parametrize("item", [b"1", b"{}", b"NaN", b'{"a":[1,{}]}'])
async def test_more_events_than_may_be_are_not_taken_apart(opened: Opened, item: bytes) -> None:
    async with opened(limits=Limits(events=100)) as api:
        body = b'{"batch":[%b]}'
        for count, status in ((100, 200), (101, 413), (500_000 // len(item), 413)):
            sent = body % b",".join([item] * count)
            tracemalloc.start()
            try:
                answer = await api.post("/v1/batch", sent)
                _now, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert answer.status_code == status
            assert most < 16_000_000


async def test_what_a_batch_shares_is_put_under_so_many_events_as_there_is_room_for(
    opened: Opened,
) -> None:
    """A batch of 5 MiB would else become tens of gigabytes."""
    async with opened(limits=Limits(shared=100_000)) as api:
        shared = {"text": "x" * 9_000}
        for name in ("context", "integrations"):
            for count, status in ((11, 200), (12, 413)):
                answer = await api.post("/v1/batch", {"batch": [TRACK] * count, name: shared})
                assert answer.status_code == status, answer.text
        assert answer.json()["code"] == "body_too_large"
        odd = b'{"batch":[%b],"context":%b}'
        body = odd % (b",".join([NAN] * 12), json.dumps(shared).encode())
        assert (await api.post("/v1/batch", body)).status_code == 413


async def test_what_a_batch_shares_may_not_be_larger_than_an_event(api: Api) -> None:
    body = b'{"batch":[],"context":{"a":"%b"}}' % (b"x" * 1_048_576)
    answer = await api.post("/v1/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_what_a_batch_shares_counts_as_memory(opened: Opened) -> None:
    async with opened(limits=Limits(memory=100_000)) as api:
        shared = {"text": "x" * 9_000}
        answer = await api.post("/v1/batch", {"batch": [TRACK] * 12, "context": shared})
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
        for _ in range(10):
            assert (await api.batch(TRACK)).status_code == 200


async def test_large_events_are_changed_beside_the_loop(api: Api) -> None:
    """One of a megabyte may have a hundred thousand members: that takes half a second."""
    large = b'{"userId":"u",%b}' % b",".join(b'"%d":1' % n for n in range(90_000))
    sending = asyncio.ensure_future(api.post("/v1/page", large))
    turns = 0
    while not sending.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await sending).status_code == 200
    assert turns > 50
    assert (await api.kept())[0]["type"] == "page"


async def test_what_is_larger_than_an_event_is_left_as_it_came(api: Api) -> None:
    body = b'{"userId":"u","a":"%b"}' % (b"x" * 1_048_576)
    assert (await api.post("/v1/page", body)).status_code == 200
    assert await api.bodies() == [body]
    assert [letter.reason for letter in await api.dead()] == ["invalid_event"]


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/v1/batch", b'{"writeKey":"\xff","batch":[]}', 200),
     ("/v1/batch", b'{"batch":[],"context":{"\xff":1}}', 200),
     ("/v1/batch", b'{"batch":[{"type":"page","userId":"u","\xff":1}],"context":{"a":1}}', 200),
     ("/v1/batch", b'{"\xff":1,"batch":[]}', 200),
     ("/v1/page", b'{"writeKey":"\xff"}', 400),
     ("/v1/page", b'{"userId":"u","\xff":1}', 200)],
)  # fmt: skip
async def test_bytes_that_are_no_text_are_no_bug(
    api: Api, path: str, body: bytes, status: int, shown: bool
) -> None:
    answer = await api.post(path, body, auth=api.auth if shown else None)
    assert answer.status_code == (status if shown or status == 400 else 401)
