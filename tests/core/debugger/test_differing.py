"""Another blueprint over the newest events: only what changes is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sendoff.debugger.app import application
from sendoff.pipeline_file import Surroundings

CONFIG = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: "${env:NOT_SET}"}
"""


@pytest.fixture
async def browser(site: Any, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of the same debugger, with a pipeline file in a folder."""
    config = tmp_path / "sendoff.yaml"
    config.write_text(CONFIG)
    app = application(replace(site.debugger, config=config))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def mine(tmp_path: Path, around: Surroundings, old: str, new: str) -> None:
    text = around.presets.find("freshdesk/default").text
    assert old in text
    (tmp_path / "mine.yaml").write_text(text.replace(old, new))


async def test_a_changed_field_is_told_masked(
    site: Any, browser: httpx.AsyncClient, tmp_path: Path, around: Surroundings
) -> None:
    await site.send("m1", properties={"method": "email"})
    await site.send("m2", context={})
    mine(tmp_path, around, "do: [trim, lower]", "do: [trim, upper]")
    found = (await browser.get("/diff.json?route=support&new=mine.yaml")).json()["found"]
    assert (found["events"], found["different"]) == (2, 1)
    [change] = found["changes"]
    assert (change["number"], change["same_decision"]) == (1, True)
    assert change["payload"] == [
        {"field": "email", "old": '"j***@example.com"', "new": '"J***@EXAMPLE.COM"'}
    ]
    clear = await browser.get("/diff?route=support&new=mine.yaml&clear=1")
    assert "JOHN.DOE@EXAMPLE.COM" in clear.text


async def test_a_changed_decision_is_told(site: Any, browser: httpx.AsyncClient) -> None:
    await site.send("m1")
    url = "/diff.json?route=support&old=freshdesk/default@1&new=freshdesk/create-only"
    [change] = (await browser.get(url)).json()["found"]["changes"]
    assert (change["old"], change["new"]) == (
        "send: signed_up, upsert_contact", "send: signed_up, create_contact",
    )  # fmt: skip


async def test_the_same_blueprint_changes_nothing(site: Any, browser: httpx.AsyncClient) -> None:
    await site.send("m1")
    answer = await browser.get("/diff?route=support&new=freshdesk/default")
    assert "Nothing changes." in answer.text


async def test_only_the_last_so_many_events_are_compared(
    site: Any, browser: httpx.AsyncClient
) -> None:
    for number in range(3):
        await site.send(f"m{number}")
    url = "/diff.json?route=support&new=freshdesk/create-only&last=2"
    assert (await browser.get(url)).json()["found"]["events"] == 2


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("route=support&new=freshdesk/defualt", "there is no preset"),
        ("route=other&new=freshdesk/default", "there is no route"),
        ("route=support&new=webhook/default", "is written for"),
        ("route=support&new=../secret.yaml", "only files in the folder"),
        ("route=support&new=/etc/secret.yaml", "only files in the folder"),
        ("route=support&new=/etc/passwd", "only files in the folder"),
        ("route=support&new=./../secret", "only files in the folder"),
        ("route=support&new=freshdesk/default&old=../secret", "only files in the folder"),
        ("route=support&new=none.yaml", "there is no blueprint file"),
        ("new=x&last=0", "the number of events"),
        ("new=x&last=99999999999", "the number of events"),
    ],
)
async def test_what_cannot_be_compared_is_told(
    browser: httpx.AsyncClient, query: str, told: str
) -> None:
    answer = await browser.get(f"/diff.json?{query}")
    assert answer.status_code == 400
    assert told in answer.json()["wrong"][0]
    assert (await browser.get(f"/diff?{query}")).status_code == 400


async def test_without_a_new_blueprint_it_is_a_form(browser: httpx.AsyncClient) -> None:
    facts = (await browser.get("/diff.json")).json()
    assert (facts["found"], facts["wrong"]) == (None, [])
    assert "freshdesk/default@1" in facts["presets"]
