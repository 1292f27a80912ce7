"""Each SDK in a process of its own, before it a `sendoff serve` that delivers to sandboxes.

What has to be installed for that is installed once, into a folder that outlives the session; where
it cannot be had, the tests that need it are skipped and say what to install.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import pytest

from sdks.client import Client
from sdks.front import Front
from sdks.hosted import Hosted
from sdks.installed import MissingError, node_modules, program, python_sdk
from sdks.service import WRITE_KEY, Service
from sdks.session import Session
from sdks.waiting import until

DRIVERS = Path(__file__).parent / "drivers"
PYTHON_SDKS = {
    "segment-python": ("segment-analytics-python==2.4.0", "segment.analytics.client"),
    "rudder-python": ("rudder-sdk-python==2.1.9", "rudderstack.analytics.client"),
    "old-segment-python": ("analytics-python==1.4.post1", "analytics.client"),
}
NODE_SDKS = ("segment-node", "rudder-node", "old-segment-node")
BROWSER_SDKS = ("ajs", "rudder-js")
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-port=0", "about:blank",
]  # fmt: skip

T = TypeVar("T")
Start = Callable[..., Client]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service that most tests share; each has a user of its own."""
    with Service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="session")
def modules() -> Path:
    """The Node packages."""
    return _had(lambda: node_modules(DRIVERS.parent / "package.json"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """The DevTools address of a browser."""
    path = _had(lambda: program("chromium", "Chromium (Debian: apt-get install chromium)"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        told = Path(profile) / "DevToolsActivePort"  # a line with the port, another with the path
        process = subprocess.Popen(  # noqa: S603 - the browser
            [path, *CHROMIUM, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(lambda: told.exists() and told.read_text().count("\n"))
            port, address = told.read_text().splitlines()
            yield f"ws://127.0.0.1:{port}{address}"
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def started(request: pytest.FixtureRequest) -> Start:
    """Makes a client of the SDK of a name, which sends to an address."""

    def client(name: str, url: str, options: Mapping[str, object] = MappingProxyType({})) -> Client:
        settings = [url, WRITE_KEY, json.dumps(dict(options))]
        if name in PYTHON_SDKS:
            requirement, module = PYTHON_SDKS[name]
            folder = _had(lambda: python_sdk(requirement))
            return Client([sys.executable, DRIVERS / "python_client.py", folder, module, *settings])
        packages = request.getfixturevalue("modules")
        if name in NODE_SDKS:
            return Client(["node", DRIVERS / "node_client.mjs", packages, name, *settings])
        browser = request.getfixturevalue("chromium")
        return Client(["node", DRIVERS / "browser_client.mjs", packages, name, *settings, browser])

    return client


@pytest.fixture(scope="session", params=[*PYTHON_SDKS, *NODE_SDKS, *BROWSER_SDKS])
def session(request: pytest.FixtureRequest, service: Service, started: Start) -> Iterator[Session]:
    """One SDK after the other, each in one process for all its tests."""
    front = Front(service.url)
    with Hosted(front) as host, started(request.param, host.url) as client:
        yield Session(request.param, client, front, host)


@pytest.fixture
def sdk(session: Session) -> Iterator[Session]:
    """The same, with nothing left of the test before; at the end, nothing is left to be done."""
    session.front.exchanges.clear()
    session.front.script.clear()
    yield session
    session.host.start()


def _had(get: Callable[[], T]) -> T:
    try:
        return get()
    except MissingError as missing:
        pytest.skip(str(missing))
