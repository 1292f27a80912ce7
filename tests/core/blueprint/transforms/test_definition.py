from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.blueprint.transforms import JsonType, json_type, unfit


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "text"),
        (0, "integer"),
        (0.0, "number"),
        (False, "boolean"),
        ([], "list"),
        ({}, "object"),
        (None, None),
    ],
)
def test_a_boolean_is_no_number_and_null_has_no_type(value: Any, kind: JsonType | None) -> None:
    assert json_type(value) == kind


@pytest.mark.parametrize(
    ("value", "takes", "message"),
    [
        ([], ("text",), "takes text, not a list"),
        (True, ("text", "integer"), "takes text or a whole number, not a boolean"),
        ({}, ("text", "number", "list"), "takes text, a number or a list, not an object"),
        (None, ("text",), "takes text, not null"),
        (datetime(2026, 1, 2, tzinfo=UTC), ("text",), "takes text, not a Python datetime"),
    ],
)
def test_the_refusal_names_what_is_taken_and_what_came(
    value: Any, takes: tuple[JsonType, ...], message: str
) -> None:
    assert str(unfit(value, *takes)) == message
