"""From a first look to a blueprint of one's own: list, show, check, test and run."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from click.testing import CliRunner

from sendoff.cli.commands import sendoff
from sendoff.serving import serve
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from click.testing import Result

EVENT = {
    "type": "identify", "messageId": "m1", "userId": "usr_1",
    "traits": {"name": "Person 1", "email": "person.1@example.com", "title": "Engineer"},
    "context": {"consent": {"canonical": {"marketing": True}}},
}  # fmt: skip


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRESHDESK_API_KEY", "sandbox-key")
    (tmp_path / "sendoff.yaml").write_text(pipeline)
    return tmp_path


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(sendoff, list(arguments))
    assert "Traceback" not in result.output
    return result


def test_show_prints_a_preset_as_it_was_written(at: Path) -> None:
    shown = call("show", "freshdesk/default")
    assert (shown.exit_code, shown.stderr) == (0, "")
    (at / "mine.yaml").write_text(shown.stdout)
    assert call("check", "mine.yaml").exit_code == 0
    assert call("test", "mine.yaml").exit_code == 0
    assert call("show", "freshdesk/default@1").stdout == shown.stdout


def test_show_tells_programs_name_version_and_text(at: Path) -> None:
    told = json.loads(call("show", "freshdesk/default", "--json").stdout)
    assert (told["name"], told["version"], told["destination"]) == (
        "freshdesk/default", 1, "freshdesk",
    )  # fmt: skip
    assert told["text"] == call("show", "freshdesk/default").stdout


def test_list_names_everything_there_is_to_choose_from(at: Path) -> None:
    listed = json.loads(call("list", "--json").stdout)
    assert list(listed) == ["destinations", "presets", "transforms", "stores", "plugins"]
    assert "freshdesk" in [each["name"] for each in listed["destinations"]]
    assert {"name", "title", "actions", "sandbox"} == set(listed["destinations"][0])
    versions = {each["name"]: each["versions"] for each in listed["presets"]}
    assert versions["freshdesk/default"] == [1]
    assert {"name", "summary", "examples"} == set(listed["transforms"][0])
    assert [each["name"] for each in listed["stores"]] == ["memory", "sqlite"]
    assert listed["plugins"] == []


def test_list_can_be_limited_to_a_kind(at: Path) -> None:
    assert list(json.loads(call("list", "stores", "--json").stdout)) == ["stores"]
    told = call("list", "transforms").stdout
    assert "e164" in told
    assert "freshdesk" not in told


def test_list_shows_people_the_same(at: Path) -> None:
    told = call("list").stdout
    for name in ("freshdesk/default", "upsert_contact", "trim", "memory", "plugins left out: none"):
        assert name in told


def test_check_takes_the_usual_file_with_its_blueprint(at: Path) -> None:
    result = call("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "sendoff.yaml: no mistakes (pipeline acme: support to freshdesk)\n"
    assert call("check", "--json").stdout == "[]\n"


def test_check_takes_files_of_both_kinds(at: Path) -> None:
    (at / "mine.yaml").write_text(call("show", "freshdesk/default").stdout)
    result = call("check", "mine.yaml", "sendoff.yaml")
    assert result.exit_code == 0
    assert "mine.yaml: no mistakes (blueprint freshdesk/default@1: signed_up, identified)" in (
        result.stdout
    )


def test_check_says_which_variable_to_set(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRESHDESK_API_KEY")
    result = call("check")
    assert result.exit_code == 3
    assert "FRESHDESK_API_KEY is not set: set it" in result.stdout


def test_check_tells_every_mistake_of_every_file(at: Path) -> None:
    text = call("show", "freshdesk/default").stdout
    (at / "mine.yaml").write_text(
        text.replace("  job_title: traits.title", "  job_titel: traits.title").replace(
            "event: Identified}", "evnt: Identified}", 1
        )
    )
    (at / "sendoff.yaml").write_text("kind: Recipe\n")
    result = call("check", "mine.yaml", "sendoff.yaml", "nowhere.yaml", "--json")
    assert result.exit_code == 3
    problems = json.loads(result.stdout)
    assert all(list(each) == ["file", "line", "column", "message", "fix"] for each in problems)
    assert {each["file"] for each in problems} == {"mine.yaml", "sendoff.yaml", "nowhere.yaml"}
    told = " ".join(each["message"] for each in problems)
    for word in ("job_titel", "evnt", "Recipe", "no such file"):
        assert word in told
    lines = call("check", "mine.yaml").stdout.splitlines()
    assert all(line.startswith("mine.yaml:") for line in lines)


def test_check_warns_of_a_secret_in_the_file_without_showing_it(at: Path) -> None:
    config = at / "sendoff.yaml"
    config.write_text(config.read_text().replace("${env:FRESHDESK_API_KEY}", "s3cret-key-42"))
    result = call("check")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: sendoff.yaml:10:30: a secret stands in this file")
    assert "s3cret-key-42" not in result.output


def test_test_runs_the_blueprints_of_the_pipeline_without_a_secret(
    at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRESHDESK_API_KEY")
    result = call("test")
    assert result.exit_code == 0
    assert "freshdesk/default@1: " in result.stdout


def test_test_runs_presets_by_name(at: Path) -> None:
    result = call("test", "freshdesk/default", "freshdesk/create-only@1", "--json")
    results = json.loads(result.stdout)
    assert {each["file"] for each in results} == {"freshdesk/default@1", "freshdesk/create-only@1"}
    assert all(each["passed"] and not each["problems"] for each in results)
    assert list(results[0]) == ["file", "name", "line", "passed", "problems"]


def test_a_broken_blueprint_beats_a_failing_example(at: Path) -> None:
    text = call("show", "freshdesk/default").stdout
    (at / "failing.yaml").write_text(text.replace("job_title: Chief of Growth", "job_title: Boss"))
    (at / "broken.yaml").write_text(text.replace("do: [integer]", "do: [intger]"))
    assert call("test", "failing.yaml").exit_code == 1
    both = call("test", "failing.yaml", "broken.yaml")
    assert both.exit_code == 3
    assert "broken.yaml:" in both.stderr
    assert "did you mean `integer`?" in both.stderr
    assert "failed: an identify call" in both.stdout


def test_a_blueprint_without_examples_says_so(at: Path) -> None:
    text = call("show", "freshdesk/default").stdout
    (at / "mine.yaml").write_text(text.partition("\nexamples:")[0] + "\n")
    assert call("test", "mine.yaml").stdout == "mine.yaml: there are no examples\n"


async def test_a_preset_becomes_a_blueprint_of_ones_own(at: Path) -> None:
    """Show, change, a test fails and says where, corrected, checked, previewed, run."""
    text = call("show", "freshdesk/default").stdout
    (at / "mine.yaml").write_text(
        text.replace(
            "  job_title: traits.title\n", "  job_title: {from: traits.title, do: [upper]}\n"
        )
    )
    failed = call("test", "mine.yaml")
    assert failed.exit_code == 1
    lines = text.splitlines()
    expected = next(n for n, line in enumerate(lines, 1) if "job_title: Head of Growth" in line)
    assert (
        f'mine.yaml:{expected}:9: $.job_title: expected "Head of Growth", got "HEAD OF GROWTH"'
        in failed.stdout
    )

    mine = (at / "mine.yaml").read_text()
    (at / "mine.yaml").write_text(
        mine.replace("job_title: Head of Growth", "job_title: HEAD OF GROWTH").replace(
            "job_title: Chief of Growth", "job_title: CHIEF OF GROWTH"
        )
    )
    assert call("test", "mine.yaml").exit_code == 0

    async with serve(create_sandbox()) as server:
        config = (at / "sendoff.yaml").read_text()
        (at / "sendoff.yaml").write_text(
            config.replace("freshdesk/default\n", "./mine.yaml\n", 1).replace(
                "domain: acme", f"base_url: {server.url}"
            )
        )
        (at / "events.ndjson").write_text(json.dumps(EVENT))
        assert call("check").exit_code == 0
        assert '"job_title":"ENGINEER"' in call("preview", "events.ndjson").stdout
        assert await process("run", "events.ndjson") == 0
        async with httpx.AsyncClient(trust_env=False) as client:
            [contact] = (await client.get(f"{server.url}/_sandbox")).json()["contacts"]
    assert contact["job_title"] == "ENGINEER"


async def process(*arguments: str) -> int:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sendoff", *arguments, env=dict(os.environ),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await running.wait()
