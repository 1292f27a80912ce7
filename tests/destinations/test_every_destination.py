"""What holds for every destination that comes with sendoff, and is worth copying for another."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import jsonschema
import pytest

from sendoff.destination import Destination, Sandbox
from sendoff.plugins import Plugins, load_plugins

pytestmark = pytest.mark.parametrize("name", ["freshdesk", "freshsuccess", "webhook"])


@pytest.fixture
def plugin(name: str) -> ModuleType:
    return import_module(f"sendoff_{name}")


@pytest.fixture
def destination(plugin: ModuleType) -> Destination:
    [destination] = plugin.sendoff_destinations()
    assert isinstance(destination, Destination)
    return destination


@pytest.fixture
def sandbox(destination: Destination) -> Sandbox:
    sandbox = destination.sandbox()
    assert sandbox is not None
    return sandbox


def test_the_plugin_is_found_and_nothing_of_it_is_left_out(
    name: str, destination: Destination
) -> None:
    plugins = load_plugins()
    assert type(plugins.destinations[name]) is type(destination)
    assert not [each for each in plugins.broken if each.plugin == name]


def test_the_hook_brings_the_destination_once(name: str, plugin: ModuleType) -> None:
    plugins = Plugins()
    plugins.register(name, plugin)
    assert list(plugins.destinations) == [name]
    assert plugins.broken == []


def test_who_only_delivers_does_not_load_the_sandbox(plugin: ModuleType) -> None:
    package = plugin.__name__
    program = (
        f"import sys, {package};"
        f"sys.exit(any(name.startswith('{package}.sandbox') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603


def test_the_sandbox_fits_a_route_to_itself(destination: Destination, sandbox: Sandbox) -> None:
    settings = {**sandbox.settings, "base_url": "http://127.0.0.1:8090"}
    jsonschema.validate(settings, dict(destination.settings))
    assert list(destination.check(settings)) == []


def test_what_the_sandbox_has_a_route_prove_is_what_it_asks_for(sandbox: Sandbox) -> None:
    defaults = {switch.name: switch.default for switch in sandbox.switches}
    assert {name: defaults[name] for name in sandbox.settings} == sandbox.settings


def test_the_sandbox_is_that_of_the_package(plugin: ModuleType, sandbox: Sandbox) -> None:
    package = import_module(f"{plugin.__name__}.sandbox")
    assert sandbox.app is package.create_sandbox
    assert sandbox.switches == tuple(package.SWITCHES)


def test_every_switch_is_described_and_its_default_fits_its_schema(sandbox: Sandbox) -> None:
    for switch in sandbox.switches:
        assert switch.description.endswith(".")
        jsonschema.Draft202012Validator.check_schema(switch.schema)
        jsonschema.validate(switch.default, dict(switch.schema))


def test_every_switch_is_a_setting_of_the_sandbox_with_its_default(
    plugin: ModuleType, sandbox: Sandbox
) -> None:
    settled = import_module(f"{plugin.__name__}.sandbox.switches").settle({})
    settings = [(each.name, getattr(settled, each.name)) for each in dataclasses.fields(settled)]
    assert settings == [(switch.name, switch.default) for switch in sandbox.switches]
