"""A pipeline that delivers into sandboxes, and a real browser that looks at its debugger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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

CHROMIUM = Path("/usr/bin/chromium")
INSTALLED = CHROMIUM.exists()
PATIENCE = 30_000  # milliseconds for what a busy machine holds up


@dataclass(frozen=True)
class Seen:
    """A pipeline, and a browser that looks at its debugger; `wrong` is what it complained of."""

    sendoff: Sendoff
    config: Path
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

    async def too_wide(self, *paths: str) -> list[str]:
        """Those of the pages that have to be scrolled sideways, in windows of three widths."""
        page, found = await self.page(), []
        for path in paths:
            await page.goto(path)
            for width in (400, 900, 1600):
                await page.set_viewport_size({"width": width, "height": 900})
                if await page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append(f"{path} at {width}")
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    """A browser without a window, one for all tests of a file."""
    playwright = pytest.importorskip(
        "playwright.async_api", reason="playwright for Python drives it: install `playwright`"
    )
    if not INSTALLED:
        pytest.skip(f"there is no {CHROMIUM}: install Debian's `chromium`")
    async with playwright.async_playwright() as driver:
        opened = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        await opened.close()


@pytest.fixture
def expect(browser: Any) -> Any:
    """What waits for an element until it is as it should be."""
    expecting = pytest.importorskip("playwright.async_api").expect
    expecting.set_options(timeout=PATIENCE)
    return expecting


@pytest_asyncio.fixture(loop_scope="module")
async def look(
    tmp_path: Path, browser: Any
) -> AsyncIterator[Callable[[str, Surroundings, Mapping[str, Any]], Awaitable[Seen]]]:
    """Opens a pipeline file whose routes reach these applications; no page may complain."""
    config = tmp_path / "sendoff.yaml"
    opened: list[Seen] = []
    async with AsyncExitStack() as stack:

        async def looked(text: str, around: Surroundings, apps: Mapping[str, Any]) -> Seen:
            config.write_text(text)
            setting = Setting(transports=lambda route: httpx.ASGITransport(app=apps[route]))
            opening = Sendoff.open(config, around=around, setting=setting, work=True)
            sendoff = await stack.enter_async_context(opening)
            server = await stack.enter_async_context(serve(application(debugger(sendoff, config))))
            opened.append(Seen(sendoff, config, browser, server.url))
            return opened[-1]

        yield looked
        for context in browser.contexts:
            await context.close()
    assert [each.wrong for each in opened] == [[]] * len(opened)
