"""The switches: one definition of name, schema and default, and the words for a wrong one."""

from __future__ import annotations

import dataclasses
from typing import Any

import jsonschema
import pytest

from sendoff.errors import UsageError
from sendoff_webhook.sandbox import SWITCHES, create_sandbox
from sendoff_webhook.sandbox.switches import Settings, settle


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
    "auth",
    [
        {},
        {"type": "bearer"},
        {"type": "basic", "user": "acme"},
        {"type": "hmac", "token": "x"},
        {"type": "none", "token": "x"},
        {"type": "digest"},
        "bearer",
    ],
)
def test_a_proof_that_lacks_a_part_or_has_a_strange_one_is_refused(auth: Any) -> None:
    with pytest.raises(UsageError, match="sandbox switch auth: "):
        create_sandbox(auth=auth)


def test_an_unknown_switch_is_met_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="the webhook sandbox has no switch tokn"):
        create_sandbox(tokn="x")
