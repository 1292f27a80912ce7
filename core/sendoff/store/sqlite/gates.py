"""The gates of accounts: their pace in memory, their holds in the file as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.store.gates import AccountGate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.store.promise import GateState
    from sendoff.store.sqlite.tables import Tables


class Gates:
    """A gate for each account."""

    def __init__(self) -> None:
        self._gates: dict[str, AccountGate] = {}

    def of(self, account: str) -> AccountGate:
        """The gate of an account."""
        return self._gates.setdefault(account, AccountGate())

    def states(self, now: float) -> dict[str, GateState]:
        """How each stands."""
        return {account: gate.state(now) for account, gate in self._gates.items()}

    def restore(self, holds: Mapping[str, float], now: float) -> None:
        """Hold these accounts for so many seconds more."""
        for account, seconds in holds.items():
            self.of(account).hold(now, seconds)


def hold(tables: Tables, account: str, until: float) -> None:
    """Keep a hold that lasts until a time of day; never shortens one."""
    tables.db.execute(
        "INSERT INTO holds VALUES(?, ?)"
        " ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
        (account, until),
    )


def holds(tables: Tables, now: float) -> dict[str, float]:
    """The holds that are not over yet, by account, and how long each still lasts."""
    rows: Any = tables.db.execute("SELECT account, until FROM holds WHERE until > ?", (now,))
    return {account: until - now for account, until in rows}
