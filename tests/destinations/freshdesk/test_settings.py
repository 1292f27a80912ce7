from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sendoff.errors import UsageError
from sendoff_freshdesk.settings import SETTINGS, account_host, api_address, check

KEY = "aBcDeFgHiJkLmNoPqRsT"


def test_the_domain_makes_the_address() -> None:
    settings = {"domain": "https://Acme.freshdesk.com/a/tickets", "api_key": KEY}
    assert check(settings) == []
    assert api_address(settings) == "https://acme.freshdesk.com"
    assert account_host(settings) == "acme.freshdesk.com"


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("http://127.0.0.1:8090", "127.0.0.1:8090"),
        ("http://127.0.0.1:8090/", "127.0.0.1:8090"),
        ("http://localhost:8090", "localhost:8090"),
        ("http://[::1]:8090", "[::1]:8090"),
        ("https://desk.example.com", "desk.example.com"),
        ("HTTPS://Desk.Example.com:8443/", "desk.example.com:8443"),
    ],
)
def test_a_base_address_replaces_scheme_and_host(base_url: str, host: str) -> None:
    for settings in ({"base_url": base_url}, {"base_url": base_url, "domain": "acme"}):
        assert check(settings) == []
        assert api_address(settings) == f"{base_url.partition(':')[0].lower()}://{host}"
        assert account_host(settings) == host


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("", "is no base address"),
        ("acme", "is no base address"),
        ("127.0.0.1:8090", "is no base address"),
        ("ftp://127.0.0.1", "is no base address"),
        ("https://acme.freshdesk.com/api/v2", "the path is added"),
        ("https://key:X@acme.freshdesk.com", "is no base address"),
        ("https://desk.example.com?x=1", "is no base address"),
        ("https://desk.example.com#x", "is no base address"),
        ("https://desk..example.com", "is no base address"),
        ("https://desk.example.com\n", "is no base address"),
        ("https://desk.example.com\\@evil.com", "is no base address"),
        ("https://d\u0435sk.example.com", "is no base address"),
        ("https://desk.example.com:0", "is no base address"),
        ("https://desk.example.com:65536", "is no base address"),
        ("http://desk.example.com", "unencrypted"),
        ("http://acme.freshdesk.com", "unencrypted"),
        ("http://127.0.0.1.evil.com", "unencrypted"),
        ("http://192.168.0.2:8090", "unencrypted"),
        ("http://[2001:db8::1]", "unencrypted"),
    ],
)
def test_a_base_address_is_a_host_on_https_or_loopback(base_url: str, why: str) -> None:
    [(name, problem)] = check({"base_url": base_url, "api_key": KEY})
    assert name == "base_url"
    assert why in problem
    with pytest.raises(UsageError):
        api_address({"base_url": base_url})


def test_the_domain_is_missing_unless_there_is_a_base_address() -> None:
    [(name, problem)] = check({"api_key": KEY})
    assert name == "domain"
    assert "is missing" in problem
    assert check({"base_url": "http://127.0.0.1:1", "api_key": KEY}) == []


@pytest.mark.parametrize("key", ["", " ", f"{KEY} ", f"{KEY}\n", f"{KEY}:X", "kl\u00fcch", "a\tb"])
def test_a_key_that_was_copied_badly_is_refused_and_not_repeated(key: str) -> None:
    [(name, problem)] = check({"domain": "acme", "api_key": key})
    assert name == "api_key"
    assert "copy it again" in problem
    assert KEY not in problem


def test_every_problem_is_told_at_once() -> None:
    found = check({"domain": "", "base_url": "x", "api_key": ""})
    assert [name for name, _problem in found] == ["domain", "base_url", "api_key"]


def test_the_schema_knows_three_settings_of_which_the_key_is_secret() -> None:
    judge = Draft202012Validator(SETTINGS)
    assert judge.is_valid({"domain": "acme", "api_key": KEY})
    assert not judge.is_valid({"domain": "acme"})
    assert not judge.is_valid({"domain": 1, "api_key": KEY})
    assert not judge.is_valid({"domain": "acme", "api_key": KEY, "apikey": KEY})
    secret = {name for name, each in SETTINGS["properties"].items() if each.get("secret")}
    assert secret == {"api_key"}


@given(st.text(max_size=40))
def test_what_check_accepts_can_be_used_and_nothing_else(text: str) -> None:
    for name in ("domain", "base_url"):
        settings = {name: text}
        if check(settings):
            with pytest.raises(UsageError):
                api_address(settings)
        else:
            assert api_address(settings).startswith(("https://", "http://"))
