"""A small destination, and blueprints for it: what the tests of blueprints and routes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import Program, compile_program, try_compile
from sendoff.blueprint.trace import Trace
from sendoff.blueprint.transforms import Transform, TransformError, builtin_transforms
from sendoff.decision import Decision
from sendoff.destination import Action, Batching, Connection, Destination
from sendoff.documents import read_document
from sendoff.event import Event
from sendoff.http import Http
from sendoff.router import Route, Router

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

# Last in the document, so that lines count from the first of a test's own.
HEAD = """
apiVersion: sendoff/v1
kind: Blueprint
name: desk/test
version: 1
destination: desk
"""

TEXT: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "x-hint": "this takes 1 to 255 characters",
}
CONTACT: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT,
        "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
        "phone": TEXT,
        "unique_external_id": TEXT,
        "company_id": {"type": "integer"},
        "score": {"type": "number"},
        "vip": {"type": "boolean"},
        "plan": {"enum": ["free", "pro"]},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 32}},
        "address": {
            "type": "object",
            "required": ["city"],
            "additionalProperties": False,
            "properties": {"city": TEXT, "street": TEXT},
        },
        "companies": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "properties": {"id": {"type": "integer"}, "title": TEXT},
            },
        },
        "custom_fields": {
            "type": "object",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
    },
}


class Desk(Destination):
    """Takes contacts, whose fields are declared, and notes, which are any object."""

    name: ClassVar[str] = "desk"
    title: ClassVar[str] = "The Desk"
    settings: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "required": ["api_key"],
        "additionalProperties": False,
        "properties": {
            "api_key": {"type": "string", "secret": True},
            "domain": {"type": "string"},
            "region": {"enum": ["eu", "us"]},
        },
    }
    actions: ClassVar[Mapping[str, Action]] = {
        "upsert_contact": Action(
            "upsert_contact", "Create or update a contact", CONTACT, ("email", "phone"),
            {"tags": ("append", "overwrite"), "custom_fields.*": ("overwrite", "if_empty")},
        ),
        "create_contact": Action("create_contact", "Create a contact", CONTACT, ("email",)),
        "note": Action("note", "Anything", {"type": "object"}, ("who.id", "who.email")),
        "place": Action(
            "place", "An object with a required object", {
                "type": "object", "required": ["address"],
                "properties": {"address": CONTACT["properties"]["address"]},
            },
        ),
    }  # fmt: skip
    batching: ClassVar[Batching] = Batching(max_events=100, max_bytes=1000)

    def check(self, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        return [("domain", "is no domain")] if settings.get("domain") == "evil" else []

    def account(self, settings: Mapping[str, Any]) -> str:
        return str(settings.get("domain"))

    def connect(self, settings: Mapping[str, Any], http: Http) -> Connection:
        raise NotImplementedError


def _raising(_parameters: Any) -> Callable[[Any], Any]:
    def explode(value: Any) -> Any:
        raise KeyError(value)

    return explode


def _giving(_parameters: Any) -> Callable[[Any], Any]:
    """Gives what JSON has no word for, or no value in an unusual way."""
    odd: dict[Any, Any] = {
        "nan": float("nan"),
        "infinity": float("inf"),
        "nested": {"a": None, "b": ["", {"c": {}}], "d": [1, float("nan")]},
        "date": NOW,
        "set": {1},
        "half": "\ud800",
        "digits": 10**5000,
        "blank": "  ",
        "refused": None,
    }

    def give(value: Any) -> Any:
        if value == "refused":
            raise TransformError("is refused")
        return odd[value]

    return give


def _unbuildable(_parameters: Any) -> Callable[[Any], Any]:
    raise KeyError("x")


def _transform(name: str, build: Callable[[Any], Callable[[Any], Any]], **more: Any) -> Transform:
    kinds = frozenset(("text", "integer", "number", "boolean", "list", "object"))
    given: dict[str, Any] = {
        "name": name, "summary": "For tests.", "accepts": kinds, "returns": kinds,
        "parameters": None, "build": build, "examples": (), "bare": True,
    }  # fmt: skip
    return Transform(**{**given, **more})


TRANSFORMS: Mapping[str, Transform] = {
    **builtin_transforms(),
    "explode": _transform("explode", _raising),
    "odd": _transform("odd", _giving),
    "doubled": _transform("doubled", lambda _: lambda value: 2 * value,
                          accepts=frozenset(("number",)), returns=frozenset(("number",))),
    "unbuildable": _transform("unbuildable", _unbuildable),
}  # fmt: skip


@pytest.fixture(scope="session")
def desk() -> Destination:
    return Desk()


@pytest.fixture(scope="session")
def transforms() -> Mapping[str, Transform]:
    """The built-in ones, and some that misbehave."""
    return TRANSFORMS


@pytest.fixture(scope="session")
def problems() -> Callable[..., list[str]]:
    """Of the text of a blueprint without its head: `line:column: message (fix)` for each."""

    def found(text: str, **given: Any) -> list[str]:
        blueprint = read_blueprint(read_document(text + HEAD, "", strict=False))
        _program, problems = try_compile(blueprint, Desk(), TRANSFORMS, given)
        return [str(problem).removeprefix(":") for problem in problems]

    return found


@pytest.fixture(scope="session")
def program() -> Callable[..., Program]:
    """Of the text of a blueprint without its head, and the parameters given."""

    def compiled(text: str, **given: Any) -> Program:
        blueprint = read_blueprint(read_document(text + HEAD, ""))
        return compile_program(blueprint, Desk(), TRANSFORMS, given)

    return compiled


@pytest.fixture(scope="session")
def decide() -> Callable[..., Decision]:
    """What a program does with an event, which is given as its message."""

    def decided(
        program: Program, message: Mapping[str, Any], trace: Trace | None = None, **route: Any
    ) -> Decision:
        event = Event.from_message(message, received_at=NOW)
        router = Router([Route("support", Desk(), program, **route)])
        if trace is None:
            return router.decide(event, "key", NOW)[0]
        return router.explain(event, "key", NOW, trace)[0]

    return decided


@pytest.fixture(scope="session")
def noted(program: Callable[..., Program], decide: Callable[..., Decision]) -> Callable[..., Any]:
    """The payload that `fields` make of an event for the action that takes any object.

    Where there is none, the reason and the detail of the decision.
    """

    def made(fields: str, message: Mapping[str, Any] | None = None, **given: Any) -> Any:
        indented = "\n".join(f"      {line}" for line in fields.strip("\n").splitlines())
        parameters = "parameters: {region: {type: string}, end: {type: integer}, table: {}}\n"
        text = f"{parameters}rules:\n  - id: a\n    action: note\n    fields:\n{indented}\n"
        decision = decide(
            program(text, **given), {"type": "track", "event": "E", **(message or {})}
        )
        if decision.verdict == "send":
            return decision.payload
        return decision.reason, decision.detail

    return made
