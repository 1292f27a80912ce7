"""The exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    NO = 1
    """It ran, and the answer is no: a test failed, something is dead or still waits."""
    USAGE = 2
    CONFIGURATION = 3
    HELD = 4
    """A route is held: credentials are refused, or a host cannot be reached. Beats NO."""
    BUG = 70
    INTERRUPTED = 130


class Interrupted(BaseException):
    """A signal asked the command to end, and what it had begun is put in order.

    Like KeyboardInterrupt it is no Exception: it may be raised anywhere, such as in a plugin while
    it is loaded, and who catches the mistakes of plugins must let it pass.
    """

    def __init__(self, signal_: signal.Signals) -> None:
        self.signal = signal_
        super().__init__(signal_.name)

    @property
    def code(self) -> int:
        """128 + the signal's number, as shells have it."""
        return 128 + self.signal
