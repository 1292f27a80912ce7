"""A decision in a sentence or two, with the place that asks for it and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.report.remedies import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendoff.decision import Decision
    from sendoff.pipeline_file import RouteConfig
    from sendoff.report.display import Display

    Steps = Sequence[Mapping[str, Any]]


def told(
    decision: Decision, route: RouteConfig | None, steps: Steps, display: Display
) -> Iterator[str]:
    """What became of the event on a route (None: before any), who asked for it, what to do."""
    yield sentence(decision, route, steps, display)
    if route is not None and decision.verdict == "send":
        yield f"  payload: {display.value(decision.payload)}"
        yield f"  delivery id: {decision.delivery_id}"
    if todo := remedy(decision.reason):
        yield f"  what to do: {todo}"
    if decision.warnings:
        yield f"  odd about the event: {display.text('; '.join(decision.warnings))}"


def sentence(
    decision: Decision, route: RouteConfig | None, steps: Steps, display: Display,
    sent: str = "Would be sent",
) -> str:  # fmt: skip
    """A decision in a sentence, with the place that asks for it; `sent` is said of a *send*."""
    detail = display.detail(decision.detail)
    if route is None:
        return _about_the_line(decision, detail)
    if decision.verdict == "send":
        by = f"by rule {decision.rule} ({_at_rule(decision, route)})"
        return f"{sent} to {route.name}: {decision.action}, {by}."
    state = "Not sent to" if decision.verdict == "drop" else "Dead on"
    asked = _asked(decision, route, steps)
    return f"{state} {route.name} ({decision.reason}): {detail}; asked for by {asked}."


def _about_the_line(decision: Decision, detail: str) -> str:
    if decision.verdict == "duplicate":
        return f"Not decided again: it is the {detail}, by its message id and its content."
    return f"Dead ({decision.reason}): {detail}."


def _asked(decision: Decision, route: RouteConfig, steps: Steps) -> str:
    """The place in blueprint or pipeline file that asks for what the event has not."""
    document = route.program.blueprint.document
    match decision.reason:
        case "anonymous":
            return str(document.position(("require", "identity")))
        case "no_consent":
            return _consent(route, steps)
        case "no_rule":
            return f"the rules of {document.file}"
        case "missing_field" | "mapping_error" | "invalid_payload":
            return _at_field(decision, route)
    return "the event"


def _consent(route: RouteConfig, steps: Steps) -> str:
    blueprint = route.program.requirements.consent
    own = {*blueprint.all_of, *blueprint.any_of}
    refused = [
        str(step["path"]).removeprefix("consent.")
        for step in steps
        if step["step"] == "consent" and step["value"] is not True
    ]
    if own.intersection(refused):
        return str(route.program.blueprint.document.position(("require", "consent")))
    return f"`consent:` of the route {route.name} in the pipeline file"


def _at_rule(decision: Decision, route: RouteConfig) -> str:
    document = route.program.blueprint.document
    at = [rule.at for rule in route.program.rules if rule.id == decision.rule]
    return str(document.position(at[0])) if at else document.file


def _at_field(decision: Decision, route: RouteConfig) -> str:
    """Where the field is written that the detail begins with, else where its rule is."""
    document = route.program.blueprint.document
    target = decision.detail.partition(":")[0].removeprefix("$.")
    for rule in route.program.rules:
        for field in rule.fields:
            if rule.id == decision.rule and field.name == target:
                return f"{document.position(field.at)} (field {target} of rule {rule.id})"
    return f"{_at_rule(decision, route)} (rule {decision.rule})"
