"""The debugger in a real browser: an event appears, is found, and explains itself.

With `SENDOFF_SCREENSHOTS` set, it also writes the pictures of the manual to `docs/images`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sendoff.pipeline_file import Surroundings
from sendoff_freshdesk.sandbox import create_sandbox

IMAGES = Path(__file__).parents[3] / "docs" / "images"
EXAMPLES = Path(__file__).parents[3] / "examples" / "events.ndjson"

PIPELINE = """
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support:
    destination: freshdesk
    blueprint: freshdesk/default
    with: {default_region: GB}
    settings: {domain: acme, api_key: sandbox-key}
  success:
    destination: freshsuccess
    blueprint: freshsuccess/default
    settings: {datacenter: eu, auth_key: sandbox-auth, api_key: sandbox-key}
redact: [email, phone, name, address, ip]
"""

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them

Look = Callable[[str, Surroundings, Mapping[str, Any]], Awaitable[Any]]


@pytest_asyncio.fixture(loop_scope="module")
async def seen(look: Look) -> Any:
    """A desk and a usage collector, and the debugger of the pipeline to both."""
    around = Surroundings()
    collector = around.plugins.destinations["freshsuccess"].sandbox()
    assert collector is not None
    return await look(PIPELINE, around, {
        "support": create_sandbox(custom_fields=["signup_method"]),
        "success": collector.app(auth_key="sandbox-auth", api_key="sandbox-key"),
    })  # fmt: skip


async def test_an_event_appears_within_a_second(seen: Any, expect: Any) -> None:
    page, seconds = await seen.page("/?route=support&outcome=drop"), []
    await expect(page.locator("#state")).to_have_text("Live")
    for number in range(5):  # of which something else on this machine may hold up some
        sent = time.monotonic()
        await seen.sign_up(f"m{number}", context={})
        await expect(page.locator(".row")).to_have_count(number + 1)
        seconds.append(time.monotonic() - sent)
    assert min(seconds) < 1


async def test_an_event_appears_and_explains_itself(seen: Any, expect: Any) -> None:
    page = await seen.page()
    await expect(page.locator("#state")).to_have_text("Live")
    await seen.sign_up("m1")
    row = page.locator(".row", has_text="decided: send signed_up")
    await expect(row).to_have_count(1)
    await seen.sign_up("m2", context={
        "consent": {"marketing": True},
        "traits": {"name": "John Doe", "email": "john.doe@example.com", "title": "Head of Growth"},
    })  # fmt: skip
    await expect(page.locator(".pill", has_text="201")).to_have_count(1)
    await expect(page.locator(".pill", has_text="409")).to_have_count(1)
    # The keyboard leads from the newest row to its event.
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("event 2")
    await expect(page.locator(".status.s4")).to_have_text("409")
    await expect(page.locator("main")).to_contain_text("Delivered to support: upsert_contact")
    await expect(page.locator("main")).not_to_contain_text("John Doe")


async def test_a_paused_tail_counts_and_shows_nothing_until_it_goes_on(
    seen: Any, expect: Any
) -> None:
    page = await seen.page("/?outcome=drop")
    await expect(page.locator("#state")).to_have_text("Live")
    await page.keyboard.press("Space")
    for number in range(3):
        await seen.sign_up(f"m{number}", context={})
    await expect(page.locator("#state")).to_have_text("Paused · 6 new")
    await expect(page.locator(".row")).to_have_count(0)
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator(".row")).to_have_count(6)
    # A filter is an address: it can be typed, sent to somebody, and gone back from.
    await page.keyboard.press("/")
    await page.keyboard.type("marketing")
    await page.get_by_label("Route").select_option("support")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator(".row")).to_have_count(3)
    assert "text=marketing&route=support&outcome=drop" in page.url


async def test_a_flood_leaves_the_page_usable(seen: Any, expect: Any) -> None:
    page = await seen.page()
    await seen.sendoff.send_many(
        [{"type": "page", "messageId": f"p{n}", "anonymousId": "a1"} for n in range(600)]
    )
    await expect(page.locator(".row")).to_have_count(500)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#state")).to_contain_text("Paused")


async def test_no_page_is_wider_than_its_window(seen: Any) -> None:
    await seen.sign_up("m1", userId="u" * 300)
    await seen.sendoff.drain()
    paths = ("/", "/?person=a&since=2026-01-01", "/events/1", "/overview")
    assert await seen.too_wide(*paths, "/dead", "/try", "/diff", "/routes") == []


@pytest.mark.skipif(
    "SENDOFF_SCREENSHOTS" not in os.environ,
    reason="set SENDOFF_SCREENSHOTS to write docs/images anew",
)
async def test_the_pictures_of_the_manual(seen: Any) -> None:
    lines = [json.loads(line) for line in EXAMPLES.read_text().splitlines()[:40] if line.strip()]
    await seen.sendoff.send_many(lines)
    await seen.sign_up("conflict", context={
        "consent": {"marketing": True},
        "traits": {"name": "John Doe", "email": "john.doe@example.com", "title": "Head of Growth"},
    })  # fmt: skip
    await seen.sendoff.drain()
    IMAGES.mkdir(exist_ok=True)
    number = (await seen.sendoff.store.numbers_of("conflict"))[0]
    for name, path, width, scheme in (
        ("tail", "/", 1280, "light"),
        ("tail-dark", "/", 1280, "dark"),
        ("tail-narrow", "/", 400, "light"),
        ("event", f"/events/{number}", 1280, "light"),
        ("event-dropped", "/events/2", 1280, "light"),
        ("overview", "/overview", 1280, "light"),
    ):
        page = await seen.page(path, width, scheme)
        await page.screenshot(path=IMAGES / f"debugger-{name}.png")
        await page.context.close()
