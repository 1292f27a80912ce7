"""The contact fields of an account: the default ones, and its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.errors import UsageError
from sendoff_freshdesk.sandbox import kinds
from sendoff_freshdesk.sandbox.locales import LANGUAGES, TIME_ZONES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff_freshdesk.sandbox.kinds import Kind
    from sendoff_freshdesk.sandbox.switches import Settings

PAYLOAD_NAMES: Mapping[str, str] = {"company_name": "company_id", "tag_names": "tags"}
"""Contact fields that a payload calls by another name."""

_LABELS: Mapping[str, str] = {
    "name": "Full name",
    "job_title": "Title",
    "email": "Email",
    "phone": "Work phone",
    "mobile": "Mobile phone",
    "twitter_id": "Twitter",
    "company_name": "Company",
    "address": "Address",
    "time_zone": "Time zone",
    "language": "Language",
    "tag_names": "Tags",
    "description": "About",
    "unique_external_id": "Unique external ID",
    "twitter_profile_status": "Twitter Verified Profile",
    "twitter_followers_count": "Twitter Follower Count",
}
_NOT_WRITABLE = ("twitter_profile_status", "twitter_followers_count")
_CHOICES: Mapping[str, Mapping[str, str]] = {"language": LANGUAGES, "time_zone": TIME_ZONES}
_KINDS: Mapping[str, Kind] = {
    "custom_text": kinds.TEXT,
    "custom_paragraph": kinds.TEXT,
    "custom_checkbox": kinds.BOOLEAN,
    "custom_number": kinds.INTEGER,
    "custom_decimal": kinds.NUMBER,
    "custom_phone_number": kinds.TEXT,
    "custom_url": kinds.TEXT,
    "custom_date": kinds.DATE,
}
_FIRST_ID = 103_000_000_001


@dataclass(frozen=True, slots=True)
class CustomField:
    """A contact field of the account's own; `name` is its key in `custom_fields`."""

    name: str
    type: str = "custom_text"
    label: str = ""
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """What values it takes."""
        return kinds.one_of(self.choices) if self.type == "custom_dropdown" else _KINDS[self.type]


BUILT_IN = (
    CustomField("signup_method", label="Signup method"),
    CustomField("biography", "custom_paragraph"),
    CustomField("newsletter", "custom_checkbox"),
    CustomField("seats", "custom_number"),
    CustomField("score", "custom_decimal"),
    CustomField("plan", "custom_dropdown", choices=("free", "growth", "enterprise")),
    CustomField("fax", "custom_phone_number"),
    CustomField("website", "custom_url"),
    CustomField("renewal_date", "custom_date"),
)
"""The custom fields an account starts with: the one of the documented mapping, and each type."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Which contact fields there are, which of them a contact must have, and which are unique.

    `required` and `unique` hold names as GET /contact_fields gives them.
    """

    custom: Mapping[str, CustomField]
    required: frozenset[str]
    unique: frozenset[str]

    def kind(self, name: str) -> Kind | None:
        """What values a custom field takes; None where there is no such field."""
        custom = self.custom.get(name)
        return custom.kind if custom else None

    def listed(self, created_at: str) -> list[dict[str, object]]:
        """The answer of GET /contact_fields."""
        fields = [self._default(name, label) for name, label in _LABELS.items()]
        fields += [self._custom(custom) for custom in self.custom.values()]
        stamps = {"created_at": created_at, "updated_at": created_at}
        return [
            {"id": _FIRST_ID + place, **each, "position": place + 1, **stamps}
            for place, each in enumerate(fields)
        ]

    def _default(self, name: str, label: str) -> dict[str, object]:
        described = self._described(name, label, f"default_{name}", default=True)
        return described | ({"choices": _CHOICES[name]} if name in _CHOICES else {})

    def _custom(self, custom: CustomField) -> dict[str, object]:
        label = custom.label or custom.name.replace("_", " ").capitalize()
        described = self._described(custom.name, label, custom.type, default=False)
        if custom.type != "custom_dropdown":
            return described
        choices = [
            {"id": place, "label": choice, "value": choice, "position": place}
            for place, choice in enumerate(custom.choices, 1)
        ]
        return described | {"choices": choices}

    def _described(self, name: str, label: str, type_: str, *, default: bool) -> dict[str, object]:
        return {
            "name": name,
            "label": label,
            "label_for_customers": label,
            "type": type_,
            "default": default,
            "required_for_agents": name in self.required,
            "required_for_customers": name == "name",
            "agents_can_edit": True,
            "displayed_for_agents": True,
            "quick_add_for_agent": False,
            "customers_can_edit": name == "name",
            "displayed_for_customers": name in ("name", "email"),
            "editable_in_signup": name in ("name", "email"),
            "unique": name in self.unique,
        }


def schema_of(settings: Settings) -> Schema:
    """The contact fields these settings make.

    Raises `UsageError` for a switch that names a field which is not there or cannot be flagged so.
    """
    custom = {each.name: each for each in (*BUILT_IN, *map(_custom_field, settings.custom_fields))}
    _known("removed_fields", settings.removed_fields, custom)
    for name in settings.removed_fields:
        del custom[name]
    writable = [name for name in _LABELS if name not in _NOT_WRITABLE]
    _known("required_fields", settings.required_fields, [*writable, *custom])
    texts = [name for name, each in custom.items() if each.type == "custom_text"]
    _known("unique_fields", settings.unique_fields, ["phone", "mobile", *texts])
    required = frozenset({"name", *settings.required_fields})
    return Schema(custom, required, frozenset(settings.unique_fields))


def _custom_field(given: str | Mapping[str, object]) -> CustomField:
    if isinstance(given, str):
        return CustomField(given)
    choices = given.get("choices", ())
    return CustomField(
        name=str(given["name"]),
        type=str(given.get("type", "custom_text")),
        label=str(given.get("label", "")),
        choices=tuple(map(str, choices)) if isinstance(choices, list) else (),
    )


def _known(switch: str, names: list[str], known: Mapping[str, object] | list[str]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"sandbox switch {switch}: {name} is none of {', '.join(known)}")
