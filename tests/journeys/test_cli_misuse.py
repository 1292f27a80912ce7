"""What people get wrong: one line that says what, where and what to do, and never a traceback."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from sendoff.cli.commands import COMMANDS, sendoff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

EVENT = {"type": "page", "anonymousId": "a1"}


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pipeline: str) -> Path:
    """A folder with files of every kind, in which no variable is set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FRESHDESK_API_KEY", raising=False)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    (tmp_path / "sendoff.yaml").write_text(pipeline)
    (tmp_path / "broken.yaml").write_text(pipeline.replace(": freshdesk\n", ": freshdesc\n"))
    (tmp_path / "unclosed.yaml").write_text("apiVersion: {\n")
    (tmp_path / "set.yaml").write_text(pipeline.replace("${env:FRESHDESK_API_KEY}", "key-0123456"))
    (tmp_path / "events.ndjson").write_text(f"{json.dumps(EVENT)}\n\n{json.dumps(EVENT)}\n")
    (tmp_path / "events.gz").write_bytes(gzip.compress(b"{}"))
    (tmp_path / "events.utf16").write_text("{}", encoding="utf-16")
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "folder").mkdir()
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(sendoff, list(arguments))


MISUSES = [
    # the command itself
    ("nonsense", 2, "there is no command `nonsense`"),
    ("chekc", 2, "did you mean `check`?"),
    ("--nonsense", 2, "--nonsense"),
    ("run --jsn events.ndjson", 2, "--jsn"),
    ("run", 2, "EVENTS"),
    ("preview events.ndjson more.ndjson", 2, "more.ndjson"),
    # events
    ("preview nowhere.ndjson", 2, "there is no file nowhere.ndjson (check the path"),
    ("preview events.ndjson/inside", 2, "there is no file"),
    ("preview folder", 2, "folder is a directory (name a file in it)"),
    ("preview events.gz", 2, "gzip (unpack it: "),
    ("preview events.utf16", 2, "UTF-16 (save it as UTF-8)"),
    ("run -c set.yaml nowhere.ndjson", 2, "there is no file nowhere.ndjson"),
    ("explain nowhere.ndjson:3", 2, "there is no file nowhere.ndjson"),
    ("explain events.ndjson:0", 2, "count from 1"),
    ("explain events.ndjson:2", 2, "line 2 of events.ndjson is blank"),
    ("explain events.ndjson:99", 2, "the last that holds anything is 3"),
    ("explain events.ndjson --route suport", 2, "did you mean `support`?"),
    # configuration
    ("preview events.ndjson -c nowhere.yaml", 3, "nowhere.yaml:1:1: there is no such file"),
    ("-c nowhere.yaml preview events.ndjson", 3, "nowhere.yaml:1:1: there is no such file"),
    ("preview events.ndjson -c folder", 3, "folder:1:1: this is a directory"),
    ("preview events.ndjson -c events.gz", 3, "not in UTF-8"),
    ("preview events.ndjson -c unclosed.yaml", 3, "close the bracket"),
    ("preview events.ndjson -c broken.yaml", 3, "did you mean `freshdesk`?"),
    ("run events.ndjson", 3, "the environment variable FRESHDESK_API_KEY is not set"),
    ("doctor", 3, "the environment variable FRESHDESK_API_KEY is not set"),
    ("test nowhere.yaml", 3, "nowhere.yaml:1:1: there is no such file"),
    ("test binary.yaml", 3, "there is no such file"),
    # names and values
    ("show freshdesk/defalt", 2, "did you mean `freshdesk/default`?"),
    ("show freshdesk/default@99", 2, "use one of: freshdesk/default@1"),
    ("test freshdesk/defalt", 2, "did you mean `freshdesk/default`?"),
    ("list nonsense", 2, "nonsense"),
    ("run events.ndjson --wait 5", 2, "--wait: `5` is no duration"),
    ("run events.ndjson --wait soon", 2, "as in 10s"),
    ("run -c set.yaml events.ndjson --journal folder", 2, "the journal folder cannot be written"),
    ("run -c set.yaml events.ndjson --journal no/where", 2, "cannot be written: No such file"),
    ("doctor -c set.yaml --send-test", 2, "confirm that with --yes"),
    ("tail -n 99999999999999999999", 2, "'-n': 99999999999999999999 is not in the range"),
    ("sandbox nonsense", 2, "there is no destination `nonsense`"),
    ("sandbox freshdesk rate_limt=5", 2, "did you mean `rate_limit`?"),
    ("sandbox freshdesk rate_limit=fast", 2, "does not take that"),
    ("sandbox freshdesk rate_limit", 2, "write rate_limit=VALUE"),
    ("sandbox freshdesk --fault nonsense", 2, "unknown toxic `nonsense`"),
    ("sandbox freshdesk --port 99999", 2, "99999 is no port"),
    ("sandbox freshdesk --port x", 2, "'x' is not a valid integer"),
]


