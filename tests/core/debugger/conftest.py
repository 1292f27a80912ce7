"""A debugger over a pipeline that delivers into a Freshdesk sandbox, in this process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sendoff import records
from sendoff.debugger.app import application, debugger
from sendoff.debugger.context import Debugger
from sendoff.documents import read_document
from sendoff.pipeline import Sendoff, Setting
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff_freshdesk.sandbox import create_sandbox

PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: sandbox-key}
  second:
    destination: freshdesk
    blueprint: freshdesk/create-only
    enabled: false
    settings: {domain: acme, api_key: sandbox-key}
redact: [email, phone, name]
"""


@dataclass(frozen=True)
class Site:
    """A debugger, and a browser of it without scripts."""

    sendoff: Sendoff
    debugger: Debugger
    browser: httpx.AsyncClient

    async def send(self, message_id: str, **parts: Any) -> int:
        """A sign-up with consent, changed by `parts`; its number, once all is settled."""
        event = {
            "type": "track", "event": "Signed Up", "messageId": message_id, "userId": "usr_123",
            "context": {
                "consent": {"marketing": True},
                "traits": {"name": "John Doe", "email": "john.doe@example.com"},
            },
        }  # fmt: skip
        number = (await self.sendoff.send(json.dumps(event | parts))).number
        await self.sendoff.drain()
        await self.kept(number)
        return number

    async def kept(self, number: int) -> None:
        """Wait until the journal in the store tells how the deliveries of an event ended."""
        wanted = {
            each.delivery_id
            for one in await self.sendoff.store.decisions([number])
            for each in one.decisions
            if each.verdict == "send"
        }
        last, decided = 0, False
        while wanted or not decided:
            last, found = await records.after(self.sendoff.store, last, 100, wait=10.0)
            assert found, "the journal says no more"
            decided = decided or any(
                each["kind"] == "decision" and each["number"] == number for each in found
            )
            wanted -= {each["delivery_id"] for each in found if each["kind"] == "attempt"}

    async def json(self, path: str) -> Any:
        """The facts of a page."""
        answer = await self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def page(self, path: str) -> str:
        """A page as people get it."""
        answer = await self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture(scope="session")
def around() -> Surroundings:
    """The plugins and presets that are installed, found once."""
    return Surroundings()


@pytest.fixture(scope="session")
def pipeline(around: Surroundings) -> Pipeline:
    """A route that is on, `support`, and one that is off, `second`."""
    return load_pipeline(read_document(PIPELINE, "sendoff.yaml"), around)


@pytest.fixture
async def site(pipeline: Pipeline, around: Surroundings) -> AsyncIterator[Site]:
    """A debugger over a pipeline that delivers to an account of its own."""
    desk = httpx.ASGITransport(app=create_sandbox(custom_fields=["signup_method"]))
    setting = Setting(transports=lambda _route: desk)
    async with AsyncExitStack() as stack:
        opening = Sendoff.open(pipeline, around=around, setting=setting, work=True)
        sendoff = await stack.enter_async_context(opening)
        context = debugger(sendoff, Path("sendoff.yaml"))
        browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application(context)),
            base_url="http://127.0.0.1:8081",
        )
        yield Site(sendoff, context, await stack.enter_async_context(browser))
