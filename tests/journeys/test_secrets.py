"""No secret in anything that a run prints, logs, records, raises or shows of itself.

The server is hostile: whatever reaches it, it answers with the key, in every form and place. The
same run with redaction switched off finds every form, so that finding none means something.
"""

from __future__ import annotations

import asyncio
import gc
import gzip
import html
import json
import logging
import os
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from sendoff import ConfigurationError, Sendoff
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import Application, serve
from sendoff.store.deaths import DeadQuery
from sendoff.testing.sandbox import read_body
from sendoff_freshdesk.sandbox import create_sandbox
from sendoff_freshsuccess.sandbox import create_sandbox as freshsuccess_sandbox
from sendoff_webhook.sandbox import create_sandbox as webhook_sandbox

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
        body = await read_body(receive) or b""
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

    def decided(self, events: Sequence[Any]) -> None:
        for event in events:
            if any(b"job_title" in decision.body for decision in event.decisions):
                raise ValueError(event)

    def attempted(self, attempts: Sequence[Any]) -> None:
        for delivery, outcome, _settlement in attempts:
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
            letters = await sendoff.store.dead(DeadQuery("support"))
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
    for name in ("aiohttp", "httpx", "asyncio", "sendoff"):
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
    assert "sendoff.journal" in logged
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


# Two more destinations: one with both keys in the path, one with whatever a receiver asks for.

AUTH_KEY = 'Au7/x+%2F&"\\é9zQ'
API_KEY = "k3y?#w1th;=ümläut@'b"
SECRETS = {
    "auth key": AUTH_KEY,
    "api key": API_KEY,
    "token": "t0k3n+5f4dcc3b/5aa765d6=",
    "user": "us3r&name~77",
    "password": 'p4ss wörd/"%',
    "hmac secret": "hm4c\\s3cret<key>",
    "header": "h34der'value; q=1",
}
ROUTES = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings:
      base_url: "${env:SERVER}"
      auth_key: "${env:AUTH_KEY}"
      api_key: "${env:API_KEY}"
      verify_keys: true
    batch: {max_events: 1}
  bearer:
    destination: webhook
    blueprint: webhook/default
    settings: {url: "${env:HOOK}", auth: {type: bearer, token: "${env:TOKEN}"}}
  basic:
    destination: webhook
    blueprint: webhook/default
    settings:
      url: "${env:HOOK}"
      auth: {type: basic, user: "${env:USER_NAME}", password: "${env:PASSWORD}"}
      headers: {X-Key: "${env:HEADER}"}
  hmac:
    destination: webhook
    blueprint: webhook/default
    settings: {url: "${env:HOOK}", auth: {type: hmac, secret: "${env:HMAC_SECRET}"}}
"""
NAMES = {
    "AUTH_KEY": "auth key", "API_KEY": "api key", "TOKEN": "token", "USER_NAME": "user",
    "PASSWORD": "password", "HMAC_SECRET": "hmac secret", "HEADER": "header",
}  # fmt: skip
HOOK = "/hooks/T024/xK9-b00k?sig=s1g%2Fn4ture"


def forms_of(secrets: Mapping[str, str]) -> dict[str, str]:
    """Each secret in the forms that a URL, a header, a body or a traceback has it in."""
    found = {}
    for name, secret in secrets.items():
        found[f"{name}, plain"] = secret
        found[f"{name}, percent-encoded"] = quote(secret, safe="")
        found[f"{name}, as a path"] = quote(secret, safe="!$&'()*+,;=:@/")
        found[f"{name}, as JSON"] = json.dumps(secret)[1:-1]
        found[f"{name}, as HTML"] = html.escape(secret)
        found[f"{name}, as Python"] = repr(secret)[1:-1]
    user, password = secrets["user"], secrets["password"]
    found["Basic"] = b64encode(f"{user}:{password}".encode()).decode()
    return found


def surroundings(url: str) -> dict[str, str]:
    return {name: SECRETS[key] for name, key in NAMES.items()} | {
        "SERVER": url, "HOOK": url + HOOK
    }  # fmt: skip


def call(name: str, **properties: object) -> dict[str, Any]:
    return {
        "type": "track", "event": name, "messageId": name, "userId": "u-1",
        "timestamp": "2026-01-01T00:00:00Z", "properties": properties,
        "context": {"groupId": "acct-4410", "sessionId": "s-9f2c"},
    }  # fmt: skip


CALLS = [
    call("plain"),
    *(call(f"echo-{status}") for status in (200, 202, 409, 413, 422, 500, 503)),
    call("spill", **SECRETS),
    # The answer comes to a key just where a record, or a reason, is cut.
    *(call(f"cut-{number}-{before}") for number in range(len(SECRETS)) for before in (6, 12)),
]
LAST_CALL = call("echo-401")


class Parrot:
    """A server that knows every secret and says it: in reason, headers and body."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._told: set[tuple[str, str]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive) or b""
        coded = dict(scope["headers"]).get(b"content-encoding") == b"gzip"
        about = re.search(rb"(echo|cut)-([0-9-]+)", gzip.decompress(body) if coded else body)
        asked = scope["raw_path"].decode()
        status, said = self._answer(about, asked)
        # In a header nothing is escaped, and the path stands as it was asked for.
        named = " is ".join([asked, *SECRETS.values()]).encode()
        tell = [(b"x-echo", named), (b"location", asked.encode())]
        await send({"type": "http.response.start", "status": status, "headers": tell})
        await send({"type": "http.response.body", "body": said.encode()})

    def _answer(self, about: re.Match[bytes] | None, asked: str) -> tuple[int, str]:
        forms = forms_of(SECRETS)
        said = " is ".join([self._url() + HOOK, *forms.values()])
        if asked.startswith("/v1/"):
            said += f" at {asked}, which is {unquote(asked)}"
        if about is None:
            return 200, said
        kind, what = about[1].decode(), about[2].decode()
        if kind == "cut":
            number, before = map(int, what.split("-"))
            secret = list(SECRETS.values())[number]
            if asked.startswith("/v1/"):
                return 200, "x" * (32 * 1024 - before) + secret + "x" * 99
            return 422, json.dumps({"message": "x" * (499 - before) + secret + "x" * 99})
        # What would hold the one route is final for the other.
        status = int(what)
        if asked.startswith("/v1/") and status in {409, 422}:
            status = 200
        again = (asked, what) in self._told
        self._told.add((asked, what))
        return (200 if again and status >= 500 else status), said


