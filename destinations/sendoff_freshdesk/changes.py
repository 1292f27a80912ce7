"""What an update must change so that a contact has what an event says, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff_freshdesk.actions import IDENTIFIERS, WRITE
from sendoff_freshdesk.contact import Contact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_NOT_AN_ATTRIBUTE: Final = "lookup_parameter"
"""Says how to read the payload; a contact does not have it, so it is no change by itself."""


def changes(
    payload: Mapping[str, Any], contact: Contact, write: Mapping[str, str]
) -> dict[str, Any]:
    """The body of the PUT; empty where the contact is up to date.

    `write` has the policies that the blueprint chose, by target. Freshdesk leaves alone what a PUT
    does not mention, merges custom fields by key, and replaces a list as a whole, so a list is
    sent with what is there already.
    """
    changed: dict[str, Any] = {}
    # The further emails come last: whether one is lacking depends on what becomes the first.
    for name in sorted(payload, key="other_emails".__eq__):
        after = Contact(contact.id, {**contact.values, **changed})
        change = _attribute(name, payload, after, write)
        if change is not None:
            changed[name] = change
    if changed and _NOT_AN_ATTRIBUTE in payload:
        changed[_NOT_AN_ATTRIBUTE] = payload[_NOT_AN_ATTRIBUTE]
    return changed


def _attribute(
    name: str, payload: Mapping[str, Any], contact: Contact, write: Mapping[str, str]
) -> Any:
    """The value to send under a name, None where nothing has to change."""
    if name == _NOT_AN_ATTRIBUTE:
        return None
    if name == "custom_fields":
        return dict(_custom_fields(payload[name], contact, write)) or None
    return _change(name, payload[name], contact, _policy(name, payload, write))


def _policy(name: str, payload: Mapping[str, Any], write: Mapping[str, str]) -> str:
    """The policy the blueprint chose, else the target's own.

    A contact needs a name, so blueprints fall back to the email or the like. Such a stand-in does
    not take the place of a name, unless the blueprint says so.
    """
    if name in write:
        return write[name]
    if name == "name" and _folded(payload["name"]) in {
        _folded(payload[each]) for each in IDENTIFIERS if each in payload
    }:
        return "if_empty"
    return WRITE[name][0]


def _change(name: str, wanted: Any, contact: Contact, policy: str) -> Any:
    present = contact.values.get(name)
    if policy == "append":
        kept = present if isinstance(present, list) else []
        lacking = list(_lacking(name, wanted, contact, kept))
        return [*kept, *lacking] if lacking else None
    if policy == "if_empty" and not _is_empty(present):
        return None
    return None if _has(name, wanted, contact, present) else wanted


def _lacking(name: str, wanted: list[str], contact: Contact, kept: list[str]) -> Iterator[str]:
    fold = _fold(name)
    known = set(contact.emails) if name == "other_emails" else set(kept)
    for item in wanted:
        if fold(item) not in known:
            known.add(fold(item))
            yield item


def _has(name: str, wanted: Any, contact: Contact, present: Any) -> bool:
    """Whether the contact has the value already.

    One of its further emails need not become the first; the order of tags says nothing.
    """
    if name == "email":
        return wanted.lower() in contact.emails
    if name == "tags" and isinstance(present, list):
        return set(present) == set(wanted)
    return _equal(present, wanted)


def _custom_fields(
    wanted: Mapping[str, Any], contact: Contact, write: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    found = contact.values.get("custom_fields")
    present = found if isinstance(found, dict) else {}
    for name, value in wanted.items():
        chosen = write.get(f"custom_fields.{name}") or write.get("custom_fields")
        policy = chosen or WRITE["custom_fields.*"][0]
        have = present.get(name)
        if not _equal(have, value) and (policy == "overwrite" or _is_empty(have)):
            yield name, value


def _fold(name: str) -> Callable[[str], str]:
    # Freshdesk keeps emails in lower case; whether case tells tags apart is not known.
    return str.lower if name == "other_emails" else str


def _folded(value: Any) -> str:
    return str(value).strip().lower()


def _equal(present: Any, wanted: Any) -> bool:
    # Python takes 1 and true for equal; JSON does not.
    return isinstance(present, bool) is isinstance(wanted, bool) and bool(present == wanted)


def _is_empty(value: Any) -> bool:
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())
