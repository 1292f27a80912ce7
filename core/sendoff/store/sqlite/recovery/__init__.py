"""Saves what can be read of a damaged store into a new one."""

from __future__ import annotations

from sendoff.store.sqlite.recovery.recovery import Recovered, recover

__all__ = ["Recovered", "recover"]
