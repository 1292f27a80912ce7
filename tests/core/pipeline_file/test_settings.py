from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sendoff.destination import Destination
from sendoff.pipeline_file.settings import secret_places

Problems = Callable[..., list[str]]

ROUTE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: desk
    blueprint: desk/default
"""


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("{api_key: long enough, domain: evil}", ["8:38: `domain` is no domain"]),
        # The destination's own check is asked even where the schema objects, or a key is missing.
        ("{domain: evil}",
         ["8:5: `api_key` is missing (add `api_key: …`)", "8:16: `domain` is no domain"]),
        ('{domain: evil, api_key: "${env:NONE}"}',
         ["8:16: `domain` is no domain",
          "8:30: the environment variable NONE is not set: set it, or write "
          "${env:NONE:-default}"]),
        ("{api_key: x, domain: 5}", ["8:28: `domain` must be text, not a number (put it in "
                                      "quotes)"]),
        ("{api_key: x, region: uk}", ["8:28: `region` cannot be `uk` (use one of: eu, us)"]),
        ("{api_key: x, regin: eu}", ["8:28: unknown key `regin` (did you mean `region`?)"]),
        # A key that was put in the wrong place is not shown.
        ("{api_key: [secret]}", ["8:16: `api_key` must be text, not a list (write text)"]),
        ("secret", ["8:5: `settings` must be a mapping, not text (write `key: value` lines below "
                    "it)"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_settings(problems: Problems, settings: str, found: list[str]) -> None:
    told = problems(f"{ROUTE}    settings: {settings}\n")
    assert told == [f"sendoff.yaml:{each}" for each in found]
    assert not any("secret" in each for each in told)


def test_settings_that_are_missing_are_missing_at_the_route(problems: Problems) -> None:
    assert problems(ROUTE) == [
        "sendoff.yaml:5:3: `settings` is missing: `desk` needs `api_key` (add it)"
    ]


def test_a_check_that_breaks_takes_nothing_down(
    problems: Problems, desk: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_self: Destination, settings: dict[str, Any]) -> Any:
        return [("domain", settings["domain"][0])]

    monkeypatch.setattr(type(desk), "check", check)
    assert problems(f"{ROUTE}    settings: {{api_key: long enough}}\n") == [
        "sendoff.yaml:8:5: the check of `desk` broke with KeyError"
    ]
    # Where something is missing already, that is the reason.
    assert len(problems(f"{ROUTE}    settings: {{region: eu}}\n")) == 1


def test_secrets_are_found_wherever_the_schema_marks_them() -> None:
    secret = {"type": "string", "secret": True}
    schema = {
        "properties": {
            "key": secret,
            "nested": {"properties": {"key": secret, "plain": {}}},
            "list": {"items": secret},
            "any": {"additionalProperties": secret},
            "number": secret,
        }
    }
    value = {
        "key": "a", "nested": {"key": "b", "plain": "x"}, "list": ["c", 5], "any": {"x": "d"},
        "number": 5, "unknown": "x",
    }  # fmt: skip
    assert list(secret_places(schema, value, ("s",))) == [
        (("s", "key"), "a"),
        (("s", "nested", "key"), "b"),
        (("s", "list", 0), "c"),
        (("s", "any", "x"), "d"),
    ]
