"""One attempt: deliveries go to the destination, and an outcome comes back for each."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sendoff.clock import SystemClock
from sendoff.delivery import NeedsOperator, Outcome, Retry, Throttled, TooLarge
from sendoff.destination import Limits
from sendoff.http import Deadline, Departures, Overdue, under
from sendoff.store.failures import StoreError
from sendoff.waiting import is_stopping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sendoff.clock import Clock
    from sendoff.delivery import Delivery
    from sendoff.destination import Connection
    from sendoff.redact import Redactor

SHORTEST_PAUSE: Final = 1.0
"""Seconds: a plugin that asks for less would have its server hammered."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How many seconds a plugin may take for one call, by which clock."""

    seconds: float = Limits().deadline
    clock: Clock = field(default_factory=SystemClock)


_TIMING: Final = Timing()


async def attempt(  # noqa: PLR0913 - one name for each part of it
    connection: Connection,
    deliveries: Sequence[Delivery],
    redactor: Redactor,
    departures: Departures | None = None,
    throttled: Callable[[float], None] = lambda _seconds: None,
    *,
    timing: Timing = _TIMING,
) -> list[Outcome]:
    """One outcome for each delivery, in order and without secrets, whatever the plugin does.

    What is refused for its size is halved until it passes or one delivery is left; behind one
    that has to wait, those that it holds up wait too. A plugin that takes longer than it may is
    broken off. `departures` tells at any time which of them may have left, for whoever stops this
    before it ends. `throttled` hears at once how long an answer asks the account to wait. Raises
    StoreError alone: without the store no request may leave.
    """
    departures = departures or Departures()
    ids = [delivery.id for delivery in deliveries]
    departures.hand_over(ids)
    deadline = Deadline(timing.seconds, timing.clock)
    pauses = _Pauses(throttled)
    with under(ids, departures, deadline, pauses):
        outcomes = await _deliver(connection, deliveries, redactor, deadline)
    for after in {each.after for each in outcomes if isinstance(each, Throttled)} - pauses.heard:
        throttled(after)
    ended = dict(zip((each.id for each in deliveries), outcomes, strict=True))
    large = [each for each in deliveries if isinstance(ended[each.id], TooLarge)]
    departures.come_back([each.id for each in large])
    for part in _smaller(large, deliveries):
        held_up = _held_up(part, deliveries, ended)
        free = [each for each in part if each.id not in held_up]
        if free:
            if is_stopping():  # the plugin ended in order, and so heard it for us
                raise asyncio.CancelledError
            came = await attempt(connection, free, redactor, departures, throttled, timing=timing)
            ended |= dict(zip((each.id for each in free), came, strict=True))
        ended |= held_up
    return [ended[each.id] for each in deliveries]


class _Pauses:
    """Passes on what answers ask for; what was `heard` need not be said again of the outcomes."""

    def __init__(self, throttled: Callable[[float], None]) -> None:
        self.heard: set[float] = set()
        self._throttled = throttled

    def __call__(self, seconds: float) -> None:
        self.heard.add(seconds)
        self._throttled(seconds)


def _smaller(
    large: Sequence[Delivery], deliveries: Sequence[Delivery]
) -> Iterable[Sequence[Delivery]]:
    """In what parts to try again what was refused for its size: halves of all there was."""
    if len(deliveries) == 1:
        return ()
    middle = len(large) // 2 if len(large) == len(deliveries) else len(large)
    return filter(None, (large[:middle], large[middle:]))


def _held_up(
    part: Iterable[Delivery], deliveries: Iterable[Delivery], ended: Mapping[str, Outcome]
) -> dict[str, Outcome]:
    """Which of a part must not be tried now, and the outcome that keeps each from it.

    A pause of the account or the need for an operator keeps all that follow, a retry those that
    must stay in order with it.
    """
    held_up: dict[str, Outcome] = {}
    waiting = {each.id for each in part}
    retries: dict[str, Outcome] = {}
    closed: Outcome | None = None
    for each in deliveries:
        outcome = ended[each.id]
        if each.id in waiting:
            if why := closed or retries.get(each.order_key):
                held_up[each.id] = why
        elif isinstance(outcome, Throttled | NeedsOperator):
            closed = closed or outcome
        elif isinstance(outcome, Retry) and each.order_key:
            retries.setdefault(each.order_key, replace(outcome, maybe_delivered=False))
    return held_up


async def _deliver(
    connection: Connection,
    deliveries: Sequence[Delivery],
    redactor: Redactor,
    deadline: Deadline,
) -> list[Outcome]:
    try:
        outcomes: list[Any] = list(await deadline.keep(connection.deliver(deliveries)))
    except Overdue:
        late = (
            f"the destination plugin did not end within {deadline.seconds:g} s, and was broken off"
        )
        _log.warning("route %s: %s", deliveries[0].route, late)
        outcome = Retry("plugin_timeout", maybe_delivered=True, detail=late)
        return [outcome] * len(deliveries)
    except asyncio.CancelledError:
        if is_stopping():
            raise
        wrong = "it cancelled itself"
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the worker lives
        wrong = _said(error)
    else:
        wrong = f"{len(outcomes)} outcomes for {len(deliveries)} deliveries"
        if len(outcomes) == len(deliveries):
            return _all_sound(outcomes, redactor)
    return [_plugin_error(wrong, redactor)] * len(deliveries)


def _said(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an exception that cannot even be written
        return type(error).__name__


def _all_sound(outcomes: Sequence[Any], redactor: Redactor) -> list[Outcome]:
    # Of a batch they are mostly one and the same: each is looked at once.
    different = {id(outcome): outcome for outcome in outcomes}
    sound = {name: _sound(outcome, redactor) for name, outcome in different.items()}
    return [sound[id(outcome)] for outcome in outcomes]


def _sound(outcome: Any, redactor: Redactor) -> Outcome:
    """The outcome as it may be used and kept; a plugin error for what is none."""
    if not isinstance(outcome, Outcome):
        return _plugin_error(f"{type(outcome).__name__} is no outcome", redactor)
    texts = {name: getattr(outcome, name, "") for name in ("reason", "detail")}
    after = getattr(outcome, "after", None)
    if not all(isinstance(text, str) for text in texts.values()) or not _is_wait(after, outcome):
        return _plugin_error(f"{type(outcome).__name__} with a part of the wrong type", redactor)
    shown: dict[str, Any] = {name: _covered(text, redactor) for name, text in texts.items() if text}
    if after is not None:
        shown["after"] = max(SHORTEST_PAUSE, after)
    return replace(outcome, **shown)


def _is_wait(after: Any, outcome: Outcome) -> bool:
    if after is None:
        return not isinstance(outcome, Throttled)
    return isinstance(after, int | float) and not isinstance(after, bool) and math.isfinite(after)


def _covered(text: str, redactor: Redactor) -> str:
    # Who cut the text may have left half a secret at its end.
    return redactor.cut(text[:-1]) if text.endswith("…") else redactor.text(text)


def _plugin_error(wrong: str, redactor: Redactor) -> Outcome:
    # The request may have left before the plugin failed.
    detail = _covered(f"the destination plugin: {wrong}", redactor)
    return Retry("plugin_error", maybe_delivered=True, detail=detail)
