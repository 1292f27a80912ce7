from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Noted = Callable[..., Any]
Problems = Callable[..., list[str]]


def test_nested_targets_become_nested_objects(noted: Noted) -> None:
    fields = (
        'a.b: event\na.c.d: {value: 1}\n"a.\\"x y\\"": {value: 2}\ne: {value: 3}\na.f: {value: 4}'
    )
    made = {"a": {"b": "E", "c": {"d": 1}, "x y": 2, "f": 4}, "e": 3}
    assert noted(fields) == made


def test_an_object_with_nothing_left_in_it_is_left_out(noted: Noted) -> None:
    assert noted("a.b.c: traits.x\na.b.d: traits.y\ne: event") == {"e": "E"}
    assert noted("a.b.c: traits.x") == {}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ("a: event\n      a.b: event", ["6:7: `a.b` lies inside `a`, which is mapped as a whole "
                                        "(map the one or the other)"]),
        ("a.b.c: event\n      a: event\n      a.b: event", [
            "5:7: `a.b.c` lies inside `a`, which is mapped as a whole (map the one or the other)",
            "7:7: `a.b` lies inside `a`, which is mapped as a whole (map the one or the other)",
        ]),
        ("ab: event\n      a.b: event", []),
    ],
)  # fmt: skip
def test_one_target_inside_another_is_an_error(
    problems: Problems, fields: str, found: list[str]
) -> None:
    text = f"rules:\n  - id: a\n    action: note\n    fields:\n      {fields}\n"
    assert problems(text) == found
