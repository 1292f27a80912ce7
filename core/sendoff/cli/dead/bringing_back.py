"""`sendoff dead replay` and `sendoff dead discard`: what they touch, and then what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import configuration, options, output, store_file
from sendoff.cli.dead.choice import choice, options_of_choice, refuse, unknown
from sendoff.cli.dead.looking import told_counts
from sendoff.cli.exits import Exit
from sendoff.clock import SystemClock
from sendoff.pipeline_file import Surroundings
from sendoff.replay import Redecider, Replayed, discard, letters, remap, resend

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence

    from sendoff.pipeline import Sendoff
    from sendoff.store.deaths import DeadCount, DeadQuery

    Work = Callable[[Sendoff, Sequence[str]], Coroutine[Any, Any, Replayed]]
    _Came = tuple[Sequence[DeadCount], Replayed | None, Collection[str]]

_LEFT: Final = {
    "event_gone": "the event is no longer kept (`events.keep`); without --remap it can be sent as"
    " it was recorded",
    "no_route": "the pipeline file has no such route, or has it switched off",
    "other_event": "the message is an event by now: give it to `sendoff run` once more",
    "no_delivery": "there is nothing to send: correct what is wrong, then --remap",
    "gone": "another process was faster",
}
"""Why letters were left as they were, in words."""

_yes: Callable[[Any], Any] = click.option(
    "--yes", is_flag=True, help="Do it. Without, it is only told what would be touched."
)


@click.command("replay")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options_of_choice
@click.option(
    "--remap", "remapped", is_flag=True,
    help="Decide the events anew, by the blueprints of now, instead of sending as recorded.",
)  # fmt: skip
@_yes
@options.config
@options.as_json
def replay_command(
    *, ids: tuple[str, ...], remapped: bool, yes: bool, config: str, as_json: bool, **filters: Any
) -> int:
    """Let what is dead be sent again: everything, or what the options and ids choose.

    It goes to the end of its line, and a worker delivers it. Exits with 1 where something stays
    dead.

    \b
    sendoff dead replay --route support --reason invalid_request
    sendoff dead replay --reason mapping_error --remap --yes
    """
    work = _remap if remapped else _resend
    return _carried_out(config, choice(ids, **filters), work, yes=yes, as_json=as_json)


@click.command("discard")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@options_of_choice
@_yes
@options.config
@options.as_json
def discard_command(
    *, ids: tuple[str, ...], yes: bool, config: str, as_json: bool, **filters: Any
) -> int:
    """Give up what is dead for good: everything, or what the options and ids choose.

    \b
    sendoff dead discard --reason invalid_event --older 7d
    sendoff dead discard --reason invalid_event --older 7d --yes
    """
    return _carried_out(config, choice(ids, **filters), _discard, yes=yes, as_json=as_json)


def _carried_out(config: str, query: DeadQuery, work: Work, *, yes: bool, as_json: bool) -> int:
    around = Surroundings()
    pipeline = configuration.open_pipeline(config, around, need_secrets=False)
    configuration.tell_unknown_route(pipeline, query.route)
    file = store_file.of(pipeline)

    async def count_and_work(sendoff: Sendoff) -> _Came:
        counts = await sendoff.store.count_dead(query)
        mistaken = await unknown(sendoff.store, query)
        if not yes:
            return counts, None, mistaken
        # All ids first: what is replayed may die again meanwhile, and would never come to an end.
        ids = [each.id async for page in letters(sendoff.store, query) for each in page]
        return counts, await work(sendoff, ids), mistaken

    counts, done, mistaken = store_file.looked_into(pipeline, around, count_and_work)
    if as_json:
        output.json_result(_as_json(counts, done))
    elif counts or not mistaken:
        for line in _told(counts, done):
            output.result(line)
    if done is None and counts:
        output.note("nothing was changed: --yes does it")
    if done and done.sent and not (file and file.is_open):
        output.note(store_file.NO_WORKER)
    refuse(mistaken)
    return Exit.NO if (counts if done is None else done.still_dead) else Exit.DONE


async def _resend(sendoff: Sendoff, ids: Sequence[str]) -> Replayed:
    return await resend(sendoff.store, ids)


async def _remap(sendoff: Sendoff, ids: Sequence[str]) -> Replayed:
    redecider = Redecider(sendoff.router, sendoff.pipeline.consent_map, SystemClock().now)
    return await remap(sendoff.store, ids, redecider)


async def _discard(sendoff: Sendoff, ids: Sequence[str]) -> Replayed:
    return await discard(sendoff.store, ids)


def _as_json(counts: Sequence[DeadCount], done: Replayed | None) -> dict[str, Any]:
    """What fitted, and what became of it; None where nothing was done."""
    fitted = [
        {"route": each.route, "reason": each.reason, "rule": each.rule, "count": each.count}
        for each in counts
    ]
    return {"fitted": fitted, "done": done.as_json() if done else None}


def _told(counts: Sequence[DeadCount], done: Replayed | None) -> Iterator[str]:
    if done is None or not counts:
        yield told_counts(counts)
        return
    if done.sent:
        yield f"{done.sent:,} will be sent"
    if done.discarded:
        yield f"{done.discarded:,} discarded"
    if done.dropped:
        yield f"{done.dropped.total():,} dropped: {_listed(done.dropped)}"
    if done.dead:
        yield f"{done.dead.total():,} still dead: {_listed(done.dead)}"
    for why, count in done.left.items():
        yield f"{count:,} left: {_LEFT[why]}"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.most_common())
