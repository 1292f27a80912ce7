"""One user of the account, contact or agent, and the shapes the vendor shows one in."""

from __future__ import annotations

import json
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

TIME_ZONE = "Eastern Time (US & Canada)"
"""The account's time zone."""

DEFAULTS: Mapping[str, str] = {"language": "en", "time_zone": TIME_ZONE}
"""What a contact has until it is given something else."""

_NOT_LISTED = ("tags", "other_emails", "other_companies")


@dataclass(slots=True)
class User:
    """A contact, or an agent: both live in one space of users.

    `values` holds the attributes as they were written, under the names of the payload, emails in
    lower case; times are seconds since the epoch.
    """

    id: int
    created_at: float
    updated_at: float
    values: dict[str, object]
    custom: dict[str, object] = field(default_factory=dict)
    agent: bool = False
    active: bool = False
    deleted: bool = False
    blocked: bool = False

    @property
    def email(self) -> str | None:
        """The primary address, in lower case."""
        email = self.values.get("email")
        return email if isinstance(email, str) else None

    @property
    def emails(self) -> list[str]:
        """Every address, the primary one first."""
        others = self.texts("other_emails")
        return [*([self.email] if self.email else []), *others]

    @property
    def name(self) -> str:
        """The name as written."""
        return str(self.values.get("name") or "")

    @property
    def live(self) -> bool:
        """Whether it is neither deleted nor blocked."""
        return not (self.deleted or self.blocked)

    def texts(self, name: str) -> list[str]:
        """An attribute that is a list of text; empty when it has no value."""
        value = self.values.get(name)
        return [str(each) for each in value] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that no other user may have: `field` is its attribute, `space` where it is unique.

    An email and the other emails share one space.
    """

    space: str
    key: str
    field: str


def claims(
    values: Mapping[str, object], custom: Mapping[str, object], unique: Collection[str]
) -> Iterator[Claim]:
    """Every unique value among these; `unique` names the fields flagged so by the account."""
    for name in ("email", "twitter_id", "unique_external_id"):
        yield from _claim(name, name, values.get(name))
    for name, space in (("other_emails", "email"), ("social_handler", "social_handler")):
        elements = values.get(name)
        for element in elements if isinstance(elements, list) else ():
            yield from _claim(space, name, element)
    for name in unique:
        if name in ("phone", "mobile"):
            yield from _claim(name, name, values.get(name))
        else:
            path = f"custom_fields.{name}"
            yield from _claim(path, path, custom.get(name))


def _claim(space: str, field_: str, value: object) -> Iterator[Claim]:
    if value is not None:
        yield Claim(space, json.dumps(value, sort_keys=True), field_)


def timestamp(seconds: float) -> str:
    """A time in the vendor's form, such as `2015-08-28T09:08:16Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def full(user: User, custom_names: Collection[str]) -> dict[str, object]:
    """A contact as POST and PUT answer it: every key, null where there is nothing."""
    given = user.values
    first, _, last = user.name.rpartition(" ")
    blanks = dict.fromkeys(("facebook_id", "csat_rating", "preferred_source", "avatar"))
    texts = ("address", "description", "email", "job_title", "mobile", "phone")
    organisation_id = 1_800_000_000_000_000_000 + user.id
    return {
        "id": user.id,
        "active": user.active,
        "deleted": user.deleted,
        "contact_type": "contact",
        "name": user.name,
        "first_name": first or last,
        "last_name": last if first else None,
        **{name: given.get(name) for name in texts},
        "company_id": given.get("company_id"),
        "view_all_tickets": given.get("view_all_tickets"),
        **{name: given.get(name) or default for name, default in DEFAULTS.items()},
        "twitter_id": _twitter_number(given.get("twitter_id")),
        "unique_external_id": given.get("unique_external_id"),
        "social_handler": given.get("social_handler") or [],
        "other_emails": user.texts("other_emails"),
        "other_companies": given.get("other_companies") or [],
        "other_phone_numbers": [],
        "tags": user.texts("tags"),
        "custom_fields": {name: user.custom.get(name) for name in custom_names},
        **blanks,
        "visitor_id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(user.id))),
        "org_contact_id": organisation_id,
        "org_contact_id_str": str(organisation_id),
        "created_at": timestamp(user.created_at),
        "updated_at": timestamp(user.updated_at),
    }


def viewed(user: User, custom_names: Collection[str]) -> dict[str, object]:
    """A contact as GET /contacts/{id} answers it: `deleted` shows on deleted ones only."""
    shown = full(user, custom_names) | {"devices": []}
    if not user.deleted:
        del shown["deleted"]
    return shown


def listed(user: User, custom_names: Collection[str]) -> dict[str, object]:
    """A contact in a list or a search result: without tags and other emails."""
    shown = full(user, custom_names)
    hidden = _NOT_LISTED if user.deleted else (*_NOT_LISTED, "deleted")
    return {name: value for name, value in shown.items() if name not in hidden}


def as_agent(user: User) -> dict[str, object]:
    """An agent as GET /agents/me answers it."""
    stamps = {"created_at": timestamp(user.created_at), "updated_at": timestamp(user.updated_at)}
    plain = ("email", "job_title", "mobile", "name", "phone")
    return {
        "available": True,
        "available_since": None,
        "occasional": False,
        "signature": None,
        "group_ids": [],
        "role_ids": [1],
        "skill_ids": [],
        "id": user.id,
        "ticket_scope": 1,
        "type": "support_agent",
        **stamps,
        "contact": {
            "active": user.active,
            "last_login_at": None,
            **{name: user.values.get(name) or default for name, default in DEFAULTS.items()},
            **{name: user.values.get(name) for name in plain},
            **stamps,
        },
    }


def _twitter_number(handle: object) -> str | None:
    """Since October 2020 the vendor answers the number of the account, not its handle."""
    return None if handle is None else str(zlib.crc32(str(handle).encode()))
