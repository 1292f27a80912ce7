"""`sendoff serve`: takes what SDKs send, and delivers it, until it is stopped."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from sendoff.addresses import is_loopback
from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.worker import run_shift
from sendoff.errors import UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.pipeline_file.server import parse_address
from sendoff.report.display import Display

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.pipeline_file import Pipeline
    from sendoff.pipeline_file.server import Address, ServerConfig

_SWITCH_SECONDS: Final = 0.0005
"""How long the event loop may keep the store's thread waiting: each waits for the other often, and
Python's 5 ms take a fifth of the events a second."""
_NEEDED: Final = (
    "starlette", "uvicorn", "httptools", "prometheus_client", "jinja2", "python_multipart",
)  # fmt: skip


def _address(_ctx: click.Context, _parameter: click.Parameter, given: str | None) -> Address | None:
    try:
        return None if given is None else parse_address(given)
    except ValueError as error:
        raise click.UsageError(f"--listen: {error}") from None


@click.command("serve")
@click.option(
    "--listen", metavar="HOST:PORT", callback=_address,
    help="Where to listen, instead of `server.listen` in the pipeline file.",
)  # fmt: skip
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let other machines send, with one of `server.write_keys`, and look, with a token.",
)
@click.option("--no-debugger", is_flag=True, help="Show no debugger.")
@click.option(
    "--grace", metavar="TIME", default="30s", callback=options.duration, show_default=True,
    help="How long what is on its way gets to end, when a signal asks the server to stop.",
)  # fmt: skip
@options.config
@options.clear
@options.as_json
def command(  # noqa: PLR0913 - one for each option
    *, listen: Address | None, allow_remote: bool, no_debugger: bool, grace: float, config: str,
    clear: bool, as_json: bool,
) -> int:  # fmt: skip
    """Take events over HTTP from SDKs of Segment, RudderStack and Datafly, and deliver them.

    A debugger shows what becomes of them, at 127.0.0.1:8081 or where `debugger.listen` says.

    An event that was answered with 200 is in the store for good. SIGTERM or SIGINT ends it in good
    order: requests are answered, nothing new is begun, what is on its way gets --grace to end, and
    the rest stays in the store; a second one stops at once. SIGHUP reads the pipeline file again:
    its routes, and of its `server` who may send.

    \b
    sendoff serve
    sendoff serve --listen 0.0.0.0:8080 --allow-remote
    """
    _require_parts()
    from sendoff.cli.pages import Pages  # noqa: PLC0415 - needs what may not be installed
    from sendoff.cli.service import Service  # noqa: PLC0415 - as above

    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=True)
    store_file.must_last(pipeline)
    address = listen or pipeline.server.listen
    _require_safety(address, pipeline.server, allow_remote=allow_remote)
    debugger = None if no_debugger else Pages.of(pipeline, allow_remote=allow_remote)
    display = Display(pipeline, clear=clear)

    def reread() -> Pipeline:
        new = configuration.open_pipeline(config, around, need_secrets=True)
        _require_safety(address, new.server, allow_remote=allow_remote)
        return new

    service = Service(
        pipeline, around, grace=grace, listen=address, debugger=debugger, reread=reread,
        tell=lambda text: output.note(display.text(text)), tell_plain=output.note,
    )  # fmt: skip
    sys.setswitchinterval(_SWITCH_SECONDS)
    return run_shift(service, display, as_json=as_json, loop=_event_loop())


def _require_parts() -> None:
    """Raise UsageError where the parts that only a server needs are not installed."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(
            f"`sendoff serve` needs {', '.join(missing)}, not installed here"
            " (run `pip install 'sendoff[serve]'`)"
        )


def _require_safety(address: Address, server: ServerConfig, *, allow_remote: bool) -> None:
    """Raise UsageError where others could send who are not meant to."""
    if is_loopback(address.host):
        if server.hosts and not server.write_keys:
            raise UsageError(
                "refused to be called by other names without write keys: anybody could send"
                " (set `server.write_keys` in the pipeline file, or take `server.hosts` out)"
            )
        return
    if not allow_remote:
        raise UsageError(
            f"refused to listen on {address.host}: other machines could send"
            " (use 127.0.0.1, or say --allow-remote)"
        )
    if not server.write_keys:
        raise UsageError(
            f"refused to listen on {address.host} without write keys: anybody could send"
            " (set `server.write_keys` in the pipeline file)"
        )


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the faster event loop, None where the system has it not."""
    if find_spec("uvloop") is None:
        return None
    make: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return make
