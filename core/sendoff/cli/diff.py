"""`sendoff diff`: what another blueprint would decide differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from sendoff.cli import configuration, inputs, options, output
from sendoff.cli.exits import Exit
from sendoff.clock import SystemClock
from sendoff.comparison import Comparison, as_route, in_route, named_blueprint
from sendoff.mask import CLASSES
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.redact import Redactor
from sendoff.report.display import Display
from sendoff.sources import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.comparison import Difference
    from sendoff.decision import Decision

_NO_PIPELINE: Final = Pipeline(
    name="", file="", routes=(), consent_map={}, store="memory", keep=0.0, redact=CLASSES,
    secrets=(),
)  # fmt: skip
"""What blueprints are compared in where no route is named."""


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@options.events
@click.option(
    "--route", metavar="NAME",
    help="Compare them as blueprints of this route of the pipeline file, with its parameters.",
)  # fmt: skip
@options.config
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, old: str, new: str, events: str, route: str | None, config: str, clear: bool, as_json: bool
) -> int:
    """Show which events of a file, or of standard input (`-`), NEW treats otherwise than OLD.

    OLD and NEW are blueprints: presets (NAME or NAME@VERSION) or files. Without --route they have
    no parameters, and no pipeline file is read. Nothing is sent and nothing is kept. Exits with 1
    where anything differs.

    \b
    sendoff diff freshdesk/default mine.yaml events.ndjson
    sendoff diff freshdesk/default@1 freshdesk/default@2 events.ndjson --route support
    """
    around = Surroundings()
    comparison, pipeline = _compared(old, new, route, config, around)
    display, redactor = Display(pipeline, clear=clear), Redactor(pipeline.secrets)
    now = SystemClock().now
    with inputs.opened(events) as stream:
        for line in read_lines(stream):
            difference = comparison.compare(line, now())
            if difference is None:
                continue
            if as_json:
                output.json_result(difference.as_json(), redactor)
            else:
                output.result("\n".join(_told(difference, display)))
    if not as_json:
        events_are = "1 event" if comparison.events == 1 else f"{comparison.events:,} events"
        output.result(f"{comparison.different:,} of {events_are} would be treated otherwise")
    return Exit.NO if comparison.different else Exit.DONE


def _compared(
    old: str, new: str, route: str | None, config: str, around: Surroundings
) -> tuple[Comparison, Pipeline]:
    if route is None:
        before, after = (as_route(named_blueprint(each, around), around) for each in (old, new))
        return Comparison(before, after), _NO_PIPELINE
    document = configuration.read_config(config)
    pipeline = load_pipeline(document, around, need_secrets=False)
    before, after = (in_route(document, route, each, around) for each in (old, new))
    return Comparison(before, after, pipeline.consent_map), pipeline


def _told(difference: Difference, display: Display) -> Iterator[str]:
    """An event in some lines: the decisions if they differ, then each field that does."""
    old, new = (_said(each, display) for each in (difference.old, difference.new))
    said = f"{old} -> {new}" if old != new else old
    yield f"{difference.number}  {display.text(difference.message_id or '-')}  {said}"
    for each in difference.fields:
        shown = each.shown(display)
        sides = [shown[side] or "nothing" for side in ("old", "new")]
        yield f"  {shown['field']}: {sides[0]} -> {sides[1]}"


def _said(decision: Decision, display: Display) -> str:
    if decision.verdict == "send":
        return f"send ({decision.rule}, {decision.action})"
    return f"{decision.verdict} ({decision.reason}: {display.detail(decision.detail)})"
