"""Freshdesk contacts, as sendoff knows the destination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sendoff.destination import Action, Connection, Destination, Limits, Sandbox
from sendoff_freshdesk import settings as route_settings
from sendoff_freshdesk.actions import ACTIONS
from sendoff_freshdesk.connection import FreshdeskConnection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.http import Http


class Freshdesk(Destination):
    """Contacts of a Freshdesk account, over its REST API v2."""

    name: ClassVar[str] = "freshdesk"
    title: ClassVar[str] = "Freshdesk"
    settings: ClassVar[Mapping[str, Any]] = route_settings.SETTINGS
    actions: ClassVar[Mapping[str, Action]] = ACTIONS
    # No rate: Freshdesk tells the account's own with every answer.
    limits: ClassVar[Limits] = Limits(concurrency=4, rate=None, timeout=10.0)

    def check(self, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """What is wrong with domain, base address and key, without a look at the network."""
        return route_settings.check(settings)

    def account(self, settings: Mapping[str, Any]) -> str:
        """The account's host: Freshdesk counts the requests of an account, whatever the key."""
        return route_settings.account_host(settings)

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        """A connection for one route; UsageError for settings that `check` refuses."""
        return FreshdeskConnection(settings, http)

    def sandbox(self) -> Sandbox:
        """A local account that is empty, and answers as Freshdesk does."""
        # Imported here: nobody who only delivers should load it.
        from sendoff_freshdesk.sandbox import SWITCHES, create_sandbox  # noqa: PLC0415

        keys = {switch.name: switch.default for switch in SWITCHES}
        return Sandbox(
            app=create_sandbox, settings={"api_key": keys["api_key"]}, switches=tuple(SWITCHES)
        )
