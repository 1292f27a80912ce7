"""The debugger in a real browser: what is dead is sent again, and a route is added.

With `SENDOFF_SCREENSHOTS` set, it also writes the pictures of the manual to `docs/images`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sendoff.pipeline_file import Surroundings
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

IMAGES = Path(__file__).parents[3] / "docs" / "images"

PIPELINE = """\
# The desk of acme.
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  support: # people
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: "${env:KEY}"}
redact: [email, phone, name]
"""
SECRET = "sandbox-key"  # noqa: S105 - the sandbox has it

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them

Look = Callable[[str, Surroundings, Mapping[str, Any]], Awaitable[Any]]


@pytest.fixture
def desk() -> FreshdeskSandbox:
    return create_sandbox(custom_fields=["signup_method"])


@pytest_asyncio.fixture(loop_scope="module")
async def seen(look: Look, desk: FreshdeskSandbox) -> Any:
    """A desk, and the debugger of the pipeline to it; a route that is added leads there too."""
    around = Surroundings(environ={"KEY": SECRET})
    return await look(PIPELINE, around, defaultdict(lambda: desk))


async def sign_up(seen: Any, message_id: str, email: str = "john.doe@example.com") -> None:
    """Send a sign-up of somebody of their own, and wait until it is settled."""
    traits = {"name": "John Doe", "email": email}
    context = {"consent": {"marketing": True}, "traits": traits}
    await seen.sign_up(message_id, userId=message_id, context=context)
    await seen.sendoff.drain()


async def test_what_is_dead_is_sent_again(seen: Any, expect: Any) -> None:
    await sign_up(seen, "m1")
    await sign_up(seen, "m2")  # the same address under another id: the holder is somebody else
    page = await seen.page("/dead")
    await expect(page.locator("h1")).to_contain_text("1")
    await page.get_by_role("link", name="Send again as recorded…").first.click()
    await expect(page.locator("h1")).to_contain_text("Send again as recorded: 1 dead letter?")
    await page.get_by_role("button", name="Send again as recorded").click()
    await expect(page.locator("main")).to_contain_text("1 will be sent again")
    await seen.sendoff.drain()
    await page.goto("/dead")
    await page.get_by_role("link", name="Give up for good…").first.click()
    await page.get_by_role("button", name="Give up for good").click()
    await expect(page.locator("main")).to_contain_text("1 given up")
    await page.get_by_role("link", name="What is dead").click()
    await expect(page.locator("main")).to_contain_text("Nothing is dead.")


async def test_what_was_delivered_is_sent_a_second_time(
    seen: Any, desk: FreshdeskSandbox, expect: Any
) -> None:
    await sign_up(seen, "m1")
    assert desk.requests.by_status == {201: 1}
    page = await seen.page("/events/1")
    await page.get_by_role("link", name="Resend, decided anew…").click()
    await expect(page.locator("h1")).to_contain_text("Resend, decided anew: 1 delivery?")
    await page.get_by_role("button", name="Resend, decided anew").click()
    await expect(page.locator("main")).to_contain_text("1 will be sent again")
    await seen.sendoff.drain()
    first, second = (each for each in desk.requests if each.method == "POST")
    assert first.body == second.body
    await page.get_by_role("link", name="To the tail").click()
    await expect(page.locator(".pill", has_text="409")).to_have_count(1)
    await expect(page.locator(".pill", has_text="delivered")).to_have_count(2)
    await page.goto("/events/1")
    await expect(page.locator("main")).to_contain_text("Sent again on purpose: 1 time.")
    await expect(page.locator("li.exchange .status", has_text="409")).to_be_visible()
    # All that the tail shows: two deliveries of one event, which is sent once.
    await page.goto("/?outcome=delivered")
    await page.get_by_role("link", name="Resend what fits…").click()
    await expect(page.locator("main")).to_contain_text("it can only be decided anew")
    await page.get_by_role("link", name="Resend, decided anew instead…").click()
    await expect(page.locator("h1")).to_contain_text("1 delivery?")


async def test_a_route_is_added_and_delivers(seen: Any, expect: Any) -> None:
    page = await seen.page("/routes")
    await page.get_by_role("link", name="Add a route").click()
    await page.get_by_role("link", name="freshdesk/create-only").click()
    await page.get_by_label("Name of the route").fill("first-touch")
    await page.get_by_label("Freshdesk domain").fill("acme")
    await page.get_by_label("In the file").first.check()
    await page.get_by_label("The secret itself").first.fill(SECRET)
    await page.get_by_role("button", name="Test the connection").click()
    await expect(page.locator(".findings")).to_contain_text("ok")
    # What was typed is still there, but for the secret.
    await expect(page.get_by_label("Name of the route")).to_have_value("first-touch")
    await expect(page.get_by_label("In the file").first).to_be_checked()
    await expect(page.get_by_label("The secret itself").first).to_have_value("")
    await page.get_by_label("The secret itself").first.fill(SECRET)
    await page.get_by_role("button", name="Save and deploy").click()
    await expect(page.locator("main")).to_contain_text("The route is in the pipeline file")
    text = seen.config.read_text()
    assert text.startswith(PIPELINE.partition("redact")[0])
    assert SECRET not in text
    await page.get_by_role("button", name="Verify").click()
    await expect(page.locator(".findings .pill").first).to_be_visible()
    await sign_up(seen, "m1")
    await page.goto("/?route=first-touch")
    await expect(page.locator(".row", has_text="delivered").first).to_be_visible()


async def test_an_event_is_tried_by_keyboard(seen: Any, expect: Any) -> None:
    page = await seen.page("/try")
    await page.get_by_label("Paste an event").fill(
        '{"type": "identify", "userId": "usr_123", "traits": {"email": "john.doe@example.com"},'
        ' "context": {"consent": {"marketing": true}}}'
    )
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#tried")).to_contain_text("Would be sent to support")
    await expect(page.locator("#tried")).to_contain_text("/api/v2/contacts")
    await page.get_by_label("Of the examples of the presets").select_option(index=1)
    await expect(page).to_have_url(re.compile("example="))
    await expect(page.locator("#tried .lead").first).to_be_visible()


async def test_a_choice_on_a_slow_line_is_not_lost(seen: Any, expect: Any) -> None:
    """Nobody can choose before there is somebody to hear of it."""
    page, asked, goes_on = await seen.page(), asyncio.Event(), asyncio.Event()

    async def slow(route: Any) -> None:
        asked.set()
        await goes_on.wait()
        await route.continue_()

    await page.route("**/try.js", slow)
    await page.goto("/try", wait_until="commit")
    await asked.wait()
    choice = page.get_by_label("Of the examples of the presets").select_option(index=1)
    choosing = asyncio.ensure_future(choice)
    assert await page.evaluate("document.readyState") == "loading"
    goes_on.set()
    await choosing
    await expect(page).to_have_url(re.compile("example="))


async def test_no_page_is_wider_than_its_window(seen: Any) -> None:
    await sign_up(seen, "m" * 300)
    await sign_up(seen, "m2")
    assert await seen.too_wide(*PAGES.values()) == []


PAGES = {
    "dead": "/dead", "dead-ask": "/dead/resend?way=remap", "resend-ask": "/resend?way=remap",
    "try": "/try?number=1",
    "diff": "/diff?route=support&new=freshdesk/create-only", "routes": "/routes",
    "route": "/routes/support", "route-choose": "/routes/_new",
    "route-new": "/routes/_new/freshdesk?blueprint=freshdesk/default",
    "route-new-webhook": "/routes/_new/webhook?blueprint=webhook/default",
}  # fmt: skip


@pytest.mark.skipif(
    "SENDOFF_SCREENSHOTS" not in os.environ,
    reason="set SENDOFF_SCREENSHOTS to write docs/images anew",
)
async def test_the_pictures_of_the_manual(seen: Any) -> None:
    await sign_up(seen, "m1")
    await sign_up(seen, "m2")
    await sign_up(seen, "m3", email="john@@example.com")
    IMAGES.mkdir(exist_ok=True)
    for name, path in PAGES.items():
        for width, scheme, suffix in ((1280, "light", ""), (400, "dark", "-narrow")):
            page = await seen.page(path, width, scheme)
            await page.screenshot(path=IMAGES / f"debugger-{name}{suffix}.png", full_page=True)
            await page.context.close()
