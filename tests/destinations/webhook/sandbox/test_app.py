"""The receiver: what it takes, what it refuses, and what its page shows."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff_webhook.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[..., Any]

NOW = 1_767_362_400.0
LINES = "application/x-ndjson"
EVENT = {"type": "track", "event": "Signed Up", "user_id": "u1"}
BODY = json.dumps(EVENT).encode()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_object_is_one_event_at_any_path(method: str, send: Send) -> None:
    app = create_sandbox()
    answer = send(app, BODY, method, "/hooks/1?a=b")
    assert (answer.status_code, answer.json()) == (200, {"received": 1, "repeat": False})
    assert app.events == [EVENT]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_method_is_405_and_told_which_work(method: str, send: Send) -> None:
    answer = send(create_sandbox(), BODY, method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "PATCH, POST, PUT")


EVENTS = st.lists(st.dictionaries(st.text(), st.integers() | st.text(), max_size=2), max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "\n  \n"])


@settings(max_examples=50, deadline=None)
@given(EVENTS, ENDS, st.booleans(), st.booleans())
def test_lines_are_events_however_they_end_and_are_packed(
    send: Send, events: list[Any], end: str, ended: bool, packed: bool
) -> None:
    app = create_sandbox()
    body = (end.join(map(json.dumps, events)) + end * ended).encode()
    headers = {"Content_Encoding": "gzip"} if packed else {}
    answer = send(app, gzip.compress(body) if packed else body, Content_Type=LINES, **headers)
    assert answer.json() == {"received": len(events), "repeat": False}
    assert app.events == events


@pytest.mark.parametrize(
    ("body", "headers", "status", "told"),
    [
        (b"", {}, 400, "the body is no JSON"),
        (b"[1]", {}, 400, "the body is no JSON object"),
        (BODY + b"\n" + BODY, {}, 400, "the body is no JSON"),
        (BODY + b"\n[]", {"Content_Type": LINES}, 400, "line 2 is no JSON object"),
        (b"[" * 100_000, {}, 400, "the body is no JSON"),
        (BODY, {"Content_Encoding": "gzip"}, 400, "the body is not gzip, as its header says"),
        (BODY, {"Content_Encoding": "br"}, 415, "Content-Encoding is not gzip"),
        (gzip.compress(b" " * 17_000_000), {"Content_Encoding": "gzip"}, 413, "the body holds"),
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole_and_says_why(
    body: bytes, headers: Any, status: int, told: str, send: Send
) -> None:
    app = create_sandbox()
    answer = send(app, body, **headers)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(told)
    assert app.events == []


def test_bodies_above_the_limits_are_413(send: Send) -> None:
    two = BODY + b"\n" + BODY
    for app in (create_sandbox(max_body=len(two) - 1), create_sandbox(max_events=1)):
        assert send(app, two, Content_Type=LINES).status_code == 413
        assert app.events == []
    exact = create_sandbox(max_body=len(two), max_events=2)
    assert send(exact, two, Content_Type=LINES).status_code == 200


def test_a_key_seen_before_is_a_repeat(send: Send) -> None:
    app = create_sandbox(clock=lambda: NOW)
    answers = [send(app, BODY, Idempotency_Key=key).json()["repeat"] for key in ("a", "b", "a")]
    assert answers == [False, False, True]
    assert send(app, BODY).json()["repeat"] is False
    assert send(app, BODY).json()["repeat"] is False
    shown = send(app, method="GET", path="/_sandbox").json()
    assert (shown["counts"]["events"], shown["counts"]["repeats"]) == (4, 1)
    assert shown["repeats"] == [
        {
            "id": 1,
            "at": "2026-01-02T14:00:00Z",
            "name": "track Signed Up",
            "idempotency_key": "a",
            "event": EVENT,
        }
    ]
    assert "a repeat" in shown["requests"][2]["reason"]


def test_what_is_refused_or_scripted_uses_up_no_key(send: Send) -> None:
    app = create_sandbox(fail="500,drop,ok,lost")
    assert send(app, BODY, Idempotency_Key="a").status_code == 500
    with pytest.raises(ConnectionAbortedError):
        send(app, BODY, Idempotency_Key="a")
    assert send(app, b"[]", Idempotency_Key="a").status_code == 400
    with pytest.raises(ConnectionAbortedError):
        send(app, BODY, Idempotency_Key="a")
    assert app.events == [EVENT]
    assert send(app, BODY, Idempotency_Key="a").json()["repeat"] is True


def test_the_page_covers_paths_and_delete_forgets_everything(send: Send) -> None:
    app = create_sandbox()
    send(app, BODY, path="/hooks/secret?key=secret", Idempotency_Key="a")
    page = send(app, method="GET", path="/_sandbox")
    assert page.json()["requests"][0]["path"] == "/***"
    assert "secret" not in page.text
    assert next(iter(app.requests)).path == "/hooks/secret?key=secret"
    assert send(app, method="DELETE", path="/_sandbox").status_code == 204
    assert send(app, method="GET", path="/_sandbox").json()["counts"]["events"] == 0
    assert send(app, BODY, Idempotency_Key="a").json()["repeat"] is False


def test_the_page_shows_the_last_hundred_and_counts_them_all(send: Send) -> None:
    app = create_sandbox()
    lines = b"\n".join(json.dumps({"n": number}).encode() for number in range(1500))
    send(app, lines, Content_Type=LINES)
    shown = send(app, method="GET", path="/_sandbox").json()
    assert shown["counts"]["events"] == 1500
    assert (len(shown["events"]), shown["events"][-1]["event"]) == (100, {"n": 1499})
    assert len(app.events) == 1000
