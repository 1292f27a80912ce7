from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.objects import FLATTEN, OMIT, PICK, SCALARS

scalars, flatten = SCALARS.build(None), FLATTEN.build(None)

TREES = st.recursive(
    st.integers() | st.lists(st.integers()),
    lambda inner: st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=4),
    max_leaves=20,
).filter(lambda tree: isinstance(tree, dict))


def unflattened(flat: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, leaf in flat.items():
        *parents, key = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[key] = leaf
    return tree


def without_empty(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    kept = {key: without_empty(inner) for key, inner in tree.items()}
    return {key: inner for key, inner in kept.items() if inner != {}}


@given(TREES)
def test_a_flat_object_has_every_leaf_under_its_path(tree: dict[str, Any]) -> None:
    flat = flatten(tree)
    assert not any(isinstance(inner, dict) for inner in flat.values())
    assert unflattened(flat) == without_empty(tree)


def test_of_two_equal_keys_the_later_wins() -> None:
    assert flatten({"a.b": 1, "a": {"b": 2}}) == {"a.b": 2}
    assert flatten({"a": {"b": 2}, "a.b": 1}) == {"a.b": 1}


def test_the_separator_can_be_chosen() -> None:
    assert FLATTEN.build({"separator": "__"})({"a": {"b": {"c": 1}}}) == {"a__b__c": 1}
    assert FLATTEN.build({})({"a": {"b": 1}}) == {"a.b": 1}


def test_a_nest_too_deep_or_a_key_too_long_to_repeat_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    for value in (deep, {"k" * 256: {"a": 1}}):
        with pytest.raises(TransformError, match="more than 255 characters"):
            flatten(value)
    while deep:  # freed step by step: Python frees a deep nest by recursion
        deep = deep["a"]
    assert flatten({"k" * 1000: 1}) == {"k" * 1000: 1}


def test_pick_keeps_the_order_asked_for_and_takes_keys_literally() -> None:
    value = {"a": 1, "b": None, "c.d": 3, "c": {"d": 4}}
    assert list(PICK.build(["c.d", "x", "b", "a"])(value).items()) == [
        ("c.d", 3),
        ("b", None),
        ("a", 1),
    ]


def test_omit_keeps_the_rest_in_its_own_order_and_takes_keys_literally() -> None:
    value = {"a": 1, "c.d": 3, "b": None, "c": {"d": 4}}
    assert list(OMIT.build(["c.d", "x", "a"])(value).items()) == [("b", None), ("c", {"d": 4})]


@given(st.dictionaries(st.text("abcd", max_size=2), st.integers()), st.sets(st.text("abcd")))
def test_pick_and_omit_share_an_object_out(value: dict[str, int], keys: set[str]) -> None:
    picked, rest = PICK.build(sorted(keys))(value), OMIT.build(sorted(keys))(value)
    assert picked.keys().isdisjoint(rest)
    assert {**picked, **rest} == value


def test_scalars_keep_blank_text_and_zero_but_not_null() -> None:
    value = {"a": "", "b": 0, "c": False, "d": 0.5, "e": None, "f": [], "g": {}}
    assert scalars(value) == {"a": "", "b": 0, "c": False, "d": 0.5}
    assert scalars(list(value.values())) == ["", 0, False, 0.5]


@pytest.mark.parametrize(
    ("run", "value", "message"),
    [
        (PICK.build(["a"]), ["a"], "takes an object, not a list"),
        (OMIT.build(["a"]), "a", "takes an object, not text"),
        (scalars, "a", "takes an object or a list, not text"),
        (flatten, [{}], "takes an object, not a list"),
    ],
)
def test_another_type_is_refused(run: Any, value: Any, message: str) -> None:
    with pytest.raises(TransformError, match=message):
        run(value)
