"""The pages of the routes: how each is configured, and whether it can deliver."""

from __future__ import annotations

from typing import Any

from sendoff.debugger.configured import shown_settings
from sendoff.documents import read_document
from sendoff.pipeline_file import load_pipeline
from sendoff.report.display import Display
from sendoff.store.promise import Fact


async def test_every_route_is_listed(site: Any) -> None:
    facts = await site.json("/routes.json")
    assert [(each["route"], each["enabled"]) for each in facts["routes"]] == [
        ("support", True), ("second", False),
    ]  # fmt: skip
    page = await site.page("/routes")
    assert "switched off" in page
    assert 'href="/routes/_new"' in page


async def test_a_secret_is_only_set_or_not_set(site: Any) -> None:
    facts = await site.json("/routes/support.json")
    assert facts["settings"] == {
        "domain": {"set": True, "value": "acme"}, "api_key": {"set": True, "value": None},
        "base_url": {"set": False, "value": None},
    }  # fmt: skip
    page = await site.page("/routes/support")
    assert "sandbox-key" not in page


async def test_the_blueprint_is_shown_with_its_lines(site: Any, around: Any) -> None:
    facts = await site.json("/routes/support.json")
    preset = around.presets.find("freshdesk/default")
    assert facts["text"] == {
        "file": "freshdesk/default@1", "lines": preset.text.splitlines(), "current": True,
    }  # fmt: skip
    assert 'id="L1"' in await site.page("/routes/support")


async def test_limits_and_hold_are_told(site: Any) -> None:
    hold = {"reason": "credentials_refused", "detail": "401", "since": "2026-01-02T03:04:05Z"}
    await site.sendoff.store.remember([Fact("hold", "support", hold)])
    facts = await site.json("/routes/support.json")
    assert (facts["limits"]["concurrency"], facts["limits"]["attempts"]) == (4, 5)
    assert facts["hold"]["reason"] == "credentials_refused"
    assert "credentials_refused" in await site.page("/routes/support")
    assert "credentials_refused" in await site.page("/routes")


async def test_a_route_is_verified_on_a_button(site: Any) -> None:
    form = {"form_token": site.debugger.guard.form_token}
    answer = await site.browser.post("/routes/support/verify.json", data=form)
    assert len(answer.json()["findings"]) > 1
    assert "problem" not in {each["level"] for each in answer.json()["findings"]}
    # One that is off is verified all the same.
    assert (await site.browser.post("/routes/second/verify", data=form)).status_code == 200
    assert (await site.json("/routes/support.json"))["findings"] is None


async def test_a_form_of_another_page_verifies_nothing(site: Any) -> None:
    answer = await site.browser.post("/routes/support/verify", data={"form_token": "guessed"})
    assert answer.status_code == 403


async def test_a_route_that_is_not_there(site: Any) -> None:
    assert (await site.browser.get("/routes/nowhere")).status_code == 404
    form = {"form_token": site.debugger.guard.form_token}
    assert (await site.browser.post("/routes/nowhere/verify", data=form)).status_code == 404


async def test_what_is_not_secret_inside_a_setting_is_shown(around: Any) -> None:
    text = (
        "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\nroutes:\n  hook:\n"
        "    destination: webhook\n    blueprint: webhook/default\n    settings:\n"
        "      url: https://hooks.example.com/events\n"
        "      auth: {type: bearer, token: a-token}\n      headers: {Accept: a/b, X-Key: a-key}\n"
    )
    pipeline = load_pipeline(read_document(text, "sendoff.yaml"), around)
    shown = shown_settings(pipeline.routes[0], Display(pipeline, clear=False))
    secret = {"set": True, "value": None}
    assert shown["url"] == secret
    assert shown["auth"]["inside"] == {"type": {"set": True, "value": "bearer"}, "token": secret}
    assert shown["headers"]["inside"] == {"Accept": {"set": True, "value": "a/b"}, "X-Key": secret}
    assert shown["method"] == {"set": False, "value": "POST"}
