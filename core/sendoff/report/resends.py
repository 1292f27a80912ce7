"""Why something is not sent again, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WHY_NOT: Final[Mapping[str, str]] = {
    "waiting": "still waits, or is being sent",
    "dead": "is dead: `sendoff dead replay`",
    "not_sent": "was not sent: `sendoff explain` says why",
    "gone": "is no longer kept (`events.keep`)",
    "not_recorded": "what was sent is not kept: it can only be decided anew",
    "no_route": "the pipeline file has no such route, or has it switched off",
    "sent_meanwhile": "was sent again meanwhile",
}
"""By what an `Outlook` or the `Reply` of a store says."""
