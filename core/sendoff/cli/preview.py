"""`sendoff preview`: what would become of events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from sendoff.cli import configuration, inputs, options, output
from sendoff.clock import SystemClock
from sendoff.pipeline_file import Surroundings
from sendoff.preview import Preview
from sendoff.redact import Redactor
from sendoff.report.display import Display
from sendoff.router import Router
from sendoff.sources import read_batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.decision import Decision
    from sendoff.pipeline_file import Pipeline
    from sendoff.preview import DecidedLine

    Show = Callable[[DecidedLine], None]


@click.command("preview")
@options.events
@options.config
@options.clear
@options.as_json
def command(events: str, config: str, clear: bool, as_json: bool) -> None:
    """Show what would become of the events of a file, or of standard input (`-`).

    Each route decides about each event: send, drop on purpose, or dead: it should have been sent
    and cannot be. Nothing is sent and nothing is kept, and no secret is needed. Exits with 0
    whatever the decisions.

    \b
    sendoff preview events.ndjson
    tail -f events.ndjson | sendoff preview - --json
    """
    pipeline = configuration.open_pipeline(config, Surroundings(), need_secrets=False)
    router = Router([route.route for route in pipeline.enabled])
    preview = Preview(router, pipeline.consent_map, SystemClock().now)
    counts: Counter[tuple[str, str, str]] = Counter()
    show = _json(pipeline) if as_json else _text(Display(pipeline, clear=clear), counts)
    with inputs.opened(events) as stream:
        for batch in read_batches(stream):
            for line in batch:
                decided = preview.decide(line)
                show(decided)
                if line.number == 1 and decided.message_id is None:
                    inputs.tell_shape(line.body)
            output.flush()
    if not as_json:
        output.result(_summary(counts))


def _json(pipeline: Pipeline) -> Show:
    redactor = Redactor(pipeline.secrets)

    def show(decided: DecidedLine) -> None:
        for record in decided.records():
            output.json_result(record, redactor)

    return show


def _text(display: Display, counts: Counter[tuple[str, str, str]]) -> Show:
    def show(decided: DecidedLine) -> None:
        who = display.text(decided.message_id or "-")
        for decision in decided.decisions:
            route = decision.route or "-"
            why = decision.rule if decision.verdict == "send" else decision.reason
            counts[route, decision.verdict, why] += 1
            output.result(f"{decided.number}  {who}  {route}  {_said(decision, display)}")

    return show


def _said(decision: Decision, display: Display) -> str:
    odd = f"  (odd: {display.text('; '.join(decision.warnings))})" if decision.warnings else ""
    if decision.verdict == "send":
        payload = display.value(decision.payload)
        return f"send  {decision.rule}, {decision.action}  {payload}{odd}"
    reason = f" {decision.reason}" if decision.reason else ""
    return f"{decision.verdict}{reason}  {display.detail(decision.detail)}{odd}"


def _summary(counts: Counter[tuple[str, str, str]]) -> str:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("route", "decision", "rule or reason"):
        table.add_column(title)
    table.add_column("events", justify="right")
    for (route, verdict, why), count in sorted(counts.items()):
        table.add_row(route, verdict, why, f"{count:,}")
    return f"\n{output.table(table)}" if counts else "no events"
