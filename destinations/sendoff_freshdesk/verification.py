"""What can be said of a route without writing a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sendoff.answer import Answer
from sendoff.delivery import Delivered
from sendoff.destination import Finding
from sendoff.suggestions import did_you_mean
from sendoff_freshdesk.rules import ACCOUNT_ROWS, not_freshdesk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sendoff_freshdesk.account import Account

_PREFIX: Final = "custom_fields."
_PAYLOAD_NAMES: Final = {"company_name": "company_id", "tag_names": "tags"}
"""Contact fields that a payload calls by another name."""

NOT_PROVED: Final = Finding(
    "warning",
    "whether the agent of the API key may write contacts shows only with the first delivery",
    "see in Freshdesk that the agent's role may create and edit contacts",
)
MAY_MAIL: Final = Finding(
    "warning",
    "Freshdesk may send an activation mail to every contact that is created",
    "before the first delivery, see to Admin → Workflows → Email Notifications in Freshdesk",
)


async def verify(account: Account, targets: Collection[str]) -> list[Finding]:
    """Whose the key is, and whether the contact fields fit the blueprint's targets."""
    came = await account.call("GET", "/agents/me")
    outcome = account.judged(came, ACCOUNT_ROWS)
    if not isinstance(outcome, Delivered) or not isinstance(came, Answer):
        return [Finding("problem", outcome.detail)]
    agent = came.json()
    if not (isinstance(agent, dict) and "id" in agent):
        return [Finding("problem", not_freshdesk(came).detail)]
    findings = [Finding("ok", f"the API key is that of {_named(agent)}")]
    findings += await _schema(account, targets)
    return [*findings, NOT_PROVED, MAY_MAIL]


def schema_findings(fields: Sequence[Any], targets: Collection[str]) -> Iterator[Finding]:
    """What the contact fields of the account say about the targets of a blueprint.

    `fields` is the answer of GET /contact_fields.
    """
    known = {field["name"]: field for field in fields if _is_field(field)}
    custom = {name for name, field in known.items() if not field.get("default")}
    wanted = {target.removeprefix(_PREFIX) for target in targets if target.startswith(_PREFIX)}
    for name in sorted(wanted - custom):
        near = did_you_mean(name, custom) if custom else ""
        yield Finding(
            "problem",
            f"Freshdesk has no contact field `{name}`, and refuses every contact that brings it",
            "create it under Admin → Contact Fields, or remove the mapping"
            + (f" ({near})" if near.startswith("did") else ""),
        )
    mapped = {target.partition(".")[0] for target in targets} | set(targets)
    for name, field in known.items():
        target = f"{_PREFIX}{name}" if name in custom else _PAYLOAD_NAMES.get(name, name)
        if field.get("required_for_agents") is True and target not in mapped:
            yield Finding(
                "warning",
                f"Freshdesk requires `{name}` of every contact, and the blueprint does not map it",
                f"map `{target}`, or make it optional under Admin → Contact Fields",
            )
    if wanted and wanted <= custom:
        listed = ", ".join(f"`{name}`" for name in sorted(wanted))
        yield Finding("ok", f"the contact fields of the blueprint are there: {listed}")


async def _schema(account: Account, targets: Collection[str]) -> list[Finding]:
    came = await account.call("GET", "/contact_fields")
    outcome = account.judged(came, ACCOUNT_ROWS)
    if isinstance(came, Answer) and isinstance(outcome, Delivered):
        fields = came.json()
        if isinstance(fields, list):
            return list(schema_findings(fields, targets))
        why = "the list is too long to be read" if came.truncated else "the answer is no list"
    elif isinstance(came, Answer) and came.status == 403:  # noqa: PLR2004 - access refused
        why = "some accounts keep them to administrators (Freshdesk answers 403)"
    else:
        why = outcome.detail
    return [
        Finding(
            "warning",
            f"the contact fields cannot be compared with the blueprint: {why}",
            "look in Freshdesk, under Admin → Contact Fields, whether each mapped field is there",
        )
    ]


def _named(agent: Mapping[str, Any]) -> str:
    contact = agent.get("contact")
    name = contact.get("name") if isinstance(contact, dict) else None
    return f"the agent {name}" if name else f"agent {agent['id']}"


def _is_field(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)
