"""Freshsuccess usage events as a destination of sendoff."""

from __future__ import annotations

from sendoff.hookspecs import hookimpl
from sendoff_freshsuccess.destination import Freshsuccess

__all__ = ["Freshsuccess", "sendoff_destinations"]


@hookimpl
def sendoff_destinations() -> list[Freshsuccess]:
    """The one destination of this plugin."""
    return [Freshsuccess()]
