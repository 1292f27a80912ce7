"""One conversation with every SDK, and the events that it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdks.client import Call

CONTEXT = {"consent": {"categoryPreferences": {"marketing": True}}}
PERSON = {"name": "John Doe", "email": "john.doe@example.com", "plan": "pro"}
GROUP = {"name": "Acme", "employees": 250}


def track(user_id: str) -> Call:
    """A track call."""
    return {
        "type": "track", "userId": user_id, "event": "Signed Up",
        "properties": {"method": "email", "seats": 3}, "context": CONTEXT,
    }  # fmt: skip


def too_deep(user_id: str) -> Call:
    """A call that SDKs send and that is no event: its properties nest too deep."""
    tree: object = "leaf"
    for _ in range(100):
        tree = [tree]
    return {**track(user_id), "properties": {"tree": tree}}


def conversation(user_id: str, email: str) -> list[Call]:
    """A call of every type."""
    common = {"userId": user_id, "context": CONTEXT}
    return [
        {"type": "identify", **common, "traits": {**PERSON, "email": email}},
        track(user_id),
        {"type": "page", **common, "category": "Docs", "name": "Pricing",
         "properties": {"currency": "EUR"}},
        {"type": "screen", **common, "category": "Docs", "name": "Home",
         "properties": {"tab": 1}},
        {"type": "group", **common, "groupId": "acme", "traits": GROUP},
        {"type": "alias", **common, "previousId": "anon_1"},
    ]  # fmt: skip


def events(user_id: str, email: str) -> dict[str, dict[str, Any]]:
    """What a webhook gets of that conversation, by type, as far as it is the same for every SDK."""
    common = {"user_id": user_id, "consent": {"marketing": True}}
    return {
        "identify": {**common, "traits": {**PERSON, "email": email}},
        "track": {**common, "event": "Signed Up", "properties": {"method": "email", "seats": 3}},
        "page": {
            **common,
            "name": "Pricing",
            "properties": {"category": "Docs", "currency": "EUR"},
        },
        "screen": {**common, "name": "Home", "properties": {"category": "Docs", "tab": 1}},
        "group": {**common, "group_id": "acme", "account_id": "acme", "group_traits": GROUP},
        "alias": {**common, "previous_id": "anon_1"},
    }
