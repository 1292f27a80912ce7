"""A blueprint on its own, without a pipeline: compiled, and its examples run as a route would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.blueprint.examples import run_examples
from sendoff.blueprint.parameters import judge_given
from sendoff.blueprint.program import try_compile
from sendoff.decider import decide_read, read_event
from sendoff.errors import ConfigurationError
from sendoff.event import to_bytes
from sendoff.event_keys import Identity
from sendoff.problems import Problem
from sendoff.router import Route, Router

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sendoff.blueprint.document import Blueprint
    from sendoff.blueprint.examples import ExampleResult
    from sendoff.blueprint.program import Program
    from sendoff.decision import Decision
    from sendoff.plugins import Plugins


def compile_alone(
    blueprint: Blueprint, plugins: Plugins, given: Mapping[str, Any] | None = None
) -> Program:
    """The program of a blueprint with the parameters `given`, as no route's.

    Raises ConfigurationError with every problem of the blueprint, its destination not being there
    included.
    """
    destination = plugins.destinations.get(blueprint.destination)
    program, problems = try_compile(blueprint, destination, plugins.transforms, given or {})
    problems = list(problems)
    if destination is None and blueprint.destination:
        where = blueprint.document.position(("destination",), of="value")
        problems.append(Problem(where, *plugins.no_destination(blueprint.destination)))
    if problems:
        raise ConfigurationError(problems)
    return program


def rehearse(blueprint: Blueprint, plugins: Plugins, now: datetime) -> Sequence[ExampleResult]:
    """The blueprint's examples and how each came out, the events arriving at `now`.

    Raises ConfigurationError for a blueprint that cannot be used, and for an example whose
    parameters it does not take.
    """
    compile_alone(blueprint, plugins)
    problems = list(_unfit_parameters(blueprint))
    if problems:
        raise ConfigurationError(problems)
    stage = _Stage(blueprint, plugins, now)
    return list(run_examples(blueprint, stage.decide))


class _Stage:
    """Runs a blueprint, compiled once for each set of parameters."""

    def __init__(self, blueprint: Blueprint, plugins: Plugins, now: datetime) -> None:
        self._blueprint = blueprint
        self._plugins = plugins
        self._now = now
        self._routers: dict[bytes, Router] = {}

    def decide(self, event: Mapping[str, Any], given: Mapping[str, Any]) -> Decision:
        """What a route with these parameters, and nothing of its own, does with an event."""
        read = read_event(1, to_bytes(event), "", self._now, {})
        return decide_read(read, Identity(read.key), self._router(given), self._now)[0]

    def _router(self, given: Mapping[str, Any]) -> Router:
        key = msgspec.json.encode(given, order="deterministic")
        if key not in self._routers:
            program = compile_alone(self._blueprint, self._plugins, given)
            destination = self._plugins.destinations[self._blueprint.destination]
            self._routers[key] = Router([Route("example", destination, program)])
        return self._routers[key]


def _unfit_parameters(blueprint: Blueprint) -> Iterator[Problem]:
    for index, example in enumerate(blueprint.examples):
        if "with" in example:
            at = ("examples", index, "with")
            yield from judge_given(blueprint, blueprint.document, at)[1]
