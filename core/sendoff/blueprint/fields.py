"""Fields: one target each, from a source through transforms to a value, a default or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sendoff.blueprint import composites, sources
from sendoff.blueprint.conditions import compile_when
from sendoff.blueprint.failures import MappingFailure, MissingField
from sendoff.blueprint.schema import FIELD_KEYS
from sendoff.blueprint.steps import chained, compile_steps
from sendoff.blueprint.targets import spelled as spelled_target
from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.values import pruned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.conditions import Condition
    from sendoff.blueprint.paths import Path
    from sendoff.blueprint.sources import Run, Shape
    from sendoff.blueprint.steps import Step
    from sendoff.blueprint.targets import Target
    from sendoff.blueprint.trace import Trace

_PLAIN = {
    "from": sources.compile_from,
    "value": sources.compile_value,
    "template": sources.compile_template_source,
}
_COMPOSITE = {
    "list": composites.compile_list,
    "each": composites.compile_each,
    "object": composites.compile_object,
}
_SOURCES = (*_PLAIN, *_COMPOSITE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a field is made of, in the order of its run.

    `apply` does the steps to a value that is one. `demanded` holds also where `when` does not.
    """

    source: sources.Source
    steps: tuple[Step, ...]
    apply: Run
    default: Any
    omit: bool
    required: bool
    when: Condition | None
    demanded: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A compiled field: `run(event, trace)` gives its value or None, or raises MappingFailure.

    `kinds` are the JSON types the value may have, None for any. `constants` are values it may
    have that are known at load, with their places. `at` is its place in the document, `label` its
    name from the payload's root on. A field built of others has them as `parts`, in its `shape`.
    """

    target: Target
    run: Run
    kinds: frozenset[str] | None
    reads: tuple[Path, ...]
    at: At
    label: str
    constants: tuple[tuple[At, Any], ...] = ()
    write: str | None = None
    shape: Shape | None = None
    parts: tuple[Field, ...] = ()
    plan: Plan | None = None

    @property
    def name(self) -> str:
        """The target as people write it."""
        return spelled_target(self.target)

    def traced(self, event: Any, trace: Trace) -> Any:
        """The same run, as a step of its own in the trace."""
        with trace.inside("field", target=self.label) as entry:
            try:
                entry["value"] = self.run(event, trace)
            except MappingFailure as failure:
                entry["failed"] = failure.detail
                raise
            return entry["value"]

    def below(self) -> Field:
        """The same field as its enclosing object sees it."""
        return replace(self, target=self.target[1:])


def compile_field(
    target: Target, raw: Any, at: At, compilation: Compilation, *, demanded: bool = False
) -> Field:
    """The field a document spells at a place; its problems are noted in the compilation.

    `demanded` tells that the action's schema requires the target: then even a field left out by
    its `when` is a missing one.
    """
    label = compilation.inside + spelled_target(target)
    if raw is None:
        compilation.problem(at, "null removes a shared field, and here is none", "leave it out")
    if not isinstance(raw, str | dict):
        return Field(target, sources.NOTHING.run, None, (), at, label)
    spelled = raw if isinstance(raw, dict) else {}
    source = _source(raw, at, compilation.within(label))
    steps, kinds = compile_steps(spelled.get("do"), source.kinds, (*at, "do"), compilation)
    default = _default(spelled, at, compilation)
    omit = spelled.get("on_error") == "omit"
    required = demanded or bool(spelled.get("required"))
    run = _value(label, source, steps, default, omit=omit)
    if required:
        run = _required(label, run, source.reads)
    reads, when = source.reads, None
    if "when" in spelled:
        when = compile_when(spelled["when"], (*at, "when"), compilation)
        run = _guarded(label, when.run, run, missing=demanded)
        reads = (*reads, *when.reads)
    if default is not None and kinds is not None:
        kinds |= {sources.kind_of(default)}
    known = {} if steps else {"value": source.constant}
    plan = Plan(source, steps, chained(steps), default, omit, required, when, demanded)
    constants = {**known, "default": default}
    return Field(
        target, run, kinds, reads, at, label,
        constants=tuple(((*at, k), each) for k, each in constants.items() if each is not None),
        write=spelled.get("write"),
        shape=None if steps else source.shape, parts=() if steps else source.parts, plan=plan,
    )  # fmt: skip


def _source(spelled: Mapping[str, Any] | str, at: At, compilation: Compilation) -> sources.Source:
    if isinstance(spelled, str):
        return sources.compile_short(spelled, at, compilation)
    named = [key for key in spelled if key in _SOURCES]
    if not named:
        # What is no key of a field is most likely the misspelt source; the schema names it.
        if spelled.keys() <= FIELD_KEYS:
            fix = f"give one of {', '.join(_SOURCES)}"
            compilation.problem(at, "this field has no source", fix)
        return sources.NOTHING
    for other in named[1:]:
        message = f"this field has two sources, `{named[0]}` and `{other}`"
        compilation.problem((*at, other), message, "keep one")
    if named[0] in _COMPOSITE:
        return _COMPOSITE[named[0]](spelled, at, compilation, compile_field)
    return _PLAIN[named[0]](spelled[named[0]], (*at, named[0]), compilation)


def _default(spelled: Mapping[str, Any], at: At, compilation: Compilation) -> Any:
    default = pruned(spelled.get("default"))
    if default is None and "default" in spelled:
        compilation.problem((*at, "default"), "`default` has no value", "leave it out")
    return default


def _value(
    label: str, source: sources.Source, steps: tuple[Step, ...], default: Any, *, omit: bool
) -> Run:
    read = source.run
    if not steps and not source.may_fail and default is None and not (omit and source.parts):
        return read
    apply = chained(steps)

    def run(event: Any, trace: Trace | None) -> Any:
        try:
            value = apply(read(event, trace), trace)
        except TransformError as error:
            if not omit:
                raise MappingFailure(label, str(error)) from None
            value = None
        except MappingFailure as failure:  # of a field that this one is built of
            if not omit or isinstance(failure, MissingField):
                raise
            value = None
        return default if value is None else value

    return run


def _required(label: str, run: Run, reads: tuple[Path, ...]) -> Run:
    places = ", ".join(dict.fromkeys(str(path) for path in reads)) or "a constant"

    def required(event: Any, trace: Trace | None) -> Any:
        value = run(event, trace)
        if value is None:
            raise MissingField(label, f"is required, and has no value (read from {places})")
        return value

    return required


def _guarded(label: str, when: Any, run: Run, *, missing: bool) -> Run:
    def guarded(event: Any, trace: Trace | None) -> Any:
        if when(event, trace):
            return run(event, trace)
        if missing:
            raise MissingField(label, "is required, and its `when` leaves it out")
        return None

    return guarded
