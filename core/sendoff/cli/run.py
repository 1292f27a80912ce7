"""`sendoff run`: the events of a file or a stream, delivered."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from sendoff.cli import configuration, inputs, options, output
from sendoff.cli.exits import Interrupted
from sendoff.cli.journal_file import opened_journal
from sendoff.cli.shipment import Shipment
from sendoff.cli.summary import summary
from sendoff.pipeline_file import Surroundings
from sendoff.report.display import Display

if TYPE_CHECKING:
    from sendoff.sources import Readable


@click.command("run")
@options.events
@options.config
@options.wait
@click.option(
    "--journal", "journal_file", metavar="FILE",
    help="Append every decision, attempt and exchange to a file, as lines of JSON: without"
    " secrets, but with personal data.",
)  # fmt: skip
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, events: str, config: str, wait: float, journal_file: str | None, clear: bool, as_json: bool
) -> int:
    """Deliver the events of a file, or of standard input (`-`).

    Ends when everything is settled, with what an earlier run left in the store. A route whose
    credentials are refused is held and counts as settled. An event that was decided before is a
    duplicate, so the same file again sends nothing twice. Exits with 0 when nothing is dead and
    nothing waits, with 1 when something is or does, and with 4 when a route is held.

    \b
    sendoff run events.ndjson
    cat events.ndjson | sendoff run - --json
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=True)
    with inputs.opened(events) as stream, opened_journal(journal_file) as journal:
        shipment = Shipment(
            pipeline, around, patience=wait, journal=journal, first=inputs.tell_shape
        )
        interrupted = _interrupted(shipment, stream)
    if shipment.stopped_at is not None:
        output.note(
            f"note: nothing after line {shipment.stopped_at} was read: {shipment.tally.waiting:,}"
            " deliveries wait, and reading on would only add to them"
        )
    with suppress(BrokenPipeError):  # the reader has left; what was done stays done
        if as_json:
            output.json_result(shipment.as_json())
        else:
            for text in summary(shipment, Display(pipeline, clear=clear)):
                output.result(text)
    if interrupted is not None:
        output.note(f"interrupted by {interrupted.signal.name}")
        raise interrupted
    return shipment.code


def _interrupted(shipment: Shipment, stream: Readable) -> Interrupted | None:
    try:
        asyncio.run(shipment.run(stream))
    except Interrupted as signal:
        return signal
    return None
