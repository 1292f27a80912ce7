"""The switches: one definition of name, schema and default, and the words for a wrong one."""

from __future__ import annotations

import dataclasses
from typing import Any

import jsonschema
import pytest

from sendoff.errors import UsageError
from sendoff_freshsuccess.sandbox import SWITCHES, create_sandbox
from sendoff_freshsuccess.sandbox.switches import Settings, settle


def test_every_switch_is_described_and_its_default_fits_its_schema() -> None:
    for switch in SWITCHES:
        assert switch.description.endswith(".")
        jsonschema.Draft202012Validator.check_schema(switch.schema)
        jsonschema.validate(switch.default, dict(switch.schema))


def test_every_switch_is_a_setting_and_every_setting_a_switch() -> None:
    names = [field.name for field in dataclasses.fields(Settings)]
    assert [switch.name for switch in SWITCHES] == names
    assert dataclasses.asdict(settle({})) == {each.name: each.default for each in SWITCHES}


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
