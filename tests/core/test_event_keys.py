"""Which event is which: ids, ids used again, and no ids at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event import Event, content_digest
from sendoff.event_keys import Identity, identify, key_of_no_event, plain_key, reused_key
from sendoff.store.promise import Earlier

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def key(message: bytes, fallback: str = "") -> str:
    return plain_key(Event.from_message(message, received_at=NOW), message, fallback)


def test_the_key_is_the_message_id() -> None:
    assert key(b'{"type": "page", "messageId": "m1"}', "line") == "m1"


def test_without_an_id_it_is_what_the_source_gave() -> None:
    assert key(b'{"type": "page"}', "line") == "line"


def test_without_either_it_is_the_content() -> None:
    first, again = key(b'{"type": "page"}'), key(b'{ "type":"page", "sentAt":"2026" }')
    assert first == again
    assert first != key(b'{"type": "page", "name": "Home"}')


A, B = b"content a", b"content b"
B_AGAIN = reused_key("m1", B)


@pytest.mark.parametrize(
    ("earlier", "digest", "expected"),
    [
        ({}, A, Identity("m1")),
        ({"m1": Earlier(1, A)}, A, Identity("m1", duplicate_of=1)),
        ({"m1": Earlier(1, A)}, B, Identity(B_AGAIN, reused=True)),
        (
            {"m1": Earlier(1, A), B_AGAIN: Earlier(2, B)},
            B,
            Identity(B_AGAIN, duplicate_of=2, reused=True),
        ),
    ],
)
def test_the_same_key_with_other_content_is_another_event(
    earlier: Mapping[str, Earlier], digest: bytes, expected: Identity
) -> None:
    assert identify("m1", digest, earlier) == expected


def test_an_id_made_to_look_like_anothers_key_makes_no_duplicate_of_it() -> None:
    message = b'{"type": "page"}'
    plain, digest = key(message), content_digest(message)
    hostile = {plain: Earlier(1, A), reused_key(plain, digest): Earlier(2, A)}
    assert identify(plain, digest, hostile).duplicate_of is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["m1", "m2", "m3"]), st.sampled_from([b"a" * 16, b"b" * 16])),
        max_size=20,
    )
)
def test_each_pair_of_id_and_content_is_one_event(sent: list[tuple[str, bytes]]) -> None:
    earlier: dict[str, Earlier] = {}
    known: dict[str, tuple[str, bytes]] = {}
    for number, (name, digest) in enumerate(sent):
        identity = identify(name, digest, earlier)
        seen_before = (name, digest) in sent[:number]
        assert (identity.duplicate_of is not None) == seen_before
        assert known.setdefault(identity.key, (name, digest)) == (name, digest)
        earlier.setdefault(identity.key, Earlier(number, digest))


def test_no_message_id_passes_for_the_key_of_an_event_whose_id_was_used_again() -> None:
    known: dict[str, Earlier] = {}
    victim = content_digest(b'{"type":"page","messageId":"X","userId":"victim"}')
    forged = f"reused:{victim.hex()}:X"
    said = [("X", b"1"), (forged, b"2"), ("X", victim), ("X", victim), ("X", victim)]
    identities = []
    for number, (name, digest) in enumerate(said, 1):
        plain = key(json.dumps({"type": "page", "messageId": name}).encode())
        identity = identify(plain, digest, known)
        known.setdefault(identity.key, Earlier(number, digest))
        identities.append(identity)
    assert len({identity.key for identity in identities}) == 3
    assert [identity.duplicate_of for identity in identities] == [None, None, None, 3, 3]


SHOUT = b'{"type": "shout", "messageId": "m1"}'


def test_no_event_with_a_message_id_is_known_by_its_content_whatever_brings_it() -> None:
    again = b'{"messageId": "m1", "type": "shout", "sentAt": "2026-01-02T14:00:00Z"}'
    assert key_of_no_event(SHOUT, "fresh:1") == key_of_no_event(again, "")


def test_two_that_are_no_events_and_differ_are_two_though_they_share_an_id() -> None:
    assert key_of_no_event(SHOUT, "") != key_of_no_event(SHOUT.replace(b"shout", b"cry"), "")


@pytest.mark.parametrize("body", [b"{", b'{"type": "shout"}', b'{"messageId": 1.5}'])
def test_no_event_without_an_id_is_told_apart_by_its_source(body: bytes) -> None:
    assert key_of_no_event(body, "line:1") != key_of_no_event(body, "line:2")
    assert key_of_no_event(body, "line:1") == key_of_no_event(body, "line:1")


def test_an_event_and_what_is_none_never_share_a_key() -> None:
    def both(plain: str, message: bytes) -> set[str]:
        return {plain, reused_key(plain, content_digest(message))}

    page = SHOUT.replace(b"shout", b"page")
    assert not both(key(page), page) & both(key_of_no_event(SHOUT, ""), SHOUT)
