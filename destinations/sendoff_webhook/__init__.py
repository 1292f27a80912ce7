"""Any web address as a destination of sendoff: the smallest real plugin, and the one to copy."""

from __future__ import annotations

from sendoff.hookspecs import hookimpl
from sendoff_webhook.destination import Webhook

__all__ = ["Webhook", "sendoff_destinations"]


@hookimpl
def sendoff_destinations() -> list[Webhook]:
    """The one destination of this plugin."""
    return [Webhook()]
