"""The examples, sent over real sockets into the Freshdesk sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

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
    few, many = peak_of_a_run(tmp_path, 1_000), peak_of_a_run(tmp_path, 41_000)
    # Forty megabytes more went through. A key takes a quarter of a kilobyte.
    assert many - few < 20_000
