"""`diff`: which events another blueprint treats otherwise, for programs and for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from sendoff.cli.commands import sendoff
from sendoff.presets import load_presets

if TYPE_CHECKING:
    from click.testing import Result

JOHN: dict[str, Any] = {
    "type": "track", "event": "Signed Up", "messageId": "m1", "userId": "usr_1",
    "context": {
        "traits": {"name": "John Doe", "email": "john.doe@example.com", "phone": "07700 900123"},
        "consent": {"marketing": True},
    },
}  # fmt: skip


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str) -> Path:
    """A folder with a pipeline file, two events, and a blueprint that writes emails in capitals."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FRESHDESK_API_KEY", raising=False)
    (tmp_path / "sendoff.yaml").write_text(pipeline)
    text = load_presets().find("freshdesk/default").text
    (tmp_path / "mine.yaml").write_text(text.replace("[trim, lower]", "[trim, upper]"))
    lines = [json.dumps(each) for each in (JOHN, {**JOHN, "messageId": "m2", "context": {}})]
    (tmp_path / "events.ndjson").write_text("\n".join(lines) + "\n")
    return tmp_path


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(sendoff, ["diff", *arguments])
    assert "Traceback" not in result.output
    return result


@pytest.mark.usefixtures("at")
def test_people_see_what_changes_masked() -> None:
    result = call("freshdesk/default", "mine.yaml", "events.ndjson")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "1  m1  send (signed_up, upsert_contact)",
        '  email: "j***@example.com" -> "J***@EXAMPLE.COM"',
        "1 of 2 events would be treated otherwise",
    ]
    clear = call("freshdesk/default", "mine.yaml", "events.ndjson", "--clear")
    assert '"john.doe@example.com" -> "JOHN.DOE@EXAMPLE.COM"' in clear.stdout


@pytest.mark.usefixtures("at")
def test_programs_get_one_object_an_event() -> None:
    result = call("freshdesk/default@1", "freshdesk/create-only", "events.ndjson", "--json")
    [record] = [json.loads(line) for line in result.stdout.splitlines()]
    assert (record["old"]["action"], record["new"]["action"]) == (
        "upsert_contact", "create_contact",
    )  # fmt: skip


@pytest.mark.usefixtures("at")
def test_the_same_blueprint_changes_nothing() -> None:
    result = call("freshdesk/default", "freshdesk/default@1", "events.ndjson")
    assert result.exit_code == 0
    assert result.stdout == "0 of 2 events would be treated otherwise\n"


@pytest.mark.usefixtures("at")
def test_a_route_gives_its_parameters_and_needs_no_secret() -> None:
    named = ("freshdesk/default", "freshdesk/create-only", "events.ndjson", "--json")
    assert call(*named, "--route", "support").exit_code == 1
    nowhere = call(*named, "--route", "suport")
    assert nowhere.exit_code == 2
    assert "did you mean `support`" in nowhere.stderr


@pytest.mark.usefixtures("at")
@pytest.mark.parametrize(
    ("old", "code", "told"),
    [
        ("freshdesk/defualt", 2, "there is no preset `freshdesk/defualt`"),
        ("none.yaml", 3, "none.yaml:1:1: there is no such file"),
    ],
)
def test_a_blueprint_that_there_is_not_is_told(old: str, code: int, told: str) -> None:
    result = call(old, "mine.yaml", "events.ndjson")
    assert result.exit_code == code
    assert told in result.stderr
