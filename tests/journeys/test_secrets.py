"""No secret in anything that a run prints, logs, records, raises or shows of itself.

The server is hostile: whatever reaches it, it answers with the key, in every form and place. The
same run with redaction switched off finds every form, so that finding none means something.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sendoff import ConfigurationError, Sendoff
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import Application, serve
from sendoff_freshdesk.sandbox import create_sandbox

KEY = 'K9x/acme+42%&"Zq7\\vW3'
WRITE_KEY = "wk-5d41402abc4b2a76"
FORMS = {
    "plain": KEY,
    "percent-encoded": quote(KEY, safe=""),
    "as JSON": json.dumps(KEY)[1:-1],
    "Basic": b64encode(f"{KEY}:X".encode()).decode(),
    "inside Basic": b64encode(KEY.encode()).decode()[:24],
    "write key": WRITE_KEY,
    "write key, percent-encoded": quote(f"{WRITE_KEY}@example.com", safe=""),
}
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    settings: {base_url: "${env:SERVER}", api_key: "${env:FRESHDESK_API_KEY}"}
server: {write_keys: ["${env:WRITE_KEY}"]}
"""
CONSENT = {"consent": {"canonical": {"marketing": True}}}


def identify(name: str, **more: Any) -> dict[str, Any]:
    traits = {"name": name, "email": f"{name}@example.com", **more}
    return {"type": "identify", "userId": name, "traits": traits, "context": CONSENT}


def cut(length: int) -> str:
    """The name of a person about whom the server says so much before it comes to the key."""
    return f"cut{length}"


EVENTS: list[Any] = [
    identify("ada"),
    identify("echo-400"),
    identify("echo-503"),
    identify("echo-html"),
    identify("echo-409"),
    # Keys in the values of events: in a payload, in a query, and where they are refused.
    identify("bob", title=KEY),
    identify("carl", email=f"{WRITE_KEY}@example.com"),
    identify("dora", email=f"{WRITE_KEY}@example.com", title="Head"),
    identify("eve", email=f"{KEY} {WRITE_KEY}"),
    {"type": "track", "event": KEY, "userId": "ada", "context": CONSENT},
    {"type": KEY},
    f"{{{KEY}",
    *(identify(cut(length)) for length in range(350, 400)),
    identify("echo-429"),
]
LAST = identify("echo-401")


class Hostile:
    """A Freshdesk account, behind something that says back what it was told, and more."""

    def __init__(self) -> None:
        self._desk = create_sandbox(
            api_key=KEY, custom_fields=["signup_method"], additional_info=False
        )
        self._tired: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._desk(scope, receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = dict(scope["headers"]).get(b"authorization", b"").decode()
        name = json.loads(body)["name"] if scope["method"] == "POST" else ""
        answer = self._answer(name, given)
        if answer is None:
            await self._desk(scope, _once(body), self._echoing(send, given))
        else:
            await _write(send, *answer, given)

    def _answer(self, name: str, given: str) -> tuple[int, str] | None:
        """What is said to a request about this person; None where Freshdesk answers."""
        said = echo(given)
        validation = {"errors": [{"field": "email", "code": "invalid_value", "message": said}]}
        if name.startswith("cut"):
            return 400, json.dumps({"message": "x" * int(name[3:]) + KEY, "code": "no"})
        if name in {"echo-503", "echo-429", "echo-html"} and name in self._tired:
            return None
        self._tired.add(name)
        answers = {
            "echo-400": (400, json.dumps(validation)),
            "echo-409": (409, json.dumps({"message": said})),
            "echo-503": (503, said),
            "echo-html": (502, f"<html>{said}</html>"),
            "echo-429": (429, said),
            "echo-401": (401, json.dumps({"code": "invalid_credentials", "message": said})),
        }
        return answers.get(name)

    def _echoing(self, send: Any, given: str) -> Callable[[Any], Any]:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_echo_headers(given)]
            await send(message)

        return sending


def echo(given: str) -> str:
    """What was given as authorization, in every form."""
    user = b64decode(given.removeprefix("Basic ")).decode().rpartition(":")[0]
    return f"{given} is {user} is {quote(user, safe='')} is {b64encode(user.encode()).decode()}"


