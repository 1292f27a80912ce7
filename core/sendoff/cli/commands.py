"""The commands by name. Only the one that is called is imported, so that the start is quick."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from sendoff.cli import options
from sendoff.cli.failures import exit_code_of
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """The module of `sendoff.cli` whose `command` it is, and one line for the list of commands."""

    module: str
    summary: str


COMMANDS: Final[Mapping[str, Entry]] = {
    "demo": Entry("demo", "Send the example events into a local sandbox."),
    "sandbox": Entry("sandbox", "Serve a stand-in of a destination on this machine."),
    "check": Entry("check", "Find every mistake in pipeline and blueprint files."),
    "doctor": Entry("doctor", "Ask every destination whether the routes can deliver."),
    "show": Entry("show", "Print a preset as it was written."),
    "preview": Entry("preview", "Show what would become of events; send nothing."),
    "explain": Entry("explain", "Show step by step what would become of one event, and why."),
    "diff": Entry("diff", "Show what another blueprint would decide differently."),
    "test": Entry("examples", "Run the examples of blueprints."),
    "run": Entry("run", "Deliver the events of a file or a stream."),
    "serve": Entry("serve", "Take events over HTTP, and deliver them, until stopped."),
    "worker": Entry("worker", "Deliver what the store holds, until stopped."),
    "status": Entry("status", "Show what waits, what is dead and which routes are held."),
    "tail": Entry("tail", "Follow decisions, requests and attempts as they happen."),
    "dead": Entry("dead", "Look at what is dead, send it again, or give it up."),
    "resend": Entry("resend", "Send again, on purpose, what was delivered."),
    "store": Entry("store", "Save what can be read of a damaged store."),
    "list": Entry("listing", "List destinations, presets, transforms and stores."),
}


class Commands(click.Group):
    """The group of all commands: finds them by the table, and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a first acquaintance."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = import_module(f"sendoff.cli.{entry.module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called, or what it may have been meant to be."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(f"there is no command `{name}`: {did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and exit with its code; see `sendoff.cli.exits`."""
        run = super().main
        sys.exit(exit_code_of(lambda: run(*args, **{**extra, "standalone_mode": False})))


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="sendoff", message="%(prog)s %(version)s")
@options.config
@click.pass_context
def sendoff(ctx: click.Context, config: str) -> None:
    """Turn customer events into requests to SaaS destinations, and say why for every event.

    \b
    Try it; nothing needs to be set up:  sendoff demo
    Then your own:                       sendoff preview events.ndjson
    """
    del config  # taken by the commands, see options.config
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
