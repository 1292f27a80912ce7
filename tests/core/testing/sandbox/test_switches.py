"""Switches: what is given is judged by what is declared."""

from __future__ import annotations

import jsonschema
import pytest

from sendoff.destination import Switch
from sendoff.errors import UsageError
from sendoff.testing.sandbox import DELAY, fail_switch, settle

RATE = Switch("rate_limit", "Requests a minute.", {"type": "integer", "minimum": 1}, 50)
SWITCHES = (RATE, DELAY, fail_switch())


def test_what_is_not_given_has_its_default() -> None:
    assert settle("Desk", SWITCHES, {"delay": 2}) == {"rate_limit": 50, "delay": 2, "fail": ""}


def test_an_unknown_switch_is_met_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"Desk sandbox has no switch ratelimit \(did you mean"):
        settle("Desk", [RATE], {"ratelimit": 1})
    with pytest.raises(UsageError, match=r"\(it has none\)"):
        settle("Desk", (), {"rate": 1})


@pytest.mark.parametrize("value", [0, "50", None, True])
def test_a_value_that_does_not_fit_is_named_with_its_switch(value: object) -> None:
    with pytest.raises(UsageError, match=r"sandbox switch rate_limit: .*\(it takes: Requests"):
        settle("Desk", SWITCHES, {"rate_limit": value})


def test_a_script_for_each_person_has_to_be_asked_for() -> None:
    script = {"a@example.com": ["500", 502]}
    with pytest.raises(UsageError):
        settle("Desk", [fail_switch()], {"fail": script})
    personal = fail_switch(each="email", example="jane@example.com")
    assert settle("Desk", [personal], {"fail": script}) == {"fail": script}
    assert 'one for each email: `{"jane@example.com": ' in personal.description
    for switch in (*SWITCHES, personal):
        jsonschema.Draft202012Validator.check_schema(switch.schema)
