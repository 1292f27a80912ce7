"""What was decided about a message, as the few bytes that a store keeps of it."""

from __future__ import annotations

# At run time too: what a store has kept is read by these types.
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from sendoff.decision import Decision, Verdict
from sendoff.store.promise import Verdicts

if TYPE_CHECKING:
    from sendoff.delivery import Delivery
    from sendoff.store.promise import Decided

_KeptDecision = tuple[str | None, str, str, str, str, str, str, str, Sequence[str]]


class _Known(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A decision as it is read; the number of a resend is written only where there was one."""

    route: str | None
    verdict: Verdict
    reason: str
    detail: str
    rule: str
    action: str
    delivery_id: str
    blueprint: str
    warnings: tuple[str, ...]
    resend: int = 0


_Kept = tuple[str | None, list[_Known]]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Kept).decode


def pack(one: Decided) -> bytes:
    """What to keep: without event and payload, which the store has elsewhere."""
    return _encode((one.message_id, [_kept(each) for each in one.decisions]))


def replaced(record: bytes, decision: Decision) -> bytes:
    """What to keep when a route has decided anew. Raises like `unpack`."""
    message_id, known = _decode(record)
    new = (*_kept(decision), decision.resend)
    return _encode((message_id, [new if each.route == decision.route else each for each in known]))


def resent(record: bytes, delivery: Delivery) -> bytes:
    """What to keep when a delivery is sent again as it was recorded. Raises like `unpack`."""
    message_id, known = _decode(record)
    changed = [
        msgspec.structs.replace(each, delivery_id=delivery.id, resend=delivery.resend)
        if each.route == delivery.route and each.verdict == "send" else each
        for each in known
    ]  # fmt: skip
    return _encode((message_id, changed))


def unpack(number: int, record: bytes) -> Verdicts:
    """What was kept of a message. Raises msgspec.DecodeError for what is nothing of the kind."""
    message_id, known = _decode(record)
    return Verdicts(
        number, message_id,
        [
            Decision(
                route=each.route, verdict=each.verdict, reason=each.reason, detail=each.detail,
                rule=each.rule, action=each.action, delivery_id=each.delivery_id,
                blueprint=each.blueprint, warnings=each.warnings, resend=each.resend,
            )
            for each in known
        ],
    )  # fmt: skip


def _kept(decision: Decision) -> _KeptDecision:
    return (
        decision.route, decision.verdict, decision.reason, decision.detail, decision.rule,
        decision.action, decision.delivery_id, decision.blueprint, decision.warnings,
    )  # fmt: skip
