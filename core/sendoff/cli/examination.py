"""The exit code that an examination of a route comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.cli.exits import Exit

if TYPE_CHECKING:
    from sendoff.examination import Examination


def code_of(examination: Examination) -> Exit:
    """4 where no request succeeded, so that nothing can be delivered; 1 for any other problem."""
    if not examination.troubled:
        return Exit.DONE
    return Exit.NO if examination.reached else Exit.HELD
