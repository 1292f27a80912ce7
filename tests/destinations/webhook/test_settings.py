from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sendoff.errors import UsageError
from sendoff.pipeline_file.settings import secret_places
from sendoff_webhook.settings import SETTINGS, address, host, problems

URL = "https://hooks.example.com/in/K3y?a=1"
AUTHS: list[dict[str, str]] = [
    {"type": "none"},
    {"type": "bearer", "token": "t-123"},
    {"type": "basic", "user": "", "password": ""},
    {"type": "hmac", "secret": "s-123"},
]
FITS = Draft202012Validator(SETTINGS).is_valid


def found(settings: dict[str, Any]) -> list[tuple[str, str]]:
    assert FITS(settings)
    return list(problems(settings))


@pytest.mark.parametrize("auth", AUTHS, ids=lambda auth: auth["type"])
def test_every_setting_can_be_used(auth: dict[str, str]) -> None:
    settings = {
        "url": URL, "method": "PUT", "headers": {"X-Api-Version": "2", "Accept": "a/b"},
        "auth": auth, "format": "ndjson", "compression": "gzip",
    }  # fmt: skip
    assert found(settings) == []
    assert found({"url": URL}) == found({"base_url": "http://127.0.0.1:1"}) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"url": URL, "method": "GET"},
        {"url": URL, "format": "xml"},
        {"url": URL, "compression": "deflate"},
        {"url": URL, "headers": {"X-Count": 5}},
        {"url": URL, "auth": {}},
        {"url": URL, "auth": {"type": "digest"}},
        {"url": URL, "auth": {"type": "bearer", "token": ""}},
        {"url": URL, "auth": {"type": "hmac", "secret": ""}},
        {"url": URL, "auth": {"type": "none", "realm": "x"}},
        {"url": URL, "retries": 3},
    ],
)
def test_what_is_no_setting_breaks_the_schema_and_not_the_check(settings: dict[str, Any]) -> None:
    assert not FITS(settings)
    list(problems(settings))


