"""`sendoff dead`: what should have been sent and could not be."""

from __future__ import annotations

import click

from sendoff.cli.dead.bringing_back import discard_command, replay_command
from sendoff.cli.dead.looking import list_command, show_command


@click.group("dead")
def command() -> None:
    """Look at what is dead, send it again, or give it up.

    What is dead should have been sent and could not be. It is kept with its reason until it is
    replayed or discarded.

    \b
    sendoff dead list
    sendoff dead replay --remap
    """


command.add_command(list_command)
command.add_command(show_command)
command.add_command(replay_command)
command.add_command(discard_command)