def _echo_headers(given: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-echo", echo(given).encode()), (b"www-authenticate", given.encode())]


def _once(body: bytes) -> Callable[[], Any]:
    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    return receive


async def _write(send: Any, status: int, body: str, given: str) -> None:
    headers = [*_echo_headers(given), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


class Noting:
    """A watcher of somebody's own, that fails with what it knows when a key is among it."""

    def decided(self, event: Any) -> None:
        if any(b"job_title" in decision.body for decision in event.decisions):
            raise ValueError(event)

    def attempted(self, delivery: Any, outcome: Any, settlement: Any) -> None:
        if b"job_title" in delivery.body:
            raise ValueError(outcome, delivery.body)

    def held(self, route: str, reason: str | None, detail: str) -> None:
        raise ValueError(detail)


@asynccontextmanager
async def hostile_server() -> AsyncIterator[str]:
    app: Application = Hostile()
    async with serve(app) as server:
        yield server.url


def environment(url: str) -> dict[str, str]:
    return {"SERVER": url, "FRESHDESK_API_KEY": KEY, "WRITE_KEY": WRITE_KEY}


async def run(folder: Path, *, redact: bool) -> tuple[str, dict[str, Any]]:
    """All that can be seen of a run from inside the program, and its counts."""
    path = folder / "sendoff.yaml"
    path.write_text(PIPELINE)
    seen: list[Any] = []
    async with hostile_server() as url:
        setting = Setting(random=lambda: 0.0, redact_secrets=redact)
        around = Surroundings(environ=environment(url))
        async with Sendoff.open(
            path, work=True, around=around, setting=setting, watchers=[Noting()]
        ) as sendoff:
            sendoff.journal.subscribe(seen.append)
            for event in EVENTS:
                await sendoff.send(event)
            await sendoff.drain(timeout=30)
            await sendoff.send(LAST)
            counts = dict(await sendoff.drain(timeout=30))
            seen += [around, *shown(sendoff)]
            letters = await sendoff.store.dead("support")
            seen += [(letter.reason, letter.detail) for letter in letters if letter.delivery]
    gc.collect()
    return "\n".join(map(written, [*seen, counts])), counts


def shown(sendoff: Sendoff) -> list[Any]:
    """What a program may come to print of an open pipeline."""
    lanes = sendoff.worker.lanes if sendoff.worker else ()
    routes = sendoff.pipeline.routes
    return [
        sendoff, sendoff.pipeline, sendoff.redactor, sendoff.store, sendoff.journal,
        sendoff.tally, sendoff.tally.routes, sendoff.tally.as_json(), sendoff.router,
        sendoff.worker,
        *routes, *(route.route for route in routes), *(route.program for route in routes),
        *(sendoff.connect(route) for route in routes),
        *lanes, *(lane.hold for lane in lanes), *(lane.settings for lane in lanes),
    ]  # fmt: skip


def written(value: Any) -> str:
    """A value as it is printed and shown, as a journal's file has it, and each text in it."""
    plain = json.dumps(value, default=repr) if isinstance(value, dict) else ""
    return "\n".join([str(value), repr(value), plain, *texts(value)])


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def found(text: str) -> set[str]:
    return {name for name, form in FORMS.items() if form in text}


def halves(text: str) -> set[str]:
    """Beginnings of the key that are long enough to be one."""
    return {KEY[:length] for length in range(5, len(KEY)) if KEY[:length] in text}


@pytest.fixture
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpcore", "httpx", "asyncio", "sendoff"):
        caplog.set_level(logging.DEBUG, name)


@pytest.mark.usefixtures("_everything_is_logged")
async def test_no_secret_is_seen_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    seen, counts = await run(tmp_path, redact=True)
    printed = "".join(capfd.readouterr())
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert counts["invalid"] == 2
    route = counts["routes"]["support"]
    assert route["held"] == "credentials_refused"
    assert (route["waiting"], route["delivered"]) == (1, 6)
    assert "httpcore" in logged
    for where, text in {"seen": seen, "printed": printed, "logged": logged}.items():
        assert not found(text), where
        assert not halves(text), where
    assert "***" in seen
    assert "***" in logged


@pytest.mark.usefixtures("_everything_is_logged")
async def test_without_redaction_every_form_is_seen_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen, _counts = await run(tmp_path, redact=False)
    assert found(seen) == set(FORMS)
    assert halves(seen)
    assert {"plain", "Basic"} <= found(caplog.text)
    assert any(record.name == "httpcore.http11" and found(record.getMessage())
               for record in caplog.records)  # fmt: skip


@pytest.mark.parametrize("options", [(), ("--json",), ("--clear",)])
async def test_no_secret_is_printed_by_the_command(tmp_path: Path, options: tuple[str]) -> None:
    (tmp_path / "sendoff.yaml").write_text(PIPELINE)
    lines = (event if isinstance(event, str) else json.dumps(event) for event in [*EVENTS, LAST])
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    async with hostile_server() as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sendoff", "run", "events.ndjson", "--journal", "journal.ndjson",
            "--wait", "10s", *options, cwd=tmp_path, env={**os.environ, **environment(url)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = (text.decode() for text in await process.communicate())
    journal = (tmp_path / "journal.ndjson").read_text()
    assert process.returncode == 4, err
    assert "credentials_refused" in out
    assert len(journal.splitlines()) > 100
    for where, text in {"out": out, "err": err, "journal": journal}.items():
        assert not found(text), where
        assert not halves(text), where


WRONG = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: "${env:FRESHDESK_API_KEY}"
routes:
  support:
    destination: "${env:FRESHDESK_API_KEY}"
    blueprint: "${env:WRITE_KEY}"
  other:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: "a b", api_key: "${env:FRESHDESK_API_KEY} ${env:WRITE_KEY}", apikey: x}
    limits: {timeout: "${env:WRITE_KEY}"}
server: {write_keys: ["${env:WRITE_KEY}"]}
"""


@pytest.mark.parametrize("text", [PIPELINE.replace("api_key:", "apikey:"), WRONG])
async def test_no_secret_of_a_secret_setting_is_told_of_a_wrong_file(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "sendoff.yaml"
    path.write_text(text)
    around = Surroundings(environ=environment("http://127.0.0.1:1"))
    with pytest.raises(ConfigurationError) as caught:
        async with Sendoff.open(path, around=around):
            raise AssertionError
    settings = [problem for problem in caught.value.problems if "api" in str(problem)]
    assert settings
    assert not any(found(written(problem)) for problem in settings)
