from __future__ import annotations

from typing import Any, get_args

from sendoff import hookspecs
from sendoff.delivery import Delivery, Outcome

PAGE = "how-to/write-a-destination.md"


def test_every_outcome_is_there(page: Any) -> None:
    rows = page.table("outcome", "when", "what sendoff does")
    assert [row[0].strip("`") for row in rows] == [each.__name__ for each in get_args(Outcome)]


def test_every_part_of_a_delivery_is_there(page: Any) -> None:
    rows = page.table("part of a `Delivery`", "what it is")
    named = [name.strip("`") for row in rows for name in row[0].split()]
    assert sorted(named) == sorted(Delivery.__struct_fields__)


def test_every_hook_is_named(page: Any) -> None:
    hooks = [name for name in vars(hookspecs) if name.startswith("sendoff_")]
    assert len(hooks) == 3
    assert all(name in page.text for name in hooks)
