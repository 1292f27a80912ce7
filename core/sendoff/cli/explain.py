"""`sendoff explain`: what would become of one event, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sendoff.blueprint.trace import Trace
from sendoff.blueprint.values import has_value
from sendoff.cli import configuration, inputs, options, output, sentences
from sendoff.cli.display import Display
from sendoff.cli.steps import told_steps
from sendoff.clock import SystemClock
from sendoff.errors import InvalidEvent, UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.preview import Preview
from sendoff.redact import Redactor
from sendoff.router import Router
from sendoff.sources import read_lines
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.pipeline_file import Pipeline, RouteConfig
    from sendoff.preview import DecidedLine
    from sendoff.sources import Line, Readable


@click.command("explain")
@click.argument("event", metavar="FILE[:LINE]")
@options.config
@click.option("--route", metavar="NAME", help="Explain the decision of this route alone.")
@options.clear
@options.as_json
def command(*, event: str, config: str, route: str | None, clear: bool, as_json: bool) -> None:
    """Show what would become of one event of a file, or of standard input (`-`), and why.

    Without LINE it is the first. Lines before it are read too, to know a repetition by. Nothing
    is sent and no secret is needed.

    \b
    sendoff explain events.ndjson:12
    sendoff explain events.ndjson:12 --route support --clear
    """
    pipeline = configuration.open_pipeline(config, Surroundings(), need_secrets=False)
    routes = _chosen(pipeline, route)
    router = Router([each.route for each in routes])
    preview = Preview(router, pipeline.consent_map, SystemClock().now)
    name, number = _located(event)
    with inputs.opened(name) as stream:
        line = _found(stream, name, number, preview)
    trace = Trace()
    decided = preview.explain(line, trace)
    if as_json:
        output.json_result(_as_json(decided, trace), Redactor(pipeline.secrets))
        return
    display = Display(pipeline, clear=clear)
    output.result("\n".join(_told(decided, routes, trace, display)))
    if decided.number == 1:
        inputs.tell_shape(line.body)


def _chosen(pipeline: Pipeline, name: str | None) -> list[RouteConfig]:
    routes = {route.name: route for route in pipeline.routes}
    if name is None:
        return list(pipeline.enabled)
    if name not in routes:
        raise UsageError(f"there is no route `{output.plain(name)}` ({did_you_mean(name, routes)})")
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
        raise UsageError(f"there is nothing to explain in {output.plain(where)}: {held}")
    raise UsageError(f"line {number} of {output.plain(name)} is blank")


def _as_json(decided: DecidedLine, trace: Trace) -> dict[str, Any]:
    event = None if isinstance(decided.event, InvalidEvent) else decided.event.describe()
    return {
        "line": decided.number, "message_id": decided.message_id, "event": event,
        "decisions": list(decided.records()), "trace": trace.entries,
    }  # fmt: skip


def _told(
    decided: DecidedLine, routes: list[RouteConfig], trace: Trace, display: Display
) -> Iterator[str]:
    by_name = {route.name: route for route in routes}
    steps = {entry["name"]: entry["steps"] for entry in trace.entries}
    for decision in decided.decisions:
        route = by_name.get(decision.route or "")
        yield from sentences.told(decision, route, steps.get(decision.route, ()), display)
        yield ""
    if not isinstance(decided.event, InvalidEvent):
        yield f"The event of line {decided.number}, as it was read:"
        event = decided.event.describe()
        for name, shown in display.members(event).items():
            if has_value(event[name]):
                yield f"  {name}: {shown}"
    for name, entries in steps.items():
        yield ""
        yield f"{name}, step by step:"
        yield from told_steps(entries, display)
