"""The steps of a trace in words, inside each other as they were taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sendoff.report.display import Display

    Step = Mapping[str, Any]

_WANTED: Final = {
    "gt": "more than {}",
    "gte": "at least {}",
    "lt": "less than {}",
    "lte": "at most {}",
    "contains": "something that contains {}",
    "starts_with": "something that starts with {}",
    "ends_with": "something that ends with {}",
    "matches": "something that matches {}",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A step in words, and those inside it.

    `kind` is what it is: `rule`, `test`, `field`, `transform` and so on. `held` tells whether what
    it asks for was so; None where it asks for nothing.
    """

    kind: str
    text: str
    held: bool | None = None
    inner: Sequence[Told] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The same by name."""
        inner = [each.as_json() for each in self.inner]
        return {"kind": self.kind, "text": self.text, "held": self.held, "steps": inner}


def told_steps(steps: Sequence[Step], display: Display, indent: str = "  ") -> Iterator[str]:
    """Every step on a line or more."""
    for each in told(steps, display):
        yield from _lines(each, indent)


def told(steps: Sequence[Step], display: Display) -> list[Told]:
    """Every step in words."""
    return [_TELLERS.get(step["step"], _anything)(step, display) for step in steps]


def _lines(told: Told, indent: str) -> Iterator[str]:
    mark = "" if told.held is None or told.kind == "rule" else "yes: " if told.held else "no: "
    yield indent + mark + told.text
    for each in told.inner:
        yield from _lines(each, indent + ("    " if told.kind == "field" else "  "))


def _anything(step: Step, display: Display) -> Told:
    return Told(str(step["step"]), display.value(dict(step)))


def _requirement(step: Step, display: Display) -> Told:
    return Told(step["step"], f"required: {step['path']} is {_value(step, display)}")


def _rule(step: Step, display: Display) -> Told:
    verdict = "takes it" if step["held"] else "does not take it"
    return Told("rule", f"rule {step['id']} {verdict}", step["held"], told(step["steps"], display))


def _test(step: Step, display: Display) -> Told:
    wanted, held = _wanted(step, display), bool(step["held"])
    if held and step["path"] == "event" and step["value"] is None:
        text = f"a call of this type bears the name {wanted}"
    elif held:
        text = f"{step['path']} is {_value(step, display)}, as wanted ({wanted})"
    else:
        text = f"{step['path']} is {_value(step, display)}, wanted {wanted}"
    return Told("test", text, held)


def _wanted(step: Step, display: Display) -> str:
    operator, expected = step["operator"], step["expected"]
    if operator == "exists":
        return "a value" if expected else "no value"
    shown = display.value(expected)  # written in the blueprint, so nobody's data
    if operator == "one_of":
        return f"one of {shown}" if isinstance(expected, list) else shown
    return _WANTED.get(operator, f"{operator} {{}}").format(shown)


def _group(step: Step, display: Display) -> Told:
    label = "any of these" if step["step"] == "any" else "not this"
    return Told(step["step"], label, bool(step["held"]), told(step["steps"], display))


def _field(step: Step, display: Display) -> Told:
    target, inner = step["target"], step["steps"]
    names = (target, *_paths(inner))
    if "failed" in step:
        text = f"{target} fails: {display.detail(step['failed'])}"
    elif step.get("value") is None:
        text = f"{target} is left out"
    else:
        text = f"{target} = {display.value(step['value'], *names)}{_origin(inner)}"
    steps = [
        _transform(each, display, names)
        if each["step"] == "transform"
        else told([each], display)[0]
        for each in inner
    ]
    return Told("field", text, None, steps)


def _paths(steps: Sequence[Step]) -> Iterator[str]:
    """The paths a value came from, at every depth."""
    for step in steps:
        match step["step"]:
            case "read":
                yield step["path"]
            case "template":
                yield from step["paths"]
            case "field":
                yield from _paths(step["steps"])


def _origin(steps: Sequence[Step]) -> str:
    """Where a value comes from that no step of its own shows."""
    made = [each for each in steps if each["step"] in {"read", "transform", "template", "field"}]
    if not made:
        return " (a constant)"
    return "" if any(has_value(each.get("value")) for each in made[-1:]) else " (the default)"


def _read(step: Step, display: Display) -> Told:
    return Told("read", f"{step['path']} is {_value(step, display)}")


def _transform(step: Step, display: Display, names: Sequence[str]) -> Told:
    if "error" in step:
        return Told("transform", f"{step['name']} fails: {step['error']}")
    if not has_value(step["value"]):
        return Told("transform", f"{step['name']} gives nothing")
    return Told("transform", f"{step['name']} gives {display.value(step['value'], *names)}")


def _template(step: Step, display: Display) -> Told:
    shown = display.value(step["value"], *step["paths"])
    return Told("template", f"the template of {', '.join(step['paths'])} gives {shown}")


def _value(step: Step, display: Display) -> str:
    value, path = step["value"], step["path"]
    if value is None:
        return "nothing"
    # The name of an event is that of a page or a screen, never a person's.
    return display.value(value, "page.name" if path == "name" else path)


_TELLERS: Final[Mapping[str, Callable[[Step, Display], Told]]] = {
    "identity": _requirement,
    "consent": _requirement,
    "rule": _rule,
    "test": _test,
    "any": _group,
    "not": _group,
    "field": _field,
    "read": _read,
    "template": _template,
}
