"""The examples: every decision, and what arrives over real sockets in the sandboxes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sendoff import Sendoff
from sendoff.documents import read_file
from sendoff.pipeline_file import Surroundings
from sendoff.serving import serve
from sendoff.sources import read_batches
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
DOCUMENTED = range(1, 7)
"""Lines of the documented sign-up: Segment, RudderStack and Datafly, two shapes each."""
BODY = (
    b'{"name":"John Doe","email":"john.doe@example.com","phone":"+447700900123",'
    b'"unique_external_id":"usr_123","job_title":"Head of Growth","tags":["marketing-consent"],'
    b'"custom_fields":{"signup_method":"email"}}'
)
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {{default_region: GB}}
    settings: {{base_url: "{url}", api_key: "${{env:FRESHDESK_API_KEY}}"}}
consent: {{map: {{C0004: marketing}}}}
"""
WHEN_RECEIVED = "<when received>"
"""Stands in `expected.ndjson` for the time of an event that brings none."""
REASONS_OF_SUCCESS = {
    "integration_disabled", "anonymous", "no_rule",
    "missing_field", "mapping_error", "invalid_payload",
}  # fmt: skip
RULES_OF_SUCCESS = {
    "module_left", "session_ended", "feature_used", "user_identified", "account_identified",
}  # fmt: skip


def records(text: str) -> list[dict[str, Any]]:
    # Not splitlines: a text may hold U+2028.
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    return records((EXAMPLES / "expected.ndjson").read_text(encoding="utf-8"))


def sendoff(*arguments: str) -> str:
    """What a command prints, run in an environment without any secret."""
    done = subprocess.run(  # noqa: S603 - this interpreter, our own arguments
        [sys.executable, "-m", "sendoff", *arguments], capture_output=True, check=True, env={}
    )
    return done.stdout.decode()


def judged(record: dict[str, Any], expected: dict[str, Any], began: float) -> dict[str, Any]:
    """What is judged of a decision; a time between `began` and now is `WHEN_RECEIVED`."""
    found: dict[str, Any] = {key: record.get(key) for key in expected}
    for key, value in expected.get("payload", {}).items():
        if value == WHEN_RECEIVED and began - 1 <= seconds(found["payload"][key]) <= time.time():
            found["payload"][key] = WHEN_RECEIVED
    return found


def seconds(moment: int | str) -> float:
    if isinstance(moment, int):
        return moment / 1000
    return datetime.fromisoformat(moment).timestamp()


def test_every_decision_is_as_it_was_worked_out_by_hand(expected: list[dict[str, Any]]) -> None:
    began = time.time()
    config, events = str(EXAMPLES / "sendoff.yaml"), str(EXAMPLES / "events.ndjson")
    told = records(sendoff("preview", "-c", config, events, "--json"))
    assert len(told) == len(expected)
    for record, right in zip(told, expected, strict=True):
        assert judged(record, right, began) == right


def test_every_reason_and_rule_of_success_is_met_three_times(
    expected: list[dict[str, Any]],
) -> None:
    decisions = [each for each in expected if each["route"] == "success"]
    reasons = Counter(each["reason"] for each in decisions if "reason" in each)
    rules = Counter(each["rule"] for each in decisions if "rule" in each)
    assert (set(reasons), set(rules)) == (REASONS_OF_SUCCESS, RULES_OF_SUCCESS)
    assert min([*reasons.values(), *rules.values()]) >= 3


def test_the_demo_ends_with_nothing_that_freshsuccess_would_drop(
    expected: list[dict[str, Any]],
) -> None:
    sent = [each for each in expected if each["decision"] == "send"]
    routes = Counter(each["route"] for each in sent)
    told = json.loads(sendoff("demo", "--json"))
    collected, received = (told["sandboxes"][name] for name in ("freshsuccess", "webhook"))
    assert (collected["dropped"], collected["doubtful"]) == (0, 0)
    assert collected["events"] == told["run"]["routes"]["success"]["delivered"] == routes["success"]
    assert (received["repeats"], received["failures"]) == (0, 0)
    audit = told["run"]["routes"]["audit"]
    assert received["events"] == audit["delivered"]
    # Some take their consent back while what they sent before waits to be sent with others.
    assert audit["delivered"] + audit["skipped"] == routes["audit"]
    assert collected["requests"] < 10 > received["requests"]


