"""How much of a large value a page shows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.debugger.excerpt import CHARACTERS, NODES, Excerpt

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=6), inner),
)


def nodes(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(nodes, inner))


def nested(depth: int) -> Any:
    tree: Any = "leaf"
    for _ in range(depth):
        tree = [tree] * 3 if depth < 12 else [tree, tree]
    return tree


@given(values)
def test_what_people_read_is_whole(value: Any) -> None:
    excerpt = Excerpt(value)
    assert excerpt.is_cut or excerpt.value == value
    assert excerpt.is_cut == (nodes(value) > NODES)


@pytest.mark.parametrize(
    "large",
    [[0] * 100_000, {f"k{n}": n for n in range(100_000)}, nested(11), nested(14),
     {"a": [0] * 50_000, "b": {"c": [[]] * 50_000}}],
    ids=["list", "object", "wide tree", "deep tree", "both"],
)  # fmt: skip
def test_no_tree_shows_more_than_so_many_values(large: Any) -> None:
    excerpt = Excerpt(large)
    assert excerpt.is_cut
    # A container that is left says how much more there is: one value for each level.
    assert nodes(excerpt.value) <= NODES + 64
    assert "more" in msgspec.json.encode(excerpt.value).decode()


def test_a_long_text_or_name_is_cut_and_says_by_how_much() -> None:
    excerpt = Excerpt({"n" * 5_000: "x" * (CHARACTERS + 1_234)})
    assert excerpt.is_cut
    [(name, text)] = excerpt.value.items()
    assert len(name) < CHARACTERS + 40
    assert text.endswith("x\N{HORIZONTAL ELLIPSIS} 1,234 more characters")


def test_what_was_given_stays_as_it_was() -> None:
    given = {"a": [0] * 10_000}
    Excerpt(given)
    assert len(given["a"]) == 10_000
