"""The debugger as a whole: it works offline, without scripts, and has a twin for every page."""

from __future__ import annotations

import re
from typing import Any

import pytest

PAGES = ["/", "/overview", "/events/1", "/events?id=m1", "/dead", "/try", "/diff", "/routes"]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_works_offline_and_with_our_own_scripts_alone(
    site: Any, path: str
) -> None:
    await site.send("m1")
    page = await site.page(path)
    assert not re.search(r"<script(?! src=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    for address in re.findall(r"(?:src|href|action)=\"([^\"]*)\"", page):
        assert re.match(r"[/#](?!/)", address), address


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_names_its_twin_and_the_twin_is_json(site: Any, path: str) -> None:
    await site.send("m1")
    page = await site.page(path)
    [twin] = re.findall(r'<a href="([^"]*)">JSON</a>', page)
    answer = await site.browser.get(twin.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("name", ["style.css", "tail.js", "icon.svg"])
async def test_scripts_and_styles_are_our_own_and_name_no_other_host(site: Any, name: str) -> None:
    text = await site.page(f"/static/{name}")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import", text)


async def test_the_whole_application_is_guarded(site: Any) -> None:
    for path in ("/", "/static/style.css", "/tail.events", "/nowhere"):
        answer = await site.browser.get(path, headers={"host": "sendoff.example"})
        assert answer.status_code == 403
    assert (await site.browser.get("/nowhere")).status_code == 404