@pytest.fixture
async def desk() -> AsyncIterator[tuple[FreshdeskSandbox, str]]:
    switches = read_file(EXAMPLES / "sandbox.yaml").value["freshdesk"]
    app = create_sandbox(**switches, rate_limit=100_000)
    async with serve(app) as server:
        yield app, server.url


def around() -> Surroundings:
    return Surroundings(environ={"FRESHDESK_API_KEY": "sandbox-key"})


@pytest.mark.parametrize("line", DOCUMENTED)
async def test_the_documented_sign_up_posts_exactly_the_documented_body(
    line: int, desk: tuple[FreshdeskSandbox, str], tmp_path: Path
) -> None:
    app, url = desk
    config = tmp_path / "sendoff.yaml"
    config.write_text(PIPELINE.format(url=url), encoding="utf-8")
    event = (EXAMPLES / "events.ndjson").read_bytes().splitlines()[line - 1]
    async with Sendoff.open(config, work=True, around=around()) as sendoff:
        await sendoff.send(event)
        await sendoff.drain(60)
    [request] = app.requests
    assert (request.method, request.path, request.status) == ("POST", "/api/v2/contacts", 201)
    assert request.body == BODY


async def test_the_examples_sent_twice_in_one_process_send_nothing_twice(
    desk: tuple[FreshdeskSandbox, str], tmp_path: Path
) -> None:
    app, url = desk
    config = tmp_path / "sendoff.yaml"
    config.write_text(PIPELINE.format(url=url), encoding="utf-8")
    requests: list[int] = []
    async with Sendoff.open(config, work=True, around=around()) as sendoff:
        for _time in range(2):
            with (EXAMPLES / "events.ndjson").open("rb") as stream:
                for batch in read_batches(stream):
                    await sendoff.send_many([line.incoming for line in batch])
            counts = await sendoff.drain(60)
            requests.append(sum(app.requests.by_status.values()))
    assert requests[0] > 300
    assert requests[0] == requests[1]
    assert counts["duplicates"] > counts["routes"]["support"]["deliveries"]
    assert counts["routes"]["support"]["waiting"] == 0


def peak_of_a_run(folder: Path, lines: int) -> int:
    """Kilobytes of memory at the most, of `sendoff run` over so many lines of about 1 KB."""
    script = (
        "import json, sys\n"
        "for n in range(int(sys.argv[1])):\n"
        "    print(json.dumps({'type': 'page', 'messageId': f'm{n}', 'anonymousId': 'a',"
        " 'properties': {'text': 'x' * 900}}))\n"
    )
    run = [sys.executable, "-m", "sendoff", "run", "-", "--json"]
    writer = subprocess.Popen(  # noqa: S603 - this interpreter, our own lines
        [sys.executable, "-c", script, str(lines)], stdout=subprocess.PIPE
    )
    with writer:
        done = subprocess.run(  # noqa: S603 - as above
            [sys.executable, "-c", MEASURED, *run[1:]], stdin=writer.stdout, cwd=folder,
            capture_output=True, check=True, env={"FRESHDESK_API_KEY": "sandbox-key"},
        )  # fmt: skip
    assert json.loads(done.stdout)["events"] == lines
    return int(done.stderr.splitlines()[-1])


MEASURED = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, *sys.argv[1:]]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def test_a_run_needs_memory_for_the_keys_it_remembers_and_not_for_what_it_reads(
    tmp_path: Path,
) -> None:
    config = PIPELINE.format(url="http://127.0.0.1:9")
    (tmp_path / "sendoff.yaml").write_text(config, encoding="utf-8")
    few, many = peak_of_a_run(tmp_path, 1_000), peak_of_a_run(tmp_path, 21_000)
    # Twenty megabytes more went through. A key takes a quarter of a kilobyte.
    assert many - few < 12_000
