"""What the journeys share: a Freshdesk account in this process, and a pipeline that delivers to it.

Time is a clock that a test moves, so a wait of minutes takes none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sendoff import Sendoff
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.testing.clock import VirtualClock
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox


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
