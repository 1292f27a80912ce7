"""`sendoff serve` with a webhook's receiver and a Freshdesk account behind it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from sdks.hosted import Hosted
from sdks.waiting import until
from sendoff_freshdesk.sandbox import create_sandbox as create_desk
from sendoff_webhook.sandbox import create_sandbox as create_hook

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

WRITE_KEY = "wk_journey_0123456789"
_PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: sqlite:./sendoff.db
routes:
  hook:
    destination: webhook
    blueprint: webhook/default
    settings: {url: "${env:HOOK_URL}"}
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {base_url: "${env:DESK_URL}", api_key: "${env:DESK_KEY}"}
server: {listen: "127.0.0.1:%d", write_keys: ["${env:WRITE_KEY}"]}
"""


class Service:
    """The service for as long as the block lasts; `kill` and `start` leave what is around it.

    `hook` is the receiver, `desk` the Freshdesk account.
    """

    def __init__(self, folder: Path) -> None:
        self.hook = create_hook()
        self.desk = create_desk()
        self._folder = folder
        self._port = _free_port()
        self._around = ExitStack()
        self._process: subprocess.Popen[str] | None = None
        self._log = folder / "serve.log"

    @property
    def url(self) -> str:
        """Where it takes events."""
        return f"http://127.0.0.1:{self._port}"

    def arrived(self, message_ids: Collection[str]) -> list[dict[str, Any]]:
        """What the webhook got of these messages, oldest first."""
        return [each for each in self.hook.events if each["message_id"] in message_ids]

    def contacts(self, email: str) -> list[tuple[object, object]]:
        """Name and external id of the contacts with this address."""
        users = list(self.desk.contacts.users.values())
        return [
            (user.values["name"], user.values["unique_external_id"])
            for user in users if user.email == email
        ]  # fmt: skip

    def start(self) -> None:
        """Start the process, and wait until it listens."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sendoff", "serve", "--config", "sendoff.yaml"],
                cwd=self._folder, env=self._environ, text=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        until(self._listens, told=self._log.read_text)

    def kill(self) -> None:
        """End the process as a power cut does (kill -9)."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> dict[str, Any]:
        """End the process in good order; what `sendoff status` says of its store then."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=40)
        said = subprocess.run(
            [sys.executable, "-m", "sendoff", "status", "--json"],
            cwd=self._folder, env=self._environ, check=False, capture_output=True, timeout=40,
        )  # fmt: skip
        status: dict[str, Any] = json.loads(said.stdout)
        return status

    def __enter__(self) -> Self:
        hook = self._around.enter_context(Hosted(self.hook))
        desk = self._around.enter_context(Hosted(self.desk))
        self._environ = {
            **os.environ, "HOOK_URL": hook.url, "DESK_URL": desk.url, "DESK_KEY": "sandbox-key",
            "WRITE_KEY": WRITE_KEY,
        }  # fmt: skip
        (self._folder / "sendoff.yaml").write_text(_PIPELINE % self._port)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._around.close()
        assert "Traceback" not in self._log.read_text(), self._log.read_text()

    def _listens(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self._log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
