"""Which dead letters a command is about: its options, and the ids it was given."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import click

from sendoff.cli import options
from sendoff.store.deaths import DeadQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


def _whole(ids: Sequence[str]) -> Iterator[str]:
    """The ids, where those of two words may have come as two."""
    words = iter(ids)
    for word in words:
        yield f"{word} {next(words, '')}".rstrip() if word in _FIRST_WORDS else word
