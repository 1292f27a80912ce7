"""Many fields to one object: nested targets become nested objects, and empty ones are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.blueprint.compilation import Compilation
    from sendoff.blueprint.fields import Field
    from sendoff.blueprint.trace import Trace

    Run = Callable[[Any, Any], Any]


def assemble(fields: Sequence[Field]) -> Run:
    """A function from an event to the object its fields make; None when nothing is left in it."""
    members: dict[str, list[Field]] = {}
    for field in fields:
        members.setdefault(field.target[0], []).append(field)
    plain = tuple((name, _member(group)) for name, group in members.items())
    traced = tuple((name, _traced_member(group)) for name, group in members.items())

    def run(event: Any, trace: Trace | None) -> Any:
        made = {}
        for name, part in plain if trace is None else traced:
            value = part(event, trace)
            if value is not None:
                made[name] = value
        return made or None

    return run


def check_overlap(fields: Sequence[Field], compilation: Compilation) -> None:
    """Note a problem for every target that lies inside another."""
    seen = {field.target: field for field in fields}
    for field in fields:
        around = (field.target[:length] for length in range(1, len(field.target)))
        outer = next((seen[target] for target in around if target in seen), None)
        if outer is not None:
            whole = f"`{outer.name}`, which is mapped as a whole"
            message = f"`{field.name}` lies inside {whole}"
            compilation.problem(field.at, message, "map the one or the other")


def _member(group: Sequence[Field]) -> Run:
    if len(group[0].target) == 1:
        return group[0].run
    return assemble([field.below() for field in group if len(field.target) > 1])


def _traced_member(group: Sequence[Field]) -> Run:
    if len(group[0].target) == 1:
        return group[0].traced
    return _member(group)
