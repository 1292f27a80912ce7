"""What any blueprint does with any event, and what becomes of any document."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import compile_program, try_compile
from sendoff.blueprint.trace import Trace
from sendoff.blueprint.transforms import Transform
from sendoff.blueprint.values import has_value
from sendoff.decision import Decision
from sendoff.destination import Destination
from sendoff.documents import Document, read_document
from sendoff.event import Event
from sendoff.router import Route, Router

Transforms = Mapping[str, Transform]
NOW = datetime(2026, 1, 2, tzinfo=UTC)

KEYS = st.sampled_from(["a", "b", "c", "items", "email", "param"])
CODE = st.sampled_from(
    ["{{traits.a}}", "${env:HOME}", "!!python/object:os.system", "{param: a}", "$ref", "<<"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["", " ", "12", "+447700900123", "2026-01-02", "a,b", "true"])
    | CODE
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, JSON, max_size=4)
CONSENTS = st.dictionaries(st.sampled_from(["marketing", "analytics"]), st.booleans() | st.none())
MESSAGES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "identify", "page", "group"]),
        "event": st.just("Signed Up"),
    },
    optional={
        "userId": st.sampled_from(["u1", " "]),
        "traits": OBJECTS,
        "properties": OBJECTS,
        "context": st.fixed_dictionaries({"consent": CONSENTS}),
        "integrations": st.sampled_from([{}, {"All": True}, {"desk": False}, {"x": False}]),
    },
)
PATHS = st.sampled_from([
    "traits", "traits.a", "traits.b", "traits.a.b", "traits.items", "traits.items[0]", "properties",
    "properties.c", "user_id", "event", "timestamp", "consent.marketing", "context", "traits.param",
])  # fmt: skip
STEPS = st.lists(
    st.sampled_from([
        "trim", "lower", "e164", "integer", "number", "boolean", "string", "iso8601", "epoch_ms",
        "sha256", "first", "last", "scalars", "flatten", "explode", "odd", {"split": ","},
        {"join": "-"}, {"slice": {"end": 2}}, {"replace": {"find": "a", "with": " "}},
        {"lookup": {"a": "b", "*": ""}}, {"pick": ["a"]}, {"omit": ["a", "x"]},
    ]),
    max_size=3,
)  # fmt: skip
TESTS = st.dictionaries(
    PATHS, st.sampled_from([{"exists": True}, {"exists": False}, {"not": {"exists": True}}])
) | st.sampled_from([
    {"traits.a": {"gt": 1}}, {"traits.a": ["a", 1]}, {"any": [{"type": "page"}, {"traits.a": "a"}]},
    {"event": "Signed Up"}, {"not": {"event": "Identified"}}, {"traits.b": {"matches": "a"}},
])  # fmt: skip
WHENS = TESTS.filter(bool)
DEFAULTS = st.sampled_from(["d", 0, False, ["x"], {"a": 1}])
SOURCES = (
    PATHS.map(lambda path: {"from": path})
    | st.lists(PATHS, min_size=1, max_size=3).map(lambda paths: {"from": paths})
    | CODE.map(lambda value: {"value": value})
    | PATHS.map(lambda path: {"template": f"<{{{{{path}}}}}> {{{{traits.a}}}}"})
)


def _more(source: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, st.SearchStrategy[Any]] = {
        "do": STEPS, "default": DEFAULTS, "when": WHENS, "required": st.booleans(),
        "on_error": st.sampled_from(["fail", "omit"]),
    }  # fmt: skip
    return st.builds(
        lambda one, two: {**one, **two}, source, st.fixed_dictionaries({}, optional=optional)
    )


TARGETS = st.sampled_from(["a", "b", "c.d", "c.e", 'c."x y"', "f.g.h"])
FIELDS = st.recursive(
    PATHS | _more(SOURCES),
    lambda inner: _more(
        st.lists(inner, min_size=1, max_size=2).map(lambda each: {"list": each})
        | st.dictionaries(TARGETS, inner, min_size=1, max_size=2).map(lambda each: {"object": each})
        | st.builds(
            lambda path, fields: {"each": path, "fields": fields},
            PATHS,
            st.dictionaries(TARGETS, inner | st.just("item"), min_size=1, max_size=2),
        )
    ),
    max_leaves=4,
)
TYPED = st.sampled_from(["email", "tags", "company_id", "vip", "custom_fields.x", "companies"])
REQUIRES = st.sampled_from([
    None, None,
    {"identity": {"any": ["user_id"]}, "consent": {"all": ["marketing"]}},
    {"identity": {"all": ["traits.a", "timestamp"], "any": ["traits.items[0]", "traits.b"]}},
    {"identity": {"all": ["traits"]}, "consent": {"any": ["marketing", "analytics"]}},
])  # fmt: skip
BLUEPRINTS = st.fixed_dictionaries(
    {
        "contact": st.dictionaries(TYPED, FIELDS, max_size=3),
        "note": st.dictionaries(TARGETS, FIELDS, max_size=4),
        "when": WHENS,
        "require": REQUIRES,
    }
)


def blueprint_of(
    parts: Mapping[str, Any], desk: Destination, transforms: Transforms
) -> dict[str, Any]:
    """A blueprint of those of the parts that make one."""
    head = {
        "apiVersion": "sendoff/v1", "kind": "Blueprint", "name": "a", "version": 1,
        "destination": "desk",
    }  # fmt: skip
    contact = {"id": "r1", "action": "upsert_contact", "when": parts["when"]}
    note = {"id": "r2", "action": "note"}

    def sound(rule: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
        raw = {**head, "rules": [{**rule, "fields": dict(fields)}]}
        return not try_compile(read_blueprint(Document("f", raw)), desk, transforms, {})[1]

    name = {"name": "event"}
    typed = {k: v for k, v in parts["contact"].items() if sound(contact, {**name, k: v})}
    open_ = {k: v for k, v in parts["note"].items() if sound(note, {k: v})}
    require = {"require": parts["require"]} if parts["require"] else {}
    first = {**contact, "fields": {**name, **typed}}
    return {**head, **require, "rules": [first, {**note, "fields": open_}]}


THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def every_part(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from every_part(inner)


def judged(
    parts: Mapping[str, Any], message: Mapping[str, Any], desk: Destination, transforms: Transforms
) -> tuple[Router, Event, Decision]:
    raw = blueprint_of(parts, desk, transforms)
    program = compile_program(read_blueprint(Document("f", raw)), desk, transforms, {})
    event = Event.from_message(message, received_at=NOW)
    router = Router([Route("support", desk, program)])
    return router, event, router.decide(event, "key", NOW)[0]


@THOROUGH
@given(BLUEPRINTS, MESSAGES)
def test_any_event_gets_one_decision_and_the_trace_is_the_run(
    desk: Destination, transforms: Transforms, parts: dict[str, Any], message: dict[str, Any]
) -> None:
    router, event, decision = judged(parts, message, desk, transforms)
    assert decision.verdict in {"send", "drop", "dead"}
    trace = Trace()
    [traced] = router.explain(event, "key", NOW, trace)
    assert traced == decision
    assert trace.entries[0]["name"] == "support"
    assert router.decide(event, "key", NOW) == [decision]


@THOROUGH
@given(BLUEPRINTS, MESSAGES)
def test_no_run_changes_the_event(
    desk: Destination, transforms: Transforms, parts: dict[str, Any], message: dict[str, Any]
) -> None:
    router, event, decision = judged(parts, message, desk, transforms)
    fresh = Event.from_message(message, received_at=NOW).describe()
    assert event.describe() == fresh
    payload = decision.payload or {}
    spoil(payload)
    for rule in router.routes[0].program.rules:
        try:
            spoil(rule.run(event, None))
        except Exception:  # noqa: BLE001, S112 - a failure has no payload to spoil
            continue
    assert event.describe() == fresh


def spoil(value: Any) -> None:
    for part in list(every_part(value)):
        if isinstance(part, dict | list):
            part.clear()


@THOROUGH
@given(BLUEPRINTS, MESSAGES)
def test_what_leaves_fits_its_schema_and_lacks_no_value(
    desk: Destination, transforms: Transforms, parts: dict[str, Any], message: dict[str, Any]
) -> None:
    decision = judged(parts, message, desk, transforms)[2]
    if decision.verdict != "send":
        return
    schema = dict(desk.actions[decision.action].schema)
    assert jsonschema_rs.is_valid(schema, decision.payload)
    inside = list(every_part(decision.payload))[1:]
    assert all(has_value(part) for part in inside)
    assert msgspec.json.decode(decision.body) == decision.payload


RICH = Path(__file__).with_name("rich.yaml").read_text(encoding="utf-8")

NODES: st.SearchStrategy[Any] = st.sampled_from([
    None, True, 0, -1, 1.5, "", " ", "traits.email", "item.x", "params.none", "{{traits.x}}", "{{",
    "NO", "marketing", "upsert_contact", [], {}, [None], [[]], {"param": "region"}, {"param": "x"},
    {"": ""}, {"from": "event"}, {"value": None}, {"list": []}, {"each": "traits.x", "fields": {}},
    {"$ref": "#"}, {"$ref": "http://example.com"}, {"type": "strin"}, {"pattern": "("},
    {"not": {}}, {"all": [{}]}, {"any": 5}, {"matches": "("}, {"gt": True}, {"exists": "x"},
    "x" * 2000, 2**64, "a.b.c", '"', "a..b", {"traits.x": {"not": {"not": None}}},
])  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:
    """A document with a few of its nodes deleted, replaced, or added."""
    made = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        places = [part for part in every_part(made) if isinstance(part, dict | list) and part]
        if not places:
            break
        here: Any = draw(st.sampled_from(places))
        keys: list[Any] = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw(st.sampled_from(keys))
        match draw(st.sampled_from(["delete", "replace", "insert", "copy"])):
            case "delete":
                del here[key]
            case "replace":
                here[key] = copy.deepcopy(draw(NODES))
            case "copy":
                here[key] = copy.deepcopy(draw(st.sampled_from(places)))
            case _ if isinstance(here, dict):
                name = draw(
                    st.sampled_from(["x", "when", "fields", "do", "any", "not", "param", ""])
                )
                here[name] = copy.deepcopy(draw(NODES))
            case _:
                here.insert(key, copy.deepcopy(draw(NODES)))
    return made


@settings(max_examples=200, deadline=None)
@given(spoilt(read_document(RICH, "f").value))
def test_any_document_is_a_program_or_has_problems(
    desk: Destination, transforms: Transforms, raw: dict[str, Any]
) -> None:
    blueprint = read_blueprint(Document("f", raw))
    for destination in (desk, None):
        program, problems = try_compile(blueprint, destination, transforms, {"region": "GB"})
        assert all("\n" not in str(problem) for problem in problems)
        if not problems and destination is not None:
            event = Event.from_message({"type": "page", "traits": {"x": 1}}, received_at=NOW)
            Router([Route("support", desk, program)]).decide(event, "key", NOW)
