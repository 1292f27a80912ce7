"""Parameters: what a blueprint declares, and what a route gives under `with`."""

from __future__ import annotations

from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, SchemaError

from sendoff.blueprint import targets
from sendoff.documents import check_schema
from sendoff.documents.excerpt import excerpt
from sendoff.problems import Problem
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sendoff.blueprint.compilation import At
    from sendoff.blueprint.document import Blueprint
    from sendoff.documents import Document

_DATA = frozenset({"const", "default", "enum", "examples"})


def declaration_problems(blueprint: Blueprint) -> Iterator[Problem]:
    """What is wrong with the schemas of a blueprint's parameters, and with their defaults."""
    for name, schema in blueprint.parameters.items():
        at = ("parameters", name)
        broken = _schema_problems(blueprint.document, schema, at)
        yield from broken
        if "default" in schema and not broken:
            yield from check_schema(blueprint.document, schema, (*at, "default"))


def judge_given(
    blueprint: Blueprint, document: Document, at: At, unknown: Collection[str] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """The parameters given at a place of a document (a route's `with`) that can be used.

    And what is wrong with the others. Nothing is said of the values of those that are `unknown`,
    nor of those whose own schema is broken: that is said of the schema.
    """
    try:
        given = reduce(getitem, at, document.value)
    except LookupError:  # nothing is given
        given = {}
    usable: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in given.items() if isinstance(given, dict) else ():
        schema = blueprint.parameters.get(name)
        if schema is None:
            fix = did_you_mean(name, blueprint.parameters) or "it takes none"
            message = f"`{blueprint.name}` has no parameter `{excerpt(name)}`"
            problems.append(Problem(document.position((*at, name)), message, fix))
        elif name not in unknown and not _schema_problems(
            blueprint.document, schema, ("parameters", name)
        ):
            found = check_schema(document, schema, (*at, name))
            problems += found
            if not found:
                usable[name] = value
    return usable, problems


def kinds_given(schema: Any) -> frozenset[str] | None:
    """The JSON types a parameter of this schema may have, or the items of a list that it gives.

    None where the schema does not say, or is none.
    """
    kinds = _kinds(schema)
    if kinds is None or "list" not in kinds:
        return kinds
    items = _kinds(schema.get("items"))
    return None if items is None else (kinds - {"list"}) | items


def _kinds(schema: Any) -> frozenset[str] | None:
    named = schema.get("type") if isinstance(schema, dict) else None
    listed = named if isinstance(named, list) else [named]
    known = all(isinstance(each, str) for each in listed)
    return targets.kinds(schema) if known else None


def _schema_problems(document: Document, schema: Mapping[str, Any], at: At) -> list[Problem]:
    found = check_schema(document, Draft202012Validator.META_SCHEMA, at)
    if found:
        return found
    found = [
        Problem(document.position((*at, *where)), f"`{where[-1]}` cannot stand in a parameter's "
                "schema", "write out what it stands for")
        for where in _references(schema, ())
    ]  # fmt: skip
    if found:
        return found
    try:
        Draft202012Validator.check_schema(
            schema, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
    except SchemaError as error:
        where = (*at, *error.absolute_path)
        message = f"`{where[-1]}` is no regular expression"
        return [Problem(document.position(where), message, "put a backslash before plain signs")]
    return []


def _references(schema: Any, at: At) -> Iterator[At]:
    """The keywords that name another schema, or this one to others (`$ref`, `$id`, …)."""
    if isinstance(schema, list):
        for index, each in enumerate(schema):
            yield from _references(each, (*at, index))
    elif isinstance(schema, dict):
        for key, each in schema.items():
            if key.startswith("$") and isinstance(each, str) and key != "$comment":
                yield (*at, key)
            elif key not in _DATA:
                yield from _references(each, (*at, key))
