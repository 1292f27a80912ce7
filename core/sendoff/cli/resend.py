"""`sendoff resend`: what was delivered is sent again, on purpose."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.exits import Exit
from sendoff.clock import SystemClock
from sendoff.errors import SendoffError, UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.replay import Outlook, Redecider, Search, SentAgain, Wanted, outlook, send_again
from sendoff.report.plain import plain
from sendoff.report.resends import WHY_NOT
from sendoff.report.unknown import told_unknown, unknown_ids
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline


@click.command("resend")
@click.option(
    "--id", "message_ids", metavar="MESSAGE_ID", multiple=True,
    help="Only events with this message id; may be given several times.",
)  # fmt: skip
@click.option("--route", metavar="NAME", help="Only what was sent to this route.")
@click.option("--rule", metavar="ID", help="Only what this rule of a blueprint took.")
@click.option("--event", metavar="NAME", help="Only events of this name, or type.")
@click.option("--person", metavar="ID", help="Only events of this user id, anonymous id or email.")
@click.option(
    "--newer", metavar="TIME", callback=options.duration,
    help="Only events received in the last so long, such as 2h.",
)  # fmt: skip
@click.option(
    "--older", metavar="TIME", callback=options.duration,
    help="Only events received before the last so long, such as 1d.",
)  # fmt: skip
@click.option(
    "--remap", is_flag=True,
    help="Decide the events anew, by the blueprints of now, instead of sending as recorded.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do it. Without, it is only told what would be sent.")
@options.config
@options.as_json
def command(
    *, message_ids: tuple[str, ...], remap: bool, yes: bool, config: str, as_json: bool,
    **filters: Any,
) -> int:  # fmt: skip
    """Send again, on purpose, what was delivered or skipped: for a destination that lost data.

    At least one option says which. Each is a new delivery at the end of its person's line, that a
    worker makes: consent is looked at again, and the destination gets it a second time. What waits
    is left, and so is what is dead: see `sendoff dead replay`. Exits with 1 where anything is left,
    or an id is that of no event.

    \b
    sendoff resend --id m-12 --route support
    sendoff resend --route support --newer 2d --yes
    """
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    wanted = _wanted(pipeline, message_ids, filters)
    file = store_file.of(pipeline)

    async def work(sendoff: Sendoff) -> SentAgain:
        redecider = Redecider(sendoff.router, pipeline.consent_map, SystemClock().now)
        return await send_again(sendoff.store, seen.ready, redecider if remap else None)

    look = partial(_look, wanted=wanted, remap=remap)
    seen, mistake = store_file.looked_into(pipeline, around, look)
    # Asked once more, as where the owner of the store ends meanwhile, nothing is sent twice.
    done = store_file.looked_into(pipeline, around, work) if yes and seen.ready else None
    if as_json:
        output.json_result(_as_json(seen, done))
    elif seen.total or not mistake:
        output.result("\n".join(_told(seen, done)))
    _note_next(seen, done, works=file is not None and file.is_open)
    if mistake:
        raise SendoffError(mistake)
    return Exit.DONE if _is_done(seen, done) else Exit.NO


async def _look(sendoff: Sendoff, *, wanted: Wanted, remap: bool) -> tuple[Outlook, str]:
    """What fits, and what is wrong with the ids that were given, blank where nothing is."""
    store, pipeline = sendoff.store, sendoff.pipeline
    unknown = await unknown_ids(store, wanted.message_ids)
    mistake = await told_unknown(store, unknown) if unknown else ""
    search = Search(store, pipeline.consent_map, SystemClock().now())
    routes = {route.name for route in pipeline.enabled}
    return await outlook(store, await search.targets(wanted), routes, remap=remap), mistake


def _note_next(seen: Outlook, done: SentAgain | None, *, works: bool) -> None:
    """Say what is left to be done by hand."""
    if done is None and seen.ready:
        output.note("nothing was changed: --yes does it")
    if done and done.queued and not works:
        output.note(store_file.NO_WORKER)


def _wanted(pipeline: Pipeline, message_ids: tuple[str, ...], filters: dict[str, Any]) -> Wanted:
    route = filters["route"]
    routes = [each.name for each in pipeline.routes]
    if route is not None and route not in routes:
        raise UsageError(f"there is no route `{plain(route)}` ({did_you_mean(route, routes)})")
    if not message_ids and all(each is None for each in filters.values()):
        raise UsageError("say what to send again, such as `--route NAME` or `--id MESSAGE_ID`")
    return Wanted(message_ids, **filters)


def _is_done(seen: Outlook, done: SentAgain | None) -> bool:
    """Whether all that fits will be sent, or nothing fits."""
    if done is None:
        return not seen.total
    return not (seen.left or done.left or done.dead)


def _as_json(seen: Outlook, done: SentAgain | None) -> dict[str, Any]:
    """What fitted, and what became of it; None where nothing was done."""
    ready = [
        {"route": route, "left": None, "count": count}
        for route, count in sorted(seen.by_route.items())
    ]
    left = [
        {"route": route, "left": why, "count": count}
        for (route, why), count in sorted(seen.left.items())
    ]
    return {"fitted": ready + left, "done": done.as_json() if done else None}


def _told(seen: Outlook, done: SentAgain | None) -> Iterator[str]:
    if not seen.total:
        yield "nothing that is kept fits"
        return
    if done is None:
        for route, count in sorted(seen.by_route.items()):
            yield f"{plain(route)}: {count:,} can be sent again"
    else:
        yield from _told_done(done)
    for (route, why), count in sorted(seen.left.items()):
        yield f"{plain(route)}: {count:,} left: {WHY_NOT[why]}"


def _told_done(done: SentAgain) -> Iterator[str]:
    yield f"{done.queued:,} will be sent again"
    for reason, count in done.dropped.most_common():
        yield f"{count:,} left: the blueprint of now drops it ({reason})"
    for reason, count in done.dead.most_common():
        yield f"{count:,} left: the blueprint of now cannot map it ({reason})"
    for why, count in done.left.items():
        yield f"{count:,} left: {WHY_NOT[why]}"
