from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sendoff import placeholders
from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.pipeline_file.schema import PIPELINE_SCHEMA
from sendoff.quantities import parse_duration, parse_rate, parse_size
from sendoff_freshdesk.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sendoff.pipeline_file import Pipeline

PAGE = "pipeline-file.md"
ENVIRON = {"FRESHDESK_API_KEY": "a-key-of-an-agent", "NAME": "it", "BLANK": " "}
ROUTE = PIPELINE_SCHEMA["properties"]["routes"]["additionalProperties"]


def load(text: str) -> Pipeline:
    return load_pipeline(read_document(text, "sendoff.yaml"), Surroundings(environ=ENVIRON))


def named(page: Any, *titles: str) -> dict[str, bool]:
    """The keys of a table, and whether each is required."""
    return {row[0].strip("`"): row[-1] == "required" for row in page.table(*titles)}


def test_the_full_file_holds_every_key_and_loads(page: Any) -> None:
    full, *_ = page.blocks("yaml")
    assert load(full).warnings == ()
    written = set(_paths(read_document(full, "full.yaml").value))
    missing = {*_keys(PIPELINE_SCHEMA), *(f"routes.support.{key}" for key in _keys(ROUTE))}
    batch = {"routes.support.batch.max_events", "routes.support.batch.max_bytes",
             "routes.support.batch.max_wait"}  # fmt: skip
    assert missing - written == batch, "Freshdesk takes no batches"


def test_the_tables_name_every_key(page: Any) -> None:
    top = {key: key in PIPELINE_SCHEMA["required"] for key in _keys(PIPELINE_SCHEMA)}
    assert named(page, "key", "what it is") == {**top, "routes": True}
    assert named(page, "key of a route", "what it is") == {
        key: key in ROUTE["required"] for key in _keys(ROUTE)
    }


def test_the_tables_name_every_setting_of_freshdesk(page: Any) -> None:
    rows = {row[0].strip("`"): row[1] for row in page.table("setting of freshdesk", "what it is")}
    assert set(rows) == set(SETTINGS["properties"])
    secret = {name for name, each in SETTINGS["properties"].items() if each.get("secret")}
    assert {name for name, text in rows.items() if text.startswith("secret")} == secret


def test_the_short_pipeline_is_the_one_with_every_default_written_out(page: Any) -> None:
    _full, short, long = (load(text) for text in page.blocks("yaml"))
    assert _compared(short) == _compared(long)


def test_every_placeholder_gives_what_the_page_says(page: Any) -> None:
    rows = {row[0].strip("`"): row[1] for row in page.table("you write", "you get")}
    given = {text: placeholders.resolve(text, ENVIRON, lambda path: f"of {path}") for text in rows}
    assert [each.value for each in given.values()] == ["it", "it", "of /run/secrets/key", "${"]
    assert not any(each.problems for each in given.values())
    unset = placeholders.resolve("${env:BLANK}", ENVIRON, str)
    assert unset.problems


@pytest.mark.parametrize(
    ("what", "parse"), [("time", parse_duration), ("size", parse_size), ("rate", parse_rate)]
)
def test_every_unit_is_read(page: Any, what: str, parse: Any) -> None:
    row = next(row for row in page.section("Units").table("") if row[0] == what)
    units, examples = (re.findall(r"`([^`]+)`", cell) for cell in row[1:])
    assert all(parse(f"2{unit}") > 0 for unit in units)
    assert all(parse(example) > 0 for example in examples)


def _compared(pipeline: Pipeline) -> Any:
    """What decides and delivers; programs are compared by the blueprint they are compiled of."""
    routes = [
        replace(route, program=None)  # type: ignore[arg-type]
        for route in pipeline.routes
    ]
    hashes = [route.program.blueprint.hash for route in pipeline.routes]
    kept = (pipeline.consent_map, pipeline.store, pipeline.keep, pipeline.redact, pipeline.secrets)
    return hashes, [replace(route, destination=None) for route in routes], kept  # type: ignore[arg-type]


def _keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a schema, those inside its own objects with a dot."""
    for key, inner in schema["properties"].items():
        if "properties" in inner:
            yield from (f"{key}.{below}" for below in _keys(inner))
        else:
            yield key


def _paths(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{at}{key}"
            yield from _paths(inner, f"{at}{key}.")
