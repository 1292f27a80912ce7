"""The command line: one module a command, imported when it is called."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `sendoff` with the arguments of this process, and exit with its code."""
    try:
        # Here, where somebody's Ctrl-C meanwhile is no traceback.
        from sendoff.cli.commands import sendoff  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(130)
    sendoff.main(prog_name="sendoff")