@pytest.mark.parametrize(("line", "code", "words"), MISUSES, ids=[each[0] for each in MISUSES])
def test_a_mistake_is_told_in_one_line(line: str, code: int, words: str, at: Path) -> None:
    result = call(*line.split())
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    told = [each for each in result.stderr.splitlines() if not each.startswith("warning: ")]
    assert len(told) == 1


def test_every_problem_of_a_configuration_is_told_on_a_line_of_its_own(at: Path) -> None:
    (at / "bad.yaml").write_text(
        "apiVersion: sendoff/v1\nkind: Pipeline\nname: x\nnmae: y\nroutes:\n"
        "  a: {destination: freshdesc, blueprint: freshdesk/default}\n"
        "  b: {destination: freshdesk, blueprint: nope}\n"
    )
    result = call("preview", "events.ndjson", "-c", "bad.yaml")
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert len(lines) >= 3
    assert all(line.startswith("bad.yaml:") for line in lines)


@pytest.mark.parametrize("command", ["preview", "explain", "test", "check", "show", "sandbox"])
def test_a_name_that_no_file_can_have_is_told(command: str, at: Path) -> None:
    for name in ("x" * 5000, "x" * 5000 + ":3", "nul\0"):
        result = call(command, name)
        assert result.exit_code in (2, 3)
        assert "Traceback" not in result.output


def test_the_usual_pipeline_file_is_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("check")
    assert result.exit_code == 3
    assert "-c FILE" in result.output


def test_a_binary_file_of_events_is_lines_that_are_no_events(at: Path) -> None:
    result = call("preview", "binary", "--json")
    assert result.exit_code == 0
    reasons = {json.loads(line)["reason"] for line in result.stdout.splitlines()}
    assert reasons == {"invalid_event"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(at: Path) -> None:
    (at / "events.ndjson").chmod(0)
    result = call("preview", "events.ndjson")
    assert (result.exit_code, "may not be read" in result.stderr) == (2, True)


def test_a_file_with_control_characters_in_its_name_does_not_command_the_terminal(
    at: Path,
) -> None:
    name = "\x1b[2J\u202e.yaml"
    text = (at / "set.yaml").read_text()
    for written in (text, text.replace("name: acme", 'name: "a\\e[2J"'), "x: [", ""):
        (at / name).write_text(written)
        for arguments in (("check", name), ("test", name), ("status", "-c", name)):
            result = call(*arguments)
            assert result.output
            assert "\x1b" not in result.output
            assert "\u202e" not in result.output


def test_a_name_with_control_characters_does_not_reach_the_terminal(at: Path) -> None:
    for arguments in (("preview", "\x1b[2J"), ("sandbox", "\x1b[2J"), ("show", "\x1b[2J")):
        result = call(*arguments)
        assert result.exit_code == 2
        assert "\x1b" not in result.output


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_survived(stream: str, at: Path) -> None:
    closing = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}[stream]
    source = "-" if stream == "stdin" else "events.ndjson"
    done = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f'exec "$0" -m sendoff preview {source} {closing}', sys.executable],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == (2 if stream == "stdin" else 0)
    assert b"Traceback" not in done.stderr


def test_standard_input_of_another_process_may_be_non_blocking(at: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "sendoff", "preview", "-", "--json"],
        stdin=reading, stdout=subprocess.PIPE, cwd=at,
    )  # fmt: skip
    with process:
        os.close(reading)
        assert process.stdout is not None
        for number in (1, 2):
            os.write(writing, json.dumps(EVENT).encode() + b"\n")
            assert json.loads(process.stdout.readline())["line"] == number
        os.close(writing)
        assert process.wait() == 0


BUGGY = """
from sendoff.destination import Destination
from sendoff.hookspecs import hookimpl

class Buggy(Destination):
    name, title = "buggy", "Buggy"
    settings, actions = {"type": "object"}, {}
    def account(self, settings): return ""
    def connect(self, settings, http): raise NotImplementedError
    def sandbox(self): raise RuntimeError("token=s3cret of john@example.com")

@hookimpl
def sendoff_destinations():
    return [Buggy()]
"""


