"""One route of a pipeline file: its destination, blueprint, settings and limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sendoff.blueprint.document import Blueprint, read_blueprint
from sendoff.blueprint.parameters import judge_given
from sendoff.blueprint.program import try_compile
from sendoff.destination import Limits
from sendoff.documents import read_file
from sendoff.documents.excerpt import excerpt
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file.batch import load_batching
from sendoff.pipeline_file.model import RouteConfig
from sendoff.pipeline_file.settings import load_settings
from sendoff.presets import UnknownPreset
from sendoff.problems import Problem
from sendoff.quantities import parse_duration, parse_rate
from sendoff.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.blueprint.program import Program
    from sendoff.destination import Destination
    from sendoff.pipeline_file.reading import At, Reading
    from sendoff.plugins import Plugins
    from sendoff.presets import Presets

_REQUESTS: Final = 20
"""Of the longest that there may be, so many have room in an attempt."""


def load_route(
    name: str, raw: Mapping[str, Any], reading: Reading, plugins: Plugins, presets: Presets
) -> RouteConfig | None:
    """The route a document describes; None, and problems noted, where it cannot be made."""
    at: At = ("routes", name)
    destination = _destination(raw.get("destination"), at, reading, plugins)
    blueprint = _blueprint(raw.get("blueprint"), at, reading, presets)
    program = _program(blueprint, destination, at, reading, plugins) if blueprint else None
    if destination is None:
        return None  # its schema is what tells which settings are secret
    settings = load_settings(raw, at, destination, reading)
    limits = _limits(raw.get("limits"), at, destination.limits, reading)
    batching = load_batching(raw.get("batch"), at, destination, settings, reading)
    policy = _policy(raw.get("retry"), at, reading)
    if program is None:
        return None
    return RouteConfig(
        name=name, destination=destination, program=program, settings=settings,
        consent=_purposes(raw.get("consent")), silence_allows=_silence_allows(reading),
        limits=limits, batching=batching, policy=policy, enabled=raw.get("enabled", True) is True,
    )  # fmt: skip


def _purposes(raw: Any) -> tuple[str, ...]:
    return tuple(raw) if isinstance(raw, list) else ()


def _silence_allows(reading: Reading) -> bool:
    consent = reading.document.value.get("consent")
    return isinstance(consent, dict) and consent.get("missing") == "allow"


def _destination(name: Any, at: At, reading: Reading, plugins: Plugins) -> Destination | None:
    place = (*at, "destination")
    if not isinstance(name, str) or reading.unknown(place):
        return None
    found = plugins.destinations.get(name)
    if found is None:
        reading.problem(place, *plugins.no_destination(name))
    return found


def _blueprint(name: Any, at: At, reading: Reading, presets: Presets) -> Blueprint | None:
    """A preset by its name, or a file by its path: what ends in .yaml or .yml is a path."""
    place = (*at, "blueprint")
    if not isinstance(name, str) or reading.unknown(place):
        return None
    try:
        if not name.endswith((".yaml", ".yml")) and not name.startswith((".", "/")):
            return read_blueprint(presets.find(name).document())
        path = Path(reading.document.file).parent / name
        if path.exists():
            return read_blueprint(read_file(path, strict=False))
        message = f"there is no blueprint file `{excerpt(name)}`"
        reading.problem(place, message, "write its path as seen from the folder of this file")
    except UnknownPreset as error:
        reading.problem(place, error.message, f"{error.fix}; a file's path ends in .yaml")
    except ConfigurationError as error:
        reading.problems += error.problems
    return None


def _program(
    blueprint: Blueprint, destination: Destination | None, at: At, reading: Reading,
    plugins: Plugins,
) -> Program | None:  # fmt: skip
    """The blueprint compiled for the destination it is written for, whatever the route says."""
    name = blueprint.destination
    written_for = plugins.destinations.get(name)
    if destination is not None and written_for is None and name:
        where = blueprint.document.position(("destination",))
        reading.problems.append(Problem(where, *plugins.no_destination(name)))
    elif destination is not None and written_for is not destination and name:
        goes = f"and this route goes to `{destination.name}`"
        message = f"`{blueprint.name}` is written for `{name}`, {goes}"
        reading.problem((*at, "blueprint"), message, "choose another blueprint")
    place = (*at, "with")
    inside = [each[len(place) :] for each in reading.unresolved if each[: len(place)] == place]
    unknown = {str(each[0]) for each in inside if each}
    given, misfits = judge_given(blueprint, reading.document, place, unknown)
    reading.problems += misfits
    program, problems = try_compile(blueprint, written_for, plugins.transforms, given)
    reading.problems += problems
    return None if problems or written_for is not destination else program


def _limits(raw: Any, at: At, default: Limits, reading: Reading) -> Limits:
    limits = raw if isinstance(raw, dict) else {}
    place = (*at, "limits")
    rate = default.rate
    if "rate" in limits:
        rate = reading.quantity((*place, "rate"), limits["rate"], parse_rate, 0.0) or default.rate
    timeout = reading.quantity(
        (*place, "timeout"), limits.get("timeout"), parse_duration, default.timeout
    )
    if timeout == 0:
        reading.problem((*place, "timeout"), "`timeout` must be more than 0s", "raise it")
    # Room for several requests, however long one of them may take.
    least = max(default.deadline, _REQUESTS * timeout)
    deadline = reading.quantity((*place, "deadline"), limits.get("deadline"), parse_duration, least)
    if deadline < timeout:
        message = f"`deadline` must be at least the {timeout:g} s of `timeout`"
        reading.problem((*place, "deadline"), message, "raise it, or leave it out")
    return Limits(
        concurrency=limits.get("concurrency", default.concurrency),
        rate=rate,
        timeout=timeout,
        reserve=limits.get("reserve", default.reserve),
        deadline=deadline,
    )


def _policy(raw: Any, at: At, reading: Reading) -> RetryPolicy:
    retry = raw if isinstance(raw, dict) else {}
    default = RetryPolicy()
    return RetryPolicy(
        attempts=retry.get("attempts", default.attempts),
        within=reading.quantity(
            (*at, "retry", "within"), retry.get("within"), parse_duration, default.within
        ),
    )
