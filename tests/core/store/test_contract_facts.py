"""What every engine promises of facts: remembered with the decision, merged, forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.store.promise import Decided, Fact, Incoming, Store


async def test_facts_are_remembered_until_forgotten(store: Store) -> None:
    assert await store.facts("consent", ["u1", "u2"]) == {}
    await store.remember([Fact("consent", "u1", {"marketing": False})])
    assert await store.facts("consent", ["u1", "u2"]) == {"u1": {"marketing": False}}
    assert await store.facts("consent", []) == {}
    await store.forget("consent", "u1")
    await store.forget("consent", "u1")
    assert await store.facts("consent", ["u1"]) == {}


async def test_facts_of_one_key_but_other_kinds_are_others(store: Store) -> None:
    await store.remember([Fact("consent", "u1", {"a": 1}), Fact("account", "u1", "acme")])
    await store.forget("consent", "u1")
    assert await store.facts("consent", ["u1"]) == {}
    assert await store.facts("account", ["u1"]) == {"u1": "acme"}


async def test_mappings_are_merged_key_by_key_and_the_new_wins(store: Store) -> None:
    await store.remember([Fact("consent", "u1", {"a": True, "b": {"x": 1}})])
    await store.remember(
        [Fact("consent", "u1", {"b": {"y": 2}}), Fact("consent", "u1", {"c": None})]
    )
    assert await store.facts("consent", ["u1"]) == {"u1": {"a": True, "b": {"y": 2}, "c": None}}


async def test_what_is_no_mapping_replaces_and_is_replaced(store: Store) -> None:
    for value in ("text", {"a": 1}, [1], {"b": 2}):
        await store.remember([Fact("kind", "key", value)])
        assert await store.facts("kind", ["key"]) == {"key": value}


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**53 + 1, 1.5, "", "é\u0301\U0001f600", True, False, None, [], {}, [{"a": [None]}]],
)
async def test_values_come_back_as_they_were(store: Store, value: Any) -> None:
    await store.remember([Fact("kind", "key", value)])
    found = (await store.facts("kind", ["key"]))["key"]
    assert (type(found), found) == (type(value), value)


async def test_facts_come_with_the_decision_and_once(store: Store) -> None:
    numbers = await store.append([Incoming(b"{}"), Incoming(b"{}")])
    first = Decided(numbers[0], "1", [], facts=[Fact("consent", "u1", {"a": True, "b": True})])
    await store.decide([
        first,
        Decided(numbers[1], "2", [],
                facts=[Fact("consent", "u1", {"a": False}), Fact("consent", "u2", {"a": True})]),
    ])  # fmt: skip
    expected = {"u1": {"a": False, "b": True}, "u2": {"a": True}}
    assert await store.facts("consent", ["u1", "u2"]) == expected
    await store.decide([first])
    assert await store.facts("consent", ["u1", "u2"]) == expected


async def test_all_clients_of_a_store_know_the_same(store: Store, other: Store) -> None:
    await store.remember([Fact("consent", "u1", {"a": True})])
    await other.remember([Fact("consent", "u1", {"b": True})])
    assert await store.facts("consent", ["u1"]) == {"u1": {"a": True, "b": True}}
    assert await other.facts("consent", ["u1"]) == {"u1": {"a": True, "b": True}}
