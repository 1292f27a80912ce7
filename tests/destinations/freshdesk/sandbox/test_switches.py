"""The switches: one definition of name, schema and default, and the words for a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.errors import UsageError
from sendoff_freshdesk.sandbox import create_sandbox


def test_an_unknown_switch_is_met_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"no switch ratelimit \(did you mean `rate_limit`"):
        create_sandbox(ratelimit=1)
    with pytest.raises(UsageError, match="use one of: account_state, "):
        create_sandbox(zzz=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_key", ""),
        ("api_key", None),
        ("domain", "acme.freshdesk.com"),
        ("domain", "ACME"),
        ("account_state", "odd"),
        ("features", ["x"]),
        ("custom_fields", [{"type": "custom_text"}]),
        ("custom_fields", [{"name": "plan", "type": "custom_dropdown"}]),
        ("custom_fields", [{"name": "Plan"}]),
        ("custom_fields", [{"name": "plan", "type": "text"}]),
        ("companies", [{"id": 1}]),
        ("agents", "a@example.com"),
        ("rate_limit", 0),
        ("rate_limit", True),
        ("rate_limit", "50"),
        ("list_limit", -1),
        ("external_id_filter", "yes"),
        ("additional_info", "no"),
        ("delay", -1),
        ("fail", 1.5),
        ("fail", {"a@example.com": None}),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_switch(name: str, value: object) -> None:
    switch: dict[str, Any] = {name: value}
    with pytest.raises(UsageError, match=f"sandbox switch {name}: "):
        create_sandbox(**switch)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("removed_fields", ["email"]),
        ("required_fields", ["nope"]),
        ("required_fields", ["twitter_followers_count"]),
        ("unique_fields", ["seats"]),
        ("agents", ["sandbox-agent@example.com"]),
        ("agents", ["A@example.com", "a@example.com"]),
        ("companies", [{"name": "A", "id": 7}, {"name": "B", "id": 7}]),
        ("fail", "501,oops"),
    ],
)
def test_a_switch_that_contradicts_the_account_is_named(name: str, value: object) -> None:
    switch: dict[str, Any] = {name: value}
    with pytest.raises(UsageError, match=f"sandbox switch {name}: "):
        create_sandbox(**switch)
