"""No secret of the settings in what a run leaves behind, nor in what is read from it.

The destinations answer with the secrets they were given, in every form. What is looked at: the
bytes of the store and of its log, what its socket answers, and the commands that read it. The
commands do not know the secrets here, so nothing but what was kept can keep them quiet. The same
run with redaction switched off shows that they would be found.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sendoff import Sendoff
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import serve
from sendoff.store.deaths import DeadQuery
from sendoff.testing.sandbox import read_body

SECRETS = {
    "DESK_KEY": 'K9x/acme+42%&"Zq7\\vW3',
    "AUTH_KEY": "Au7/x+%2F&zQ9-left",
    "API_KEY": "k3y?w1th;=and@more",
    "TOKEN": "t0k3n+5f4dcc3b/5aa765d6=",
}
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: sqlite:./sendoff.db
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {base_url: "${env:SERVER}", api_key: "${env:DESK_KEY}"}
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings:
      base_url: "${env:SERVER}"
      auth_key: "${env:AUTH_KEY}"
      api_key: "${env:API_KEY}"
      compression: none
  hook:
    destination: webhook
    blueprint: webhook/default
    settings: {url: "${env:SERVER}/hook", auth: {type: bearer, token: "${env:TOKEN}"}}
"""
CONSENT = {"consent": {"canonical": {"marketing": True}}, "groupId": "acct-1", "sessionId": "s-1"}
STATUSES = [422, 409, 400, 401]
"""What is answered to one person after the other; the last holds every route."""


def forms() -> dict[str, str]:
    found = {}
    for name, secret in SECRETS.items():
        found[f"{name}, plain"] = secret
        found[f"{name}, percent-encoded"] = quote(secret, safe="")
        found[f"{name}, as JSON"] = json.dumps(secret)[1:-1]
        found[f"{name}, twice as JSON"] = json.dumps(json.dumps(secret)[1:-1])[1:-1]
        found[f"{name}, Basic"] = b64encode(f"{secret}:X".encode()).decode()
    return found


def events(status: int) -> list[dict[str, Any]]:
    who = f"status-{status}"
    person = {"userId": who, "context": CONSENT, "timestamp": "2026-01-01T00:00:00Z"}
    traits = {"name": who, "email": f"{who}@example.com"}
    return [
        {"type": "identify", "messageId": f"i-{status}", "traits": traits, **person},
        {"type": "track", "event": who, "messageId": f"t-{status}", **person},
    ]


class Parrot:
    """Answers as an event asks for, with every form of every secret."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive) or b""
        status = next((each for each in STATUSES if f"status-{each}".encode() in body), 200)
        said = " is ".join(forms().values())
        text = json.dumps({"message": said, "errors": [{"field": "name", "message": said}]})
        headers = [(b"x-echo", said.encode()), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})


@asynccontextmanager
async def delivered(folder: Path, *, redact: bool) -> AsyncIterator[Sendoff]:
    """The pipeline, still open, after the run."""
    path = folder / "sendoff.yaml"
    path.write_text(PIPELINE, encoding="utf-8")
    setting = Setting(random=lambda: 0.0, redact_secrets=redact)
    async with serve(Parrot()) as server:
        around = Surroundings(environ={**SECRETS, "SERVER": server.url})
        async with Sendoff.open(path, work=True, around=around, setting=setting) as sendoff:
            for status in STATUSES:
                await sendoff.send_many(events(status))
                await sendoff.drain(timeout=10)
            yield sendoff


async def left_behind(folder: Path, *, redact: bool) -> dict[str, str]:
    """Everything that is left of a run, and that tells of it, by where it is."""
    async with delivered(folder, redact=redact) as sendoff:
        ids = [each.id for each in await sendoff.store.dead(DeadQuery())]
        show = [("dead", "show", *ids), ("dead", "show", *ids, "--json")]
        tail, others = await asyncio.gather(tailed(folder), told(folder, [*COMMANDS, *show]))
        seen = {"tail": tail, **others, **files(folder)}
    return seen | {f"{name}, closed": text for name, text in files(folder).items()}


def files(folder: Path) -> dict[str, str]:
    return {
        path.name: path.read_bytes().decode("latin-1")
        for path in folder.glob("sendoff.db*")
        if path.is_file()
    }


COMMANDS: list[tuple[str, ...]] = [
    ("status",),
    ("status", "--json"),
    ("dead", "list", "--clear"),
    ("dead", "list", "--json"),
    ("explain", "--id", "i-422", "--clear"),
    ("explain", "--id", "i-422", "--json"),
]
READER = """
import asyncio, json, sys
from pathlib import Path
from sendoff import Sendoff
from sendoff.cli.commands import sendoff
from sendoff.documents import read_file
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.store.deaths import DeadQuery

async def asked():
    pipeline = load_pipeline(read_file(Path("sendoff.yaml")), Surroundings(), need_secrets=False)
    async with Sendoff.open(pipeline) as opened:
        store = opened.store
        print(type(store).__name__, await store.notes(), await store.dead(DeadQuery()))
        print(await store.totals(), await store.facts("hold", ["support", "success", "hook"]))

asyncio.run(asked())
for words in json.loads(sys.argv[1]):
    print("\\0" + " ".join(words[:4]), flush=True)
    try:
        sendoff.main(words)
    except SystemExit:
        pass
"""
"""Another process: it asks the store over its socket, then runs one command after another."""


async def told(folder: Path, commands: Sequence[Sequence[str]]) -> dict[str, str]:
    """What the socket answers, and what the commands say."""
    process = await started(folder, "-c", READER, json.dumps(commands))
    out, _ = await process.communicate()
    answers, *said = out.decode().split("\0")
    assert "GuestStore" in answers, answers
    by_command = {text.partition("\n")[0]: text.partition("\n")[2] for text in said}
    return {"what the socket answers": answers, **by_command}


async def tailed(folder: Path) -> str:
    """What `tail` says, which goes on until it is stopped."""
    process = await started(folder, "-m", "sendoff", "tail", "-n", "500", "--clear")
    said = b""
    assert process.stdout
    while b"held: " not in said and (line := await process.stdout.readline()):
        said += line
    process.terminate()
    out, _ = await process.communicate()
    return (said + out).decode()


async def started(folder: Path, *words: str) -> asyncio.subprocess.Process:
    """A process of Python that knows no secret."""
    environ = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=folder, env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


def leaks(text: str) -> set[str]:
    return {name for name, form in forms().items() if form in text}


async def test_no_secret_is_left_behind_by_a_run(tmp_path: Path) -> None:
    seen = await left_behind(tmp_path, redact=True)
    for where, text in seen.items():
        assert not leaks(text), where
        assert where.startswith("sendoff.db") or "***" in text, where
    assert "***" in seen["sendoff.db, closed"]


async def test_without_redaction_they_are_found_in_every_place(tmp_path: Path) -> None:
    seen = await left_behind(tmp_path, redact=False)
    found = {where: leaks(text) for where, text in seen.items()}
    assert found["sendoff.db-wal"] or found["sendoff.db"]
    assert found["sendoff.db, closed"]
    for where, leaked in found.items():
        assert where.startswith("sendoff.db") or leaked, where
    assert set.union(*found.values()) == set(forms())
