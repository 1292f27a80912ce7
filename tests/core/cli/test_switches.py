"""`SWITCH=VALUE`: read as what the switch takes."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.cli.switches import read_switches
from sendoff.destination import Sandbox, Switch
from sendoff.errors import UsageError

SANDBOX = Sandbox(
    app=dict,
    settings={},
    switches=(
        Switch("key", "A key.", {"type": "string"}, ""),
        Switch("rate", "Requests a minute.", {"type": ["integer", "null"], "minimum": 1}, None),
        Switch("strict", "Whether it is strict.", {"type": "boolean"}, False),
        Switch("fields", "Names.", {"type": "array", "items": {"type": "string"}}, []),
        Switch("script", "A script.", {"type": ["string", "integer", "object"]}, ""),
    ),
)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("rate=50", 50),
        ("rate=null", None),
        ("strict=true", True),
        ("fields=[a, b]", ["a", "b"]),
        ('fields=["a"]', ["a"]),
        ("key=abc", "abc"),
        ("key=123", "123"),
        ("key=true", "true"),
        ("key=", ""),
        ("key=a=b", "a=b"),
        ("key=no", "no"),
        ("key={unclosed", "{unclosed"),
        ("script=500,503", "500,503"),
        ("script=500", 500),
        ("script=429:2", "429:2"),
        ('script={"a@example.com": [500, 201]}', {"a@example.com": [500, 201]}),
    ],
)
def test_a_value_is_read_as_the_switch_takes_it(given: str, value: Any) -> None:
    name = given.partition("=")[0]
    [(read_name, read)] = read_switches(SANDBOX, [given]).items()
    assert (read_name, read, type(read)) == (name, value, type(value))


def test_the_last_of_two_values_counts() -> None:
    assert read_switches(SANDBOX, ["rate=1", "rate=2"]) == {"rate": 2}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("rat=5", "no switch `rat` .did you mean `rate`"),
        ("rate", "`rate` has no value .write rate=VALUE"),
        ("rate=fast", "does not take that: 'fast'.*Requests a minute"),
        ("rate=0", "0 is less than"),
        ("strict=yes", "does not take that"),
        ("=5", "no switch ``"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(given: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_switches(SANDBOX, [given])


def test_a_sandbox_without_switches_says_so() -> None:
    with pytest.raises(UsageError, match="it has none"):
        read_switches(Sandbox(app=dict, settings={}), ["a=1"])
