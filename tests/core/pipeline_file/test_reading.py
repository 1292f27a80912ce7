from __future__ import annotations

from sendoff.documents import read_document
from sendoff.pipeline_file.reading import Reading
from sendoff.quantities import parse_duration

TEXT = """\
known: 10s
none: ${env:NONE}
list: [x, "${env:NONE}"]
odd: 7
"""


def read(*, forgiven: bool) -> Reading:
    reading = Reading(read_document(TEXT, "f"))
    reading.fill({}, lambda _path: "", lambda _at: forgiven)
    return reading


def test_nothing_behind_a_placeholder_is_a_problem_unless_forgiven() -> None:
    told = [str(each).partition(": ")[0] for each in read(forgiven=False).problems]
    assert told == ["f:2:1", "f:3:11"]
    assert read(forgiven=True).problems == []


def test_what_is_not_known_is_known_not_to_be() -> None:
    reading = read(forgiven=True)
    assert reading.unknown(("none",))
    assert reading.unknown(("list",))
    assert not reading.unknown(("list", 0))
    assert not reading.unknown(("known",))


def test_nothing_is_said_of_values_that_are_not_known() -> None:
    schema = {"additionalProperties": {"enum": [1]}, "properties": {"list": {"items": False}}}
    reading = read(forgiven=True)
    assert [each.position.line for each in reading.breaches(schema)] == [1, 3, 4]
    # What is missing stands where the first key does, and is told all the same.
    first = Reading(read_document('a: "${env:NONE}"', "f"))
    first.fill({}, lambda _path: "", lambda _at: True)
    assert len(first.breaches({"required": ["b"], "properties": {"a": {"enum": [1]}}})) == 1


def test_a_quantity_is_read_or_its_default_taken() -> None:
    reading = read(forgiven=True)
    assert reading.quantity(("known",), "10s", parse_duration, 1.0) == 10.0
    assert reading.quantity(("none",), "${env:NONE}", parse_duration, 1.0) == 1.0
    assert reading.quantity(("odd",), 7, parse_duration, 1.0) == 1.0
    assert reading.problems == []
    assert reading.quantity(("known",), "soon", parse_duration, 1.0) == 1.0
    assert [str(each).partition(":")[2][:4] for each in reading.problems] == ["1:1:"]


def test_a_secret_is_kept_once_it_is_known() -> None:
    reading = read(forgiven=True)
    reading.secret(("none",), "${env:NONE}")
    reading.secret(("known",), "10s, a secret")
    assert reading.secrets == ["10s, a secret"]
    assert [each.message for each in reading.warnings] == ["a secret stands in this file"]
