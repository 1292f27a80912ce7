"""The variants of Freshdesk that the sandbox can imitate, and the settings they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.destination import Switch
from sendoff.testing import sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.testing.sandbox import Spec

_NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
_CUSTOM_TYPES = (
    "custom_text",
    "custom_paragraph",
    "custom_checkbox",
    "custom_number",
    "custom_decimal",
    "custom_dropdown",
    "custom_phone_number",
    "custom_url",
    "custom_date",
)
_FEATURES = ("multi_language", "multi_timezone", "multiple_companies")
_FIELD_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_FIELD = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _FIELD_NAME,
        "type": {"enum": list(_CUSTOM_TYPES)},
        "label": {"type": "string"},
        "choices": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
    "if": {"required": ["type"], "properties": {"type": {"const": "custom_dropdown"}}},
    "then": {"required": ["choices"]},
}
_COMPANY = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "name": {"type": "string", "minLength": 1},
        "domains": _NAMES,
    },
}

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "api_key",
        "The API key of an agent who may manage contacts.",
        {"type": "string", "minLength": 1},
        "sandbox-key",
    ),
    Switch(
        "readonly_key",
        "The API key of an agent whose role has no right to contacts: 403.",
        {"type": "string", "minLength": 1},
        "readonly-key",
    ),
    Switch(
        "domain",
        "The account's subdomain; a request whose Host has another first label gets a 404 page. "
        "Unset: any host will do.",
        {
            "anyOf": [
                {"type": "null"},
                {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},
            ]
        },
        None,
    ),
    Switch(
        "account_state",
        "What every call of an account in this state is refused with (403).",
        {
            "enum": [
                "active",
                "account_suspended",
                "password_lockout",
                "password_expired",
                "require_feature",
            ]
        },
        "active",
    ),
    Switch(
        "features",
        "Features of the plan; language, time_zone and other_companies need theirs (403).",
        {**_NAMES, "items": {"enum": list(_FEATURES)}},
        list(_FEATURES),
    ),
    Switch(
        "custom_fields",
        "Contact fields to add to the built-in ones, or to replace by name: a name, or an object "
        "with name, type, label and, for a drop-down, choices.",
        {"type": "array", "items": {"anyOf": [_FIELD_NAME, _FIELD]}},
        [],
    ),
    Switch(
        "removed_fields", "Names of custom contact fields the account does not have.", _NAMES, []
    ),
    Switch(
        "required_fields",
        "Names of contact fields flagged required_for_agents, beside name.",
        _NAMES,
        [],
    ),
    Switch(
        "unique_fields",
        "Names of contact fields flagged unique: phone, mobile, or custom text.",
        _NAMES,
        [],
    ),
    Switch(
        "contact_fields_admin_only",
        "Refuse GET /contact_fields (403), as accounts do that keep it to administrators.",
        {"type": "boolean"},
        False,
    ),
    Switch(
        "companies",
        "Companies the account has; a contact's email domain attaches it to one.",
        {"type": "array", "items": _COMPANY},
        [],
    ),
    Switch("agents", "Emails of agents the account has, beside those of the two keys.", _NAMES, []),
    Switch(
        "max_agents",
        "How many agents the account may have; unset for no ceiling.",
        {"type": ["integer", "null"], "minimum": 0},
        None,
    ),
    Switch(
        "additional_info",
        "Whether a 409 names the user who holds the value.",
        {"type": "boolean"},
        True,
    ),
    Switch("conflict_field", "Whether a 409 names the field.", {"type": "boolean"}, True),
    Switch(
        "external_id_filter",
        "What GET /contacts?unique_external_id= does: it is undocumented, and accounts differ.",
        {"enum": ["supported", "ignored", "refused"]},
        "supported",
    ),
    Switch(
        "search_lag",
        "Seconds until GET /search/contacts sees a change.",
        {"type": "number", "minimum": 0},
        0,
    ),
    Switch(
        "rate_limit",
        "Requests a minute for the whole account.",
        {"type": "integer", "minimum": 1},
        1000,
    ),
    Switch(
        "list_limit",
        "Requests a minute to GET /contacts (20 on Growth); unset for no limit of its own.",
        {"type": ["integer", "null"], "minimum": 0},
        None,
    ),
    Switch(
        "retry_after",
        "Seconds every 429 asks for; unset for what is left of the minute.",
        {"type": ["integer", "null"], "minimum": 0},
        None,
    ),
    sandbox.DELAY,
    sandbox.fail_switch(each="email", example="jane@example.com"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The value of every switch, each of the type its schema says."""

    api_key: str
    readonly_key: str
    domain: str | None
    account_state: str
    features: list[str]
    custom_fields: list[str | dict[str, Any]]
    removed_fields: list[str]
    required_fields: list[str]
    unique_fields: list[str]
    contact_fields_admin_only: bool
    companies: list[dict[str, Any]]
    agents: list[str]
    max_agents: int | None
    additional_info: bool
    conflict_field: bool
    external_id_filter: str
    search_lag: float
    rate_limit: int
    list_limit: int | None
    retry_after: int | None
    delay: float
    fail: Spec


def settle(values: Mapping[str, object]) -> Settings:
    """The settings that `values` and the defaults add up to.

    Raises `UsageError` for a switch that does not exist or a value that does not fit it.
    """
    return Settings(**sandbox.settle("Freshdesk", SWITCHES, values))
