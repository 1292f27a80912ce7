"""`sendoff explain`: what would become of one event, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sendoff.blueprint.trace import Trace
from sendoff.cli import configuration, explanation, inputs, options, output, store_file
from sendoff.clock import SystemClock
from sendoff.errors import SendoffError, UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.preview import Preview
from sendoff.redact import Redactor
from sendoff.report.display import Display
from sendoff.report.past import (
    decided_now,
    lost_events,
    past_events,
    told_lost,
    told_past,
)
from sendoff.report.plain import plain
from sendoff.report.unknown import told_unknown
from sendoff.router import Router
from sendoff.sources import read_lines
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline, RouteConfig
    from sendoff.report.past import LostEvent, PastEvent
    from sendoff.sources import Line, Readable


@click.command("explain")
@click.argument("event", metavar="[FILE[:LINE]]", required=False)
@click.option("--id", "message_id", metavar="MESSAGE_ID", help="Explain an event of the store.")
@options.config
@click.option("--route", metavar="NAME", help="Explain the decision of this route alone.")
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, event: str | None, message_id: str | None, config: str, route: str | None, clear: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Show what would become of one event of a file, or of standard input (`-`), and why.

    Without LINE it is the first. Lines before it are read too, to know a repetition by. Nothing
    is sent and no secret is needed. With --id it is an event that is in the store: what became of
    it, and what would by the blueprints of now.

    \b
    sendoff explain events.ndjson:12
    sendoff explain events.ndjson:12 --route support --clear
    sendoff explain --id m-12
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    routes = _chosen(pipeline, route)
    router = Router([each.route for each in routes])
    if message_id is not None and event is None:
        _explain_past(message_id, pipeline, around, routes, clear=clear, as_json=as_json)
        return
    if event is None or message_id is not None:
        raise UsageError("name an event: either FILE[:LINE], `-`, or --id MESSAGE_ID")
    preview = Preview(router, pipeline.consent_map, SystemClock().now)
    name, number = _located(event)
    with inputs.opened(name) as stream:
        line = _found(stream, name, number, preview)
    trace = Trace()
    decided = preview.explain(line, trace)
    if as_json:
        record = {"line": decided.number, **explanation.as_json(decided, trace)}
        output.json_result(record, Redactor(pipeline.secrets))
        return
    display = Display(pipeline, clear=clear)
    what = f"The event of line {decided.number}"
    output.result("\n".join(explanation.told(decided, what, routes, trace, display)))
    if decided.number == 1:
        inputs.tell_shape(line.body)


def _chosen(pipeline: Pipeline, name: str | None) -> list[RouteConfig]:
    routes = {route.name: route for route in pipeline.routes}
    if name is None:
        return list(pipeline.enabled)
    if name not in routes:
        raise UsageError(f"there is no route `{plain(name)}` ({did_you_mean(name, routes)})")
    if not routes[name].enabled:
        raise UsageError(f"the route `{name}` is switched off (`enabled: false` in the file)")
    return [routes[name]]


def _located(given: str) -> tuple[str, int | None]:
    name, colon, number = given.rpartition(":")
    is_line = colon and number.isascii() and number.isdecimal() and len(number) < 20  # noqa: PLR2004
    if given == "-" or not is_line or inputs.exists(given):
        return given, None
    if not int(number):
        raise UsageError("there is no line 0: they count from 1")
    return name, int(number)


def _found(stream: Readable, name: str, number: int | None, preview: Preview) -> Line:
    last = 0
    for line in read_lines(stream):
        if number is None or line.number == number:
            return line
        if line.number > number:
            break
        last = line.number
        preview.pass_by(line)
    else:
        held = f"the last that holds anything is {last}" if last else "it holds no event"
        where = f"line {number} of {name}" if number else name
        raise UsageError(f"there is nothing to explain in {plain(where)}: {held}")
    raise UsageError(f"line {number} of {plain(name)} is blank")


async def _known(
    sendoff: Sendoff, message_id: str
) -> tuple[Sequence[PastEvent], Sequence[LostEvent]]:
    """The events of a message id: those that can be read, and those that cannot any more."""
    past, lost = await past_events(sendoff, message_id), await lost_events(sendoff, message_id)
    if not past and not lost:
        raise SendoffError(await told_unknown(sendoff.store, [message_id]))
    return past, lost


def _explain_past(  # noqa: PLR0913 - one name for each thing it needs
    message_id: str, pipeline: Pipeline, around: Surroundings, routes: list[RouteConfig], *,
    clear: bool, as_json: bool,
) -> None:  # fmt: skip
    """What became of the events of the store with a message id, and what would now."""
    past, lost = store_file.looked_into(
        pipeline, around, lambda sendoff: _known(sendoff, message_id)
    )
    router = Router([each.route for each in routes])
    redactor, display = Redactor(pipeline.secrets), Display(pipeline, clear=clear)
    for gone in lost:
        if as_json:
            output.json_result(gone.as_json(), redactor)
        else:
            output.result("\n".join(told_lost(gone, display)))
    for each in past:
        trace = Trace()
        decided = decided_now(each.appended, router, pipeline.consent_map, trace)
        if as_json:
            output.json_result(each.as_json() | explanation.as_json(decided, trace), redactor)
            continue
        what = f"Event {decided.number}"
        output.result("\n".join(told_past(each, display)))
        if each.duplicate_of is not None:
            continue
        output.result("\nBy the blueprints of now:")
        output.result("\n".join(explanation.told(decided, what, routes, trace, display)))
