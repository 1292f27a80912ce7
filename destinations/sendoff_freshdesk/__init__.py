"""Freshdesk contacts as a destination of sendoff."""

from __future__ import annotations

from sendoff.hookspecs import hookimpl
from sendoff_freshdesk.destination import Freshdesk

__all__ = ["Freshdesk", "sendoff_destinations"]


@hookimpl
def sendoff_destinations() -> list[Freshdesk]:
    """The one destination of this plugin."""
    return [Freshdesk()]
