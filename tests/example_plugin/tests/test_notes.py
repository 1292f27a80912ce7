from __future__ import annotations

import asyncio
from typing import Any

from sendoff import Sendoff
from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.serving import serve
from sendoff.testing.faults import FaultProxy, parse_toxic
from sendoff_notes.sandbox import BEARER, NotesSandbox

SIGN_UP = {
    "type": "track",
    "event": "Signed Up",
    "messageId": "m-1",
    "userId": "usr_123",
    "properties": {"method": "email"},
    "traits": {"name": "John Doe"},
}
PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: test
routes:
  notebook:
    destination: notes
    blueprint: notes/default
    settings: {{base_url: "{url}", token: {bearer}}}
store: memory
"""


async def counts(sandbox: NotesSandbox, *faults: str, bearer: str = BEARER) -> Any:
    async with serve(sandbox) as server, FaultProxy(upstream=server.address) as proxy:
        for fault in faults:
            proxy.add(parse_toxic(fault))
        document = read_document(PIPELINE.format(url=proxy.url, bearer=bearer), "sendoff.yaml")
        async with Sendoff.open(load_pipeline(document, Surroundings()), work=True) as sendoff:
            await sendoff.send(SIGN_UP)
            drained = await sendoff.drain(timeout=10)
    return drained["routes"]["notebook"]


def test_a_sign_up_becomes_a_note() -> None:
    sandbox = NotesSandbox()
    assert asyncio.run(counts(sandbox))["delivered"] == 1
    assert list(sandbox.notes.values()) == [
        {"text": "John Doe signed up with email", "person": "usr_123"}
    ]


def test_a_lost_answer_does_not_double_a_note() -> None:
    sandbox = NotesSandbox()
    assert asyncio.run(counts(sandbox, "lost_answer"))["skipped"] == 1
    assert len(sandbox.notes) == 1


def test_what_the_notebook_refuses_is_dead() -> None:
    assert asyncio.run(counts(NotesSandbox(status=400)))["dead"] == 1


def test_a_wrong_token_holds_the_route() -> None:
    held = asyncio.run(counts(NotesSandbox(), bearer="wrong-bearer"))
    assert (held["held"], held["waiting"]) == ("credentials_refused", 1)