@asynccontextmanager
async def parrot() -> AsyncIterator[str]:
    at = ""
    async with serve(Parrot(lambda: at)) as server:
        at = server.url
        yield at


class Spilling(Noting):
    """A watcher of somebody's own, that fails with all it is told."""

    def attempted(self, attempts: Sequence[Any]) -> None:
        raise ValueError(attempts)


async def run_both(folder: Path, *, redact: bool) -> tuple[str, dict[str, Any], str]:
    """All that can be seen of such a run from inside the program, its counts, and the address."""
    path = folder / "sendoff.yaml"
    path.write_text(ROUTES, encoding="utf-8")
    seen: list[Any] = []
    async with parrot() as url:
        setting = Setting(random=lambda: 0.0, redact_secrets=redact)
        around = Surroundings(environ=surroundings(url))
        async with Sendoff.open(
            path, work=True, around=around, setting=setting, watchers=[Spilling()]
        ) as sendoff:
            sendoff.journal.subscribe(seen.append)
            await sendoff.send_many(CALLS)
            await sendoff.drain(timeout=30)
            await sendoff.send(LAST_CALL)
            counts = dict(await sendoff.drain(timeout=30))
            seen += [around, *shown(sendoff)]
            for route in sendoff.pipeline.routes:
                connection = sendoff.connect(route)
                seen += [*parts(connection), *await connection.verify([])]
            letters = await sendoff.store.dead(DeadQuery())
            seen += [(letter.reason, letter.detail) for letter in letters]
    gc.collect()
    return "\n".join(map(written, [*seen, counts])), counts, url


def parts(connection: Any) -> list[Any]:
    """A connection and what it is made of, as a debugger lists it: objects, not their values."""
    found, queue = [], [connection]
    while queue:
        each = queue.pop()
        if type(each).__module__.startswith(("sendoff", "httpx")) and each not in found:
            found.append(each)
            queue += vars(each).values() if hasattr(each, "__dict__") else []
    return found


def leaks(text: str, url: str) -> set[str]:
    forms = forms_of(SECRETS) | {"address": url + HOOK}
    return {name for name, form in forms.items() if form in text}


def beginnings(text: str) -> set[str]:
    """Beginnings of a secret, plain or percent-encoded, that are long enough to be one."""
    spelled = {each for secret in SECRETS.values() for each in (secret, quote(secret, safe=""))}
    cuts = {each[:length] for each in spelled for length in range(5, len(each))}
    return {cut for cut in cuts if cut in text}


@pytest.mark.usefixtures("_everything_is_logged")
async def test_no_key_of_a_path_and_no_proof_of_a_webhook_is_seen_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    seen, counts, url = await run_both(tmp_path, redact=True)
    printed = "".join(capfd.readouterr())
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    for name, route in counts["routes"].items():
        assert route["held"], name
        assert route["waiting"] == 1
        assert route["delivered"] > 4
        assert route["dead"] > 0
    for where, text in {"seen": seen, "printed": printed, "logged": logged}.items():
        assert not leaks(text, url), where
        assert not beginnings(text), where
    assert "***" in seen
    assert "***" in logged


