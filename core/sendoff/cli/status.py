"""`sendoff status`: what waits, what is dead, and which routes are held."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.exits import Exit
from sendoff.cli.summary import LETTERS
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.report import allowance
from sendoff.report.display import Display
from sendoff.report.lines import second
from sendoff.report.overview import MOST_UNDECIDED, overview
from sendoff.report.plain import plain
from sendoff.report.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sendoff.cli.store_file import StoreFile
    from sendoff.pipeline_file import Pipeline
    from sendoff.report.overview import Overview, RouteOverview

_WIDTH: Final = 80


@click.command("status")
@options.config
@options.clear
@options.as_json
def command(*, config: str, clear: bool, as_json: bool) -> int:
    """Show what the store holds, route by route: what waits, what is dead, what is held.

    Works while a worker runs, and when none does; needs no secret. Exits with 4 when deliveries
    wait on a route that is held, with 1 when something is dead, else with 0: that something waits
    is no mistake.

    \b
    sendoff status
    sendoff status --json
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    routes = {route.name: route.enabled for route in pipeline.routes}
    limits = {route.name: route.limits for route in pipeline.routes}
    file = store_file.of(pipeline)  # before this process may be its owner
    seen = store_file.looked_into(
        pipeline, around, lambda each: overview(each.store, routes, limits)
    )
    if as_json:
        store = {"address": pipeline.store} | (file.as_json() if file else {})
        output.json_result({"store": store, **seen.as_json()}, Redactor(pipeline.secrets))
    else:
        display = Display(pipeline, clear=clear)
        for line in [*_of_store(pipeline, file), *told(seen, display)]:
            output.result(line)
        if seen.waits and not (file and file.is_open):
            output.result(f"\n{store_file.NO_WORKER}")
    if seen.is_held:
        return Exit.HELD
    return Exit.NO if seen.has_dead else Exit.DONE


def _of_store(pipeline: Pipeline, file: StoreFile | None) -> Iterator[str]:
    covered = Redactor(pipeline.secrets).text
    yield f"store {plain(covered(pipeline.store))}"
    if file is not None:
        by = f"process {file.owner}" if file.owner else "another process"
        by = f"open in {by}" if file.is_open else "open in no process"
        yield f"  {plain(covered(str(file.path)))}"
        yield f"  {_size(file.size)}, {by}" if file.size else "  is not there yet: nothing was kept"


def told(seen: Overview, display: Display) -> Iterator[str]:
    """The overview for people, line by line, in 80 columns."""
    yield from _events(seen)
    yield ""
    yield _table(seen.routes)
    yield from _elsewhere(seen)
    for name, route in seen.routes.items():
        yield from _about(name, route, display)
    yield from _accounts(seen)
    if seen.has_dead:
        yield ""
        yield LETTERS


def _events(seen: Overview) -> Iterator[str]:
    events, duplicates = (seen.events.get(name, 0) for name in ("events", "duplicates"))
    invalid = sum(seen.dead.values())
    counts = (_many(events, "event"), _many(duplicates, "duplicate"))
    yield f"{', '.join(counts)}, {invalid:,} dead as no event"
    if undecided := len(seen.undecided):
        more = " or more" if undecided == MOST_UNDECIDED else ""
        since = f"{seen.undecided[0].received_at:%Y-%m-%d %H:%M}"
        yield f"not decided yet: {undecided:,}{more}, since {since}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _table(routes: Mapping[str, RouteOverview]) -> str:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("route")
    for title in ("waiting", "delivered", "skipped", "dropped", "dead"):
        table.add_column(title, justify="right")
    for name, route in routes.items():
        counts = (
            route.depth.waiting, route.totals.get("delivered", 0),
            sum(route.by_reason("skipped").values()), sum(route.by_reason("dropped").values()),
            sum(route.dead.values()),
        )  # fmt: skip
        table.add_row(Text(plain(name)), *(f"{count:,}" for count in counts))
    return output.table(table)


def _elsewhere(seen: Overview) -> Iterator[str]:
    """What waits where nothing will deliver it."""
    for name, route in seen.routes.items():
        if route.depth.waiting and route.configured != "on":
            why = "is switched off" if route.configured == "off" else "is not in the pipeline file"
            yield ""
            yield _paragraph(f"nobody delivers what waits for {plain(name)}: the route {why}")


def _about(name: str, route: RouteOverview, display: Display) -> Iterator[str]:
    lines = []
    if depth := route.depth if route.depth.waiting else None:
        lines.append(f"waiting: {depth.due:,} due, {depth.delayed:,} later, {depth.leased:,} out")
        if route.limits is not None:
            lines.append(f"pace: {allowance.told(route.limits)}")
    if route.hold is not None:
        lines.append(f"held{_hold(route.hold, display)}")
    for outcome, reasons in (
        ("skipped", route.by_reason("skipped")), ("dropped", route.by_reason("dropped")),
        ("dead", route.dead),
    ):  # fmt: skip
        if reasons:
            listed = (f"{reason or 'no reason'} {count:,}" for reason, count in reasons.items())
            lines.append(f"{outcome}: {', '.join(listed)}")
    lines += _remedies(route)
    if lines:
        yield ""
        yield f"{plain(name)}:"
        yield from (_paragraph(line, "  ") for line in lines)


def _accounts(seen: Overview) -> Iterator[str]:
    said = {name: allowance.of_account(gate) for name, gate in seen.gates.items()}
    if any(said.values()):
        yield ""
        yield "accounts, as far as the process that has the store open knows:"
        for name, pace in said.items():
            if pace:
                yield _paragraph(f"{plain(name)}: {pace}", "  ")


def _hold(hold: Mapping[str, Any], display: Display) -> str:
    since, next_try = (second(hold.get(key)) for key in ("since", "next_probe"))
    reason, detail = (display.text(str(hold.get(key) or "")) for key in ("reason", "detail"))
    when = f"{f' since {since}' if since else ''}{f', next try {next_try}' if next_try else ''}"
    when += " UTC" if when else ""
    return f"{when}: {': '.join(filter(None, (reason, detail)))}"


def _remedies(route: RouteOverview) -> Iterable[str]:
    held = route.hold.get("reason") if route.hold else None
    reasons = dict.fromkeys(filter(None, (held, *route.dead)))
    return (f"what to do about {reason}: {todo}" for reason in reasons if (todo := remedy(reason)))


def _paragraph(text: str, indent: str = "") -> str:
    return fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _size(count: int) -> str:
    for unit, size in (("GB", 1000**3), ("MB", 1000**2), ("KB", 1000)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
