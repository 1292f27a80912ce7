"""Scripts: how they are read, and in which order their steps are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sendoff.errors import UsageError
from sendoff.testing.sandbox import Script, Step

if TYPE_CHECKING:
    from sendoff.testing.sandbox import Spec


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("ok", Step()),
        ("201", Step()),
        ("500", Step("status", 500)),
        ("429:2", Step("status", 429, 2)),
        ("html502", Step("html", 502)),
        ("slow:0.5", Step("slow", seconds=0.5)),
        ("drop", Step("drop")),
        ("lost", Step("lost")),
        ("LOST:502", Step("lost", 502)),
    ],
)
def test_a_step_is_read_from_its_text(text: str, step: Step) -> None:
    assert Script(text).next() == step


@pytest.mark.parametrize(
    "spec",
    ["x", "99", "301", "600", "5000", "html", "html200", "slow", "slow:x", "drop:1", "500*-1", [7]],
)
def test_what_is_no_step_is_said_at_once(spec: Spec) -> None:
    with pytest.raises(UsageError, match="is no step"):
        Script(spec)


def test_steps_are_taken_in_order_and_then_all_is_well() -> None:
    faults = Script("500*2, html503,, ok")
    statuses = [faults.next().status for _ in range(5)]
    assert statuses == [500, 500, 503, 0, 0]


def test_a_step_can_be_repeated_for_ever() -> None:
    faults = Script(["ok", "503*", "500"])
    assert [faults.next().status for _ in range(50)] == [0, *[503] * 49]


def test_no_times_is_no_step() -> None:
    assert Script("500*0,502").next().status == 502


def test_a_persons_steps_come_before_everybodys() -> None:
    faults = Script({"*": [500], "A@example.com": "502,503"})
    taken = [faults.next(["a@example.com"]).status for _ in range(4)]
    assert taken == [502, 503, 500, 0]


def test_the_steps_to_come_can_be_told() -> None:
    faults = Script({"*": "500*3,drop", "a@example.com": [429, "503*"]})
    faults.next()
    assert faults.coming() == {"*": ["500*2", "drop"], "a@example.com": ["429", "503*"]}
