"""`sendoff doctor`: whether the routes can deliver, asked of their destinations."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from sendoff.cli import configuration, options, output
from sendoff.cli.examination import code_of
from sendoff.cli.exits import Exit
from sendoff.cli.interruption import interruptible
from sendoff.cli.shipment import Shipment
from sendoff.cli.summary import counts, deaths, waits
from sendoff.cli.test_event import NAME, stream_of_one
from sendoff.clock import SystemClock
from sendoff.errors import UsageError
from sendoff.examination import Examination, apart, examine, store_trouble
from sendoff.pipeline_file import Surroundings
from sendoff.redact import Redactor
from sendoff.report.display import Display
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.pipeline_file import Pipeline

_PATIENCE = 60.0


@click.command("doctor")
@options.config
@click.option("--send-test", is_flag=True, help=f"Deliver one event, marked as {NAME}, as well.")
@click.option("--yes", is_flag=True, help="Confirm --send-test: it writes to every destination.")
@options.as_json
def command(config: str, send_test: bool, yes: bool, as_json: bool) -> int:
    """Ask every destination whether its routes can deliver, without writing anything.

    Exits with 4 when credentials are refused or a host cannot be reached, with 1 when something
    else is wrong.

    \b
    sendoff doctor
    sendoff doctor --send-test --yes
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=True)
    if send_test and not yes:
        routes = ", ".join(route.name for route in pipeline.enabled)
        raise UsageError(f"--send-test writes {NAME} to {routes}: confirm that with --yes")
    found, trouble = asyncio.run(interruptible(_looked_at(pipeline, around)))
    code = max((code_of(each) for each in found), default=Exit.DONE)
    code = max(code, Exit.NO if trouble else Exit.DONE)
    shipment = None
    if send_test and code is not Exit.HELD:
        shipment = Shipment(apart(pipeline), around, patience=_PATIENCE)
        asyncio.run(shipment.run(stream_of_one(SystemClock().now())))
        code = max(code, shipment.code)
    if as_json:
        record = _as_json(found, pipeline, around, shipment, trouble)
        output.json_result(record, Redactor(pipeline.secrets))
    else:
        _tell(found, pipeline, around, shipment, trouble)
    return code


async def _looked_at(
    pipeline: Pipeline, around: Surroundings
) -> tuple[Sequence[Examination], str | None]:
    return await examine(pipeline, around), await store_trouble(pipeline, around)


def _tell(
    found: Sequence[Examination], pipeline: Pipeline, around: Surroundings,
    shipment: Shipment | None, trouble: str | None,
) -> None:  # fmt: skip
    display = Display(pipeline, clear=False)
    for each in found:
        output.result(f"{each.route} ({each.destination}):")
        for finding in each.findings:
            fix = f" ({display.text(finding.fix)})" if finding.fix else ""
            output.result(f"  {finding.level}: {display.text(finding.message)}{fix}")
    output.result(f"store {display.text(pipeline.store)}: {display.text(trouble or 'ok')}")
    for broken in around.plugins.broken:
        output.result(f"plugin {broken.plugin}: left out: {plain(broken.problem)}")
    if shipment is not None:
        output.result(f"\nThe test, {NAME}: {counts(shipment.tally)}")
        for line in deaths(shipment.ledger, display, kept=shipment.is_kept):
            output.result(line)
        tallies = (shipment.tally,)
        for line in waits(tallies, shipment.ledger, display, kept=shipment.is_kept):
            output.result(line)


def _as_json(
    found: Sequence[Examination], pipeline: Pipeline, around: Surroundings,
    shipment: Shipment | None, trouble: str | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "routes": {each.route: list(each.findings) for each in found},
        "store": pipeline.store, "store_trouble": trouble,
        "plugins_left_out": [
            {"name": each.plugin, "problem": each.problem} for each in around.plugins.broken
        ],
        "test": shipment.tally.as_json() if shipment else None,
    }  # fmt: skip
