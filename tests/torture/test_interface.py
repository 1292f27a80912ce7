"""Thousands of requests made from the description that a server gives of itself.

schemathesis reads `/openapi.json`, and asks for everything in it: what the schemas allow, what lies
at their edges, what they do not allow, wrong methods, and no key at all.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from campaigns.credentials import SIGNING_SECRET, WRITE_KEY

pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]

EXAMPLES = 100
FEW = 6
"""Of each operation, beside those at the edges of its schemas, which are always made."""
ALIKE = "^/v1/(identify|page|screen|group|alias|import|[tipsgab])$|^/beacon/"
"""Operations that take the same as `/v1/track` or `/v1/batch`: left out unless all is run."""

PIPELINE = f"""\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  hook:
    destination: webhook
    blueprint: webhook/default
    settings: {{url: "http://127.0.0.1:9/"}}
server:
  listen: 127.0.0.1:0
  write_keys: [{WRITE_KEY}]
  signing_secret: {SIGNING_SECRET}
"""
# A message that is no event is accepted, and dead with its reason, for an SDK gives up a whole
# batch for one refusal: what no schema allows is not refused. Nor can a schema say that `data` is
# Base64, or OpenAPI that any prefix may stand before a path: /pixel is one, for an event posted.
CONFIGURATION = f"""\
[parameters]
"path.key" = "{WRITE_KEY}"
[checks]
negative_data_rejection.enabled = false
[[operations]]
include-path-regex = "pixel"
checks.positive_data_acceptance.enabled = false
checks.unsupported_method.enabled = false
[generation]
deterministic = true
max-examples = {{examples}}
"""


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    """A server in a process of its own; where it is."""
    (tmp_path / "sendoff.yaml").write_text(PIPELINE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sendoff", "serve", "--no-debugger", "--grace", "0s",
        cwd=tmp_path, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr
    try:
        async with asyncio.timeout(30):
            told = await process.stderr.readuntil(b"for this machine alone")
        yield re.findall(r"http://[0-9.:]+", told.decode())[0]
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_no_request_breaks_it_and_every_answer_is_as_described(
    server: str, tmp_path: Path, whole: bool, figures: Callable[[str], None]
) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION.format(examples=EXAMPLES if whole else FEW))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "--config-file", configuration,
        "run", f"{server}/openapi.json", "--no-color",
        *([] if whole else ["--exclude-path-regex", ALIKE]),
        cwd=tmp_path, env={**os.environ, "SCHEMATHESIS_HOOKS": "campaigns.credentials"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    async with httpx.AsyncClient(trust_env=False) as http:
        counted = (await http.get(f"{server}/metrics")).text
    assert process.returncode == 0, said
    made = re.search(r"(\d+) generated", said)
    accepted = re.search(r"^sendoff_events_accepted_total (\d+)", counted, re.MULTILINE)
    assert made
    assert accepted
    assert "internal_error" not in counted
    figures(f"{made[1]} requests made from the description, {accepted[1]} events accepted")
