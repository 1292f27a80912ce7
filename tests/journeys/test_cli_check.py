"""What `sendoff check` says of a pipeline file, seen from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sendoff.cli.commands import sendoff

KEY = "s3cretKEY-abc12345"
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: "${env:FRESHDESK_API_KEY}"}
"""


def check(folder: Path, text: str) -> tuple[int, str]:
    (folder / "sendoff.yaml").write_text(text, encoding="utf-8")
    arguments = ["check", str(folder / "sendoff.yaml")]
    result = CliRunner().invoke(sendoff, arguments, env={"FRESHDESK_API_KEY": KEY, "OTHER": KEY})
    return result.exit_code, result.output


def test_an_engine_that_is_planned_is_said_not_to_be_there_yet(tmp_path: Path) -> None:
    code, told = check(tmp_path, f"{PIPELINE}store: postgresql://localhost/sendoff\n")
    assert code == 3
    assert "there is no store `" in told
    assert "` yet" in told


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("destination: freshdesk", 'destination: "${env:OTHER}"'),
        ("blueprint: freshdesk/default", 'blueprint: "${env:OTHER}"'),
        ("name: acme", 'name: "${env:FRESHDESK_API_KEY}"'),
        ("name: acme", 'name: acme\nstore: "${env:OTHER}:x"'),
        ("domain: acme", 'domain: "${env:OTHER}@evil"'),
    ],
)
def test_a_secret_that_stands_in_the_wrong_place_is_not_repeated(
    tmp_path: Path, was: str, now: str
) -> None:
    _code, told = check(tmp_path, PIPELINE.replace(was, now))
    assert told.strip()
    assert KEY not in told
