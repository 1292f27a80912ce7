"""Parts of JSON, cut out without being read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.server.cutting import _cut_members, items_of, members_of, object_of

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
"""With NaN, infinity and halves of emoji, as the standard module writes them."""


@given(st.lists(JSON), st.sampled_from([None, 1]))
def test_items_are_cut_where_a_parser_would_end_them(items: list[Any], indent: int | None) -> None:
    found = items_of(json.dumps(items, indent=indent).encode())
    assert found is not None
    assert repr([json.loads(item) for item in found]) == repr(items)  # NaN is not itself


@given(st.dictionaries(st.text(st.characters(codec=None)), JSON), st.sampled_from([None, 1]))
def test_members_are_cut_where_a_parser_would_end_them(
    members: dict[str, Any], indent: int | None
) -> None:
    text = json.dumps(members, indent=indent).encode()
    for cut in (members_of, _cut_members):
        found = cut(text)
        assert found is not None
        assert repr({key: json.loads(value) for key, value in found.items()}) == repr(members)
        assert repr(json.loads(object_of(found))) == repr(members)


@given(st.text('[]{},:"\\ a1', max_size=40))
def test_what_is_json_is_cut_alike_by_both_ways(text: str) -> None:
    body = text.encode()
    try:
        value = json.loads(text)
    except ValueError:
        items_of(body)
        members_of(body)
        return
    items, members = items_of(body), members_of(body)
    if isinstance(value, list):
        assert [json.loads(item) for item in items or []] == value
    if isinstance(value, dict):
        assert {key: json.loads(each) for key, each in (members or {}).items()} == value
        assert _cut_members(body) == members


def test_two_thousand_lists_in_each_other_are_one_item() -> None:
    deep = b"[" * 2_000 + b"]" * 2_000
    assert items_of(b"[1,%b,2]" % deep) == [b"1", deep, b"2"]


def test_of_equal_keys_the_last_counts() -> None:
    assert members_of(b'{"a":1,"\\u0061":NaN}') == {"a": b"NaN"}


@pytest.mark.parametrize(
    "text",
    [b"", b"[", b"]", b"[]]", b"[[]", b"[}", b"[{]}", b'["]', b"[1][2]", b"{}", b"[1],[2]", b"5",
     b'["a]', b"[1]x", b'[1]"]'],
)  # fmt: skip
def test_what_is_no_list_has_no_items(text: bytes) -> None:
    assert items_of(text) is None


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"{}{}", b'{"a"}', b'{"a":}', b"{a:1}", b"{'a':1}", b'{"a":1,}', b'{"a" 1}',
     b'{"a":1}}', b'{"\\q":1}', b'{,"a":1}', b'{"a":[}'],
)  # fmt: skip
def test_what_is_no_object_has_no_members(text: bytes) -> None:
    assert members_of(text) is None


def test_no_more_items_are_cut_than_are_wanted() -> None:
    assert items_of(b"[1,2,3,4]", 2) == [b"1", b"2", b"3"]
    assert items_of(b"[1,2,3,4]", 4) == [b"1", b"2", b"3", b"4"]


@given(st.binary(max_size=20), st.sampled_from([b'{"%b":1}', b'{"a":"%b"}', b"{%b}"]))
def test_no_bytes_break_the_cutting(inside: bytes, around: bytes) -> None:
    members = members_of(around % inside)
    assert members is None or all(isinstance(key, str) for key in members)
