"""How far a delivery has come, and when it comes again."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.debugger.history import history, next_try, state
from sendoff.pipeline_file import Pipeline
from sendoff.report.display import Display

LATER = {"kind": "attempt", "at": "2026-01-02T14:00:00.000Z", "attempt": 3, "outcome": "Retry",
         "then": "Later"}  # fmt: skip


@pytest.mark.parametrize(
    ("records", "dead", "expected"),
    [
        ([], False, "waiting"),
        ([{"kind": "exchange"}], False, "waiting"),
        ([], True, "dead"),
        ([LATER], False, "comes again"),
        ([LATER, LATER | {"outcome": "Delivered", "then": "Done"}], False, "delivered"),
        ([LATER | {"outcome": "Skipped", "then": "Done"}], False, "skipped"),
        ([LATER | {"outcome": "Rejected", "then": "Dead"}], False, "dead"),
    ],
)
def test_the_last_attempt_tells_how_far_it_has_come(
    records: list[dict[str, Any]], dead: bool, expected: str
) -> None:
    assert state(records, dead=dead) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LATER, "due by 2026-01-02 14:00:04 UTC at the latest"),
        (LATER | {"attempt": 40}, "due by 2026-01-02 14:05:00 UTC at the latest"),
        (LATER | {"after": 90.0}, "not before 2026-01-02 14:01:30 UTC"),
        (LATER | {"outcome": "NeedsOperator"}, "when the route is no longer held"),
        (LATER | {"then": "Done"}, None),
    ],
)
def test_when_it_comes_again_is_told_as_far_as_it_is_known(
    record: dict[str, Any], expected: str | None
) -> None:
    assert next_try([record]) == expected


def test_on_a_held_route_it_comes_when_that_is_over() -> None:
    assert next_try([LATER], held=True) == "when the route is no longer held"
    assert next_try([LATER | {"then": "Done"}], held=True) is None


def test_what_was_never_tried_has_no_next_try() -> None:
    assert next_try([]) is None


@pytest.mark.parametrize(
    ("sent", "body", "lines"),
    [
        ('{"email": "john.doe@example.com"}', {"email": "j***@example.com"}, []),
        ('{"a": 1}\n{"email": "john.doe@example.com"}', None,
         ['{"a":1}', '{"email":"j***@example.com"}']),
        ('{"email": "john.d…', None, ['{"email": "***']),
        ("", None, []),
    ],
)  # fmt: skip
def test_a_body_is_shown_as_json_or_in_lines(
    pipeline: Pipeline, sent: str, body: Any, lines: list[str]
) -> None:
    record = {"kind": "exchange", "method": "POST", "url": "https://acme.example/", "seconds": 0.1,
              "request_body": sent}  # fmt: skip
    [shown] = history([record, {"kind": "decision"}], Display(pipeline, clear=False))
    assert (shown["request"]["body"], shown["request"]["lines"]) == (body, lines)
