"""`sendoff store`: what is to be done about the store itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.exits import Exit
from sendoff.errors import UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.store.sqlite.recovery import Recovered


@click.group("store")
def command() -> None:
    """See to the store itself.

    \b
    sendoff store recover
    """


@command.command("recover")
@click.argument("file", metavar="[FILE]", required=False)
@options.config
@options.as_json
def recover_command(*, file: str | None, config: str, as_json: bool) -> int:
    """Save what can be read of a damaged store into a new one, in its place.

    FILE is that of the store; without, it is the pipeline's. The damaged one is kept beside it,
    and nothing is overwritten. Stop every process that uses the store before. Exits with 1 when
    something was lost, or may have been.

    \b
    sendoff store recover
    sendoff store recover sendoff.db
    """
    # Here alone: it takes SQLite.
    from sendoff.store.sqlite.recovery import recover  # noqa: PLC0415

    path, redactor = (Path(file).absolute(), Redactor(())) if file else _of_pipeline(config)
    recovered = recover(path)
    if as_json:
        output.json_result(_as_json(recovered), redactor)
    else:
        for line in told(recovered):
            output.result(redactor.text(line))
    return Exit.NO if any(recovered.lost.values()) or recovered.unsure else Exit.DONE


def told(recovered: Recovered) -> Iterator[str]:
    """What was saved and what was lost, for people."""
    yield "saved:"
    yield from (f"  {kind} {count:,}" for kind, count in recovered.counts.items())
    lost = [f"  {kind} {count:,}" for kind, count in recovered.lost.items() if count]
    yield "lost:" if lost else "lost: nothing that can be counted"
    yield from lost
    if recovered.unsure:
        yield "could not be read whole, so there may have been more:"
        yield from (f"  {each}" for each in recovered.unsure)
    yield f"the damaged store is kept: {plain(str(recovered.moved_to))}"
    yield "now:"
    yield from (f"  {step}" for step in next_steps(recovered))


def next_steps(recovered: Recovered) -> Iterator[str]:
    """What is to be done after a recovery, in this order."""
    if recovered.lost.get("events"):
        yield "send the messages of that time again, if their source has them (with message ids)"
    if recovered.counts.get("dead letters"):
        yield "see what may be lost, or done: `sendoff dead list --reason recovered`"
        yield "what is to be sent again: `sendoff dead replay --reason recovered --remap`"
    yield "deliver what waits: start `sendoff run`, `serve` or `worker` as before"
    yield "see to the disk before you delete the damaged store"


def _of_pipeline(config: str) -> tuple[Path, Redactor]:
    """Where the store of a pipeline file lies, and what covers the file's secrets."""
    pipeline = configuration.open_pipeline(config, Surroundings(), need_secrets=False)
    path = store_file.path_of(pipeline)
    if path is None:
        raise UsageError(f"the store of {pipeline.file} is no file (name the file to recover)")
    return path, Redactor(pipeline.secrets)


def _as_json(recovered: Recovered) -> dict[str, Any]:
    return {
        "saved": dict(recovered.counts), "lost": dict(recovered.lost),
        "unsure": list(recovered.unsure), "damaged": str(recovered.moved_to),
        "next": list(next_steps(recovered)),
    }  # fmt: skip
