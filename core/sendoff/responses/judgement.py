"""From an answer to the outcome of a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sendoff.answer import Answer, HttpError
from sendoff.delivery import (
    Delivered,
    NeedsOperator,
    Outcome,
    Rejected,
    Retry,
    Skipped,
    Throttled,
    TooLarge,
)
from sendoff.responses.defaults import DEFAULT_RULES
from sendoff.responses.wait import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sendoff.responses.rule import ResponseRule

THROTTLED_WAIT: Final = 60.0
"""Seconds to wait after a 429 that does not say: Freshdesk counts its requests by the minute."""

LONGEST_DETAIL: Final = 500
"""Characters of an outcome's detail."""


def judge(
    answer: Answer | HttpError,
    rules: Sequence[ResponseRule],
    now: datetime,
    message: Callable[[Answer], str] = Answer.message,
) -> Outcome:
    """The outcome of the first row that matches, of `rules` and then of core's own.

    `message` finds the server's words in an answer. The detail may repeat what the server sent:
    redact it before it is shown or kept.
    """
    rule = next(rule for rule in (*rules, *DEFAULT_RULES) if rule.matches(answer))
    if isinstance(answer, HttpError):
        detail = " ".join(filter(None, (answer.message, rule.fix)))
        return _outcome(rule, rule.reason or answer.kind, detail, None, answer.sent)
    reason = rule.reason or f"http_{answer.status}"
    after = retry_after(answer.headers, now)
    return _outcome(rule, reason, _detail(rule, answer, message), after, rule.maybe_delivered)


def _outcome(
    rule: ResponseRule, reason: str, detail: str, after: float | None, maybe: bool
) -> Outcome:
    outcome: Outcome
    match rule.outcome:
        case "delivered":
            outcome = Delivered(detail)
        case "skipped":
            outcome = Skipped(reason, detail)
        case "retry":
            # A wait of zero is none: the policy's own stands, so that no server is hammered.
            outcome = Retry(reason, after or None, maybe, detail)
        case "throttled":
            outcome = Throttled(THROTTLED_WAIT if after is None else max(after, 1.0), detail)
        case "too_large":
            outcome = TooLarge(detail)
        case "rejected":
            outcome = Rejected(reason, detail)
        case "needs_operator":
            outcome = NeedsOperator(reason, detail)
    return outcome


def _detail(rule: ResponseRule, answer: Answer, message: Callable[[Answer], str]) -> str:
    if rule.outcome == "delivered":
        return rule.fix.replace("{status}", str(answer.status))
    said = message(answer)
    text = rule.fix if "{message}" in rule.fix or not said else f"{rule.fix} {{message}}".strip()
    filled = text.replace("{status}", str(answer.status)).replace("{message}", said)
    return filled if len(filled) <= LONGEST_DETAIL else filled[: LONGEST_DETAIL - 1] + "…"
