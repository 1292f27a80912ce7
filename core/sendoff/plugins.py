"""Finds plugins, loads them one by one, and keeps what they bring by name.

A plugin that cannot be loaded, raises, or brings something unusable is reported and left out; it
never takes the others down.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from itertools import chain
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pluggy
from jsonschema import Draft202012Validator, SchemaError

from sendoff import builtin, hookspecs
from sendoff.blueprint import targets
from sendoff.blueprint.transforms import Transform, check_definition
from sendoff.destination import Destination
from sendoff.documents.excerpt import excerpt
from sendoff.store.engine import Engine
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sendoff.destination import Action

ENTRY_POINTS = "sendoff"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin, or one thing of it, that was left out, and why."""

    plugin: str
    problem: str


class Plugins:
    """What the loaded plugins bring, by name, and which were left out."""

    def __init__(self) -> None:
        self.destinations: dict[str, Destination] = {}
        self.transforms: dict[str, Transform] = {}
        self.stores: dict[str, Engine] = {}
        self.broken: list[BrokenPlugin] = []
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)

    def load(self, found: Iterable[EntryPoint]) -> None:
        """Load plugin modules by their entry points, in the order of their names."""
        for entry_point in sorted(found, key=lambda each: each.name):
            try:
                module = entry_point.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module raises
                self._leave_out(entry_point.name, f"cannot be imported: {_said(error)}")
            else:
                self.register(entry_point.name, module)

    def register(self, name: str, plugin: Any) -> None:
        """Take a plugin module (or any object with hook implementations) and what it brings."""
        if self._manager.has_plugin(name) or self._manager.is_registered(plugin):
            self._leave_out(name, "another plugin has this name, or this module, already")
            return
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except Exception as error:  # noqa: BLE001 - looking at a plugin may run its code
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self._leave_out(name, f"cannot be registered: {_said(error)}")
            return
        self._collect(name, "sendoff_destinations", _destination_problem, self.destinations)
        self._collect(name, "sendoff_transforms", _transform_problem, self.transforms)
        self._collect(name, "sendoff_stores", _store_problem, self.stores)

    def _collect(
        self, name: str, hook: str, judge: Callable[[Any], str], into: dict[str, Any]
    ) -> None:
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        for implementation in implementations:
            if implementation.plugin_name != name:
                continue
            try:
                brought = list(implementation.function())
            except Exception as error:  # noqa: BLE001 - as above
                self._leave_out(name, f"{hook} raised {_said(error)}")
                continue
            for item in brought:
                problem = _judged(judge, item)
                if not problem and item.name in into:
                    problem = f"`{item.name}` is brought by another plugin already"
                if problem:
                    self._leave_out(name, problem)
                else:
                    into[item.name] = item

    def no_destination(self, name: str) -> tuple[str, str]:
        """The message, and what to do, where a document names a destination that is not there."""
        broken = [each.problem for each in self.broken if each.plugin == name]
        fix = did_you_mean(name, self.destinations) or "install the plugin that brings it"
        if broken:
            fix = f"its plugin was left out: {broken[0]}"
        return f"there is no destination `{excerpt(name)}`", fix

    def _leave_out(self, name: str, problem: str) -> None:
        self.broken.append(BrokenPlugin(name, problem))


def load_plugins() -> Plugins:
    """Core's own, then every plugin installed beside it."""
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.load(entry_points(group=ENTRY_POINTS))
    return plugins


def _judged(judge: Callable[[Any], str], item: Any) -> str:
    """What is wrong with a thing that a plugin brings; judging it runs code of the plugin's."""
    try:
        return judge(item)
    except Exception as error:  # noqa: BLE001 - as above
        return f"{type(item).__name__} cannot be used: {_said(error)}"


def _destination_problem(item: Any) -> str:
    if not isinstance(item, Destination):
        return f"{type(item).__name__} is no Destination"
    missing = [each for each in ("name", "title", "settings", "actions") if not hasattr(item, each)]
    if missing:
        return f"destination {type(item).__name__} does not declare {', '.join(missing)}"
    if problem := _schema_problem(item.settings):
        return f"destination {item.name}: settings: {problem}"
    for name, action in item.actions.items():
        if name != action.name:
            return f"destination {item.name}: action {action.name} is declared as {name}"
        problem = (
            _schema_problem(action.schema) or _payload_problem(action) or _order_problem(action)
        )
        if problem:
            return f"destination {item.name}: action {name}: {problem}"
    return ""


@cache
def _schema_judge() -> jsonschema_rs.Draft202012Validator:
    """Says no to whatever jsonschema finds fault with, in a hundredth of the time."""
    return jsonschema_rs.Draft202012Validator(
        Draft202012Validator.META_SCHEMA, validate_formats=True, formats={"regex": _is_regex}
    )


def _is_regex(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _schema_problem(schema: Mapping[str, Any]) -> str:
    with suppress(ValueError):  # what is no JSON is for jsonschema to word
        if _schema_judge().is_valid(schema):
            return ""
    try:
        formats = Draft202012Validator.FORMAT_CHECKER
        Draft202012Validator.check_schema(schema, format_checker=formats)
    except SchemaError as error:
        return f"no JSON Schema: {error.message}"
    return ""


def _order_problem(action: Action) -> str:
    """A target that is none would silently put nobody's deliveries in order."""
    if not isinstance(action.order_key, tuple):
        return f"`order_key` is a tuple of targets, not {type(action.order_key).__name__}"
    groups = ((key,) if isinstance(key, str) else key for key in action.order_key)
    for target in chain.from_iterable(groups):
        here: Any = action.schema
        for step in str(target).split("."):
            here = targets.member(here, step)
            if here is None:
                return f"`order_key` names `{target}`, which is no target of its schema"
    return ""


def _payload_problem(action: Action) -> str:
    """Whether payloads can be judged by the schema: its patterns must suit both libraries."""
    try:
        jsonschema_rs.Draft202012Validator(dict(action.schema), validate_formats=True)
    except ValueError as error:
        return f"cannot judge payloads: {str(error).splitlines()[0]}"
    return ""


def _transform_problem(item: Any) -> str:
    if not isinstance(item, Transform):
        return f"{type(item).__name__} is no Transform"
    problems = check_definition(item)
    return f"transform {item.name}: {problems[0]}" if problems else ""


def _store_problem(item: Any) -> str:
    return "" if isinstance(item, Engine) else f"{type(item).__name__} is no store engine"


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
