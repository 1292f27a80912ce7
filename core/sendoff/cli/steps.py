"""The steps of a trace in words, indented as they are inside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint.values import has_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sendoff.cli.display import Display

    Step = Mapping[str, Any]
    Tell = Callable[[Step, Display], Iterator[str]]

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


def told_steps(steps: Sequence[Step], display: Display, indent: str = "  ") -> Iterator[str]:
    """Every step on a line or more."""
    for step in steps:
        tell = _TELLERS.get(step["step"], _anything)
        for line in tell(step, display):
            yield indent + line


def _anything(step: Step, display: Display) -> Iterator[str]:
    yield display.value(dict(step))


def _requirement(step: Step, display: Display) -> Iterator[str]:
    yield f"required: {step['path']} is {_value(step, display)}"


def _rule(step: Step, display: Display) -> Iterator[str]:
    verdict = "takes it" if step["held"] else "does not take it"
    yield f"rule {step['id']} {verdict}"
    yield from told_steps(step["steps"], display)


def _test(step: Step, display: Display) -> Iterator[str]:
    wanted = _wanted(step, display)
    if step["held"] and step["path"] == "event" and step["value"] is None:
        yield f"yes: a call of this type bears the name {wanted}"
    elif step["held"]:
        yield f"yes: {step['path']} is {_value(step, display)}, as wanted ({wanted})"
    else:
        yield f"no: {step['path']} is {_value(step, display)}, wanted {wanted}"


def _wanted(step: Step, display: Display) -> str:
    operator, expected = step["operator"], step["expected"]
    if operator == "exists":
        return "a value" if expected else "no value"
    shown = display.value(expected)  # written in the blueprint, so nobody's data
    if operator == "one_of":
        return f"one of {shown}" if isinstance(expected, list) else shown
    return _WANTED.get(operator, f"{operator} {{}}").format(shown)


def _group(step: Step, display: Display) -> Iterator[str]:
    label = "any of these" if step["step"] == "any" else "not this"
    yield f"{'yes' if step['held'] else 'no'}: {label}"
    yield from told_steps(step["steps"], display)


def _field(step: Step, display: Display) -> Iterator[str]:
    target, inner = step["target"], step["steps"]
    names = (target, *_paths(inner))
    if "failed" in step:
        yield f"{target} fails: {display.detail(step['failed'])}"
    elif step.get("value") is None:
        yield f"{target} is left out"
    else:
        yield f"{target} = {display.value(step['value'], *names)}{_origin(inner)}"
    for each in inner:
        if each["step"] == "transform":
            yield f"    {_transform(each, display, names)}"
        else:
            yield from told_steps([each], display, "    ")


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


def _read(step: Step, display: Display) -> Iterator[str]:
    yield f"{step['path']} is {_value(step, display)}"


def _transform(step: Step, display: Display, names: Sequence[str]) -> str:
    if "error" in step:
        return f"{step['name']} fails: {step['error']}"
    if not has_value(step["value"]):
        return f"{step['name']} gives nothing"
    return f"{step['name']} gives {display.value(step['value'], *names)}"


def _template(step: Step, display: Display) -> Iterator[str]:
    shown = display.value(step["value"], *step["paths"])
    yield f"the template of {', '.join(step['paths'])} gives {shown}"


def _value(step: Step, display: Display) -> str:
    value, path = step["value"], step["path"]
    if value is None:
        return "nothing"
    # The name of an event is that of a page or a screen, never a person's.
    return display.value(value, "page.name" if path == "name" else path)


_TELLERS: Final[Mapping[str, Tell]] = {
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
