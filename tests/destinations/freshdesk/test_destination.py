from __future__ import annotations

from sendoff_freshdesk import Freshdesk

DESTINATION = Freshdesk()


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
