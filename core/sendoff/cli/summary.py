"""What became of events: counted, what is dead and why, and what still waits."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from sendoff.cli import output
from sendoff.report.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sendoff.cli.ledger import Death, Ledger, Mention
    from sendoff.cli.shipment import Shipment
    from sendoff.report.display import Display
    from sendoff.tally import Tally

MENTIONED: Final = 10
"""Events that are listed by name, where more may be concerned."""

LETTERS: Final = "what is dead: `sendoff dead list`, `sendoff dead show ID`"
"""Where to go on from what is dead."""

_FOR_THE_TIME_BEING: Final = frozenset({"throttled", "stopped"})
"""Reasons to wait that say nothing against the destination."""
_ASK: Final = "see with `sendoff doctor` whether it is up, then run again"


def summary(shipment: Shipment, display: Display) -> Iterator[str]:
    """The whole summary, line by line."""
    yield counts(shipment.tally)
    yield from resumed(shipment.resumed)
    yield from deaths(shipment.ledger, display, kept=shipment.is_kept)
    yield from waits(
        (shipment.tally, shipment.resumed), shipment.ledger, display, kept=shipment.is_kept
    )
    yield from undelivered(shipment, display)


def counts(tally: Tally) -> str:
    """How many events came to what, by route and reason."""
    events = f"{tally.events:,} event{'' if tally.events == 1 else 's'}"
    return "\n\n".join(filter(None, (events, table_of(tally))))


def table_of(tally: Tally) -> str:
    """What events came to, a line for each route and reason; empty where nothing happened."""
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("route", "outcome", "reason"):
        table.add_column(title)
    table.add_column("events", justify="right")
    for row in _rows(tally):
        table.add_row(*row[:3], f"{row[3]:,}")
    return output.table(table) if table.rows else ""


def deaths(ledger: Ledger, display: Display, *, kept: bool) -> Iterator[str]:
    """What is dead: each reason with its first case and what to do; where it is `kept`."""
    for (route, reason), death in sorted(ledger.deaths.items(), key=lambda each: str(each[0])):
        yield ""
        where = f" on {route}" if route else ""
        yield f"dead{where}: {reason} ({death.count:,}), such as {_first(death, display)}"
        if todo := remedy(reason):
            yield f"  what to do: {todo}"
    if ledger.deaths and kept:
        yield ""
        yield LETTERS


def resumed(tally: Tally) -> Iterator[str]:
    """What became of what earlier runs left, in a line; nothing where they left nothing."""
    routes = tally.routes.values()
    came_to = {
        "delivered": sum(route.delivered for route in routes),
        "skipped": sum(route.skipped.total() for route in routes),
        "dead": tally.invalid + sum(route.dead.total() for route in routes),
        "dropped": sum(route.dropped.total() for route in routes),
        "duplicate": tally.duplicates,
        "waiting": tally.waiting,
    }
    if any(came_to.values()):
        listed = (f"{count:,} {what}" for what, count in came_to.items() if count)
        yield ""
        yield f"resumed from before: {', '.join(listed)}"


def waits(
    tallies: Sequence[Tally], ledger: Ledger, display: Display, *, kept: bool
) -> Iterator[str]:
    """Which routes wait, what for and what to do; holds are those of the first tally."""
    for name, route in tallies[0].routes.items():
        waiting = sum(tally.routes[name].waiting for tally in tallies)
        if not waiting:
            continue
        state = "held" if route.held else "waiting"
        delay, detail = ledger.delays.get(name, ("", "they were not tried yet"))
        reason, detail = (route.held, route.held_detail) if route.held else (delay, detail)
        why = display.text(": ".join(filter(None, (reason, detail))))
        wait = f"{waiting:,} {'delivery waits' if waiting == 1 else 'deliveries wait'}"
        yield ""
        yield f"{state}: {name}: {why} ({wait})"
        if todo := _what_to_do(reason, held=bool(route.held), kept=kept):
            yield f"  what to do: {todo}"


def _what_to_do(reason: str, *, held: bool, kept: bool) -> str:
    """About what waits as a command ends; empty where it is not kept, and to be run again."""
    if reason == "unreachable" or not (held or reason in _FOR_THE_TIME_BEING):
        return _ASK
    return remedy(reason) if kept else ""


def undelivered(shipment: Shipment, display: Display) -> Iterator[str]:
    """What was not delivered, and whether it is kept."""
    waiting = shipment.ledger.on_the_way.values()
    kept = "the memory store ends with this process"
    if shipment.is_kept:
        kept = f"kept in {display.text(shipment.pipeline.store)}; `sendoff worker` goes on"
    if waiting:
        named = ", ".join(_named(mention, display) for mention in islice(waiting, MENTIONED))
        more = f" and {len(waiting) - MENTIONED:,} more" if len(waiting) > MENTIONED else ""
        yield f"not delivered ({kept}): {named}{more}"
    elif shipment.resumed.waiting:
        yield f"what waits is {kept}"
    if waiting and not shipment.is_kept:
        yield "  what to do: run the same input again; what was delivered is sent again, too"


def _rows(tally: Tally) -> Iterator[tuple[str, str, str, int]]:
    if tally.invalid:
        yield "-", "dead", "invalid_event", tally.invalid
    if tally.duplicates:
        yield "-", "duplicate", "", tally.duplicates
    for name, route in tally.routes.items():
        if route.delivered:
            yield name, "delivered", "", route.delivered
        for outcome, reasons in (
            ("skipped", route.skipped), ("dropped", route.dropped), ("dead", route.dead),
        ):  # fmt: skip
            for reason, count in sorted(reasons.items()):
                yield name, outcome, reason, count
        if route.waiting:
            yield name, "waiting", f"held: {route.held}" if route.held else "", route.waiting


def _first(death: Death, display: Display) -> str:
    return f"{_named(death.first, display)}: {display.detail(death.detail)}"


def _named(mention: Mention, display: Display) -> str:
    line = "an earlier event" if mention.line is None else f"line {mention.line}"
    return f"{line} ({display.text(mention.message_id)})" if mention.message_id else line
