"""The debugger in a real browser: an event appears, is found, and explains itself.

With `SENDOFF_SCREENSHOTS` set, it also writes the pictures of the manual to `docs/images`.
"""

from __future__ import annotations

import json
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
from sendoff_freshdesk.sandbox import create_sandbox

playwright = pytest.importorskip(
    "playwright.async_api", reason="playwright for Python drives the browser: install `playwright`"
)

CHROMIUM = Path("/usr/bin/chromium")
IMAGES = Path(__file__).parents[2] / "docs" / "images"
EXAMPLES = Path(__file__).parents[2] / "examples" / "events.ndjson"
SECOND = 1_000
"""Within which an event is to be seen, in milliseconds."""

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

    async def sign_up(self, message_id: str, **parts: Any) -> None:
        """Send a sign-up with consent, changed by `parts`."""
        traits = {"name": "John Doe", "email": "john.doe@example.com"}
        event = {
            "type": "track", "event": "Signed Up", "messageId": message_id, "userId": "usr_123",
            "context": {"consent": {"marketing": True}, "traits": traits},
        }  # fmt: skip
        await self.sendoff.send(event | parts)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    """A browser without a window."""
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def seen(tmp_path: Path, browser: Any) -> AsyncIterator[Seen]:
    """A pipeline that delivers into sandboxes, and its debugger; no page may complain."""
    config = tmp_path / "sendoff.yaml"
    config.write_text(PIPELINE)
    around = Surroundings()
    sandbox = around.plugins.destinations["freshsuccess"].sandbox()
    assert sandbox is not None
    apps = {
        "support": create_sandbox(custom_fields=["signup_method"]),
        "success": sandbox.app(auth_key="sandbox-auth", api_key="sandbox-key"),
    }
    setting = Setting(transports=lambda route: httpx.ASGITransport(app=apps[route]))
    async with AsyncExitStack() as stack:
        opening = Sendoff.open(config, around=around, setting=setting, work=True)
        sendoff = await stack.enter_async_context(opening)
        server = await stack.enter_async_context(serve(application(debugger(sendoff, config))))
        looking = Seen(sendoff, browser, server.url)
        yield looking
        for context in browser.contexts:
            await context.close()
    assert looking.wrong == []


async def test_an_event_appears_within_a_second_and_explains_itself(seen: Seen) -> None:
    page = await seen.page()
    expect = playwright.expect
    await expect(page.locator("#state")).to_have_text("Live")
    await seen.sign_up("m1")
    row = page.locator(".row", has_text="decided: send signed_up")
    await expect(row).to_have_count(1, timeout=SECOND)
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


async def test_a_paused_tail_counts_and_shows_nothing_until_it_goes_on(seen: Seen) -> None:
    page = await seen.page("/?outcome=drop")
    expect = playwright.expect
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


async def test_a_flood_leaves_the_page_usable(seen: Seen) -> None:
    page = await seen.page()
    await seen.sendoff.send_many(
        [{"type": "page", "messageId": f"p{n}", "anonymousId": "a1"} for n in range(600)]
    )
    expect = playwright.expect
    await expect(page.locator(".row")).to_have_count(500)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#state")).to_contain_text("Paused")


async def test_no_page_is_wider_than_its_window(seen: Seen) -> None:
    await seen.sign_up("m1", userId="u" * 300)
    await seen.sendoff.drain()
    paths = ("/", "/?person=a&since=2026-01-01", "/events/1", "/overview")
    for path in (*paths, "/dead", "/try", "/diff", "/routes"):
        page = await seen.page(path)
        for width in (400, 900, 1600):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.skipif(
    "SENDOFF_SCREENSHOTS" not in os.environ,
    reason="set SENDOFF_SCREENSHOTS to write docs/images anew",
)
async def test_the_pictures_of_the_manual(seen: Seen) -> None:
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
