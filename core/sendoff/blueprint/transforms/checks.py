"""Whether a transform is what its definition says: for our tests and for plugin authors'."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from sendoff.blueprint.transforms.definition import (
    JSON_TYPES,
    JsonType,
    TransformError,
    described,
    json_type,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.blueprint.transforms.definition import Example, Transform

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SAMPLES: dict[JsonType, Any] = {
    "text": "x",
    "integer": 1,
    "number": 0.5,
    "boolean": True,
    "list": ["x"],
    "object": {"x": "x"},
}


def check_definition(transform: Transform) -> list[str]:
    """What is wrong with a definition, one sentence each; empty when it is fine.

    Runs every example, and one value of each type that is not accepted.
    """
    problems = list(_declaration_problems(transform))
    if problems:
        return problems
    for number, example in enumerate(transform.examples, 1):
        problems += [f"example {number} {text}" for text in _example_problems(transform, example)]
    return problems or list(_refusal_problems(transform))


def _declaration_problems(transform: Transform) -> Iterator[str]:
    if not _NAME.fullmatch(transform.name):
        yield f"the name {transform.name!r} is not lower-case letters, digits and _"
    if not transform.summary.strip() or "\n" in transform.summary:
        yield "the summary is not one line"
    for side, types in (("accepts", transform.accepts), ("returns", transform.returns)):
        if not types or not types <= set(JSON_TYPES):
            yield f"{side} has to name one or more of {', '.join(JSON_TYPES)}"
        elif "number" in types and "integer" not in types:
            yield f"{side} names number without integer, and an integer is a number"
    yield from _parameter_problems(transform)
    if not any(example.error is None for example in transform.examples):
        yield "no example shows a result"


def _parameter_problems(transform: Transform) -> Iterator[str]:
    given = [example.parameters is not None for example in transform.examples]
    if transform.bare and all(given):
        yield "no example shows it bare"
    if transform.parameters is None:
        if not transform.bare:
            yield "it takes no parameters, so it has to be bare"
        return
    if not any(given):
        yield "no example shows it with parameters"
    try:
        jsonschema_rs.validator_for(dict(transform.parameters))
    except ValueError as error:
        yield f"parameters is no JSON Schema: {str(error).splitlines()[0]}"


def _example_problems(transform: Transform, example: Example) -> Iterator[str]:
    if not _fits_parameters(transform, example.parameters):
        yield "has parameters that do not fit the schema"
        return
    given = deepcopy(example.value)
    result, error = _outcome(transform, example.parameters, given)
    if not _alike(given, example.value):
        yield "changes the value it was given"
    if error is None:
        yield from _result_problems(transform, example, result)
    elif not isinstance(error, TransformError):
        yield f"raises {type(error).__name__} ({error}), where only TransformError may be raised"
    elif example.error is None or example.error not in str(error):
        yield f"fails: {error}"


def _result_problems(transform: Transform, example: Example, result: Any) -> Iterator[str]:
    if json_type(example.value) not in transform.accepts:
        yield f"takes {described(example.value)}, which is not in accepts"
    if example.error is not None:
        yield f"gives {result!r} where it should fail"
    elif not _alike(result, example.result):
        yield f"gives {result!r}, not {example.result!r}"
    elif result is not None and json_type(result) not in transform.returns:
        yield f"gives back {described(result)}, which is not in returns"


def _refusal_problems(transform: Transform) -> Iterator[str]:
    parameters = next(each.parameters for each in transform.examples if each.error is None)
    for kind, sample in _SAMPLES.items():
        if kind in transform.accepts:
            continue
        _, error = _outcome(transform, parameters, sample)
        named = described(sample)
        if not isinstance(error, TransformError) or named not in str(error):
            yield f"does not refuse {named} with a TransformError that names it"


def _outcome(transform: Transform, parameters: Any, value: Any) -> tuple[Any, Exception | None]:
    try:
        return transform.build(parameters)(value), None
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; that is the finding
        return None, error


def _fits_parameters(transform: Transform, parameters: Any) -> bool:
    if parameters is None:
        return transform.bare
    if transform.parameters is None:
        return False
    return jsonschema_rs.is_valid(dict(transform.parameters), parameters)


def _alike(one: Any, other: Any) -> bool:
    # repr tells 1, 1.0 and true apart, which == does not.
    return repr(one) == repr(other)
