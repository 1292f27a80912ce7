from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

from sendoff.answer import ERROR_KINDS
from sendoff.destination import Batching
from sendoff.responses import ResponseRule
from sendoff.responses.rule import OutcomeName

PAGE = "how-to/write-a-destination.md"


def listed(cell: str) -> tuple[str, ...]:
    """The words of the last code in a cell."""
    return tuple(cell.split("`")[-2].split())


def test_every_part_of_a_response_rule_is_there(page: Any) -> None:
    rows = page.table("part of a `ResponseRule`", "what it says")
    said = {name.strip("`"): what for name, what in rows}
    assert list(said) == [each.name for each in fields(ResponseRule)]
    assert listed(said["outcome"]) == get_args(OutcomeName)
    assert listed(said["error"]) == ERROR_KINDS


def test_every_part_of_a_batching_is_there(page: Any) -> None:
    text = page.section("Batches").text
    assert all(each.name in text for each in fields(Batching))
