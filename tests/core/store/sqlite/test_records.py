"""Deliveries as rows: what was written comes back, and nothing else does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sendoff.delivery import Delivery
from sendoff.store.sqlite.records import line_of, pack, short, unpack

_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)

DELIVERIES = st.builds(
    Delivery, id=_TEXT, route=st.just("support"), action=_TEXT, body=st.binary(max_size=200),
    order_key=_TEXT, event_key=_TEXT, message_id=st.none() | _TEXT, rule=_TEXT,
    write=st.dictionaries(_TEXT, _TEXT, max_size=3), attempt=st.integers(1, 9),
    maybe_delivered=st.booleans(), person=_TEXT, resend=st.integers(0, 9),
)  # fmt: skip


@given(DELIVERIES)
def test_a_delivery_comes_back_as_it_was(delivery: Delivery) -> None:
    assert unpack(*pack(delivery), "support") == delivery


@given(DELIVERIES, st.data())
def test_a_record_of_which_a_bit_changed_is_damaged(
    delivery: Delivery, data: st.DataObject
) -> None:
    record, crc = pack(delivery)
    changed = bytearray(record)
    changed[data.draw(st.integers(0, len(record) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert unpack(bytes(changed), crc, "support") is None


def test_a_record_that_is_missing_or_of_another_route_is_damaged() -> None:
    record, crc = pack(Delivery("1", "support", "upsert", b"{}", "", "k"))
    assert unpack(record, crc, "success") is None
    assert unpack(None, crc, "support") is None


@given(st.integers(1, 2**20), _TEXT)
def test_a_line_has_a_number_that_sqlite_can_hold(route: int, key: str) -> None:
    assert -(2**63) <= line_of(route, key) < 2**63
    assert line_of(route, key) == line_of(route, key) != line_of(route + 1, key)


def test_texts_are_stood_for_by_sixteen_bytes() -> None:
    assert len(short("")) == len(short("x" * 1000)) == 16
    assert short("a") != short("b")
