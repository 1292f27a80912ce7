"""Sent again on purpose: what is dead, and what has ended."""

from __future__ import annotations

from sendoff.replay.kept import Search, Wanted
from sendoff.replay.letters import PAGE, Replayed, discard, letters, remap, resend
from sendoff.replay.redecider import Obstacle, Redecider
from sendoff.replay.sent import Outlook, SentAgain, outlook, send_again

__all__ = [
    "PAGE", "Obstacle", "Outlook", "Redecider", "Replayed", "Search", "SentAgain", "Wanted",
    "discard", "letters", "outlook", "remap", "resend", "send_again",
]  # fmt: skip
