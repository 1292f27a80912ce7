"""The collector: who may post where, what it answers, and what its page shows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from sendoff_freshsuccess.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff_freshsuccess.sandbox import FreshsuccessSandbox

    Post = Callable[..., httpx.Response]
    Make = Callable[..., dict[str, Any]]

NOW = 1_767_362_400.0
GOLDEN = (
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767362400000,"action":"feature",'
    b'"sessionId":"s-9f2c","feature":"Report Exported","module":"Reports","total":1}\n'
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767362460500,"action":"moduleEnd",'
    b'"sessionId":"s-9f2c","module":"Reports","timeSpent":60500}\n'
    b'{"accountId":"acct-4410","userId":"u-73","createdAt":1767364260500,"action":"sessionSync",'
    b'"sessionId":"s-9f2c","activeDuration":312000}'
)


def page(post: Post, app: FreshsuccessSandbox) -> Any:
    return post(app, path="/_sandbox", method="GET").json()


def test_a_request_of_the_documented_form_is_kept_whole(post: Post) -> None:
    digest = "f57f156d0228b61780760c219693020eeedb107ab973231f3bfd4207ec357d3c"
    assert hashlib.sha256(GOLDEN).hexdigest() == digest
    app = create_sandbox()
    answer = post(app, GOLDEN)
    assert (answer.status_code, answer.content, dict(answer.headers)) == (
        200,
        b"",
        {"content-length": "0"},
    )
    assert app.events == [msgspec.json.decode(line) for line in GOLDEN.split(b"\n")]
    assert page(post, app)["aggregates"] == {
        "total": [
            {"accountId": "acct-4410", "userId": "u-73", "product": None, "module": "Reports"}
            | {"feature": "Report Exported", "total": 1}
        ],
        "timeSpent": [
            {"accountId": "acct-4410", "userId": "u-73", "module": "Reports", "timeSpent": 60500}
        ],
        "activeDuration": [
            {"accountId": "acct-4410", "userId": "u-73", "sessionId": "s-9f2c"}
            | {"sum": 312000, "max": 312000, "last": 312000}
        ],
        "beyond": {"total": 0, "timeSpent": 0, "activeDuration": 0},
    }


def test_ping_answers_without_keys_and_only_to_a_post(post: Post) -> None:
    app = create_sandbox()
    assert (post(app, path="/v1/ping").status_code, app.events) == (200, [])
    assert post(app, path="/v1/ping", method="GET").status_code == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_any_other_method_is_400(method: str, post: Post) -> None:
    app = create_sandbox()
    answer = post(app, GOLDEN, method=method)
    assert (answer.status_code, answer.content, app.events) == (400, b"", [])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v1/sandbox-api-key/sandbox-auth-key", "the two keys are swapped: authKey comes first"),
        ("/v1/sandbox-auth-key/b", "authKey and apiKey are of two sources"),
        ("/v1/a/sandbox-api-key", "authKey and apiKey are of two sources"),
        ("/v1/sandbox-auth-key/wrong", "apiKey is unknown"),
        ("/v1/wrong/sandbox-api-key", "authKey is unknown"),
        ("/v1/wrong/wrong", "authKey and apiKey are unknown"),
        ("/v1/Sandbox-auth-key/sandbox-api-key", "authKey is unknown"),
        ("/v1/sandbox-auth-key", "the path is not /v1/{authKey}/{apiKey}"),
        ("/v1/sandbox-auth-key/sandbox-api-key/", "the path is not /v1/{authKey}/{apiKey}"),
        ("/v1/sandbox-auth-key/sandbox-api-key/x", "the path is not /v1/{authKey}/{apiKey}"),
        ("/v2/sandbox-auth-key/sandbox-api-key", "the path is not /v1/{authKey}/{apiKey}"),
        ("/", "the path is not /v1/{authKey}/{apiKey}"),
    ],
)
def test_a_path_that_names_no_source_is_400_and_the_page_says_why(
    path: str, reason: str, post: Post
) -> None:
    app = create_sandbox(sources=[{"auth_key": "a", "api_key": "b"}])
    answer = post(app, GOLDEN, path=path)
    assert (answer.status_code, answer.content, app.events) == (400, b"", [])
    shown = page(post, app)
    assert shown["requests"][0]["reason"] == reason
    assert shown["counts"]["dropped"] == 0
    assert "sandbox-a" not in str(shown["requests"])


def test_every_source_has_its_own_pair_and_keys_are_decoded(post: Post) -> None:
    app = create_sandbox(auth_key="a/b", api_key="c d", sources=[{"auth_key": "e", "api_key": "f"}])
    for path in ("/v1/a%2Fb/c%20d", "/v1/e/f"):
        assert post(app, GOLDEN, path=path).status_code == 200
    assert app.viewer.kept.added == 6


def test_a_post_without_a_body_tells_good_keys_from_bad(post: Post) -> None:
    app = create_sandbox(no_length="refuse")
    assert post(app, headers={"Content-Length": None}).status_code == 200
    assert post(app, path="/v1/a/b").status_code == 400
    assert app.viewer.counts()["dropped"] == 0


def test_the_page_is_an_instrumentation_viewer(post: Post, event: Make) -> None:
    app = create_sandbox(clock=lambda: NOW)
    sent = [event(), event(createdAt=1767362400), event(userId=None), event(action="track")]
    post(app, b"\n".join(map(msgspec.json.encode, sent)))
    shown = page(post, app)
    assert shown["counts"] == {
        "events": 2,
        "dropped": 2,
        "doubtful": 1,
        "by_action": {"feature": 2},
        "by_rule": {"R3": 1, "R6": 1},
        "requests": 1,
        "by_status": {"200": 1},
    }
    at = "2026-01-02T14:00:00Z"
    first = {"id": 1, "at": at, "name": "feature Search", "event": sent[0], "doubts": []}
    assert shown["events"][0] == first
    assert shown["events"][1]["doubts"] == [
        "R10: createdAt is before the year 2000: is it in milliseconds?"
    ]
    assert shown["dropped"][0] == {
        "id": 1,
        "at": at,
        "rule": "R3",
        "reason": "userId is missing",
        "line": msgspec.json.encode(sent[2]).decode(),
    }
    assert shown["requests"] == [
        {"at": at, "method": "POST", "path": "/v1/***/***", "status": 200}
        | {"reason": "2 of 4 lines dropped"}
    ]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/ping", "/v1/ping"),
        ("/v1/ping?key=secret", "/v1/***"),
        ("/secret", "/***"),
        ("/secret/v1/ping", "/***/***/***"),
        ("/v1/a%2Fsecret", "/v1/***/***"),
    ],
)
def test_no_key_is_on_the_page_wherever_it_was_put(path: str, shown: str, post: Post) -> None:
    app = create_sandbox()
    post(app, path=path)
    assert page(post, app)["requests"][0]["path"] == shown


def test_strict_drops_what_is_only_doubted(post: Post, event: Make) -> None:
    app = create_sandbox(strict=True)
    sent = [event(createdAt=1767362400), event(total=-1), event()]
    post(app, b"\n".join(map(msgspec.json.encode, sent)))
    assert (app.events, app.viewer.by_rule) == ([sent[2]], {"R10": 1, "R11": 1})
    assert app.viewer.doubtful == 0


def test_dropped_lines_are_cut(post: Post) -> None:
    app = create_sandbox()
    post(app, "ø".encode() * 1000)
    [lost] = app.viewer.dropped
    assert lost.line == "ø" * 300


def test_the_page_shows_the_last_hundred_and_counts_them_all(post: Post, event: Make) -> None:
    app = create_sandbox()
    good = [msgspec.json.encode(event(feature=f"f{n}")) for n in range(1500)]
    post(app, b"\n".join([*good, *[b"x"] * 1500]))
    shown = page(post, app)
    assert (shown["counts"]["events"], shown["counts"]["dropped"]) == (1500, 1500)
    assert (len(app.events), len(app.viewer.dropped)) == (1000, 1000)
    assert [len(shown["events"]), len(shown["dropped"])] == [100, 100]
    assert shown["events"][-1]["event"]["feature"] == "f1499"
    assert len(shown["aggregates"]["total"]) == 1000


def test_delete_forgets_everything(post: Post) -> None:
    app = create_sandbox(fail="ok,500")
    fresh = page(post, app)
    assert post(app, GOLDEN + b"\nx").status_code == 200
    assert page(post, app)["counts"]["events"] == 3
    assert post(app, path="/_sandbox", method="DELETE").status_code == 204
    assert page(post, app) == fresh


def test_faults_are_answered_without_a_body_and_keep_nothing(post: Post) -> None:
    app = create_sandbox(fail="429:7,503,413,500,408")
    answers = [post(app, GOLDEN) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [429, 503, 413, 500, 408]
    assert answers[0].headers["retry-after"] == "7"
    assert {answer.content for answer in answers} == {b""}
    assert app.events == []


def test_a_lost_answer_leaves_its_events_and_a_dropped_request_none(post: Post) -> None:
    app = create_sandbox(fail="drop,lost")
    for kept in (0, 3):
        with pytest.raises(ConnectionAbortedError):
            post(app, GOLDEN)
        assert len(app.events) == kept


def test_bodies_above_the_limits_are_413_and_not_kept(post: Post) -> None:
    size = len(GOLDEN)
    for app in (create_sandbox(max_body=size - 1), create_sandbox(max_events=2)):
        answer = post(app, GOLDEN)
        assert (answer.status_code, answer.content, app.events) == (413, b"", [])
    assert post(create_sandbox(max_body=size, max_events=3), GOLDEN).status_code == 200
