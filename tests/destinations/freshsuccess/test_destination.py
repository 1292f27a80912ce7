from __future__ import annotations

import subprocess
import sys

from sendoff.plugins import Plugins, load_plugins
from sendoff_freshsuccess import Freshsuccess, sendoff_destinations
from sendoff_freshsuccess.settings import check

DESTINATION = Freshsuccess()


def test_the_plugin_is_found_and_nothing_of_it_is_left_out() -> None:
    plugins = load_plugins()
    assert isinstance(plugins.destinations["freshsuccess"], Freshsuccess)
    assert not [each for each in plugins.broken if each.plugin == "freshsuccess"]


def test_the_hook_brings_the_destination_once() -> None:
    plugins = Plugins()
    plugins.register("freshsuccess", sys.modules[sendoff_destinations.__module__])
    assert list(plugins.destinations) == ["freshsuccess"]
    assert plugins.broken == []


def test_the_declaration_is_that_of_the_manual() -> None:
    assert (DESTINATION.name, DESTINATION.title) == ("freshsuccess", "Freshsuccess")
    batching = DESTINATION.batching
    assert (batching.max_events, batching.max_bytes, batching.max_wait) == (500, 500_000, 2.0)
    assert (DESTINATION.limits.concurrency, DESTINATION.limits.rate) == (2, None)


def test_settings_are_checked() -> None:
    assert DESTINATION.check({"datacenter": "eu", "auth_key": "a", "api_key": "b"}) == []
    found = DESTINATION.check({"auth_key": "a", "api_key": ""})
    assert [name for name, _problem in found] == ["datacenter", "api_key"]


def test_the_account_is_the_pair_of_keys_at_a_data_centre() -> None:
    settings = {"datacenter": "eu", "auth_key": "0a1b", "api_key": "z9y8"}
    assert DESTINATION.account(settings).startswith("events-eu.freshsuccess.com/")
    assert DESTINATION.account(settings) != DESTINATION.account({**settings, "api_key": "z9y7"})


def test_the_sandbox_fits_a_route_to_itself() -> None:
    sandbox = DESTINATION.sandbox()
    assert set(sandbox.settings) == {"auth_key", "api_key"}
    assert check({**sandbox.settings, "base_url": "http://127.0.0.1:8090"}) == []
    assert sandbox.switches


def test_who_only_delivers_does_not_load_the_sandbox() -> None:
    program = (
        "import sys, sendoff_freshsuccess;"
        "sys.exit(any(name.startswith('sendoff_freshsuccess.sandbox') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603
