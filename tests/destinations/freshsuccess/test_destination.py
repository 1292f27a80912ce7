from __future__ import annotations

from sendoff_freshsuccess import Freshsuccess

DESTINATION = Freshsuccess()


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
