"""`sendoff worker`: delivers what the store holds, until it is stopped."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.exits import Exit, Interrupted
from sendoff.cli.shift import Shift
from sendoff.cli.summary import deaths, table_of, waits
from sendoff.pipeline_file import Surroundings
from sendoff.report.display import Display

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.tally import Tally


@click.command("worker")
@click.option("--once", is_flag=True, help="End when everything is settled.")
@click.option(
    "--grace", metavar="TIME", default="30s", callback=options.duration, show_default=True,
    help="How long what is on its way gets to end, when a signal asks the worker to stop.",
)  # fmt: skip
@options.wait
@options.config
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, once: bool, grace: float, wait: float, config: str, clear: bool, as_json: bool
) -> int:
    """Deliver what the store holds, and what other commands put there, until stopped.

    SIGTERM or SIGINT ends it in good order: nothing new is begun, what is on its way gets --grace
    to end, and the rest stays in the store; a second one stops at once. SIGHUP reads the pipeline
    file again. With --once it ends when everything is settled or nothing moves for --wait, with 0,
    1 or 4 like `sendoff run`.

    \b
    sendoff worker
    sendoff worker --once --json
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=True)
    store_file.must_last(pipeline)
    display = Display(pipeline, clear=clear)
    shift = Shift(
        pipeline, around, grace=grace, patience=wait if once else None,
        reread=lambda: configuration.open_pipeline(config, around, need_secrets=True),
        tell=lambda text: output.note(display.text(text)),
    )  # fmt: skip
    return run_shift(shift, display, as_json=as_json)


def run_shift(
    shift: Shift, display: Display, *, as_json: bool,
    loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> int:  # fmt: skip
    """Work a shift to its end, tell what came of it, and give the exit code.

    `loop` makes the event loop, where it is another than asyncio's own.
    """
    interrupted = _interrupted(shift, loop)
    with suppress(BrokenPipeError):  # the reader has left; what was done stays done
        if as_json:
            output.json_result(shift.tally.as_json())
        else:
            output.result(table_of(shift.tally) or "nothing was to be delivered")
            for text in deaths(shift.ledger, display, kept=True):
                output.result(text)
            if interrupted is None:
                for text in waits([shift.tally], shift.ledger, display, kept=True):
                    output.result(text)
    if interrupted is not None:
        output.note(f"interrupted by {interrupted.signal.name}")
        raise interrupted
    return _code(shift.tally)


def _interrupted(
    shift: Shift, loop: Callable[[], asyncio.AbstractEventLoop] | None
) -> Interrupted | None:
    try:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(shift.work())
    except Interrupted as signal:
        return signal
    return None


def _code(tally: Tally) -> Exit:
    routes = tally.routes.values()
    if any(route.held and route.waiting for route in routes):
        return Exit.HELD
    dead = tally.invalid or any(route.dead for route in routes)
    return Exit.NO if dead or tally.waiting else Exit.DONE
