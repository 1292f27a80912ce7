"""What every page of the debugger works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sendoff.debugger.pages import Pages
    from sendoff.debugger.safety import Guard
    from sendoff.pipeline import Sendoff


@dataclass(frozen=True, slots=True)
class Debugger:
    """An open pipeline, the file it was read from, how its pages are shown and who may see them."""

    sendoff: Sendoff
    config: Path
    pages: Pages
    guard: Guard