@pytest.fixture
def buggy(at: Path) -> dict[str, str]:
    """The environment of a process beside which a plugin is installed that raises."""
    info = at / "site" / "buggy-1.dist-info"
    info.mkdir(parents=True)
    (at / "site" / "buggy_plugin.py").write_text(BUGGY)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: buggy\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[sendoff]\nbuggy = buggy_plugin\nmissing = no_such_module\n"
    )
    return {**os.environ, "PYTHONPATH": str(at / "site")}


def process(*arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "sendoff", *arguments],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_bug_is_one_line_that_asks_for_a_report_and_shows_no_data(buggy: dict[str, str]) -> None:
    done = process("sandbox", "buggy", environ=buggy)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.count("\n") == 1
    assert "RuntimeError at " in done.stderr
    assert "please report" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_bug_shows_its_traceback_to_whoever_asks(buggy: dict[str, str]) -> None:
    done = process("sandbox", "buggy", environ={**buggy, "SENDOFF_DEBUG": "1"})
    assert done.returncode == 70
    assert "Traceback" in done.stderr


def test_a_plugin_that_cannot_be_loaded_is_listed_and_harms_no_other(
    buggy: dict[str, str],
) -> None:
    done = process("list", "plugins", "--json", environ=buggy)
    [left_out] = json.loads(done.stdout)["plugins"]
    assert left_out["name"] == "missing"
    assert "no_such_module" in left_out["problem"]
    assert "freshdesk" in process("list", "presets", environ=buggy).stdout


STOPPED = """
import os, signal

os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_signal_while_plugins_are_loaded_ends_the_command(
    at: Path, buggy: dict[str, str]
) -> None:
    (at / "site" / "buggy_plugin.py").write_text(STOPPED)
    done = process("list", "plugins", environ=buggy)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_an_interruption_of_the_start_is_no_traceback(at: Path) -> None:
    (at / "click.py").write_text("raise KeyboardInterrupt\n")
    done = process("check", environ={**os.environ, "PYTHONPATH": str(at)})
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("name", ["dead", "store"])
def test_a_group_without_a_command_helps(name: str) -> None:
    result = call(name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Usage: sendoff {name}")
    assert "\nCommands:\n" in result.stderr


def every_command() -> Iterator[str]:
    """The names of all commands, those inside a group after its own."""
    for name in COMMANDS:
        command = sendoff.get_command(click.Context(sendoff), name)
        assert command
        yield name
        if isinstance(command, click.Group):
            yield from (f"{name} {inner}" for inner in command.commands)


@pytest.mark.parametrize("name", ["", *every_command()])
def test_every_command_helps_with_an_example(name: str) -> None:
    result = call(*name.split(), "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert "\\b" not in result.stdout
    example = re.compile(rf"^ +(\w.*[|:] +)?sendoff {name or 'demo'}( .*)?$", re.MULTILINE)
    assert example.search(result.stdout.partition("\n")[2])


@pytest.mark.parametrize("name", [*every_command()])
def test_every_command_can_print_json(name: str) -> None:
    told = call(*name.split(), "--help").stdout
    assert "--json" in told or "Commands:" in told


def test_without_a_command_the_help_is_shown() -> None:
    result = call()
    assert (result.exit_code, result.stdout.startswith("Usage: sendoff")) == (0, True)


def test_the_version_is_told() -> None:
    assert call("--version").stdout.startswith("sendoff ")


def test_the_summary_of_a_command_is_its_own() -> None:
    for name, entry in COMMANDS.items():
        command = sendoff.get_command(None, name)  # type: ignore[arg-type]  # it needs none
        assert command is not None
        assert command.name == name
        assert entry.summary.endswith(".")


HEAVY = ("phonenumbers", "rich", "uvicorn", "httpx", "yaml", "jsonschema", "pluggy")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from sendoff.cli.commands import sendoff\n"
        "try: sendoff.main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([each for each in {HEAVY!r} if each in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def test_a_preview_imports_neither_client_nor_server(at: Path) -> None:
    code = (
        "import sys; from sendoff.cli.commands import sendoff\n"
        "try: sendoff.main(['preview', 'events.ndjson', '--json'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print([each for each in ('rich', 'uvicorn', 'httpx') if each in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
