"""`sendoff demo`: the example events, delivered into sandboxes on this machine."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from os.path import relpath
from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import inputs, options, output
from sendoff.cli.example_files import example_folder
from sendoff.cli.exits import Exit, Interrupted
from sendoff.cli.holdings import Holdings, fetched
from sendoff.cli.shipment import Shipment
from sendoff.cli.summary import counts
from sendoff.documents import read_file
from sendoff.errors import SendoffError
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.serving import serve, until_stopped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sendoff.destination import Destination
    from sendoff.documents import Document

_PATIENCE: Final = 120.0


@dataclass(frozen=True, slots=True)
class _Stand:
    """A sandbox that is served: the settings of a route to it, and its page."""

    settings: dict[str, Any]
    page: str


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave the sandboxes running until interrupted.")
@options.as_json
def command(keep: bool, as_json: bool) -> int:
    """Send the example events into sandboxes of their destinations, on this machine.

    Needs no network, no account and no files of yours, and leaves nothing behind.

    \b
    sendoff demo
    sendoff demo --keep
    """
    return asyncio.run(_demo(example_folder(), keep=keep, as_json=as_json))


async def _demo(folder: Path, *, keep: bool, as_json: bool) -> int:
    around = Surroundings()
    document = read_file(folder / "sendoff.yaml")
    switches = read_file(folder / "sandbox.yaml").value
    async with AsyncExitStack() as stack:
        stands = await _stands(document, switches, around, stack)
        pipeline = load_pipeline(_redirected(document, stands), around)
        shipment = Shipment(pipeline, around, patience=_PATIENCE)
        with inputs.opened(str(folder / "events.ndjson")) as stream:
            await shipment.run(stream)
        holdings = {name: await fetched(stand.page) for name, stand in stands.items()}
        _tell(shipment, holdings, folder, as_json=as_json)
        if keep:
            for stand in stands.values():
                output.note(f"still there until Ctrl-C: curl {stand.page}")
            raise Interrupted(await until_stopped())
    return Exit.HELD if shipment.code is Exit.HELD else Exit.DONE


async def _stands(
    document: Document, switches: Mapping[str, Any], around: Surroundings, stack: AsyncExitStack
) -> dict[str, _Stand]:
    """A sandbox for each destination that the example's routes name, with its switches."""
    stands = {}
    for name in dict.fromkeys(route["destination"] for route in document.value["routes"].values()):
        destination = around.plugins.destinations.get(name)
        sandbox = destination.sandbox() if destination else None
        if destination is None or sandbox is None:
            raise SendoffError(f"there is no sandbox of `{name}` (see `sendoff list plugins`)")
        set_up = switches.get(name, {})
        server = await stack.enter_async_context(serve(sandbox.app(**set_up)))
        settings = {**sandbox.settings, **_shared(set_up, destination), "base_url": server.url}
        stands[name] = _Stand(settings, f"{server.url}{sandbox.page}")
    return stands


def _shared(switches: Mapping[str, Any], destination: Destination) -> dict[str, Any]:
    """The switches that are settings of a route as well, such as keys: the two have to agree."""
    properties = destination.settings.get("properties", {})
    return {name: value for name, value in switches.items() if name in properties}


def _redirected(document: Document, stands: dict[str, _Stand]) -> Document:
    """The example's pipeline, its routes leading into the sandboxes, without its secrets."""
    routes = {}
    for name, route in document.value["routes"].items():
        own = stands[route["destination"]].settings
        routes[name] = {**route, "settings": {**_written_out(route["settings"]), **own}}
    return replace(document, value={**document.value, "routes": routes, "store": "memory"})


def _written_out(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that name no variable and no file: nobody who tries the demo has those."""
    return {name: value for name, value in settings.items() if "${" not in json.dumps(value)}


def _tell(
    shipment: Shipment, holdings: dict[str, Holdings], folder: Path, *, as_json: bool
) -> None:
    if as_json:
        held = {name: each.counts for name, each in holdings.items()}
        output.json_result({"run": shipment.tally.as_json(), "sandboxes": held})
        return
    output.result(f"The examples, by way of {folder / 'sendoff.yaml'}: {counts(shipment.tally)}")
    for name, each in holdings.items():
        output.result(f"\nThe {name} sandbox now holds:\n{each.told()}")
    config, events = (relpath(folder / file) for file in ("sendoff.yaml", "events.ndjson"))
    output.result(
        "\nNext, try:\n"
        "  why an event was not sent:\n"
        f"    sendoff explain -c {config} {events}:16\n"
        "  every decision, without sending:\n"
        f"    sendoff preview -c {config} {events}\n"
        "  a sandbox to send to yourself:\n"
        f"    sendoff sandbox {next(iter(holdings))}"
    )