@pytest.mark.parametrize(
    ("settings", "reached", "account"),
    [
        ({"url": URL}, URL, "hooks.example.com"),
        ({"url": "https://h.example.com:8443"}, "https://h.example.com:8443", "h.example.com:8443"),
        ({"base_url": "http://[::1]:8092/"}, "http://[::1]:8092", "[::1]:8092"),
        ({"base_url": "HTTP://LocalHost:1", "url": URL}, "http://localhost:1/in/K3y?a=1",
         "localhost:1"),
        ({"base_url": "https://b.example.com", "url": "https://a.example.com?x={}"},
         "https://b.example.com?x={}", "b.example.com"),
    ],
)  # fmt: skip
def test_a_base_address_replaces_scheme_and_host(
    settings: dict[str, Any], reached: str, account: str
) -> None:
    assert found(settings) == []
    assert address(settings) == reached
    assert host(settings) == account


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is no web address"),
        ("hooks.example.com/in", "is no web address"),
        ("https://john:pw@hooks.example.com/", "without a user name"),
        ("https://hooks.example.com/#in", "without #"),
        ("https://hooks.example.com/a b", "is no web address"),
        ("https://hooks.example.com/a\r\nX-Evil: 1", "is no web address"),
        ("http://hooks.example.com/", "unencrypted"),
        ("https://Hooks.example.com/K3y", "not spelled as it is sent"),
        ("https://hooks.example.com:443/K3y", "not spelled as it is sent"),
        ("https://hooks.example.com/a/../K3y", "not spelled as it is sent"),
        ('https://hooks.example.com/"K3y"', "not spelled as it is sent"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(url: str, why: str) -> None:
    [(name, problem)] = found({"url": url})
    assert name == "url"
    assert why in problem
    assert "K3y" not in problem
    with pytest.raises(UsageError):
        address({"url": url})


def test_an_address_is_missing_unless_there_is_a_base_address() -> None:
    [(name, problem)] = found({})
    assert (name, "is missing" in problem) == ("url", True)
    [(name, problem)] = found({"base_url": "https://hooks.example.com/in"})
    assert (name, "is no base address" in problem) == ("base_url", True)


@pytest.mark.parametrize(
    ("auth", "why"),
    [
        ({"type": "none", "token": "K3y-1"}, "of type none takes nothing beside `type`"),
        ({"type": "bearer"}, "of type bearer takes `token` beside `type`"),
        ({"type": "basic", "user": "K3y-1"}, "takes `user` and `password` beside `type`"),
        ({"type": "hmac", "secret": "K3y-1", "token": "K3y-1"}, "takes `secret` beside `type`"),
        ({"type": "bearer", "token": "K3y-1 "}, "`token` that cannot be sent"),
        ({"type": "bearer", "token": "K3y-1\n"}, "`token` that cannot be sent"),
        ({"type": "bearer", "token": "K3\u00fd"}, "`token` that cannot be sent"),
        ({"type": "basic", "user": "K3y:1", "password": ""}, "cannot be sent: it holds a colon"),
        ({"type": "basic", "user": "", "password": "K3y\n"}, "`password` that cannot be sent"),
    ],
)
def test_an_authentication_that_cannot_work_is_refused_and_not_repeated(
    auth: dict[str, str], why: str
) -> None:
    [(name, problem)] = found({"url": URL, "auth": auth})
    assert name == "auth"
    assert why in problem
    assert "K3" not in problem


@pytest.mark.parametrize(
    ("headers", "auth", "why"),
    [
        ({"Content-Length": "1"}, 0, "sendoff sets it itself"),
        ({"HOST": "evil.example.com"}, 0, "sendoff sets it itself"),
        ({"Content-Encoding": "br"}, 0, "sendoff sets it itself"),
        ({"Idempotency-Key": "1"}, 0, "sendoff sets it itself"),
        ({"Authorization": "Token K3y"}, 1, "beside this `auth`"),
        ({"authorization": "Token K3y"}, 2, "beside this `auth`"),
        ({"X-Signature": "K3y"}, 3, "beside this `auth`"),
        ({"X-A": "1", "x-a": "2"}, 0, "twice"),
        ({"": "1"}, 0, "no header can have"),
        ({"X A": "1"}, 0, "no header can have"),
        ({"X-A: 1\r\nX-B": "K3y"}, 0, "no header can have"),
        ({"X-A": "K3y\r\nX-B: 1"}, 0, "cannot be sent"),
        ({"X-A": "K3y "}, 0, "cannot be sent"),
        ({"X-A": ""}, 0, "cannot be sent"),
        ({"X-A": "K3\u00fd"}, 0, "cannot be sent"),
    ],
)
def test_a_header_that_is_not_theirs_to_set_is_refused_and_not_repeated(
    headers: dict[str, str], auth: int, why: str
) -> None:
    [(name, problem)] = found({"url": URL, "headers": headers, "auth": AUTHS[auth]})
    assert name == "headers"
    assert why in problem
    assert "K3" not in problem


def test_another_scheme_of_authorization_may_be_written_as_a_header() -> None:
    headers = {"Authorization": "ApiKey 123", "X-Timestamp": "1", "X-Signature": "2"}
    assert found({"url": URL, "headers": headers}) == []
    assert found({"url": URL, "headers": {"Authorization": "Token 1"}, "auth": AUTHS[3]}) == []


def test_whatever_may_hold_a_key_is_a_secret() -> None:
    settings = {
        "url": "secret-1",
        "method": "POST",
        "headers": {"X-Api-Key": "secret-2", "authorization": "secret-3", "Content-Type": "a/b"},
        "auth": {"type": "x", "token": "secret-4", "user": "secret-5", "password": "secret-6",
                 "secret": "secret-7"},
        "base_url": "http://127.0.0.1:1",
    }  # fmt: skip
    places = secret_places(SETTINGS, settings, ())
    assert [text for _place, text in places] == [f"secret-{n}" for n in range(1, 8)]
