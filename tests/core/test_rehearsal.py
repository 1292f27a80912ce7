"""A blueprint without a pipeline: compiled on its own, its examples run as a route would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from sendoff import builtin
from sendoff.blueprint.document import read_blueprint
from sendoff.destination import Action, Connection, Destination
from sendoff.documents import read_document
from sendoff.errors import ConfigurationError
from sendoff.hookspecs import hookimpl
from sendoff.plugins import Plugins
from sendoff.rehearsal import compile_alone, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.blueprint.document import Blueprint
    from sendoff.http import Http

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = """\
apiVersion: sendoff/v1
kind: Blueprint
name: parcel/test
version: 1
destination: parcel
parameters:
  size: {type: string, enum: [s, m]}
require:
  identity: {any: [user_id]}
fields:
  who: user_id
  size: params.size
  at: received_at
rules:
  - id: posted
    when: {event: Posted}
    action: post
"""


class Parcel(Destination):
    name: ClassVar[str] = "parcel"
    title: ClassVar[str] = "Parcel"
    settings: ClassVar[Mapping[str, Any]] = {"type": "object"}
    actions: ClassVar[Mapping[str, Action]] = {
        "post": Action(
            "post",
            "Post",
            {
                "type": "object",
                "properties": {
                    "who": {"type": "string"},
                    "size": {"type": "string"},
                    "at": {"type": "string"},
                },
                "additionalProperties": False,
            },
        )
    }

    def account(self, settings: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        raise NotImplementedError

    def validate(self, action: str, payload: Mapping[str, Any], now: datetime) -> Sequence[str]:
        return ["nobody is called that"] if payload.get("who") == "nobody" else []

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return [self]


@pytest.fixture
def plugins() -> Plugins:
    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.register("parcel", Parcel())
    return plugins


def blueprint(examples: str = "", head: str = HEAD) -> Blueprint:
    return read_blueprint(read_document(head + examples, "mine.yaml", strict=False))


def one(
    expect: str, event: str = "{type: track, event: posted, userId: u}", given: str = ""
) -> str:
    with_ = f"    with: {given}\n" if given else ""
    return f"examples:\n  - name: it\n{with_}    event: {event}\n    expect: {expect}\n"


def problems(examples: str, plugins: Plugins) -> list[str]:
    [result] = rehearse(blueprint(examples), plugins, NOON)
    return [problem.message for problem in result.problems]


def test_an_example_is_decided_as_a_route_would(plugins: Plugins) -> None:
    at = "2026-03-01T12:00:00.000Z"
    assert problems(one(f"{{rule: posted, payload: {{who: u, at: '{at}'}}}}"), plugins) == []


@pytest.mark.parametrize(
    ("event", "expect"),
    [
        ("{type: track, event: Posted}", "{drop: anonymous}"),
        ("{type: page, userId: u}", "{drop: no_rule}"),
        ("{type: track, event: Posted, userId: u, integrations: {Parcel: false}}",
         "{drop: integration_disabled}"),
        ("{type: nonsense}", "{dead: invalid_event}"),
        ("{type: track, event: Posted, userId: nobody}", "{dead: invalid_payload, rule: posted}"),
    ],
)  # fmt: skip
def test_every_reason_can_be_expected(event: str, expect: str, plugins: Plugins) -> None:
    assert problems(one(expect, event), plugins) == []


def test_an_example_has_its_own_parameters(plugins: Plugins) -> None:
    expect = "{payload: {who: u, size: m, at: '2026-03-01T12:00:00.000Z'}}"
    assert problems(one(expect, given="{size: m}"), plugins) == []
    assert problems(one(expect, given="{size: s}"), plugins) == ['$.size: expected "m", got "s"']


def test_a_difference_is_told(plugins: Plugins) -> None:
    assert problems(one("{drop: no_rule}"), plugins) == [
        "expected drop no_rule, got send by rule posted"
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [("{sise: m}", "no parameter `sise`"), ("{size: xl}", "xl")],
)
def test_parameters_that_do_not_fit_are_a_problem_of_the_blueprint(
    given: str, message: str, plugins: Plugins
) -> None:
    with pytest.raises(ConfigurationError, match=message) as raised:
        rehearse(blueprint(one("{drop: no_rule}", given=given)), plugins, NOON)
    assert [problem.position.line for problem in raised.value.problems] == [20]


def test_a_blueprint_is_compiled_without_parameters(plugins: Plugins) -> None:
    program = compile_alone(blueprint(), plugins)
    assert [rule.id for rule in program.rules] == ["posted"]


def test_every_problem_is_told_at_once(plugins: Plugins) -> None:
    head = HEAD.replace("action: post\n", "action: pots\n").replace("user_id]", "userId]")
    with pytest.raises(ConfigurationError) as raised:
        compile_alone(blueprint(head=head), plugins)
    told = str(raised.value)
    assert "pots" in told
    assert "`userId`" in told


def test_a_destination_that_is_not_there_is_told_with_the_rest(plugins: Plugins) -> None:
    head = HEAD.replace("destination: parcel", "destination: parsel").replace("user_id]", "userId]")
    with pytest.raises(ConfigurationError) as raised:
        compile_alone(blueprint(head=head), plugins)
    told = str(raised.value)
    assert "mine.yaml:5:14: there is no destination `parsel` (did you mean `parcel`?)" in told
    assert "`userId`" in told


def test_a_destination_whose_plugin_is_broken_is_told_with_the_reason() -> None:
    plugins = Plugins()
    plugins.register("parcel", type("Broken", (), {"sendoff_destinations": hookimpl(lambda: [1])}))
    with pytest.raises(ConfigurationError, match="its plugin was left out"):
        compile_alone(blueprint(), plugins)
