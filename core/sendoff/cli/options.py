"""Options that several commands take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.quantities import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_CONFIG: Final = "sendoff.yaml"


def _config(ctx: click.Context, _parameter: click.Parameter, given: str | None) -> str:
    # `sendoff -c FILE run …` and `sendoff run -c FILE …` mean the same.
    return str(given or ctx.find_root().params.get("config") or DEFAULT_CONFIG)


config: Callable[[Any], Any] = click.option(
    "-c", "--config", metavar="FILE", callback=_config, is_eager=True,
    help=f"The pipeline file; {DEFAULT_CONFIG} if not given.",
)  # fmt: skip

as_json: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for programs: nothing is masked in it."
)

clear: Callable[[Any], Any] = click.option(
    "--clear", is_flag=True, help="Show personal data, which is masked otherwise."
)

events: Callable[[Any], Any] = click.argument("events", metavar="EVENTS")


def duration(_ctx: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
    """Seconds of an option that takes a duration, None where it is not given."""
    try:
        return None if given is None else parse_duration(given)
    except ValueError as error:
        raise click.UsageError(f"{parameter.opts[0]}: {error}") from None


wait: Callable[[Any], Any] = click.option(
    "--wait", metavar="TIME", default="5m", callback=duration, show_default=True,
    help="How long to wait without anything ending, once all is read.",
)  # fmt: skip
