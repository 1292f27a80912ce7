"""What a payload of POST or PUT /contacts may hold, judged attribute by attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox import kinds
from sendoff_freshdesk.sandbox.answers import Entry, denied, invalid, missing, unknown_field
from sendoff_freshdesk.sandbox.kinds import BOOLEAN, EMAIL, INTEGER, OBJECT, TEXT, list_of, one_of
from sendoff_freshdesk.sandbox.locales import LANGUAGES, TIME_ZONES
from sendoff_freshdesk.sandbox.schema import PAYLOAD_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping

    from sendoff_freshdesk.sandbox.kinds import Kind
    from sendoff_freshdesk.sandbox.schema import Schema

IDENTIFIERS = (
    "email",
    "phone",
    "mobile",
    "twitter_id",
    "social_handler",
    "unique_external_id",
)
"""The starred attributes: a contact has at least one of them."""

ATTRIBUTES: Mapping[str, Kind] = {
    "name": TEXT,
    "email": EMAIL,
    "phone": TEXT,
    "mobile": TEXT,
    "twitter_id": TEXT,
    "social_handler": list_of(OBJECT, most=10),
    "unique_external_id": TEXT,
    "other_emails": list_of(EMAIL),
    "company_id": INTEGER,
    "view_all_tickets": BOOLEAN,
    "other_companies": list_of(OBJECT),
    "address": TEXT,
    # A file is sent as multipart/form-data only; no JSON value is one.
    "avatar": kinds.Kind("valid file", lambda _value: False),
    "custom_fields": kinds.Kind("key/value pair", lambda value: isinstance(value, dict)),
    "description": TEXT,
    "job_title": TEXT,
    "language": one_of(LANGUAGES),
    "tags": list_of(TEXT),
    "time_zone": one_of(TIME_ZONES),
    "lookup_parameter": one_of(("display_id", "primary_field_value")),
}
_MEMBERSHIP: Mapping[str, Kind] = {"company_id": INTEGER, "view_all_tickets": BOOLEAN}
_FEATURE_OF: Mapping[str, str] = {
    "language": "multi_language",
    "time_zone": "multi_timezone",
    "other_companies": "multiple_companies",
}
_BLANK = "It should not be blank as this is a mandatory field"


@dataclass(frozen=True, slots=True)
class Checked:
    """A payload without fault, as it will be kept: emails lower-cased, blanks made null."""

    values: dict[str, object]
    custom: dict[str, object]


@dataclass(frozen=True, slots=True)
class Attributes:
    """The judge of payloads, for an account with these fields, features and companies."""

    schema: Schema
    features: Collection[str]
    companies: Container[int]

    def check(self, payload: Mapping[str, object], *, creating: bool) -> Checked:
        """The payload, cleaned.

        Raises `Refused` with 403 for a feature the plan lacks, or with 400 and every fault found.
        """
        for name, feature in _FEATURE_OF.items():
            if payload.get(name) is not None and feature not in self.features:
                raise denied(
                    403, "require_feature", f"{name} needs the {feature} feature of a higher plan"
                )
        faults = [*self._absent(payload, creating=creating), *self._wrong(payload)]
        if faults:
            raise invalid(faults)
        values = {name: _cleaned(name, value) for name, value in payload.items()}
        custom = values.pop("custom_fields", None)
        values.pop("lookup_parameter", None)
        return Checked(values, custom if isinstance(custom, dict) else {})

    def _absent(self, payload: Mapping[str, object], *, creating: bool) -> Iterator[Entry]:
        given = payload.get("custom_fields")
        custom = given if isinstance(given, dict) else {}
        for name in sorted(self.schema.required):
            if kind := self.schema.kind(name):
                entry = missing(f"custom_fields.{name}", f"It should be a/an {kind.name}")
                yield from _mandatory(name, custom, entry, creating=creating)
            else:
                target = PAYLOAD_NAMES.get(name, name)
                yield from _mandatory(target, payload, missing(target), creating=creating)
        if creating and not any(has_value(payload.get(name)) for name in IDENTIFIERS):
            yield missing("email", f"One of {', '.join(IDENTIFIERS)} is mandatory")

    def _wrong(self, payload: Mapping[str, object]) -> Iterator[Entry]:
        for name, value in payload.items():
            kind = ATTRIBUTES.get(name)
            if kind is None:
                yield unknown_field(name)
            elif entry := kind.entry(name, value):
                yield entry
            elif name == "custom_fields" and isinstance(value, dict):
                yield from self._wrong_custom(value)
            elif name == "other_companies" and isinstance(value, list):
                yield from self._wrong_companies(value)
            elif name == "company_id" and value is not None:
                yield from self._no_company(name, value)

    def _wrong_custom(self, custom: Mapping[str, object]) -> Iterator[Entry]:
        if not custom:
            yield Entry("custom_fields", "It should not be empty", "invalid_value")
        for name, value in custom.items():
            kind = self.schema.kind(name)
            path = f"custom_fields.{name}"
            entry = kind.entry(path, value) if kind else unknown_field(path)
            if entry:
                yield entry

    def _wrong_companies(self, memberships: list[Mapping[str, object]]) -> Iterator[Entry]:
        for membership in memberships:
            for name, value in membership.items():
                kind = _MEMBERSHIP.get(name)
                path = f"other_companies.{name}"
                if entry := kind.entry(path, value) if kind else unknown_field(path):
                    yield entry
            company = membership.get("company_id")
            if company is None:
                yield missing("other_companies.company_id")
            elif kinds.is_integer(company):
                yield from self._no_company("other_companies.company_id", company)

    def _no_company(self, field: str, company: object) -> Iterator[Entry]:
        if company not in self.companies:
            message = f"There is no company with the id {company}"
            yield Entry(field, message, "invalid_value")


def has_value(value: object) -> bool:
    """Whether this is more than null, blank text or an empty list; false and zero are."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != []


def _mandatory(
    name: str, given: Mapping[str, object], absent: Entry, *, creating: bool
) -> Iterator[Entry]:
    """The entry for a mandatory attribute that a create leaves out, or that is given no value."""
    value = given.get(name)
    if creating and value is None:
        yield absent
    elif name in given and not has_value(value):
        yield Entry(absent.field, _BLANK, "invalid_value")


def _cleaned(name: str, value: object) -> object:
    if isinstance(value, str):
        text = value.lower() if name == "email" else value
        return text if text.strip() else None
    if isinstance(value, list) and name in ("other_emails", "tags"):
        texts = [text.lower() if name == "other_emails" else text for text in value]
        return list(dict.fromkeys(texts))
    if isinstance(value, dict):
        return {key: _cleaned("", held) for key, held in value.items()}
    return value
