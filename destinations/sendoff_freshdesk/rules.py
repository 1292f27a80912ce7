"""What Freshdesk's answers mean for a delivery: tables of response rules, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import one_line
from sendoff.delivery import NeedsOperator
from sendoff.responses import ResponseRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sendoff.answer import Answer

MAPPING_ROWS: Final = (
    ResponseRule(
        "rejected",
        "invalid_request",
        "Freshdesk does not know a field of this contact: create the field in Freshdesk under"
        " Admin → Contact Fields, or remove it from the blueprint.",
        status=(400, 422),
        body={"errors.code": "invalid_field"},
    ),
    ResponseRule(
        "rejected",
        "invalid_request",
        "Freshdesk asks for a field that this contact lacks: see that the events bring it (a name"
        " and an email at least) and that the blueprint maps it, or make it optional in Freshdesk"
        " under Admin → Contact Fields.",
        status=(400, 422),
        body={"errors.code": "missing_field"},
    ),
    ResponseRule(
        "rejected",
        "invalid_request",
        "Freshdesk cannot use this contact: correct the values below, in the source or by the"
        " blueprint.",
        status=(400, 413, 422),
    ),
)
"""What is wrong with one contact."""

ACCOUNT_ROWS: Final = (
    ResponseRule(
        "needs_operator",
        "credentials_refused",
        "Freshdesk does not accept the API key: copy it again from the agent's profile settings,"
        " without a space before or after it.",
        status=401,
    ),
    ResponseRule(
        "needs_operator",
        "permission_denied",
        "The Freshdesk account is suspended: see to its subscription.",
        status=403,
        body={"code": "account_suspended"},
    ),
    ResponseRule(
        "needs_operator",
        "permission_denied",
        "Freshdesk has locked the agent of the API key out after failed logins: unlock the agent,"
        " or use the key of another.",
        status=403,
        body={"code": "password_lockout"},
    ),
    ResponseRule(
        "needs_operator",
        "permission_denied",
        "The password of the agent of the API key has expired: sign in as that agent and renew it.",
        status=403,
        body={"code": "password_expired"},
    ),
    ResponseRule(
        "needs_operator",
        "permission_denied",
        "The plan of the Freshdesk account lacks a feature that this needs: remove the field from"
        " the blueprint (language, time_zone, other_companies and custom fields depend on the"
        " plan), or change the plan.",
        status=403,
        body={"code": "require_feature"},
    ),
    ResponseRule(
        "needs_operator",
        "permission_denied",
        "The agent of the API key may not do this: use the key of an agent whose role may create"
        " and edit contacts.",
        status=403,
    ),
    ResponseRule(
        "needs_operator",
        "wrong_domain",
        "There is no Freshdesk account at this address: set `domain` to the subdomain alone, such"
        " as acme, and not to a full address.",
        status=404,
    ),
    ResponseRule(
        "throttled",
        fix="The Freshdesk account has used up its requests of this minute; it goes on by itself."
        " If this lasts, compare the API limit of the plan with what else uses the account.",
        status=429,
    ),
    ResponseRule("retry", fix="Check `domain`: it is the part before .freshdesk.com.", error="dns"),
)
"""What is wrong with the account, the key or the pace, whatever was asked."""

WRITE_RULES: Final = (*MAPPING_ROWS, *ACCOUNT_ROWS)
"""For POST /contacts of an upsert, which reads a conflict itself."""

CREATE_RULES: Final = (
    ResponseRule(
        "skipped",
        "already_exists",
        "Freshdesk has a contact with this value already, which stays as it is. That is expected"
        " for people who were identified before: limit the blueprint to first-touch events such as"
        " Signed Up, or use upsert_contact to update contacts.",
        status=409,
    ),
    *WRITE_RULES,
)
"""For POST /contacts where a contact that is there already is all that was wanted."""

IS_AGENT: Final = (
    "These details belong to an agent in Freshdesk, whom the API does not change as a contact."
)
BLOCKED_OR_DELETED: Final = (
    "These details belong to a contact that is blocked or deleted in Freshdesk: restore or unblock"
    " it there, or delete it for good, and replay this delivery."
)

READ_RULES: Final = (ResponseRule("rejected", "is_agent", IS_AGENT, status=404), *ACCOUNT_ROWS)
"""For GET /contacts/{id} of the one a conflict named: agents share its ids, and are not found."""

UPDATE_RULES: Final = (
    ResponseRule("rejected", "is_agent", IS_AGENT, status=404),
    # Freshdesk answers 405 to a change of a blocked or deleted contact.
    ResponseRule("rejected", "blocked_or_deleted", BLOCKED_OR_DELETED, status=405),
    ResponseRule(
        "rejected",
        "identity_conflict",
        "Updating the contact would take a value that someone else in Freshdesk has: merge the two"
        " contacts there, and replay this delivery.",
        status=409,
    ),
    *WRITE_RULES,
)
"""For PUT /contacts/{id} after a conflict."""


def vendor_words(answer: Answer) -> str:
    """What Freshdesk says is wrong, every entry with its field and code; empty if it says nothing.

    Knows both of its shapes: `errors` with an entry for each field, and one code with a message.
    """
    body = answer.json()
    said = "; ".join(_sentences(body)) if isinstance(body, dict) else ""
    said = one_line(said) or answer.message()
    return f"Freshdesk says: {said}" if said else ""


def not_freshdesk(answer: Answer) -> NeedsOperator:
    """The outcome of an answer that says yes and holds nothing that Freshdesk would send."""
    return NeedsOperator(
        "unexpected_answer",
        f"The server answers {answer.status} with something that does not come from Freshdesk:"
        " something between here and Freshdesk may answer in its place. Check the network (a proxy"
        " or a sign-in page) and `base_url`.",
    )


def _sentences(body: dict[str, Any]) -> Iterator[str]:
    entries = body.get("errors")
    for entry in entries if isinstance(entries, list) else [body]:
        if isinstance(entry, dict) and (entry.get("message") or entry.get("code")):
            field = f"{entry['field']}: " if entry.get("field") else ""
            code = f"({entry['code']})" if entry.get("code") else ""
            yield f"{field}{entry.get('message') or ''} {code}".strip()
