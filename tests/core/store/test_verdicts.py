"""What a store keeps of decisions: all that was decided, and nothing that it has elsewhere."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.decision import Decision
from sendoff.delivery import Delivery
from sendoff.store.promise import Decided, Verdicts
from sendoff.store.verdicts import pack, replaced, resent, unpack

texts = st.text(max_size=12)
decisions = st.builds(
    Decision,
    route=st.none() | texts, verdict=st.sampled_from(["send", "drop", "dead", "duplicate"]),
    reason=texts, detail=texts, rule=texts, action=texts, delivery_id=texts, blueprint=texts,
    warnings=st.lists(texts, max_size=3).map(tuple),
)  # fmt: skip


def packed(*about: Decision, message_id: str | None = None) -> bytes:
    return pack(Decided(1, "key", about, message_id=message_id))


@given(about=st.lists(decisions, max_size=4), message_id=st.none() | texts, number=st.integers(1))
def test_what_was_decided_comes_back(
    about: list[Decision], message_id: str | None, number: int
) -> None:
    kept = packed(*about, message_id=message_id)
    assert unpack(number, kept) == Verdicts(number, message_id, about)


def test_payload_and_how_it_is_delivered_are_not_kept() -> None:
    decision = Decision(
        route="support", verdict="send", rule="all", body=b'{"secret": "of the payload"}',
        order_key="the order key", write={"tags": "append"}, warnings=("noted",),
    )  # fmt: skip
    kept = packed(decision)
    for text in (b"of the payload", b"the order key", b"append"):
        assert text not in kept
    [back] = unpack(1, kept).decisions
    assert (back.body, back.order_key, back.write) == (b"", "", {})
    assert back.warnings == ("noted",)


@given(about=st.lists(decisions, min_size=1, max_size=4, unique_by=lambda one: one.route),
       new=decisions, data=st.data())  # fmt: skip
def test_a_new_decision_takes_the_place_of_the_one_about_its_route(
    about: list[Decision], new: Decision, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(about) - 1))
    new = msgspec.structs.replace(new, route=about[place].route)
    kept = replaced(packed(*about, message_id="m"), new)
    about[place] = new
    assert unpack(1, kept) == Verdicts(1, "m", about)


def test_a_decision_about_a_route_that_had_none_changes_nothing() -> None:
    kept = packed(Decision(route="support", verdict="drop"))
    changed = replaced(kept, Decision(route="other", verdict="send"))
    assert unpack(1, changed) == unpack(1, kept)


@given(about=st.lists(decisions, min_size=1, max_size=4, unique_by=lambda one: one.route))
def test_a_resend_changes_what_was_sent_on_its_route_and_nothing_else(
    about: list[Decision],
) -> None:
    route = about[0].route or ""
    again = Delivery("new", route, "upsert", b"{}", "", "key", resend=3)
    known = unpack(1, resent(packed(*about), again)).decisions
    for before, after in zip(about, known, strict=True):
        if (before.route, before.verdict) == (route, "send"):
            assert after == msgspec.structs.replace(before, delivery_id="new", resend=3)
        else:
            assert after == before


@pytest.mark.parametrize(
    "record", [b"", b"\x00", b"\xc1", b"garbage", packed()[:-1], b"\x92\x01\x90"]
)
def test_what_is_nothing_of_the_kind_is_refused(record: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack(1, record)


@given(st.binary(max_size=40))
def test_garbage_is_refused_or_read_and_never_anything_else(record: bytes) -> None:
    with suppress(msgspec.DecodeError):
        assert unpack(1, record).number == 1
