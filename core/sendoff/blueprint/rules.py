"""Rules: when, which action, and the fields of its payload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from sendoff.blueprint import assembly
from sendoff.blueprint.conditions import Condition, compile_when
from sendoff.blueprint.failures import MissingField
from sendoff.blueprint.fields import Field, compile_field
from sendoff.blueprint.fit import check_fit
from sendoff.blueprint.generated.payload import generate_payload
from sendoff.destination import Action, WritePolicy
from sendoff.documents.excerpt import excerpt
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.paths import Path
    from sendoff.blueprint.sources import Run
    from sendoff.blueprint.targets import Target
    from sendoff.blueprint.trace import Trace
    from sendoff.destination import Destination

_POLICIES = get_args(WritePolicy)

# Stands for an action that is not known: it takes whatever fields give.
_OPEN = Action("", "", {})


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule.

    `run(event, trace)` gives the payload, None when nothing is in it; `make(event)` gives the same
    in less time, and cannot be traced.
    """

    id: str
    action: Action
    when: Condition | None
    run: Run
    make: Callable[..., Any]
    fields: tuple[Field, ...]
    write: dict[str, str]
    at: At

    @property
    def reads(self) -> tuple[Path, ...]:
        """The paths it looks at."""
        condition = self.when.reads if self.when else ()
        return (*condition, *(path for field in self.fields for path in field.reads))


def compile_rule(
    raw: Mapping[str, Any],
    shared: Any,
    at: At,
    destination: Destination | None,
    compilation: Compilation,
) -> Rule:
    """The rule a document spells; its problems are noted in the compilation.

    `shared` are the fields of every rule: a rule's own replaces the one of the same target, and
    null removes it. Where destination or action is unknown, the fit of the fields is not judged.
    """
    when = compile_when(raw["when"], (*at, "when"), compilation) if "when" in raw else None
    action = _action(raw.get("action"), at, destination, compilation)
    fields = tuple(_fields(raw.get("fields"), shared, at, action, compilation))
    assembly.check_overlap(fields, compilation)
    check_fit(fields, action, at, compilation)
    together = _made_together(fields, action)
    run = _demanding(assembly.assemble(fields), together)
    # What is wrong in the document is told, and never run.
    params, wrong = compilation.params, bool(compilation.problems)
    make = run if wrong else generate_payload(fields, run, params, together)
    write = _write(fields, action, compilation)
    return Rule(str(raw.get("id", "")), action, when, run, make, fields, write, at)


def check_shared(shared: Any, compilation: Compilation) -> None:
    """Note the problems of the shared fields themselves, also of those that every rule replaces."""
    for target, (spelled, place) in _spelled(shared, ("fields",), compilation).items():
        if spelled is None:
            message = "null removes a shared field, and this is one"
            compilation.problem(place, message, "leave it out")
        else:
            compile_field(target, spelled, place, compilation)


def _action(name: Any, at: At, destination: Destination | None, compilation: Compilation) -> Action:
    if destination is None or not isinstance(name, str):
        return _OPEN
    action = destination.actions.get(name)
    if action is None:
        message = f"`{destination.name}` has no action `{excerpt(name)}`"
        fix = did_you_mean(name, destination.actions)
        compilation.problem((*at, "action"), message, fix)
    return action or _OPEN


def _fields(
    own: Any, shared: Any, at: At, action: Action, compilation: Compilation
) -> Iterator[Field]:
    merged = _spelled(shared, ("fields",), compilation)
    for target, (spelled, place) in _spelled(own, (*at, "fields"), compilation).items():
        if spelled is None and target not in merged:
            message = "null removes a shared field, and there is none of this target"
            compilation.problem(place, message, "leave it out")
        merged[target] = (spelled, place)
    required = action.schema.get("required", ())
    for target, (spelled, place) in merged.items():
        if spelled is not None:
            demanded = len(target) == 1 and target[0] in required
            yield compile_field(target, spelled, place, compilation, demanded=demanded)


def _spelled(raw: Any, at: At, compilation: Compilation) -> dict[Target, tuple[Any, At]]:
    """The fields of a mapping by their targets, each with its place."""
    found: dict[Target, tuple[Any, At]] = {}
    for name, spelled in raw.items() if isinstance(raw, dict) else ():
        place = (*at, name)
        target = compilation.target(name, place)
        if target in found:
            first = found[target][1][-1]
            message = f"`{name}` is the same target as `{first}`"
            compilation.problem(place, message, "keep one of them")
        elif target is not None:
            found[target] = (spelled, place)
    return found


def _made_together(fields: Sequence[Field], action: Action) -> tuple[str, ...]:
    """The required objects that several fields make together."""
    required = action.schema.get("required", ())
    made = dict.fromkeys(field.target[0] for field in fields if len(field.target) > 1)
    return tuple(name for name in made if name in required)


def _demanding(run: Run, names: tuple[str, ...]) -> Run:
    """The same run, which also demands these members of the payload."""
    if not names:
        return run

    def demanding(event: Any, trace: Trace | None) -> Any:
        payload = run(event, trace)
        for name in names:
            if payload is None or name not in payload:
                raise MissingField(name, "is required, and none of its fields has a value")
        return payload

    return demanding


def _write(fields: tuple[Field, ...], action: Action, compilation: Compilation) -> dict[str, str]:
    policies: dict[str, str] = {}
    for field in fields:
        if field.write is None or field.write not in _POLICIES:
            continue
        allowed = action.write.get(field.name) or action.write.get(f"{field.target[0]}.*", ())
        if action is not _OPEN and field.write not in allowed:
            message = f"`{field.name}` cannot be written as `{field.write}`"
            fix = f"it takes {' or '.join(allowed)}" if allowed else "leave `write` out"
            compilation.problem((*field.at, "write"), message, fix)
        policies[field.name] = field.write
    return policies
