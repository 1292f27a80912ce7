from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sendoff import Sendoff
from sendoff.cli.test_event import stream_of_one
from sendoff.destination import Batching
from sendoff.documents import read_document
from sendoff.event import Event
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.presets import load_presets
from sendoff.serving import serve
from sendoff_freshsuccess import Freshsuccess
from sendoff_freshsuccess.sandbox import create_sandbox
from sendoff_freshsuccess.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = "how-to/set-up-freshsuccess.md"
EVENT = {
    "type": "track",
    "event": "Report Exported",
    "messageId": "m-1",
    "userId": "u-73",
    "context": {"groupId": "acct-4410"},
}
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings: {{base_url: "{url}", auth_key: "${{env:AUTH}}", api_key: "${{env:API}}", {more}}}
store: {store}
"""
KEYS = {"AUTH": "sandbox-auth-key", "API": "sandbox-api-key"}


async def delivered(
    folder: Path,
    *,
    switches: Mapping[str, Any],
    more: str = "",
    store: str = "memory",
    times: int = 1,
    **keys: str,
) -> tuple[list[str], int]:
    """One event in as many processes as `times` says, over a socket.

    Each attempt's outcome and reason, and how many events Freshsuccess has counted.
    """
    sandbox = create_sandbox(**switches)
    around = Surroundings(environ={**KEYS, **keys})
    seen: list[Mapping[str, Any]] = []
    async with serve(sandbox) as server:
        path = folder / "sendoff.yaml"
        text = PIPELINE.format(url=server.url, more=more, store=store)
        path.write_text(text, encoding="utf-8")
        for _ in range(times):
            setting = Setting(random=lambda: 0.0)
            async with Sendoff.open(path, work=True, around=around, setting=setting) as sendoff:
                sendoff.journal.subscribe(seen.append)
                await sendoff.send(EVENT)
                await sendoff.drain(timeout=5)
    attempts = [
        f"{record['outcome']} {record.get('reason', '')}".strip()
        for record in seen
        if record["kind"] == "attempt"
    ]
    return attempts, len(sandbox.events)


def test_every_rule_of_the_preset_is_there_in_its_order_with_its_action(page: Any) -> None:
    preset = load_presets().find("freshsuccess/default")
    rules = read_document(preset.text, preset.file).value["rules"]
    rows = page.table("rule", "events", "action", "what it brings")
    assert [(row[0].strip("`"), row[2].strip("`")) for row in rows] == [
        (rule["id"], rule["action"]) for rule in rules
    ]


def test_the_size_of_a_batch_is_that_of_the_plugin() -> None:
    told = Batching(max_events=500, max_bytes=500_000, max_wait=2.0)
    assert Freshsuccess().batching == told, "`Counting once` says 500 events, 500 KB, two seconds"


def test_every_setting_is_named(page: Any) -> None:
    missing = {name for name in SETTINGS["properties"] if f"{name}:" not in page.text}
    assert not missing


def test_the_test_of_doctor_has_no_account() -> None:
    now = datetime.now(UTC)
    event = Event.from_message(stream_of_one(now).read(-1) or b"", received_at=now)
    assert event.user_id is not None
    assert event.account_id is None


async def test_keys_that_are_swapped_hold_the_route(page: Any, tmp_path: Path) -> None:
    row = page.table("what you see", "what it means")[0]
    attempts, counted = await delivered(
        tmp_path, switches={}, AUTH="sandbox-api-key", API="sandbox-auth-key"
    )
    assert (set(attempts), counted) == ({"NeedsOperator keys_refused"}, 0)
    assert "held: `keys_refused`" in row[0]


@pytest.mark.parametrize(
    ("repeat", "attempts", "counted"),
    [
        ("at_least_once", ["Retry connection_lost", "Delivered"], 2),
        ("at_most_once", ["Rejected unknown_outcome"], 1),
    ],
)
async def test_a_lost_answer_counts_twice_or_is_given_up(
    page: Any, tmp_path: Path, repeat: str, attempts: list[str], counted: int
) -> None:
    assert repeat in page.section("5. Counting once").text
    lost = await delivered(tmp_path, switches={"fail": "lost"}, more=f"repeat: {repeat}")
    assert lost == (attempts, counted)


@pytest.mark.parametrize(("store", "counted"), [("sqlite:./sendoff.db", 1), ("memory", 2)])
async def test_what_is_run_again_counts_again_with_the_memory_store_alone(
    tmp_path: Path, store: str, counted: int
) -> None:
    again = await delivered(tmp_path, switches={}, store=store, times=2)
    assert again == (["Delivered"] * counted, counted)
