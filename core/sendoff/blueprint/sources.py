"""Where a field's value comes from: a path, the first of several, a constant, or something built.

Each source compiles to a function of the event and an optional trace that gives a value or None,
the JSON types it may have, and the paths it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sendoff.blueprint import paths
from sendoff.blueprint.templates import compile_template
from sendoff.blueprint.values import pruned
from sendoff.documents.excerpt import in_quotes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sendoff.blueprint.compilation import At, Compilation
    from sendoff.blueprint.fields import Field
    from sendoff.blueprint.trace import Trace

    Run = Callable[[Any, Trace | None], Any]
    Shape = Literal["list", "each", "object"]

SCALARS = {str: "text", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class Source:
    """A compiled source.

    A `constant` can be judged at load; one that `may_fail` raises TransformError. `choices` are the
    paths of which the first with a value counts. A source that is built of fields has them as
    `parts`, in the given `shape`.
    """

    run: Run
    kinds: frozenset[str] | None
    reads: tuple[paths.Path, ...] = ()
    constant: Any = None
    may_fail: bool = False
    choices: tuple[paths.Path, ...] = ()
    shape: Shape | None = None
    parts: tuple[Field, ...] = ()


NOTHING = Source(lambda _event, _trace: None, None)


def compile_short(raw: str, at: At, compilation: Compilation) -> Source:
    """A field that is a text alone: a path."""
    otherwise = f"for fixed text write `{{value: {in_quotes(raw)}}}`"
    path = compilation.path(raw, at, otherwise=otherwise)
    return NOTHING if path is None else _of_paths([path], compilation)


def compile_from(raw: Any, at: At, compilation: Compilation) -> Source:
    """`from`: a path, or a list of them of which the first with a value counts."""
    places = [((*at, i), each) for i, each in enumerate(raw)] if type(raw) is list else [(at, raw)]
    spelled = [(text, place) for place, text in places if isinstance(text, str)]
    found = [path for each in spelled if (path := compilation.path(*each)) is not None]
    return _of_paths(found, compilation) if found else NOTHING


def compile_value(raw: Any, at: At, compilation: Compilation) -> Source:
    """`value`: a constant."""
    constant = pruned(raw)
    if constant is None:
        compilation.problem(at, "`value` has no value", "leave the field out")
        return NOTHING
    if isinstance(raw, dict) and raw.keys() == {"param"}:
        fix = f"write `from: params.{raw['param']}`"
        compilation.problem(at, "`value` is a constant, which no parameter fills", fix)
    return Source(lambda _event, _trace: constant, frozenset({kind_of(constant)}), (), constant)


def compile_template_source(raw: Any, at: At, compilation: Compilation) -> Source:
    """`template`: text with `{{path}}` in it."""
    if not isinstance(raw, str):
        return NOTHING
    fill, reads = compile_template(raw, at, compilation)

    def run(event: Any, trace: Trace | None) -> Any:
        value = fill(event)
        if trace is not None:
            trace.add("template", paths=[str(path) for path in reads], value=value)
        return value

    return Source(run, frozenset({"text"}), reads, may_fail=True)


def kind_of(value: Any) -> str:
    """The JSON type of a value in the words of blueprints."""
    if isinstance(value, list):
        return "list"
    return SCALARS.get(type(value), "object")


def _of_paths(found: list[paths.Path], compilation: Compilation) -> Source:
    run = _reader(found[0], compilation) if len(found) == 1 else _first(found, compilation)
    return Source(run, _kinds(found), tuple(found), choices=tuple(found))


def _reader(path: paths.Path, compilation: Compilation) -> Run:
    member = paths.member(path)
    if member is not None:
        return _member_reader(str(path), *member)
    get = paths.getter(path, compilation.params)
    spelled = str(path)

    def run(event: Any, trace: Trace | None) -> Any:
        value = get(event)
        if trace is not None:
            trace.add("read", path=spelled, value=value)
        if value is None:
            return None
        kind = type(value)
        if kind is str:
            return value if value and not value.isspace() else None
        return pruned(value) if kind is dict or kind is list else value

    return run


def _member_reader(spelled: str, root: paths.Getter, key: str) -> Run:
    """The same for one key of a root, the shape of nearly every path: a call less each time."""

    def run(event: Any, trace: Trace | None) -> Any:
        value = root(event).get(key)
        if trace is not None:
            trace.add("read", path=spelled, value=value)
        if value is None:
            return None
        kind = type(value)
        if kind is str:
            return value if value and not value.isspace() else None
        return pruned(value) if kind is dict or kind is list else value

    return run


def _first(found: list[paths.Path], compilation: Compilation) -> Run:
    preferred, *others = [_reader(path, compilation) for path in found]

    def run(event: Any, trace: Trace | None) -> Any:
        value = preferred(event, trace)
        if value is not None:
            return value
        for read in others:
            value = read(event, trace)
            if value is not None:
                return value
        return None

    return run


def _kinds(found: list[paths.Path]) -> frozenset[str] | None:
    kinds = [path.kind for path in found]
    if any(kind is None for kind in kinds):
        return None
    return frozenset(kind for kind in kinds if kind is not None)
