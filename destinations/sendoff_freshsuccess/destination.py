"""Freshsuccess usage events, as sendoff knows the destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sendoff.destination import Action, Batching, Connection, Destination, Limits, Sandbox
from sendoff_freshsuccess import settings as route_settings
from sendoff_freshsuccess.actions import ACTIONS
from sendoff_freshsuccess.connection import FreshsuccessConnection
from sendoff_freshsuccess.validation import problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sendoff.http import Http


class Freshsuccess(Destination):
    """Usage events for Freshsuccess (Freshdesk Customer Success), over its Event REST API."""

    name: ClassVar[str] = "freshsuccess"
    title: ClassVar[str] = "Freshsuccess"
    settings: ClassVar[Mapping[str, Any]] = route_settings.SETTINGS
    actions: ClassVar[Mapping[str, Action]] = ACTIONS
    # Freshsuccess documents no limit. A request that ends without an answer may have been counted,
    # so there is not too much in one, and it gets time to be answered.
    batching: ClassVar[Batching] = Batching(max_events=500, max_bytes=500_000, max_wait=2.0)
    limits: ClassVar[Limits] = Limits(concurrency=2, rate=None, timeout=30.0)

    def check(self, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """What is wrong with data centre, base address and keys, without using the network."""
        return route_settings.check(settings)

    def account(self, settings: Mapping[str, Any]) -> str:
        """Host and pair of keys, the latter by a digest."""
        return route_settings.account_name(settings)

    def validate(self, action: str, payload: Mapping[str, Any], now: datetime) -> Sequence[str]:
        """What is wrong with an event's time or its length; Freshsuccess itself says nothing."""
        return problems(payload, now)

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        """A connection for one route; UsageError for settings that `check` refuses."""
        return FreshsuccessConnection(settings, http)

    def sandbox(self) -> Sandbox:
        """A local collector that answers as Freshsuccess does, and shows what it dropped."""
        # Imported here: nobody who only delivers should load it.
        from sendoff_freshsuccess.sandbox import SWITCHES, create_sandbox  # noqa: PLC0415

        defaults = {switch.name: switch.default for switch in SWITCHES}
        keys = {name: defaults[name] for name in ("auth_key", "api_key")}
        return Sandbox(app=create_sandbox, settings=keys, switches=tuple(SWITCHES))
