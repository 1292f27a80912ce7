"""The command line: one module a command, imported when it is called."""

from __future__ import annotations

from sendoff.cli.commands import sendoff


def main() -> None:
    """Run `sendoff` with the arguments of this process, and exit with its code."""
    sendoff.main(prog_name="sendoff")
