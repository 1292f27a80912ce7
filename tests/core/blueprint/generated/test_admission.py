from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sendoff.blueprint.generated import generate_admission
from sendoff.blueprint.program import Program
from sendoff.blueprint.requirements import Consent
from sendoff.event import Event

NOW = datetime(2026, 1, 2, tzinfo=UTC)
Compile = Callable[..., Program]

REQUIRE = """\
parameters: {stand_in: {default: somebody}, unset: {type: string}}
require:
  identity: {all: [account_id], any: [user_id, traits.email, "traits.ids[0]"]}
  consent: {all: [marketing]}
rules: [{id: all, action: note}]
"""


def event(**more: Any) -> Event:
    message: dict[str, Any] = {
        "type": "track", "event": "Use", "userId": "u1",
        "context": {"groupId": "a1", "consent": {"marketing": True}},
    }  # fmt: skip
    return Event.from_message(message | more, received_at=NOW)


@pytest.mark.parametrize(
    ("more", "admitted"),
    [
        ({}, True),
        ({"userId": None}, False),
        ({"userId": None, "traits": {"email": "j@x.com"}}, True),
        ({"userId": None, "traits": {"email": " "}}, False),
        ({"userId": None, "traits": {"ids": [7]}}, True),
        ({"context": {"consent": {"marketing": True}}}, False),
        ({"context": {"groupId": "a1", "consent": {"marketing": False}}}, False),
        ({"context": {"groupId": "a1"}}, False),
    ],
)
def test_what_meets_every_demand_is_admitted(
    program: Compile, more: dict[str, Any], *, admitted: bool
) -> None:
    required = program(REQUIRE).requirements
    assert generate_admission(required.identity, required.consent)(event(**more)) is admitted


@pytest.mark.parametrize(("path", "admitted"), [("params.stand_in", True), ("params.unset", False)])
def test_a_parameter_stands_in_for_a_path(program: Compile, path: str, *, admitted: bool) -> None:
    required = program(REQUIRE.replace("[account_id]", f"[{path}]")).requirements
    assert generate_admission(required.identity, Consent())(event()) is admitted


def test_any_of_several_purposes_is_left_to_the_one_who_knows_the_reason(program: Compile) -> None:
    identity = program(REQUIRE).requirements.identity
    assert not generate_admission(identity, Consent(any_of=("marketing",)))(event())


def test_nobody_is_turned_away_where_nothing_is_demanded(program: Compile) -> None:
    nothing = program("rules: [{id: all, action: note}]").requirements
    assert generate_admission(nothing.identity, nothing.consent)(event(userId=None))
