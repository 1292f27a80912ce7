"""`preview` and `explain`: what would become of events, for programs and for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from sendoff.cli.commands import sendoff

if TYPE_CHECKING:
    from click.testing import Result

EXAMPLES = Path(__file__).parents[2] / "examples"
JOHN = {
    "type": "track", "event": "Signed Up", "messageId": "m1", "userId": "usr_1",
    "properties": {"method": "email"},
    "context": {
        "traits": {"name": "John Doe", "email": "John.Doe@example.com", "phone": "07700 900123"},
        "consent": {"canonical": {"marketing": True}},
    },
}  # fmt: skip


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str) -> Path:
    """An empty folder with a pipeline file of one route, and no secret anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FRESHDESK_API_KEY", raising=False)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    (tmp_path / "sendoff.yaml").write_text(pipeline)
    return tmp_path


def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(sendoff, list(arguments), input=stdin)
    assert "Traceback" not in result.output
    return result


def write(folder: Path, *events: Any) -> str:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in events]
    (folder / "events.ndjson").write_text("\n".join(lines) + "\n")
    return "events.ndjson"


def without(key: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in {**JOHN, **more}.items() if name != key}


def test_preview_prints_one_object_a_decision(at: Path) -> None:
    events = write(at, JOHN, "", "[]", without("context", messageId="m2"), JOHN)
    result = call("preview", events, "--json")
    assert result.exit_code == 0
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(record) for record in records] == [
        ["line", "message_id", "route", "decision", "rule", "action", "payload", "delivery_id",
         "warnings"],
        ["line", "route", "decision", "reason", "detail", "warnings"],
        ["line", "message_id", "route", "decision", "reason", "detail", "warnings"],
        ["line", "message_id", "route", "decision", "detail"],
    ]  # fmt: skip
    assert [record["line"] for record in records] == [1, 3, 4, 5]
    assert records[0]["payload"]["email"] == "john.doe@example.com"
    assert records[1]["reason"] == "invalid_event"
    assert records[2]["reason"] == "no_consent"
    assert records[3]["detail"] == "same as line 1"


def test_preview_masks_people_and_ends_with_counts(at: Path) -> None:
    result = call("preview", write(at, JOHN, without("userId", messageId="m2")))
    assert "John" not in result.stdout
    assert '"j***@example.com"' in result.stdout
    assert "support  send      signed_up            2" in result.stdout


def test_preview_shows_people_when_asked(at: Path) -> None:
    assert "John Doe" in call("preview", write(at, JOHN), "--clear").stdout


def test_preview_masks_what_a_detail_quotes(at: Path) -> None:
    long = {**JOHN, "context": {**JOHN["context"], "traits": {"name": "John Doe " * 40}}}  # type: ignore[dict-item]
    result = call("preview", write(at, long))
    assert "invalid_payload" in result.stdout
    assert "John Doe" not in result.stdout


def test_preview_never_shows_a_secret(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHDESK_API_KEY", "s3cret-key-42")
    leaky = {**JOHN, "properties": {"method": "s3cret-key-42"}}
    for options in ((), ("--json",), ("--clear",)):
        result = call("preview", write(at, leaky), *options)
        assert "s3cret-key-42" not in result.output
        assert "***" in result.stdout


def test_preview_reads_standard_input(at: Path) -> None:
    result = call("preview", "-", "--json", stdin=json.dumps(JOHN))
    assert json.loads(result.stdout)["decision"] == "send"


def test_preview_of_nothing_says_so(at: Path) -> None:
    assert call("preview", "-", stdin="").stdout == "no events\n"
    assert call("preview", "-", "--json", stdin="\n\n").stdout == ""


def test_preview_commands_no_terminal(at: Path) -> None:
    events = write(at, {**JOHN, "messageId": "\x1b[2Jm", "properties": {"method": "\x1b]0;x\x07"}})
    result = call("preview", events, "--clear")
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout


@pytest.mark.parametrize(("first", "hint"), [("[", "JSON array"), ("{", "several lines")])
def test_preview_recognises_other_shapes_of_json(first: str, hint: str, at: Path) -> None:
    result = call("preview", write(at, first), "--json")
    assert hint in result.stderr
    assert "jq" in result.stderr


def test_preview_shows_a_line_as_soon_as_it_is_there(at: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sendoff", "preview", "-", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=at,
    )  # fmt: skip
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(JOHN).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["decision"] == "send"
        process.stdin.close()
        assert process.wait() == 0


def test_preview_stops_quietly_when_its_reader_leaves(at: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "sendoff", "preview", str(EXAMPLES / "events.ndjson"), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=at,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_one_line(at: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "sendoff", "preview", str(EXAMPLES / "events.ndjson")],
            stdout=full, stderr=subprocess.PIPE, cwd=at, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.decode() == (f"error: the results cannot be written: {os.strerror(28)}\n")


def test_explain_tells_that_an_event_would_be_sent_and_how(at: Path) -> None:
    result = call("explain", write(at, JOHN))
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "Would be sent to support: upsert_contact, by rule signed_up (freshdesk/default@1:"
    )
    for step in (
        "required: consent.marketing is true",
        "rule signed_up takes it",
        'yes: type is "track", as wanted ("track")',
        "trim gives",
        "company_id is left out",
        "traits.company_id is nothing",
        "(a constant)",
    ):
        assert step in result.stdout
    assert "John" not in result.stdout


def test_explain_names_who_refuses_and_what_to_do(at: Path) -> None:
    silent = {**JOHN, "context": {"traits": {"name": "x"}}}
    result = call("explain", write(at, silent))
    first, second, *_ = result.stdout.splitlines()
    assert first == (
        "Not sent to support (no_consent): no marketing consent (consent.marketing has no value);"
        " asked for by freshdesk/default@1:13:3."
    )
    assert second.startswith("  what to do: ")


def test_explain_names_the_route_that_demands_more_consent(at: Path) -> None:
    config = at / "sendoff.yaml"
    config.write_text(
        config.read_text().replace("    settings:", "    consent: [analytics]\n    settings:")
    )
    result = call("explain", write(at, JOHN))
    assert "no analytics consent" in result.stdout
    assert "asked for by `consent:` of the route support" in result.stdout


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"type": "page", "anonymousId": "a"}, "Not sent to support (anonymous)"),
        ({**JOHN, "event": "Other"}, "Not sent to support (no_rule): no rule takes a track call"),
        ({**JOHN, "integrations": {"Freshdesk": False}}, "integrations.Freshdesk is false"),
        ("[]", "Dead (invalid_event): $: an event is an object, not a list"),
    ],
)
def test_explain_begins_with_the_reason(event: Any, sentence: str, at: Path) -> None:
    assert sentence in call("explain", write(at, event)).stdout.splitlines()[0]


