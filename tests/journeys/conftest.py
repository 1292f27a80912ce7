"""What the journeys share: a Freshdesk account in this process, and a pipeline that delivers to it.

Embedded, time is a clock that a test moves, so a wait of minutes takes none. On the command line
it is the real one, and the account is reached over a socket.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread, Timer
from typing import Any

import httpx
import pytest

from sendoff import Sendoff
from sendoff.cli.commands import sendoff as sendoff_command
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import Application, serve
from sendoff.testing.clock import VirtualClock
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

DURABLE_PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: sqlite:./sendoff.db
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {base_url: "${env:SANDBOX_URL}", api_key: "${env:FRESHDESK_API_KEY}"}
"""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def pipeline() -> str:
    """A pipeline file of one route, `support`, to the Freshdesk account `acme`."""
    return """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    settings: {domain: acme, api_key: "${env:FRESHDESK_API_KEY}"}
"""


@pytest.fixture
def two_routes(pipeline: str) -> str:
    """The same with two routes to that account, `first` and `second`."""
    return pipeline.replace("support:", "first: &route") + "  second: *route\n"


@pytest.fixture
def account(clock: VirtualClock) -> Callable[..., FreshdeskSandbox]:
    """Opens a Freshdesk account with these switches, on the clock of the test."""

    def open_account(**switches: object) -> FreshdeskSandbox:
        return create_sandbox(
            clock=lambda: clock.now().timestamp(), sleep=clock.sleep,
            **{"custom_fields": ["signup_method"], **switches},
        )  # fmt: skip

    return open_account


@pytest.fixture
def desk(account: Callable[..., FreshdeskSandbox]) -> FreshdeskSandbox:
    """A Freshdesk account as it usually is; its key is `sandbox-key`."""
    return account()


@pytest.fixture
def opened(
    pipeline: str, tmp_path: Path, clock: VirtualClock, desk: FreshdeskSandbox
) -> Callable[..., AbstractAsyncContextManager[Sendoff]]:
    """Opens a pipeline file (by default `pipeline`) whose routes reach `desk`, without a socket.

    `to` is another account, `key` another API key in the environment; the rest goes to
    `Sendoff.open`.
    """

    def open_pipeline(
        text: str = pipeline, *, to: FreshdeskSandbox = desk, key: str = "sandbox-key",
        **options: Any,
    ) -> AbstractAsyncContextManager[Sendoff]:  # fmt: skip
        path = tmp_path / "sendoff.yaml"
        path.write_text(text, encoding="utf-8")
        transport = httpx.ASGITransport(app=to)
        setting = Setting(clock=clock, random=lambda: 0.5, transports=lambda _route: transport)
        around = Surroundings(environ={"FRESHDESK_API_KEY": key})
        return Sendoff.open(path, **{"work": True, "around": around, "setting": setting, **options})

    return open_pipeline


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it wrote, as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """What it wrote, as a line of JSON each."""
        return [json.loads(line) for line in self.out.splitlines()]


class CommandLine:
    """`sendoff` in a folder of its own, with a pipeline to `desk` whose store is a file.

    Commands that end are run in this process, which takes a tenth of the time; `start` is for those
    that do not. So its tests are no coroutines.
    """

    def __init__(
        self, folder: Path, desk: FreshdeskSandbox, environ: pytest.MonkeyPatch,
        written: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        self.folder = folder
        self.desk = desk
        self.pipeline = folder / "sendoff.yaml"
        self.pipeline.write_text(DURABLE_PIPELINE)
        self._started: list[subprocess.Popen[str]] = []
        self._environ = environ
        self._written = written
        environ.chdir(folder)
        environ.setenv("COLUMNS", "80")
        self.key("sandbox-key")

    def key(self, key: str | None) -> None:
        """Let the commands to come have this API key, or none."""
        if key is None:
            self._environ.delenv("FRESHDESK_API_KEY")
        else:
            self._environ.setenv("FRESHDESK_API_KEY", key)

    def leads_to(self, url: str) -> None:
        """Let the commands to come deliver to another address."""
        self._environ.setenv("SANDBOX_URL", url)

    def events(self, *events: dict[str, Any] | str) -> str:
        """A file of these events, or lines."""
        lines = [each if isinstance(each, str) else json.dumps(each) for each in events]
        (self.folder / "events.ndjson").write_text("\n".join(lines) + "\n")
        return "events.ndjson"

    def run(self, *arguments: str) -> Ended:
        """A command, to its end."""
        self._written.readouterr()
        with pytest.raises(SystemExit) as ended:
            sendoff_command.main(list(arguments), prog_name="sendoff")
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *self._written.readouterr())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that runs on, in a process of its own."""
        process = subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, "-m", "sendoff", *arguments], cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self._started.append(process)
        return process

    def told(self, process: subprocess.Popen[str], what: str) -> str:
        """The line in which a command that was started says something, which it will."""
        assert process.stderr
        impatience = Timer(60, process.kill)
        impatience.start()
        try:
            for line in process.stderr:
                if what in line:
                    return line
        finally:
            impatience.cancel()
        raise AssertionError(f"it ended, or was ended after a minute, without saying {what}")

    def end_of(self, process: subprocess.Popen[str]) -> Ended:
        """The end of a command that was started."""
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return Ended(process.returncode, out, err)

    def leave(self) -> None:
        """End what a test that failed has left running."""
        for process in self._started:
            with process:
                process.kill()

    def keep(self, *events: dict[str, Any] | bytes) -> None:
        """Put events into the store, and decide them, without delivering any."""

        async def send() -> None:
            async with Sendoff.open(self.pipeline) as sendoff:
                await sendoff.send_many([
                    each if isinstance(each, bytes) else json.dumps(each).encode()
                    for each in events
                ])  # fmt: skip

        asyncio.run(send())


@pytest.fixture
def served() -> Iterator[Callable[[Application], str]]:
    """Serves an application in a thread of its own; its address."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(_served(app))


@contextmanager
def _served(app: Application) -> Iterator[str]:
    ready: Queue[tuple[str, Callable[[], object]]] = Queue()

    async def until_stopped() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with serve(app) as server:
            ready.put((server.url, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    thread = Thread(target=asyncio.run, args=(until_stopped(),))
    thread.start()
    url, stop = ready.get(timeout=30)
    try:
        yield url
    finally:
        stop()
        thread.join()


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    served: Callable[[Application], str],
) -> Iterator[CommandLine]:  # fmt: skip
    desk = create_sandbox(custom_fields=["signup_method"])
    command_line = CommandLine(tmp_path, desk, monkeypatch, capsys)
    command_line.leads_to(served(desk))
    yield command_line
    command_line.leave()


@pytest.fixture
def person() -> Callable[..., dict[str, Any]]:
    """An identify call of the n-th person, with marketing consent; `traits` are added to theirs."""

    def identify(number: int, **traits: Any) -> dict[str, Any]:
        own = {"name": f"Person {number}", "email": f"person.{number}@example.com"}
        return {
            "type": "identify", "messageId": f"m{number}", "userId": f"usr_{number}",
            "traits": own | traits, "context": {"consent": {"canonical": {"marketing": True}}},
        }  # fmt: skip

    return identify
