"""Two blueprints over the same events: only what differs is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.comparison import (
    Comparison,
    Difference,
    FieldChange,
    as_route,
    changes,
    in_route,
    named_blueprint,
)  # fmt: skip
from sendoff.documents import read_document
from sendoff.errors import ConfigurationError, UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.sources import Line

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIGN_UP = {
    "type": "track", "event": "Signed Up", "messageId": "m1", "userId": "usr_123",
    "context": {
        "consent": {"marketing": True},
        "traits": {"email": "john.doe@example.com", "phone": "07700 900123"},
    },
}  # fmt: skip
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    consent: [analytics]
    settings: {domain: acme, api_key: "${env:NOT_SET}"}
"""


@pytest.fixture(scope="module")
def around() -> Surroundings:
    return Surroundings(environ={})


def compared(
    around: Surroundings, tmp_path: Path, old: str, new: str, *events: dict[str, Any]
) -> tuple[Comparison, list[Difference]]:
    """What the preset with `new` for `old` in its text does differently about events."""
    text = around.presets.find("freshdesk/default").text
    assert old in text
    (tmp_path / "mine.yaml").write_text(text.replace(old, new))
    before, after = (
        as_route(named_blueprint(name, around, tmp_path), around)
        for name in ("freshdesk/default", "mine.yaml")
    )
    comparison = Comparison(before, after)
    lines = (Line(at, json.dumps(each).encode()) for at, each in enumerate(events, 1))
    found = (comparison.compare(line, NOW) for line in lines)
    return comparison, [each for each in found if each]


def test_only_the_fields_that_change_are_told(around: Surroundings, tmp_path: Path) -> None:
    _count, [found] = compared(around, tmp_path, "do: [trim, lower]", "do: [trim, upper]", SIGN_UP)
    assert found.as_json() == {
        "line": 1, "message_id": "m1",
        "old": {"decision": "send", "rule": "signed_up", "action": "upsert_contact"},
        "new": {"decision": "send", "rule": "signed_up", "action": "upsert_contact"},
        "payload": [
            {"field": "email", "old": "john.doe@example.com", "new": "JOHN.DOE@EXAMPLE.COM"}
        ],
    }  # fmt: skip


def test_a_decision_that_changes_is_told_without_its_payload(
    around: Surroundings, tmp_path: Path
) -> None:
    _count, [found] = compared(
        around, tmp_path, "consent: {all: [marketing]}", "consent: {all: [analytics]}", SIGN_UP
    )
    assert (found.old.verdict, found.new.reason, list(found.fields)) == ("send", "no_consent", [])


def test_what_stays_dropped_for_the_same_reason_is_no_difference(
    around: Surroundings, tmp_path: Path
) -> None:
    dropped = {**SIGN_UP, "context": {}}
    comparison, found = compared(
        around, tmp_path, "consent: {all: [marketing]}", "consent: {all: [analytics]}", dropped
    )
    assert (comparison.events, comparison.different, found) == (1, 0, [])


def test_repetitions_and_what_is_no_event_are_not_counted(
    around: Surroundings, tmp_path: Path
) -> None:
    comparison, found = compared(
        around, tmp_path, "do: [trim, lower]", "do: [trim, upper]", SIGN_UP, SIGN_UP, {"type": "x"}
    )
    assert (comparison.events, comparison.different, len(found)) == (1, 1, 1)


def test_a_route_keeps_its_parameters_and_its_consent(around: Surroundings) -> None:
    document = read_document(PIPELINE, "sendoff.yaml")
    before, after = (
        in_route(document, "support", each, around)
        for each in ("freshdesk/default@1", "freshdesk/create-only")
    )
    assert (before.consent, after.consent) == (("analytics",), ("analytics",))
    context: dict[str, Any] = {**SIGN_UP["context"], "consent": {}}  # type: ignore[dict-item]
    context["consent"] = {"marketing": True, "analytics": True}
    line = Line(1, json.dumps({**SIGN_UP, "context": context}).encode())
    found = Comparison(before, after).compare(line, NOW)
    assert found is not None
    assert found.old.payload is not None
    assert found.old.payload["phone"] == "+447700900123"
    assert (found.old.action, found.new.action) == ("upsert_contact", "create_contact")


def test_what_there_is_not_is_told(around: Surroundings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no preset"):
        named_blueprint("freshdesk/defualt", around)
    with pytest.raises(ConfigurationError, match="there is no such file"):
        named_blueprint("none.yaml", around, tmp_path)
    document = read_document(PIPELINE, "sendoff.yaml")
    with pytest.raises(UsageError, match="did you mean"):
        in_route(document, "suport", "freshdesk/default", around)
    with pytest.raises(ConfigurationError, match="is written for `webhook`"):
        in_route(document, "support", "webhook/default", around)


def test_changes_are_told_at_the_deepest_place() -> None:
    old = {"a": 1, "b": {"c": [1, 2], "d": None}, "e": "x"}
    new = {"a": True, "b": {"c": [1, 3, 4]}, "e": "x"}
    assert list(changes(old, new)) == [
        FieldChange("a", 1, True), FieldChange("b.c[1]", 2, 3),
        FieldChange("b.c[2]", msgspec.UNSET, 4), FieldChange("b.d", None, msgspec.UNSET),
    ]  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
)


@given(VALUES, VALUES)
def test_values_have_no_changes_only_if_they_are_the_same(old: Any, new: Any) -> None:
    assert (list(changes(old, new)) == []) == (json.dumps(old, sort_keys=True) == json.dumps(
        new, sort_keys=True))  # fmt: skip
