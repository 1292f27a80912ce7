from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sendoff import Sendoff
from sendoff.pipeline_file import Surroundings
from sendoff.presets import load_presets
from sendoff.serving import serve
from sendoff_freshdesk.sandbox import create_sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = "how-to/set-up-freshdesk.md"
SIGN_UP = {
    "type": "track",
    "event": "Signed Up",
    "userId": "usr_123",
    "properties": {"method": "email"},
    "context": {
        "traits": {"name": "John Doe", "email": "john.doe@example.com"},
        "consent": {"canonical": {"marketing": True}},
    },
}
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: freshdesk
    blueprint: {blueprint}
    settings: {{base_url: "{url}", api_key: "${{env:FRESHDESK_API_KEY}}"}}
store: memory
"""
MOODS: dict[int, dict[str, Any]] = {
    400: {"switches": {"removed_fields": ["signup_method"]}},
    401: {"key": "an-old-key"},
    403: {"key": "readonly-key"},
    404: {"switches": {"domain": "acme"}},
    409: {"switches": {}},
    429: {"switches": {"fail": "429:0"}},
}
"""What makes the account answer so: switches of the sandbox, or another key."""


async def attempts(
    folder: Path,
    *,
    switches: dict[str, Any] | None = None,
    key: str = "sandbox-key",
    blueprint: str = "freshdesk/default",
) -> list[str]:
    """What two sign-ups of one person come to, over a socket: each attempt's outcome and reason."""
    async with serve(create_sandbox(**(switches or {}))) as server:
        path = folder / "sendoff.yaml"
        path.write_text(PIPELINE.format(blueprint=blueprint, url=server.url), encoding="utf-8")
        around = Surroundings(environ={"FRESHDESK_API_KEY": key})
        seen: list[Mapping[str, Any]] = []
        async with Sendoff.open(path, work=True, around=around) as sendoff:
            sendoff.journal.subscribe(seen.append)
            await sendoff.send_many([{**SIGN_UP, "messageId": each} for each in ("m-1", "m-2")])
            await sendoff.drain(timeout=5)
    return [
        f"{record['outcome']} {record.get('reason', '')}".strip()
        for record in seen
        if record["kind"] == "attempt"
    ]


def made_of(page: Any) -> dict[int, str]:
    rows = page.table("status", "what it means", "what sendoff makes of it", "what to do")
    return {int(row[0]): row[2] for row in rows}


def test_every_status_of_the_table_has_a_mood_of_the_sandbox(page: Any) -> None:
    assert set(made_of(page)) == set(MOODS)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (400, "Rejected", "invalid_request"),
        (401, "NeedsOperator", "credentials_refused"),
        (403, "NeedsOperator", "permission_denied"),
        (404, "NeedsOperator", "wrong_domain"),
    ],
)
async def test_a_refusal_is_what_the_table_says(
    page: Any, tmp_path: Path, status: int, outcome: str, reason: str
) -> None:
    first, *_ = await attempts(tmp_path, **MOODS[status])
    assert first == f"{outcome} {reason}"
    kind = {"Rejected": "dead", "NeedsOperator": "the route is held"}[outcome]
    assert kind in made_of(page)[status]
    assert f"`{reason}`" in made_of(page)[status]


async def test_a_conflict_updates_or_is_skipped_as_the_preset_says(
    page: Any, tmp_path: Path
) -> None:
    said = made_of(page)[409]
    assert "`freshdesk/default` updates it" in said
    assert await attempts(tmp_path, **MOODS[409]) == ["Delivered", "Delivered"]
    assert "`freshdesk/create-only` skips it: `already_exists`" in said
    again = await attempts(tmp_path, **MOODS[409], blueprint="freshdesk/create-only")
    assert again == ["Delivered", "Skipped already_exists"]


async def test_a_used_up_minute_is_waited_for(page: Any, tmp_path: Path) -> None:
    assert "waits" in made_of(page)[429]
    assert await attempts(tmp_path, **MOODS[429]) == ["Throttled", "Delivered", "Delivered"]


def test_each_preset_of_freshdesk_is_in_the_table(page: Any) -> None:
    presets = {each.name for each in load_presets() if each.name.startswith("freshdesk/")}
    rows = page.table("preset", "what it sends", "what becomes of a contact that is there")
    assert {row[0].strip("`") for row in rows} == presets
