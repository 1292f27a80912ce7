from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sendoff.blueprint.transforms import Transform, builtin_transforms
from sendoff.destination import Action, Destination
from sendoff.hookspecs import hookimpl
from sendoff.plugins import Plugins, load_plugins

TRIM = builtin_transforms()["trim"]
NO_NAME: Any = 5


def plugin(**hooks: Callable[[], Any]) -> Any:
    """What stands for a plugin's module."""
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def bringing(destinations: Sequence[Any] = (), transforms: Sequence[Any] = ()) -> Any:
    return plugin(sendoff_destinations=lambda: destinations, sendoff_transforms=lambda: transforms)


def left_out(plugins: Plugins) -> list[str]:
    return [f"{each.plugin}: {each.problem}" for each in plugins.broken]


def variant(desk: Destination, **attributes: Any) -> Destination:
    made: Destination = type("Variant", (type(desk),), attributes)()
    return made


def test_what_plugins_bring_is_known_by_name(desk: Destination) -> None:
    plugins = Plugins()
    plugins.register("one", bringing([desk], [replace(TRIM, name="trim_too")]))
    plugins.register("two", bringing([variant(desk, name="other")]))
    assert plugins.destinations.keys() == {"desk", "other"}
    assert plugins.transforms.keys() == {"trim_too"}
    assert plugins.broken == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_module_that_cannot_be_imported_takes_no_other_down(
    desk: Destination, folder: Path
) -> None:
    (folder / "plugin_raises.py").write_text("raise RuntimeError('no')")
    (folder / "plugin_exits.py").write_text("raise SystemExit(3)")
    (folder / "plugin_good.py").write_text(
        "from sendoff.hookspecs import hookimpl\n"
        "from sendoff.blueprint.transforms import builtin_transforms\n"
        "@hookimpl\n"
        "def sendoff_transforms(): return [builtin_transforms()['upper']]\n"
    )
    names = ("plugin_raises", "plugin_exits", "plugin_missing", "plugin_good")
    plugins = Plugins()
    plugins.load(EntryPoint(name, name, "sendoff") for name in names)
    assert plugins.transforms.keys() == {"upper"}
    assert left_out(plugins) == [
        "plugin_exits: cannot be imported: SystemExit: 3",
        "plugin_missing: cannot be imported: ModuleNotFoundError: No module named 'plugin_missing'",
        "plugin_raises: cannot be imported: RuntimeError: no",
    ]


def test_a_plugin_under_a_name_or_a_module_that_is_taken_is_left_out(desk: Destination) -> None:
    plugins = Plugins()
    first = bringing([desk])
    plugins.register("one", first)
    plugins.register("one", bringing([variant(desk, name="other")]))
    plugins.register("two", first)
    plugins.register("three", bringing([variant(desk, name="third")]))
    assert plugins.destinations.keys() == {"desk", "third"}
    taken = "another plugin has this name, or this module, already"
    assert left_out(plugins) == [f"one: {taken}", f"two: {taken}"]


def test_a_hook_that_does_not_exist_is_told_of(desk: Destination) -> None:
    plugins = Plugins()
    plugins.register("typo", plugin(sendoff_destination=lambda: [desk]))
    plugins.register("good", bringing([desk]))
    assert plugins.destinations.keys() == {"desk"}
    [told] = left_out(plugins)
    assert told.startswith("typo: cannot be registered: PluginValidationError: unknown hook")


