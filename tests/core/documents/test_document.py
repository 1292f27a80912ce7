from __future__ import annotations

import pytest

from sendoff.documents import Document, read_document
from sendoff.problems import Position

TEXT = """\
# a comment
name: x
rules:
  - id: a
    when: {type: track, "event": [one,  two]}
  -
    id: b
empty:
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), "2:1", "2:1"),
        (("name",), "2:1", "2:7"),
        (("rules",), "3:1", "4:3"),
        (("rules", 0), "4:5", "4:5"),
        (("rules", 0, "when"), "5:5", "5:11"),
        (("rules", 0, "when", "event"), "5:25", "5:34"),
        (("rules", 0, "when", "event", 1), "5:41", "5:41"),
        (("rules", 1), "7:5", "7:5"),
        (("empty",), "8:1", "8:7"),
    ],
)
def test_keys_items_and_values_have_their_places(
    path: tuple[str | int, ...], key: str, value: str
) -> None:
    document = read_document(TEXT, "f.yaml")
    assert str(document.position(path)) == f"f.yaml:{key}"
    assert str(document.position(path, of="value")) == f"f.yaml:{value}"


@pytest.mark.parametrize(
    ("path", "around"),
    [
        (("none",), ()),
        (("name", "none"), ("name",)),
        (("rules", 7, "id"), ("rules",)),
        (("rules", 0, "when", "none", 3), ("rules", 0, "when")),
        ((0,), ()),
        (("rules", "0"), ("rules",)),
    ],
)
def test_what_does_not_exist_stands_where_its_surroundings_do(
    path: tuple[str | int, ...], around: tuple[str | int, ...]
) -> None:
    document = read_document(TEXT, "f.yaml")
    assert document.position(path) == document.position(around)
    assert document.position(path, of="value") == document.position(around, of="value")


def test_what_came_by_an_alias_stands_where_the_anchor_wrote_it() -> None:
    document = read_document("a: &x\n  k: 1\nb: *x\nc: [*x]", "f.yaml")
    assert document.value == {"a": {"k": 1}, "b": {"k": 1}, "c": [{"k": 1}]}
    assert document.position(("b",)) == Position("f.yaml", 3, 1)
    assert document.position(("b", "k")) == Position("f.yaml", 2, 3)
    assert document.position(("b",), of="value") == Position("f.yaml", 1, 4)
    assert document.position(("c", 0)) == Position("f.yaml", 1, 4)


def test_a_document_that_was_not_read_is_all_at_its_start() -> None:
    assert Document("made.yaml", {"a": 1}).position(("a",)) == Position("made.yaml", 1, 1)
