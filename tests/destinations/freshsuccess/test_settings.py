from __future__ import annotations

from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sendoff.errors import UsageError
from sendoff_freshsuccess.settings import (
    SETTINGS,
    account_name,
    check,
    collector_address,
    events_path,
)

KEYS = {"auth_key": "0a1b2c3d", "api_key": "z9y8x7w6"}


@pytest.mark.parametrize("datacenter", ["us", "eu"])
def test_the_data_centre_makes_the_address(datacenter: str) -> None:
    settings = {"datacenter": datacenter, **KEYS}
    assert check(settings) == []
    assert collector_address(settings) == f"https://events-{datacenter}.freshsuccess.com"


def test_the_auth_key_comes_first_in_the_path() -> None:
    assert events_path(KEYS) == "/v1/0a1b2c3d/z9y8x7w6"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8090", "https://Collector.example.com/"])
def test_a_base_address_replaces_scheme_and_host(base_url: str) -> None:
    for settings in ({"base_url": base_url}, {"base_url": base_url, "datacenter": "eu"}):
        assert check({**settings, **KEYS}) == []
        assert collector_address(settings) == base_url.removesuffix("/").lower()


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("events-us.freshsuccess.com", "is no base address"),
        ("https://events-us.freshsuccess.com/v1", "the path is added"),
        ("http://events-us.freshsuccess.com", "unencrypted"),
    ],
)
def test_a_base_address_is_a_host_on_https_or_loopback(base_url: str, why: str) -> None:
    [(name, problem)] = check({"base_url": base_url, **KEYS})
    assert name == "base_url"
    assert why in problem


def test_without_a_base_address_the_data_centre_is_missing() -> None:
    [(name, problem)] = check(KEYS)
    assert name == "datacenter"
    assert "is missing" in problem
    with pytest.raises(UsageError):
        collector_address(KEYS)


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "key", ["", " ", "0a1b ", "0a1b\n", "0a 1b", "0a\u00a01b", "0a\x001b", "\ud800", ".", ".."]
)
def test_a_key_that_was_copied_badly_is_refused_and_not_repeated(name: str, key: str) -> None:
    settings = {"datacenter": "us", **KEYS, name: key}
    [(told, problem)] = check(settings)
    assert told == name
    assert "copy it again" in problem
    assert "0a" not in problem
    with pytest.raises(UsageError):
        events_path(settings)


def test_every_problem_is_told_at_once() -> None:
    found = check({"base_url": "x", "auth_key": "", "api_key": " "})
    assert [name for name, _problem in found] == ["base_url", "auth_key", "api_key"]


def test_a_pair_of_keys_at_a_host_has_one_name_which_tells_neither() -> None:
    us = {"datacenter": "us", **KEYS}
    assert account_name(us) == account_name({**us, "compression": "none"})
    others = [{**us, "datacenter": "eu"}, {**us, "auth_key": "other"}, {**us, "api_key": "other"}]
    others.append({**us, "auth_key": KEYS["api_key"], "api_key": KEYS["auth_key"]})
    assert len({account_name(each) for each in (us, *others)}) == 5
    host, _, digest = account_name(us).partition("/")
    assert host == "events-us.freshsuccess.com"
    assert len(digest) == 12
    assert not any(key in account_name(us) for key in KEYS.values())


def test_the_schema_knows_both_keys_as_secrets_and_no_other_setting() -> None:
    judge = Draft202012Validator(SETTINGS)
    full = {"datacenter": "eu", "compression": "deflate", "repeat": "at_most_once", **KEYS}
    assert judge.is_valid({**full, "verify_keys": True, "base_url": "https://x"})
    for wrong in ({"datacenter": "de"}, {"compression": "br"}, {"repeat": "once"}, {"apiKey": "x"}):
        assert not judge.is_valid({**full, **wrong})
    assert not judge.is_valid({"datacenter": "eu", "auth_key": "x"})
    secret = {name for name, each in SETTINGS["properties"].items() if each.get("secret")}
    assert secret == set(KEYS)


KEY = st.text(min_size=1, max_size=12) | st.text(alphabet="./%?#\\:@é~", min_size=1, max_size=4)


@given(KEY, KEY)
def test_a_key_of_any_characters_is_one_step_of_the_path(auth_key: str, api_key: str) -> None:
    settings = {"datacenter": "us", "auth_key": auth_key, "api_key": api_key}
    if not check(settings):
        url = httpx.URL(collector_address(settings) + events_path(settings))
        steps = url.raw_path.decode("ascii").split("/")
        assert [unquote(step) for step in steps] == ["", "v1", auth_key, api_key]
