"""Which dead letters a command is about: its options, and the ids it was given."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import options
from sendoff.errors import SendoffError
from sendoff.replay import letters
from sendoff.report.plain import plain
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sendoff.store.promise import Store

_FIRST_WORDS: Final = frozenset({"event", "delivery"})
"""What an id of two words begins with, such as `event 7`."""

_OPTIONS: Final = (
    click.option("--route", metavar="NAME", help="Only of this route."),
    click.option("--reason", metavar="NAME", help="Only those that died of this reason."),
    click.option("--rule", metavar="ID", help="Only those that this rule of a blueprint took."),
    click.option(
        "--newer", metavar="TIME", callback=options.duration,
        help="Only those that died in the last so long, such as 2h.",
    ),
    click.option(
        "--older", metavar="TIME", callback=options.duration,
        help="Only those that died before the last so long, such as 1d.",
    ),
)  # fmt: skip


def options_of_choice(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose dead letters."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


def choice(ids: Sequence[str], **filters: Any) -> DeadQuery:
    """The query that ids and options come to; without any it is everything."""
    return DeadQuery(ids=frozenset(_whole(ids)) if ids else None, **filters)


async def unknown(store: Store, query: DeadQuery) -> Collection[str]:
    """The ids of a query that are those of no dead letter, whatever else it asks for."""
    if query.ids is None:
        return ()
    pages = letters(store, DeadQuery(ids=query.ids))
    return set(query.ids) - {each.id async for page in pages for each in page}


def refuse(ids: Collection[str]) -> None:
    """Raise SendoffError where there are ids of no dead letter."""
    if ids:
        named = ", ".join(map(plain, sorted(ids)))
        raise SendoffError(f"nothing dead is called {named} (`sendoff dead list` has the ids)")


def _whole(ids: Sequence[str]) -> Iterator[str]:
    """The ids, where those of two words may have come as two."""
    words = iter(ids)
    for word in words:
        yield f"{word} {next(words, '')}".rstrip() if word in _FIRST_WORDS else word
