from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import sendoff.event
from sendoff.documents import read_file
from sendoff.errors import InvalidEvent
from sendoff.event import MAX_BYTES, MAX_DEPTH, PURPOSES, Event
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.preview import Preview
from sendoff.router import Router
from sendoff.sources import Line

PAGE = "events.md"
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, 14, 4, 6, tzinfo=UTC)
CODES = {"C0004": "marketing", "C0002": "analytics"}
MARK_CALLS = {"mark", "_mark"}


def read(message: Any) -> Event:
    text = message if isinstance(message, str) else json.dumps(message)
    return Event.from_message(text, received_at=NOW, consent_map=CODES)


def code(cell: str) -> str:
    return cell.strip("`")


def test_the_example_is_read_as_the_page_shows(page: Any) -> None:
    sent, as_read = page.blocks("json")
    assert read(sent).describe() == json.loads(as_read)


def test_every_part_of_an_event_is_there(page: Any) -> None:
    named = {name for row in page.table("name", "what it is") for name in row[0].split()}
    assert {code(name) for name in named} == set(read({"type": "page"}).describe())


def test_every_shape_of_consent_says_what_the_page_says(page: Any) -> None:
    for context, _whose, says in page.table("context", "whose", "says"):
        expected: dict[str, bool | None] = dict.fromkeys(PURPOSES)
        for word in says.split(", "):
            purpose, answer = word.split()
            expected[purpose] = answer == "yes"
        assert read({"type": "page", "context": json.loads(code(context))}).consent == expected


def test_the_shapes_of_consent_stand_in_the_order_of_their_strength(page: Any) -> None:
    shapes = [json.loads(code(row[0])) for row in page.table("context", "whose", "says")]
    names = ["consentManagement", "categoryPreferences", "categories", "canonical"]
    assert [list(shape) for shape in shapes[1:2]] == [names[:1]]
    assert [next(iter(shape["consent"])) for shape in shapes[2:]] == names[1:]
    for weaker, stronger in pairwise(names[1:]):
        consent = {weaker: {"marketing": True}, stronger: {"marketing": False}}
        message = {"type": "page", "context": {"consent": consent}}
        assert read(message).consent["marketing"] is False


def test_what_is_no_event_is_refused_in_the_words_of_the_page(page: Any) -> None:
    rows = page.table("this", "why")
    for message, why in rows:
        with pytest.raises(InvalidEvent) as refused:
            read(code(message))
        assert why.replace("`", "") in str(refused.value)


def test_the_limits_are_those_of_the_code(page: Any) -> None:
    assert f"at most {MAX_BYTES // 2**20} MiB" in page.text
    assert f"more than {MAX_DEPTH} levels" in page.text


def test_every_mark_is_made_of_its_instance(page: Any) -> None:
    for mark, _done, instance in page.table("mark", "what was done", "for instance"):
        if code(mark) == "reused_message_id":
            continue
        sent = code(instance)
        message = sent if '"type"' in sent else '{"type": "page", ' + sent[1:]
        assert code(mark) in " ".join(read(message).warnings), mark


def test_an_id_used_for_something_else_is_marked() -> None:
    document = read_file(ROOT / "examples" / "sendoff.yaml")
    pipeline = load_pipeline(document, Surroundings(environ={}), need_secrets=False)
    preview = Preview(Router([route.route for route in pipeline.routes]), {}, lambda: NOW)
    messages = [{"type": "page", "messageId": "m-1", "name": name} for name in ("one", "other")]
    bodies = [json.dumps(message).encode() for message in messages]
    decided = [preview.decide(Line(number, body)) for number, body in enumerate(bodies, 1)]
    assert [line.decisions[0].warnings for line in decided] == [(), ("reused_message_id",)]


def test_every_mark_that_the_code_makes_is_on_the_page(page: Any) -> None:
    documented = [code(row[0]) for row in page.table("mark", "what was done")]
    patterns = list(_marks())
    assert len(patterns) > 8
    for pattern in patterns:
        assert any(re.fullmatch(pattern, mark) for mark in documented), pattern


def _marks() -> list[str]:
    """A pattern for the code of every mark that is made in the package `sendoff.event`."""
    package = Path(str(sendoff.event.__file__)).parent
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted(package.glob("*.py"))]
    return [
        _pattern(node.args[0])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in MARK_CALLS
    ]


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _pattern(text: ast.expr) -> str:
    if isinstance(text, ast.Constant):
        return re.escape(str(text.value)).partition(":")[0]
    assert isinstance(text, ast.JoinedStr)
    parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in text.values]
    return "".join(parts).partition(":")[0]
