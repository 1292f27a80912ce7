"""The switches: one definition of name, schema and default, and the words for a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.errors import UsageError
from sendoff_freshsuccess.sandbox import create_sandbox


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auth_key", ""),
        ("sources", [{"auth_key": "a"}]),
        ("strict", "yes"),
        ("bad_coding", "keep"),
        ("bad_type", "odd"),
        ("max_body", 0),
        ("fail", {"a": 500}),
        ("fail", "oops"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_switch(name: str, value: object) -> None:
    switch: dict[str, Any] = {name: value}
    with pytest.raises(UsageError, match=f"sandbox switch {name}: "):
        create_sandbox(**switch)


def test_an_unknown_switch_is_met_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="the Freshsuccess sandbox has no switch apikey"):
        create_sandbox(apikey="x")
