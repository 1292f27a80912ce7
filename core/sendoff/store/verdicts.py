"""What was decided about a message, as the few bytes that a store keeps of it."""

from __future__ import annotations

# At run time too: what a store has kept is read by these types.
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from sendoff.decision import Decision
from sendoff.store.promise import Verdicts

if TYPE_CHECKING:
    from sendoff.store.promise import Decided

_KeptDecision = tuple[str | None, str, str, str, str, str, str, str, Sequence[str]]
_Kept = tuple[str | None, list[_KeptDecision]]

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Kept).decode


def pack(one: Decided) -> bytes:
    """What to keep: without event and payload, which the store has elsewhere."""
    return _encode((one.message_id, [_kept(each) for each in one.decisions]))


def replaced(record: bytes, decision: Decision) -> bytes:
    """What to keep when a route has decided anew. Raises like `unpack`."""
    message_id, decisions = _decode(record)
    new = [_kept(decision) if each[0] == decision.route else each for each in decisions]
    return _encode((message_id, new))


def unpack(number: int, record: bytes) -> Verdicts:
    """What was kept of a message. Raises msgspec.DecodeError for what is nothing of the kind."""
    message_id, decisions = _decode(record)
    return Verdicts(
        number, message_id,
        [
            Decision(
                route=route, verdict=verdict, reason=reason, detail=detail, rule=rule,
                action=action, delivery_id=delivery_id, blueprint=blueprint, notes=tuple(warnings),
            )
            for route, verdict, reason, detail, rule, action, delivery_id, blueprint, warnings
            in decisions
        ],
    )  # fmt: skip


def _kept(decision: Decision) -> _KeptDecision:
    return (
        decision.route, decision.verdict, decision.reason, decision.detail, decision.rule,
        decision.action, decision.delivery_id, decision.blueprint, decision.warnings,
    )  # fmt: skip
