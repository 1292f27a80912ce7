"""`do`: the ordered transforms of a field, checked at load and compiled to one function each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.values import has_value, pruned
from sendoff.documents.excerpt import excerpt
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.trace import Trace
    from sendoff.blueprint.transforms import Members, Transform


class Step(NamedTuple):
    """A transform with its parameters: its name, what it does, and what does the same to text."""

    name: str
    run: Callable[[Any], Any]
    on_text: Callable[[str], str] | None = None
    members: Members | None = None


_TYPES = frozenset((str, int, float, bool, list, dict))
_WORDS = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "an object",
}


def compile_steps(
    raw: Any, source: frozenset[str] | None, at: At, compilation: Compilation
) -> tuple[tuple[Step, ...], frozenset[str] | None]:
    """The steps, and the JSON types their result may have (None: any).

    `source` are the types that go in. Problems are noted in the compilation.
    """
    steps: list[Step] = []
    kinds = source
    for index, item in enumerate(raw if isinstance(raw, list) else ()):
        place = (*at, index)
        found = _transform(item, place, compilation)
        if found is None:
            kinds = None
            continue
        transform, parameters, given_at = found
        if kinds is not None and not _widened(kinds) & transform.accepts:
            message = f"`{transform.name}` takes {listed(transform.accepts)}, not {listed(kinds)}"
            compilation.problem(place, message, "put a step before it that gives what it takes")
        step = _built(transform, parameters, given_at, compilation)
        if step is not None:
            steps.append(step)
        kinds = frozenset(transform.returns)
    return tuple(steps), kinds


def chained(  # noqa: C901 - written out: this runs for every value
    steps: tuple[Step, ...],
) -> Callable[[Any, Trace | None], Any]:
    """The steps as one function of a value and a trace; what has no value ends the chain.

    The value given has one, or is None. Raises TransformError, naming the step that could not do
    its value.
    """
    pairs = tuple((step.name, step.run) for step in steps)

    def apply(value: Any, trace: Trace | None) -> Any:
        if value is None:
            return None
        name = ""
        try:
            for name, step in pairs:
                value = step(value)
                if trace is not None:
                    trace.add("transform", name=name, value=value)
                # What is commonest first: a call would cost more than the question.
                kind = type(value)
                if kind is str:
                    found = value and not value.isspace()
                else:
                    found = value if kind is dict or kind is list else _is_json_value(value)
                if not found:
                    return None
        except Exception as error:  # noqa: BLE001 - a plugin's transform may raise anything
            said = _said(name, error)
            if trace is not None:
                trace.add("transform", name=name, error=said)
            raise TransformError(said) from None
        return pruned(value) if type(value) is dict or type(value) is list else value

    return apply


def sound(value: Any) -> Any:
    """What a step gave as a payload may hold it, None when it is no value.

    Raises TransformError for what JSON has no word for.
    """
    if not _is_json_value(value):
        return None
    return pruned(value) if type(value) is dict or type(value) is list else value


def listed(kinds: Iterable[str]) -> str:
    """The types in words: `text, a list or an object`."""
    given = set(kinds)
    if "number" in given:
        given.discard("integer")
    *others, last = [words for kind, words in _WORDS.items() if kind in given] or ["nothing"]
    return f"{', '.join(others)} or {last}" if others else last


def _is_json_value(value: Any) -> bool:
    """Whether it is a value; raises TransformError for what JSON has no word for."""
    if has_value(value):
        if type(value) in _TYPES:
            return True
        raise TransformError(f"gave a {type(value).__name__}, for which JSON has no word")
    return False


def _widened(kinds: frozenset[str]) -> frozenset[str]:
    """A whole number is also a number."""
    return kinds | {"number"} if "integer" in kinds else kinds


def _said(name: str, error: Exception) -> str:
    # What another exception says may quote the value, which may be somebody's personal data.
    why = str(error) if isinstance(error, TransformError) else f"broke with {type(error).__name__}"
    return f"{name}: {why}"


def _transform(item: Any, at: At, compilation: Compilation) -> tuple[Transform, Any, At] | None:
    bare = isinstance(item, str)
    if not bare and not (isinstance(item, dict) and len(item) == 1):
        return None
    name = item if bare else next(iter(item))
    transform = compilation.transforms.get(name)
    if transform is None:
        fix = did_you_mean(name, compilation.transforms)
        compilation.problem(at, f"there is no transform `{excerpt(name)}`", fix)
        return None
    if bare and not transform.bare:
        compilation.problem(at, f"`{name}` needs parameters", f"such as {_example(transform)}")
        return None
    if not bare and transform.parameters is None:
        compilation.problem(at, f"`{name}` takes no parameters", f"write `- {name}`")
        return None
    return (transform, None, at) if bare else (transform, item[name], (*at, name))


def _example(transform: Transform) -> str:
    given = (each.parameters for each in transform.examples if each.parameters is not None)
    return f"`- {transform.name}: {json.dumps(next(given, '…'), ensure_ascii=False)}`"


def _built(transform: Transform, parameters: Any, at: At, compilation: Compilation) -> Step | None:
    if parameters is None and transform.bare:
        return _build(transform, None, at, compilation)
    refused = Step(transform.name, _refuse)
    filled, unset = compilation.filled(parameters, at)
    if filled is None and unset:
        return _build(transform, None, at, compilation) if transform.bare else refused
    breaches = compilation.breaches(filled, transform.parameters or {}, at)
    # What lacks a parameter is no mistake of the blueprint: an event that needs it is told so.
    lacking = {compilation.document.position(place) for place in unset}
    mistakes = [each for each in breaches if each.position not in lacking]
    compilation.problems.extend(mistakes)
    if mistakes:
        return None
    return refused if breaches else _build(transform, filled, at, compilation)


def _build(transform: Transform, parameters: Any, at: At, compilation: Compilation) -> Step | None:
    try:
        members = transform.members(parameters) if transform.members else None
        return Step(transform.name, transform.build(parameters), transform.on_text, members)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        compilation.problem(at, _said(transform.name, error))
        return None


def _refuse(_value: Any) -> Any:
    raise TransformError("needs a parameter that the route leaves unset")