def test_explain_names_the_field_that_fails(at: Path) -> None:
    nameless = {**JOHN, "context": {**JOHN["context"], "traits": {}}}  # type: ignore[dict-item]
    result = call("explain", write(at, nameless))
    assert "Dead on support (missing_field): name: is required" in result.stdout
    assert "(field name of rule signed_up)" in result.stdout
    assert "  name fails: " in result.stdout


def test_explain_shows_each_test_that_did_not_hold(at: Path) -> None:
    result = call("explain", write(at, {**JOHN, "event": "Signed Upp"}))
    assert 'no: event is "Signed Upp", wanted "Signed Up"' in result.stdout


def test_explain_takes_a_line(at: Path) -> None:
    events = write(at, JOHN, "", {**JOHN, "messageId": "m3"})
    assert 'message_id: "m3"' in call("explain", f"{events}:3").stdout


def test_explain_knows_a_repetition_by_the_lines_before(at: Path) -> None:
    events = write(at, JOHN, JOHN)
    assert "Not decided again: it is the same as line 1" in call("explain", f"{events}:2").stdout


def test_explain_takes_a_file_whose_name_ends_like_a_line(at: Path) -> None:
    (at / "events:2").write_text(json.dumps(JOHN))
    assert call("explain", "events:2").exit_code == 0


def test_explain_gives_programs_the_trace(at: Path) -> None:
    result = call("explain", write(at, JOHN), "--json")
    told = json.loads(result.stdout)
    assert list(told) == ["line", "message_id", "event", "decisions", "trace"]
    assert told["decisions"][0]["payload"]["name"] == "John Doe"
    assert told["event"]["traits"]["name"] == "John Doe"
    assert [each["name"] for each in told["trace"]] == ["support"]


def test_explain_gives_programs_no_event_where_there_is_none(at: Path) -> None:
    told = json.loads(call("explain", write(at, "[]"), "--json").stdout)
    assert (told["event"], told["trace"]) == (None, [])
    assert told["decisions"][0]["reason"] == "invalid_event"


def test_explain_can_be_limited_to_a_route(at: Path) -> None:
    config = at / "sendoff.yaml"
    text = config.read_text()
    support = text[text.index("  support:") :]
    config.write_text(text + support.replace("support", "other"))
    assert "Would be sent to other" in call("explain", write(at, JOHN)).stdout
    only = call("explain", write(at, JOHN), "--route", "support").stdout
    assert "Would be sent to support" in only
    assert "other" not in only


def test_explain_masks_a_value_by_where_it_came_from(at: Path) -> None:
    mine = call("show", "freshdesk/default").stdout.replace(
        "  job_title: traits.title\n",
        "  job_title: {from: traits.name, do: [trim], default: none}\n"
        '  description: {template: "known as {{traits.name}}"}\n',
    )
    (at / "mine.yaml").write_text(mine)
    config = at / "sendoff.yaml"
    config.write_text(config.read_text().replace("freshdesk/default\n", "./mine.yaml\n", 1))
    steps = call("explain", write(at, JOHN)).stdout.partition("step by step")[2]
    assert "job_title" in steps
    assert "the template of traits.name" in steps
    assert "John Doe" not in steps
