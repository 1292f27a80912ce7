"""`sendoff sandbox`: a stand-in of a destination on this machine."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import click

from sendoff.cli import options, output
from sendoff.cli.exits import Interrupted
from sendoff.cli.switches import read_switches
from sendoff.errors import UsageError
from sendoff.plugins import load_plugins
from sendoff.report.plain import compact
from sendoff.serving import serve, until_stopped
from sendoff.testing.faults import FaultProxy, describe_toxics, parse_toxic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.destination import Destination, Sandbox
    from sendoff.serving import Application
    from sendoff.testing.faults import Toxic


def _list_toxics(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(describe_toxics())
        ctx.exit()


@click.command("sandbox")
@click.argument("destination", metavar="DESTINATION")
@click.argument("switches", metavar="[SWITCH=VALUE]...", nargs=-1)
@click.option("--port", type=int, default=0, help="The port to listen on; any that is free if 0.")
@click.option(
    "--fault", "faults", metavar="TOXIC", multiple=True,
    help="Put a proxy before it that harms connections, such as lost_answer:times=2.",
)  # fmt: skip
@click.option("--list-switches", is_flag=True, help="List the switches and exit.")
@click.option(
    "--list-faults", is_flag=True, is_eager=True, expose_value=False, callback=_list_toxics,
    help="List the toxics of --fault and exit.",
)  # fmt: skip
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, destination: str, switches: tuple[str, ...], port: int, faults: tuple[str, ...],
    list_switches: bool, as_json: bool,
) -> None:  # fmt: skip
    """Serve a stand-in of a destination on this machine, until interrupted.

    It answers as the real one does, starts out empty, and forgets everything when it ends. A
    switch makes it behave like another variant of the real one.

    \b
    sendoff sandbox freshdesk
    sendoff sandbox freshdesk --port 8090 rate_limit=50 fail=500,503
    sendoff sandbox freshdesk --fault lost_answer:times=2 --fault latency:latency=200ms
    """
    found = _destination(destination)
    sandbox = found.sandbox()
    if sandbox is None:
        raise UsageError(f"`{destination}` has no sandbox")
    if list_switches:
        _tell_switches(sandbox, as_json=as_json)
        return
    values = read_switches(sandbox, switches)
    settings = {name: values.get(name, value) for name, value in sandbox.settings.items()}

    def tell(url: str, direct: str) -> None:
        page = f"{direct}{sandbox.page}"
        reached = {**settings, "base_url": url}
        if as_json:
            output.json_result({"url": url, "settings": reached, "page": page})
        else:
            output.result(_USAGE.format(found.title, url, compact(reached), page))
        output.flush()

    toxics = [parse_toxic(fault) for fault in faults]
    asyncio.run(_serve(sandbox.app(**values), toxics, port, tell))


_USAGE: Final = """\
{} sandbox at {} (Ctrl-C ends it)

The settings of a route to it:
    settings: {}
What it holds:
    curl {}"""


async def _serve(
    app: Application, toxics: Sequence[Toxic], port: int, tell: Callable[[str, str], None]
) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serve(app, port=0 if toxics else port))
        url = server.url
        if toxics:
            proxy = FaultProxy(upstream=server.address, port=port)
            for toxic in toxics:
                proxy.add(toxic)
            url = (await stack.enter_async_context(proxy)).url
        tell(url, server.url)
        signal = await until_stopped()
    raise Interrupted(signal)


def _destination(name: str) -> Destination:
    plugins = load_plugins()
    found = plugins.destinations.get(name)
    if found is None:
        message, fix = plugins.no_destination(name)
        raise UsageError(f"{message} ({fix})")
    return found


def _tell_switches(sandbox: Sandbox, *, as_json: bool) -> None:
    if as_json:
        output.json_result([
            {"name": each.name, "description": each.description, "schema": each.schema,
             "default": each.default}
            for each in sandbox.switches
        ])  # fmt: skip
        return
    for each in sandbox.switches:
        output.result(f"{each.name}={compact(each.default)}\n    {each.description}")
