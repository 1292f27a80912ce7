"""One Freshdesk account: what it holds, and the calls of its API on that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.errors import UsageError
from sendoff.testing.sandbox import Refused
from sendoff_freshdesk.sandbox.companies import Companies
from sendoff_freshdesk.sandbox.contacts import Contacts
from sendoff_freshdesk.sandbox.schema import schema_of
from sendoff_freshdesk.sandbox.search import Index

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff_freshdesk.sandbox.contact import User
    from sendoff_freshdesk.sandbox.switches import Settings

KEY_HOLDERS = ("sandbox-agent@example.com", "readonly-agent@example.com")
"""The agents that the two API keys belong to, in the order of the keys."""


class Helpdesk:
    """The account's contacts, companies and fields, as the settings make them at the start.

    Raises `UsageError` where the settings contradict each other.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.opened_at = clock()
        self.schema = schema_of(settings)
        self.index = Index(settings.search_lag, clock)
        self.companies = Companies(settings.companies, clock)
        self.contacts = Contacts(settings, self.schema, self.companies, self.index, clock)
        self.key_holders = [self._agent(email) for email in KEY_HOLDERS]
        for email in settings.agents:
            self._agent(email)

    def _agent(self, email: str) -> User:
        try:
            return self.contacts.seed_agent(email)
        except Refused as refused:
            raise UsageError(f"sandbox switch agents: {email}: {refused}") from None
