"""A notebook as a destination of sendoff."""

from __future__ import annotations

from sendoff.hookspecs import hookimpl
from sendoff_notes.destination import Notes


@hookimpl
def sendoff_destinations() -> list[Notes]:
    """The one destination of this plugin."""
    return [Notes()]