def raising() -> Sequence[Any]:
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("hooks", "problem"),
    [
        ({"sendoff_destinations": raising}, "sendoff_destinations raised RuntimeError: no"),
        ({"sendoff_destinations": lambda: None}, "sendoff_destinations raised TypeError: "
         "'NoneType' object is not iterable"),
        ({"sendoff_destinations": lambda: [5]}, "int is no Destination"),
        ({"sendoff_transforms": lambda: ["trim"]}, "str is no Transform"),
        ({"sendoff_stores": lambda: [{}]}, "dict is no store engine"),
        ({"sendoff_transforms": lambda: [replace(TRIM, summary="")]},
         "transform trim: the summary is not one line"),
        ({"sendoff_transforms": lambda: [replace(TRIM, name=NO_NAME)]},
         "Transform cannot be used: TypeError: expected string or bytes-like object, got 'int'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out_and_the_rest_is_kept(
    hooks: dict[str, Callable[[], Any]], problem: str
) -> None:
    more = {"sendoff_transforms": lambda: [replace(TRIM, name="kept")]}
    plugins = Plugins()
    plugins.register("own", plugin(**{**more, **hooks}))
    plugins.register("other", bringing(transforms=[replace(TRIM, name="others")]))
    assert left_out(plugins) == [f"own: {problem}"]
    assert "others" in plugins.transforms


def action(name: str = "a", **schema: Any) -> dict[str, Action]:
    return {"a": Action(name, "A", schema)}


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        ({"settings": {"type": "objct"}},
         "destination desk: settings: no JSON Schema: 'objct' is not valid under any of the given "
         "schemas"),
        ({"actions": action(type="objct")},
         "destination desk: action a: no JSON Schema: 'objct' is not valid under any of the given "
         "schemas"),
        ({"actions": action(pattern="(")},
         "destination desk: action a: no JSON Schema: '(' is not a 'regex'"),
        # Python knows this pattern, and the library that judges payloads does not.
        ({"actions": action(pattern="a\\Z")},
         'destination desk: action a: cannot judge payloads: "a\\\\Z" is not a "regex"'),
        ({"actions": action("b")}, "destination desk: action b is declared as a"),
        ({"actions": {"a": Action("a", "A", {"additionalProperties": False}, ("persn",))}},
         "destination desk: action a: `order_key` names `persn`, which is no target of its schema"),
        ({"actions": {"a": Action("a", "A", {}, "person")}},  # type: ignore[arg-type]
         "destination desk: action a: `order_key` is a tuple of targets, not str"),
        ({"actions": 5}, "Variant cannot be used: AttributeError: 'int' object has no attribute "
         "'items'"),
        ({"settings": property(lambda _: 1 / 0)},
         "Variant cannot be used: ZeroDivisionError: division by zero"),
    ],
)  # fmt: skip
def test_a_destination_must_be_one_that_can_be_used(
    desk: Destination, attributes: dict[str, Any], problem: str
) -> None:
    plugins = Plugins()
    plugins.register("own", bringing([variant(desk, **attributes)]))
    assert left_out(plugins) == [f"own: {problem}"]
    assert plugins.destinations == {}


def test_a_destination_that_declares_too_little_is_left_out() -> None:
    class Bare(Destination):
        def account(self, settings: Any) -> str:
            return ""

        def connect(self, settings: Any, http: Any) -> Any: ...

    plugins = Plugins()
    plugins.register("own", bringing([Bare()]))
    assert left_out(plugins) == [
        "own: destination Bare does not declare name, title, settings, actions"
    ]


def test_a_name_that_is_taken_is_the_first_plugins(desk: Destination) -> None:
    plugins = Plugins()
    plugins.register("one", bringing([desk], [TRIM]))
    plugins.register("two", bringing([variant(desk)], [replace(TRIM, summary="Another.")]))
    assert plugins.destinations["desk"] is desk
    assert plugins.transforms["trim"] is TRIM
    assert left_out(plugins) == [
        "two: `desk` is brought by another plugin already",
        "two: `trim` is brought by another plugin already",
    ]


def test_why_there_is_no_destination_is_said(desk: Destination) -> None:
    plugins = Plugins()
    assert plugins.no_destination("desk") == (
        "there is no destination `desk`", "install the plugin that brings it"
    )  # fmt: skip
    plugins.register("own", bringing([desk]))
    assert plugins.no_destination("dsk")[1] == "did you mean `desk`?"
    plugins.register("mine", plugin(sendoff_destinations=raising))
    assert plugins.no_destination("mine")[1] == (
        "its plugin was left out: sendoff_destinations raised RuntimeError: no"
    )


def test_cores_own_come_first_and_by_the_same_hooks() -> None:
    plugins = load_plugins()
    assert plugins.transforms.keys() >= builtin_transforms().keys()
    assert isinstance(plugins.transforms["trim"], Transform)
    assert "memory" in plugins.stores
    assert plugins.broken == []
