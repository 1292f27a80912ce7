"""The debugger in a real browser: what is dead is sent again, and a route is added.

With `SENDOFF_SCREENSHOTS` set, it also writes the pictures of the manual to `docs/images`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sendoff import Sendoff
from sendoff.debugger.app import application, debugger
from sendoff.pipeline import Setting
from sendoff.pipeline_file import Surroundings
from sendoff.serving import serve
from sendoff_freshdesk.sandbox import FreshdeskSandbox, create_sandbox

playwright = pytest.importorskip(
    "playwright.async_api", reason="playwright for Python drives the browser: install `playwright`"
)

CHROMIUM = Path("/usr/bin/chromium")
IMAGES = Path(__file__).parents[2] / "docs" / "images"

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

pytestmark = [
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="there is no /usr/bin/chromium: install Debian's `chromium`"
    ),
    pytest.mark.asyncio(loop_scope="module"),  # one browser for all of them
]


@dataclass(frozen=True)
class Seen:
    """A pipeline, and a browser that looks at its debugger; `wrong` is what it complained of."""

    sendoff: Sendoff
    config: Path
    desk: FreshdeskSandbox
    browser: Any
    url: str
    wrong: list[str] = field(default_factory=list)

    async def page(self, path: str = "/", width: int = 1280, scheme: str = "light") -> Any:
        """A page of the debugger."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=self.url
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text))
        await page.goto(path)
        return page

    async def sign_up(self, message_id: str, email: str = "john.doe@example.com") -> None:
        """Send a sign-up with consent, and wait until it is settled."""
        traits = {"name": "John Doe", "email": email}
        await self.sendoff.send({
            "type": "track", "event": "Signed Up", "messageId": message_id, "userId": message_id,
            "context": {"consent": {"marketing": True}, "traits": traits},
        })  # fmt: skip
        await self.sendoff.drain()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    """A browser without a window."""
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def seen(tmp_path: Path, browser: Any) -> AsyncIterator[Seen]:
    """A pipeline that delivers into a sandbox, and its debugger; no page may complain."""
    config = tmp_path / "sendoff.yaml"
    config.write_text(PIPELINE)
    desk = create_sandbox(custom_fields=["signup_method"])
    setting = Setting(transports=lambda _route: httpx.ASGITransport(app=desk))
    around = Surroundings(environ={"KEY": SECRET})
    async with AsyncExitStack() as stack:
        opening = Sendoff.open(config, around=around, setting=setting, work=True)
        sendoff = await stack.enter_async_context(opening)
        server = await stack.enter_async_context(serve(application(debugger(sendoff, config))))
        looking = Seen(sendoff, config, desk, browser, server.url)
        yield looking
        for context in browser.contexts:
            await context.close()
    assert looking.wrong == []


async def test_what_is_dead_is_sent_again(seen: Seen) -> None:
    await seen.sign_up("m1")
    await seen.sign_up("m2")  # the same address under another id: the holder is somebody else
    page, expect = await seen.page("/dead"), playwright.expect
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


async def test_what_was_delivered_is_sent_a_second_time(seen: Seen) -> None:
    await seen.sign_up("m1")
    assert seen.desk.requests.by_status == {201: 1}
    page, expect = await seen.page("/events/1"), playwright.expect
    await page.get_by_role("link", name="Resend, decided anew…").click()
    await expect(page.locator("h1")).to_contain_text("Resend, decided anew: 1 delivery?")
    await page.get_by_role("button", name="Resend, decided anew").click()
    await expect(page.locator("main")).to_contain_text("1 will be sent again")
    await seen.sendoff.drain()
    first, second = (each for each in seen.desk.requests if each.method == "POST")
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


async def test_a_route_is_added_and_delivers(seen: Seen) -> None:
    page, expect = await seen.page("/routes"), playwright.expect
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
    await seen.sign_up("m1")
    await page.goto("/?route=first-touch")
    await expect(page.locator(".row", has_text="delivered").first).to_be_visible()


async def test_an_event_is_tried_by_keyboard(seen: Seen) -> None:
    page, expect = await seen.page("/try"), playwright.expect
    await page.get_by_label("Paste an event").fill(
        '{"type": "identify", "userId": "usr_123", "traits": {"email": "john.doe@example.com"},'
        ' "context": {"consent": {"marketing": true}}}'
    )
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#tried")).to_contain_text("Would be sent to support")
    await expect(page.locator("#tried")).to_contain_text("/api/v2/contacts")
    await page.get_by_label("Of the examples of the presets").select_option(index=1)
    await expect(page.locator("#tried .lead").first).to_be_visible()
    assert "example=" in page.url


async def test_no_page_is_wider_than_its_window(seen: Seen) -> None:
    await seen.sign_up("m" * 300)
    await seen.sign_up("m2")
    page = await seen.page()
    for path in PAGES.values():
        await page.goto(path)
        for width in (400, 900, 1600):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


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
async def test_the_pictures_of_the_manual(seen: Seen) -> None:
    await seen.sign_up("m1")
    await seen.sign_up("m2")
    await seen.sign_up("m3", email="john@@example.com")
    IMAGES.mkdir(exist_ok=True)
    for name, path in PAGES.items():
        for width, scheme, suffix in ((1280, "light", ""), (400, "dark", "-narrow")):
            page = await seen.page(path, width, scheme)
            await page.screenshot(path=IMAGES / f"debugger-{name}{suffix}.png", full_page=True)
            await page.context.close()
