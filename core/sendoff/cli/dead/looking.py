"""`sendoff dead list` and `sendoff dead show`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.dead import letter
from sendoff.cli.dead.choice import choice, options_of_choice, refuse, unknown
from sendoff.clock import SystemClock
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.replay import letters
from sendoff.report.display import Display
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from sendoff.errors import InvalidEvent
    from sendoff.event import Event
    from sendoff.pipeline import Sendoff
    from sendoff.store.deaths import DeadCount, DeadLetter, DeadQuery
    from sendoff.store.promise import Store

_LISTED: Final = 20
"""Letters that are listed for people, where no number is given."""


@click.command("list")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options_of_choice
@click.option(
    "-n", "most", metavar="N", type=click.IntRange(0),
    help=f"How many to list, the oldest first; {_LISTED} if not given, and all with --json.",
)  # fmt: skip
@options.config
@options.clear
@options.as_json
def list_command(
    *, ids: tuple[str, ...], most: int | None, config: str, clear: bool, as_json: bool,
    **filters: Any,
) -> None:  # fmt: skip
    """List what is dead: how many of each reason, then the oldest.

    With --json it is one dead letter a line, without the counts. Exits with 1 where an id is that
    of nothing dead.

    \b
    sendoff dead list
    sendoff dead list --route support --reason missing_field --newer 2h
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    query = choice(ids, **filters)
    configuration.tell_unknown_route(pipeline, query.route)

    if as_json:
        redactor, now = Redactor(pipeline.secrets), SystemClock().now

        async def print_each(sendoff: Sendoff) -> Collection[str]:
            async for each in _some(sendoff.store, query, most):
                output.json_result(letter.as_json(each, now()), redactor)
            return await unknown(sendoff.store, query)

        refuse(store_file.looked_into(pipeline, around, print_each, repeatable=False))
        return
    shown = _LISTED if most is None else most
    display = Display(pipeline, clear=clear)
    lines, mistaken = store_file.looked_into(
        pipeline, around, lambda sendoff: _listed(sendoff.store, query, shown, display)
    )
    if len(mistaken) < len(query.ids or ()) or not mistaken:
        output.result("\n".join(lines))
    refuse(mistaken)


async def _listed(
    store: Store, query: DeadQuery, most: int, display: Display
) -> tuple[Sequence[str], Collection[str]]:
    counts = await store.count_dead(query)
    lines = [told_counts(counts)]
    async for each in _some(store, query, most):
        lines += ["", *letter.told_in_short(each, display)]
    total = sum(each.count for each in counts)
    if total > most:
        lines += ["", f"the oldest {most:,} of {total:,} (-n lists more, --newer others)"]
    return lines, await unknown(store, query)


async def _some(store: Store, query: DeadQuery, most: int | None) -> AsyncIterator[DeadLetter]:
    """The oldest letters of a query, at most so many."""
    left = most
    async for page in letters(store, query):
        for each in page[:left]:
            yield each
        if left is not None and (left := left - len(page)) <= 0:
            return


def told_counts(counts: Sequence[DeadCount]) -> str:
    """How many died of what, as a table."""
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON
    from rich.text import Text  # noqa: PLC0415 - as above

    if not counts:
        return "nothing is dead that fits"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("route", "reason", "rule"):
        table.add_column(title)
    table.add_column("dead", justify="right")
    for each in sorted(counts, key=lambda one: (-one.count, one.route or "", one.reason)):
        cells = (each.route or "-", each.reason, each.rule or "-")
        table.add_row(*(Text(plain(cell)) for cell in cells), f"{each.count:,}")
    return output.table(table)


@click.command("show")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@options.config
@options.clear
@options.as_json
def show_command(*, ids: tuple[str, ...], config: str, clear: bool, as_json: bool) -> None:
    """Show all about a dead letter: why it died, its event and payload, and what to do.

    `sendoff dead list` names the ids.

    \b
    sendoff dead show 206c02f8f7b8688caa1bf084684336ad
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    display, redactor = Display(pipeline, clear=clear), Redactor(pipeline.secrets)
    query = choice(ids)
    found = store_file.looked_into(pipeline, around, lambda sendoff: _with_events(sendoff, query))
    now = SystemClock().now()
    for each, event in found:
        if as_json:
            record = letter.as_json(each, now) | letter.contents(each, event)
            output.json_result(record, redactor)
        else:
            output.result("\n".join(letter.told(each, event, now, display)))
    refuse(set(query.ids or ()) - {each.id for each, _event in found})


async def _with_events(
    sendoff: Sendoff, query: DeadQuery
) -> Sequence[tuple[DeadLetter, Event | InvalidEvent | None]]:
    found = []
    async for page in letters(sendoff.store, query):
        for each in page:
            appended = await sendoff.store.event(each.event_number)
            found.append((each, letter.event_of(appended, sendoff.pipeline.consent_map)))
    return found
