"""How a body is framed: lines, compression, and the headers that belong to it."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff_freshsuccess.sandbox import create_sandbox
from sendoff_freshsuccess.sandbox.body import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    Post = Callable[..., Any]
    Make = Callable[..., dict[str, Any]]


def raw(content: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(content) + squeezer.flush()


FLAVOURS: list[tuple[str | None, Any]] = [
    (None, bytes),
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw),
]
ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r\n\n\r\n"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(min_size=1).filter(str.strip), ENDS), max_size=8),
    st.booleans(),
    st.sampled_from(FLAVOURS),
)
def test_the_same_events_come_out_however_they_are_framed_and_packed(
    post: Post,
    features: list[tuple[str, bytes]],
    ended: bool,
    flavour: tuple[str | None, Any],
) -> None:
    events = [
        {"accountId": "a", "userId": "u", "createdAt": 1767362400000, "action": "feature"}
        | {"sessionId": "s", "feature": name}
        for name, _ in features
    ]
    ends = (end for _, end in features)
    parts = [msgspec.json.encode(each) + next(ends) for each in events]
    content = b"".join(parts) if ended else b"".join(parts).rstrip(b"\r\n")
    coding, squeeze = flavour
    app = create_sandbox()
    headers = {"Content-Encoding": coding} if coding else {}
    assert post(app, squeeze(content), headers=headers).status_code == 200
    assert app.events == events
    assert app.viewer.counts()["dropped"] == 0


@given(st.lists(st.binary(max_size=5)), st.binary(max_size=30))
def test_a_line_ends_at_a_line_feed_and_at_nothing_else(parts: list[bytes], other: bytes) -> None:
    content = b"\n".join(parts) + other
    split = [each.removesuffix(b"\r") for each in content.split(b"\n")]
    assert list(lines(content)) == [each for each in split if each]


def test_only_one_carriage_return_is_taken_off() -> None:
    assert list(lines(b"a\r\r\n\r\nb\rc\n \n\r")) == [b"a\r", b"b\rc", b" "]


def test_a_pretty_printed_event_is_lost_line_by_line(post: Post, event: Make) -> None:
    app = create_sandbox()
    body = msgspec.json.format(msgspec.json.encode(event()), indent=2)
    assert post(app, body).status_code == 200
    assert (app.events, app.viewer.by_rule) == ([], {"R1": body.count(b"\n") + 1})


def test_a_bad_line_leaves_its_neighbours_alone(post: Post, event: Make) -> None:
    app = create_sandbox()
    good = [msgspec.json.encode(event(feature=name)) for name in "ab"]
    post(app, b"\n".join([good[0], b"oops", good[1]]))
    assert [each["feature"] for each in app.events] == ["a", "b"]
    [lost] = app.viewer.dropped
    assert (lost.rule, lost.line) == ("R1", "oops")


@pytest.mark.parametrize("coding", ["br", "zstd", "x-gzip", "identity", "GZIP", "gzip, gzip"])
def test_any_other_coding_is_taken_as_plain_text(coding: str, post: Post, event: Make) -> None:
    app = create_sandbox()
    body = msgspec.json.encode(event())
    post(app, body, headers={"Content-Encoding": coding})
    post(app, gzip.compress(body), headers={"Content-Encoding": coding})
    assert len(app.events) == 1
    assert set(app.viewer.by_rule) == {"R1"}
    assert coding in list(app.requests)[-1].reason


def test_gzip_without_the_header_is_lost(post: Post, event: Make) -> None:
    app = create_sandbox()
    assert post(app, gzip.compress(msgspec.json.encode(event()))).status_code == 200
    assert app.events == []
    assert "Content-Encoding" in next(iter(app.viewer.dropped)).reason


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize(("switch", "status"), [("drop", 200), ("refuse", 400)])
def test_a_plain_body_said_to_be_compressed_is_lost(
    coding: str, switch: str, status: int, post: Post, event: Make
) -> None:
    app = create_sandbox(bad_coding=switch)
    answer = post(app, msgspec.json.encode(event()), headers={"Content-Encoding": coding})
    assert (answer.status_code, answer.content) == (status, b"")
    assert app.events == []
    assert app.viewer.by_rule == ({"content_encoding": 1} if status == 200 else {})


def test_a_bomb_is_refused(post: Post) -> None:
    bomb = gzip.compress(b"\n" * 17_000_000)
    assert post(create_sandbox(), bomb, headers={"Content-Encoding": "gzip"}).status_code == 413


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_LENGTH = {"Content-Length": None}
LINE = (
    b'{"accountId":"a","userId":"u","createdAt":1767362400000,"action":"feature","sessionId":"s",'
    b'"feature":"Search"}'
)


@pytest.mark.parametrize(
    ("switches", "headers", "status", "left"),
    [
        ({}, FORM, 200, (0, {"content_type": 2})),
        ({"bad_type": "refuse"}, FORM, 400, (0, {})),
        ({"bad_type": "keep"}, FORM, 200, (2, {})),
        ({}, NO_LENGTH, 200, (0, {"content_length": 2})),
        ({"no_length": "refuse"}, NO_LENGTH, 400, (0, {})),
        ({"no_length": "keep"}, NO_LENGTH, 200, (2, {})),
    ],
)
def test_a_wrong_type_or_no_length_does_what_its_switch_says(
    switches: Any, headers: Any, status: int, left: Any, post: Post
) -> None:
    app = create_sandbox(**switches)
    assert post(app, b"\n".join([LINE] * 2), headers=headers).status_code == status
    assert (len(app.events), app.viewer.by_rule) == left


@pytest.mark.parametrize(
    "named", [None, "application/json; charset=utf-8", "Application/JSON", "application/json"]
)
def test_json_by_any_name_or_none_is_taken(named: str | None, post: Post, event: Make) -> None:
    app = create_sandbox()
    post(app, msgspec.json.encode(event()), headers={"Content-Type": named})
    assert len(app.events) == 1
