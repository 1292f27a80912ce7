"""What one route made of an event: in a sentence, step by step, and attempt by attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint.values import has_value
from sendoff.debugger.history import history, next_try, state
from sendoff.debugger.marks import shown_mark
from sendoff.errors import InvalidEvent
from sendoff.report import steps
from sendoff.report.remedies import remedy
from sendoff.report.sentences import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.debugger.explanation import Explanation
    from sendoff.decision import Decision
    from sendoff.report.display import Display

    Steps = Sequence[Mapping[str, Any]]

_SENT: Final = {
    "delivered": "Delivered",
    "skipped": "Skipped, and not sent",
    "dead": "Dead: it could not be delivered",
    "comes again": "Not yet delivered",
    "waiting": "On its way",
}
_REQUIREMENTS: Final = frozenset({"identity", "consent"})


def on_route(explained: Explanation, name: str, display: Display) -> dict[str, Any]:
    """What is told of one route, by name; JSON-able and masked."""
    recorded, now = explained.recorded.get(name), explained.now.get(name)
    decision = recorded or now
    route = {each.name: each for each in explained.pipeline.routes}.get(name)
    if decision is None:
        return {}
    records = [each for each in explained.past.records if each.get("route") == name]
    letter = next((each for each in explained.past.dead if each.route == name), None)
    last = [each for each in records if each.get("delivery_id") == decision.delivery_id]
    attempts = last if decision.resend else records
    came_to = state(attempts, dead=letter is not None) if decision.verdict == "send" else None
    taken = explained.steps.get(name, ())
    hold = explained.holds.get(name)
    reason = letter.reason if letter else decision.reason
    said = _SENT[came_to] if came_to and recorded else "Would be sent"
    return {
        "route": name, "mark": shown_mark((each.name for each in explained.pipeline.routes), name),
        "configured": _configured(route),
        "verdict": decision.verdict, "state": came_to or decision.verdict, "reason": reason,
        "rule": decision.rule, "action": decision.action, "delivery_id": decision.delivery_id,
        "blueprint": decision.blueprint, "recorded": recorded is not None,
        "sentence": sentence(decision, route, taken, display, said) if route else (
            f"The route {name} is no longer in the pipeline file: {decision.verdict}"
            f" {decision.reason or decision.rule}."
        ),
        "dead": letter and {
            "id": letter.id, "reason": letter.reason, "detail": display.detail(letter.detail),
        },
        "remedy": remedy(reason),
        "next": next_try(attempts, held=bool(hold)) if came_to == "comes again" else None,
        "resend": _resend(explained, name, route), "resent": decision.resend,
        "hold": display.covered(hold), "hold_remedy": remedy(str(hold["reason"])) if hold else "",
        "changed": _changed(explained, name, display),
        **_run(explained, taken, now, display), "history": history(records, display),
    }  # fmt: skip


def _resend(explained: Explanation, name: str, route: Any) -> dict[str, bool] | None:
    """How it can be sent again, None where it cannot."""
    sent = explained.sent.get(name)
    if sent is None or sent.standing != "ended" or _configured(route) != "on":
        return None
    return {"recorded": sent.recorded, "remap": True}


def _configured(route: Any) -> str:
    return "gone" if route is None else "on" if route.enabled else "off"


def _changed(explained: Explanation, name: str, display: Display) -> dict[str, Any] | None:
    """How the decision of now differs, where another blueprint decides now than did then."""
    then, now = explained.recorded.get(name), explained.now.get(name)
    if then is None or now is None or then.blueprint == now.blueprint:
        return None
    route = next(each for each in explained.pipeline.routes if each.name == name)
    same = (then.verdict, then.reason, then.rule) == (now.verdict, now.reason, now.rule)
    told = sentence(now, route, explained.steps.get(name, ()), display)
    return {"then": then.blueprint, "now": now.blueprint, "same": same, "sentence": told}


def _run(
    explained: Explanation, taken: Steps, now: Decision | None, display: Display
) -> dict[str, Any]:
    """The run of now: what was required, which rules were asked, which fields were made."""
    kinds = {
        "requirements": [each for each in taken if each["step"] in _REQUIREMENTS],
        "rules": [each for each in taken if each["step"] == "rule"],
        "fields": [each for each in taken if each["step"] not in {*_REQUIREMENTS, "rule"}],
    }
    told = {
        name: [each.as_json() for each in steps.told(found, display)]
        for name, found in kinds.items()
    }
    left_out = [
        str(each["target"]) for each in kinds["fields"]
        if each["step"] == "field" and "failed" not in each and not has_value(each.get("value"))
    ]  # fmt: skip
    payload = now.payload if now else None
    return {
        **told, "left_out": left_out, "payload": display.covered(payload),
        "consent": _consent(explained, display)
        if any(each["step"] == "consent" for each in taken) else [],
    }  # fmt: skip


def _consent(explained: Explanation, display: Display) -> list[str]:
    """What the event says of consent, and where it says it."""
    if isinstance(explained.event, InvalidEvent):
        return []
    context = explained.event.context
    said = [
        f"context.{key} is {display.value(context[key], key)}"
        for key in ("consent", "consentManagement") if key in context
    ]  # fmt: skip
    return said or ["context.consent is absent"]
