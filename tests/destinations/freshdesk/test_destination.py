from __future__ import annotations

import subprocess
import sys

from sendoff.plugins import Plugins, load_plugins
from sendoff_freshdesk import Freshdesk, sendoff_destinations
from sendoff_freshdesk.sandbox import SWITCHES, create_sandbox
from sendoff_freshdesk.settings import check

DESTINATION = Freshdesk()


def test_the_plugin_is_found_and_nothing_of_it_is_left_out() -> None:
    plugins = load_plugins()
    assert isinstance(plugins.destinations["freshdesk"], Freshdesk)
    assert not [each for each in plugins.broken if each.plugin == "freshdesk"]


def test_the_hook_brings_the_destination_once() -> None:
    plugins = Plugins()
    plugins.register("freshdesk", sys.modules[sendoff_destinations.__module__])
    assert list(plugins.destinations) == ["freshdesk"]
    assert plugins.broken == []


def test_the_declaration_is_that_of_the_manual() -> None:
    assert (DESTINATION.name, DESTINATION.title) == ("freshdesk", "Freshdesk")
    assert set(DESTINATION.actions) == {"upsert_contact", "create_contact"}
    limits = DESTINATION.limits
    assert (limits.concurrency, limits.rate, limits.timeout) == (4, None, 10.0)
    assert DESTINATION.batching.max_events == 1


def test_the_account_is_the_host_whatever_the_key() -> None:
    one = {"domain": "acme", "api_key": "one"}
    other = {"domain": "https://ACME.freshdesk.com/", "api_key": "two"}
    assert DESTINATION.account(one) == DESTINATION.account(other) == "acme.freshdesk.com"


def test_settings_are_checked() -> None:
    assert DESTINATION.check({"domain": "acme", "api_key": "k"}) == []
    assert [name for name, _problem in DESTINATION.check({"api_key": "k"})] == ["domain"]


def test_the_sandbox_fits_a_route_to_itself() -> None:
    sandbox = DESTINATION.sandbox()
    assert sandbox.app is create_sandbox
    assert sandbox.switches == tuple(SWITCHES)
    assert check({**sandbox.settings, "base_url": "http://127.0.0.1:8090"}) == []


def test_who_only_delivers_does_not_load_the_sandbox() -> None:
    program = (
        "import sys, sendoff_freshdesk;"
        "sys.exit(any(name.startswith('sendoff_freshdesk.sandbox') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603
