"""What the destination can do with a contact, and the exact payload of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.destination import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.destination import WritePolicy

IDENTIFIERS: Final = (
    "unique_external_id",
    "email",
    "phone",
    "mobile",
    "twitter_id",
    "social_handler",
)
"""Freshdesk creates a contact that has at least one of these; the order is that of trust."""

# Freshdesk documents no lengths for contacts, and 32 for the tags of tickets. An identifier is
# never cut to fit: what is longer is refused here, with words of ours.
_TEXT: Final = 255
_LONG_TEXT: Final = 5000
_TAG: Final = 32
_EMAILS: Final = 10
_HANDLERS: Final = 10
_LARGEST_ID: Final = 2**63 - 1

# Neither an @ nor a blank: white space and control characters as every dialect of patterns spells
# them. Without the part after \s, some take U+0085 or U+FEFF for an ordinary character and others
# do not. All in one pattern: a second one would take as long as the rest of the contact.
_PART: Final = r"[^@\s\x00-\x20\x7f-\xa0" + "\ufeff]+"


def _text(title: str, longest: int = _TEXT) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "minLength": 1,
        "maxLength": longest,
        "x-hint": f"this takes text of 1 to {longest} characters",
    }


def _email(title: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "maxLength": _TEXT,
        "pattern": f"^{_PART}@{_PART}$",
        "x-hint": (
            f"this takes an email: text of at most {_TEXT} characters with exactly one @"
            " and no white space"
        ),
    }


def _list(title: str, items: Mapping[str, Any], most: int | None = None) -> dict[str, Any]:
    limit = {} if most is None else {"maxItems": most}
    return {"type": "array", "title": title, "items": items, **limit}


_COMPANY_ID: Final = {
    "type": "integer",
    "title": "Freshdesk's own number of the company",
    "minimum": 1,
    "maximum": _LARGEST_ID,
    "x-hint": "this takes Freshdesk's own number of a company, a whole number above zero",
}
_VIEW_ALL: Final = {"type": "boolean", "title": "May see every ticket of the company"}

CONTACT: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": _text("Full name"),
        "email": _email("Primary email"),
        "phone": _text("Work phone"),
        "mobile": _text("Mobile phone"),
        "twitter_id": _text("Twitter handle"),
        "social_handler": _list("Social accounts", {"type": "object"}, _HANDLERS),
        "unique_external_id": _text("Your own id of the person"),
        "other_emails": _list("Further emails", _email("Email"), _EMAILS),
        "company_id": _COMPANY_ID,
        "view_all_tickets": _VIEW_ALL,
        "other_companies": _list(
            "Further companies",
            {
                "type": "object",
                "required": ["company_id"],
                "additionalProperties": False,
                "properties": {"company_id": _COMPANY_ID, "view_all_tickets": _VIEW_ALL},
            },
        ),
        "address": _text("Address, in one text", _LONG_TEXT),
        "custom_fields": {
            "type": "object",
            "title": "Contact fields of your own, by their names in Freshdesk",
            "minProperties": 1,
            "additionalProperties": {
                "type": ["string", "number", "boolean"],
                "x-hint": "a custom field takes text, a number or a boolean",
            },
        },
        "description": _text("Description", _LONG_TEXT),
        "job_title": _text("Job title"),
        "language": _text("Language, by Freshdesk's code such as pt-BR"),
        "tags": _list("Tags", _text("Tag", _TAG)),
        "time_zone": _text("Time zone, by Freshdesk's name such as London"),
        "lookup_parameter": {
            "title": "What lookup fields refer to",
            "enum": ["display_id", "primary_field_value"],
        },
    },
    "allOf": [
        {
            "anyOf": [{"required": [name]} for name in IDENTIFIERS],
            "x-hint": f"a contact needs an identifier: one of {', '.join(IDENTIFIERS)}",
        }
    ],
}
"""JSON Schema of a contact as Freshdesk takes it: it refuses every attribute it does not know.

The avatar, a file, cannot be sent as JSON.
"""

_PLAIN: Final[tuple[WritePolicy, ...]] = ("overwrite", "if_empty")
WRITE: Final[Mapping[str, tuple[WritePolicy, ...]]] = {
    **{name: _PLAIN for name in CONTACT["properties"] if name != "lookup_parameter"},
    "tags": ("append", "overwrite", "if_empty"),
    # Replacing the list would take addresses from a person who still writes from them.
    "other_emails": ("append",),
    # Freshdesk answers the account's number and not its handle, so the two cannot be compared.
    "twitter_id": ("if_empty", "overwrite"),
    "custom_fields.*": _PLAIN,
}
"""The policies each target may choose from when a contact is updated, the default first."""

ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        Action(
            name="upsert_contact",
            title="Create a contact, or update the one that is there",
            schema=CONTACT,
            order_key=IDENTIFIERS[:-1],
            write=WRITE,
        ),
        Action(
            name="create_contact",
            title="Create a contact; one that is there stays as it is",
            schema=CONTACT,
            order_key=IDENTIFIERS[:-1],
        ),
    )
}