@pytest.mark.usefixtures("_everything_is_logged")
async def test_without_redaction_those_are_seen_in_every_form(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen, _counts, url = await run_both(tmp_path, redact=False)
    assert leaks(seen, url) == {*forms_of(SECRETS), "address"}
    assert beginnings(seen)
    assert leaks(caplog.text, url)


COMMANDS: Sequence[tuple[int, tuple[str, ...]]] = [
    (4, ("run", "events.ndjson", "--journal", "journal.ndjson")),
    (4, ("run", "events.ndjson", "--json")),
    (0, ("doctor", "--json")),
    (0, ("explain", "events.ndjson:9", "--json")),
]


async def test_none_of_them_is_printed_by_a_command(tmp_path: Path) -> None:
    (tmp_path / "sendoff.yaml").write_text(ROUTES, encoding="utf-8")
    (tmp_path / "events.ndjson").write_text("\n".join(map(json.dumps, [*CALLS[:12], LAST_CALL])))
    async with parrot() as url:
        environ = {**os.environ, **surroundings(url)}

        async def command(*words: str) -> tuple[int | None, str]:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "sendoff", *words, cwd=tmp_path, env=environ,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            out, _ = await process.communicate()
            return process.returncode, out.decode()

        ended = await asyncio.gather(*(command(*words) for _, words in COMMANDS))
    said = {" ".join(words): out for (_, words), (_, out) in zip(COMMANDS, ended, strict=True)}
    said["journal"] = (tmp_path / "journal.ndjson").read_text()
    for (code, words), (returned, out) in zip(COMMANDS, ended, strict=True):
        assert returned == code, (words, out)
    for where, text in said.items():
        assert len(text) > 20, where
        assert not leaks(text, url), where
        assert not beginnings(text), where


HOOK_ROUTE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  hook:
    destination: webhook
    blueprint: webhook/default
    settings: {url: "${env:HOOK}", auth: {type: bearer, token: "${env:TOKEN}"}}
"""


async def told_by_a_hook(folder: Path, said: str) -> str:
    """What is recorded of a delivery that is refused with these words."""

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 422, "headers": []})
            await send({"type": "http.response.body", "body": said.encode()})

    (folder / "sendoff.yaml").write_text(HOOK_ROUTE)
    async with serve(refusing) as server:
        around = Surroundings(environ=surroundings(server.url))
        async with Sendoff.open(folder / "sendoff.yaml", work=True, around=around) as sendoff:
            records: list[Any] = []
            sendoff.journal.subscribe(records.append)
            await sendoff.send(call("plain"))
            await sendoff.drain(timeout=30)
            [letter] = await sendoff.store.dead(DeadQuery("hook"))
            return "\n".join([*map(written, records), repr(letter)])


async def test_the_path_of_a_secret_address_is_as_secret(tmp_path: Path) -> None:
    assert "xK9-b00k" not in await told_by_a_hook(tmp_path, f"Cannot POST {HOOK}")


async def test_the_path_of_a_secret_address_is_as_secret_without_its_query(tmp_path: Path) -> None:
    said = f"Cannot POST {HOOK.partition('?')[0]}"
    assert "xK9-b00k" not in await told_by_a_hook(tmp_path, said)


async def test_a_text_that_shrinks_after_it_was_cut_shows_no_half_secret(tmp_path: Path) -> None:
    said = "refused:" + " " * 1980 + SECRETS["token"]
    assert SECRETS["token"][:5] not in await told_by_a_hook(tmp_path, said)


async def shown_by(app: Any, *requests: httpx.Request) -> str:
    """The page of a sandbox after these requests."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        for request in requests:
            await client.send(request)
        return (await client.get("/_sandbox")).text


def posted(path: str, **headers: str) -> httpx.Request:
    line = '{"accountId":"a","userId":"u","createdAt":1767225600000,"action":"feature"}'
    return httpx.Request("POST", f"http://sandbox{path}", content=line, headers={
        "content-type": "application/json", **headers})  # fmt: skip


async def test_no_key_stands_on_the_page_of_a_sandbox() -> None:
    auth, api = (quote(key, safe="") for key in (AUTH_KEY, API_KEY))
    page = await shown_by(
        freshsuccess_sandbox(auth_key=AUTH_KEY, api_key=API_KEY),
        *map(posted, (f"/v1/{auth}/{api}", f"/v1/{api}/{auth}", f"/v1/{auth}", f"/{auth}?{api}",
                      f"/v1/{auth}/{api}/?k={api}", f"/v2/{auth}/{api}", f"//{auth}"))
    )  # fmt: skip
    assert page.count("***") > 10
    assert "swapped" in page
    assert not leaks(page, "")
    assert not beginnings(page)


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "bearer", "token": SECRETS["token"]},
        {"type": "basic", "user": SECRETS["user"], "password": SECRETS["password"]},
        {"type": "hmac", "secret": SECRETS["hmac secret"]},
    ],
)
async def test_no_proof_stands_on_the_page_of_a_sandbox(auth: dict[str, str]) -> None:
    given = f"Bearer {SECRETS['token']}"
    basic = b64encode(f"{SECRETS['user']}:{SECRETS['password']}".encode()).decode()
    page = await shown_by(
        webhook_sandbox(auth=auth),
        posted(HOOK), posted(HOOK, authorization=given), posted(HOOK, authorization=f"{given}x"),
        posted(HOOK, authorization=f"Basic {basic}"),
        posted(HOOK, **{"x-timestamp": "1", "x-signature": f"sha256={SECRETS['hmac secret']}"}),
    )  # fmt: skip
    assert '"path":"/***"' in page
    assert not leaks(page, "")
    assert not beginnings(page)
    assert "xK9" not in page
    assert "s1g" not in page
