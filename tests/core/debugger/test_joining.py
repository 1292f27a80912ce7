"""A route is added by a form: tested, written into the pipeline file, and put to work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from sendoff.debugger.app import application, debugger
from sendoff.debugger.context import Debugger
from sendoff.pipeline import Sendoff, Setting
from sendoff.pipeline_file import Surroundings
from sendoff_freshdesk.sandbox import create_sandbox

CONFIG = """\
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

redact: [email]
"""
SECRET = "sandbox-key"  # noqa: S105 - the sandbox has it
WEBHOOK_SECRET = "https://hooks.example.com/a/secret/path"  # noqa: S105 - of nobody


@dataclass(frozen=True)
class Place:
    """A pipeline file in a folder, and its debugger."""

    config: Path
    sendoff: Sendoff
    debugger: Debugger
    browser: httpx.AsyncClient

    async def seen(self) -> str:
        answer = await self.browser.get("/routes/_new/freshdesk.json?blueprint=freshdesk/default")
        seen: str = answer.json()["seen"]
        return seen

    async def send(self, do: str, **changes: str) -> httpx.Response:
        """Fill the form in, changed by `changes` (`__` for a dot), and press a button."""
        form = {
            "form_token": self.debugger.guard.form_token, "do": do, "seen": await self.seen(),
            "blueprint": "freshdesk/default", "name": "second", "settings.domain": "acme",
            "settings.api_key.kept": "env", "settings.api_key.env": "KEY",
            "with.default_region": "NO",
        }  # fmt: skip
        form |= {name.replace("__", "."): value for name, value in changes.items()}
        return await self.browser.post("/routes/_new/freshdesk.json", data=form)


@pytest.fixture
async def place(tmp_path: Path, around: Surroundings) -> AsyncIterator[Place]:
    config = tmp_path / "sendoff.yaml"
    config.write_text(CONFIG)
    config.chmod(0o640)
    desk = httpx.ASGITransport(app=create_sandbox(custom_fields=["signup_method"]))
    setting = Setting(transports=lambda _route: desk)
    async with AsyncExitStack() as stack:
        here = replace(around, environ={"KEY": SECRET})
        opening = Sendoff.open(config, around=here, setting=setting, work=True)
        sendoff = await stack.enter_async_context(opening)
        context = debugger(sendoff, config)
        transport = httpx.ASGITransport(app=application(context))
        browser = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        yield Place(config, sendoff, context, await stack.enter_async_context(browser))


def routes(place: Place) -> list[str]:
    return [route.name for route in place.sendoff.pipeline.routes]


async def test_every_destination_is_offered_with_its_presets(place: Place) -> None:
    facts = (await place.browser.get("/routes/_new.json")).json()
    found = {each["name"]: [one["name"] for one in each["presets"]] for each in
             facts["destinations"]}  # fmt: skip
    assert found["freshdesk"] == ["freshdesk/create-only", "freshdesk/default"]
    assert "Add a route" in (await place.browser.get("/routes/_new")).text


async def test_the_form_asks_for_what_the_destination_and_the_preset_take(place: Place) -> None:
    for url in ("/routes/_new/freshdesk", "/routes/_new/webhook", "/routes/_new/freshsuccess"):
        name = url.rpartition("/")[2]
        answer = await place.browser.get(f"{url}?blueprint={name}/default")
        assert answer.status_code == 200
    url = "/routes/_new/freshdesk.json?blueprint=freshdesk/default"
    facts = (await place.browser.get(url)).json()
    assert [each["key"] for each in facts["settings"]] == ["api_key", "domain", "base_url"]
    key = facts["settings"][0]
    assert (key["kind"], key["env"], key["kept"]) == ("secret", "FRESHDESK_API_KEY", "env")
    assert [each["key"] for each in facts["parameters"]] == ["default_region"]


async def test_a_saved_route_is_in_the_file_and_at_work(place: Place) -> None:
    answer = await place.send("save")
    assert (answer.status_code, answer.json()) == (201, {"added": "second"})
    text = place.config.read_text()
    before, after = CONFIG.split("\nredact")
    assert text.startswith(before)
    assert text.endswith(f"\nredact{after}")
    assert '      api_key: "${env:KEY}"\n' in text
    assert '      default_region: "NO"\n' in text
    assert SECRET not in text
    assert place.config.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in place.config.parent.iterdir()] == ["sendoff.yaml"]
    assert routes(place) == ["support", "second"]
    event = {
        "type": "track", "event": "Signed Up", "messageId": "m1", "userId": "usr_123",
        "context": {"consent": {"marketing": True}, "traits": {"email": "john.doe@example.com"}},
    }  # fmt: skip
    await place.sendoff.send(event)
    counts = await place.sendoff.drain()
    assert counts["routes"]["second"]["deliveries"] == 1


async def test_people_are_led_to_the_new_route(place: Place) -> None:
    form = {
        "form_token": place.debugger.guard.form_token, "do": "save", "seen": await place.seen(),
        "blueprint": "freshdesk/default", "name": "second", "settings.domain": "acme",
        "settings.api_key.kept": "env", "settings.api_key.env": "KEY",
    }  # fmt: skip
    answer = await place.browser.post("/routes/_new/freshdesk", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/routes/second?added=1")
    page = (await place.browser.get(answer.headers["location"])).text
    assert "The route is in the pipeline file" in page


async def test_a_test_asks_the_destination_and_writes_nothing(place: Place) -> None:
    answer = await place.send("test")
    assert answer.status_code == 200
    assert "problem" not in {each["level"] for each in answer.json()["findings"]}
    wrong = await place.send("test", settings__api_key__env="TYPED",
                             settings__api_key__typed="another-key")  # fmt: skip
    assert "problem" in {each["level"] for each in wrong.json()["findings"]}
    assert "another-key" not in wrong.text
    assert place.config.read_text() == CONFIG
    assert routes(place) == ["support"]


async def test_a_route_that_is_to_be_off_is_tested_all_the_same(place: Place) -> None:
    assert (await place.send("test", off="1")).json()["findings"]


async def test_a_typed_secret_comes_back_on_no_page(place: Place) -> None:
    answer = await place.send(
        "test", settings__api_key__typed="another-key", settings__domain="another-key"
    )
    assert "another-key" not in answer.text
    given = answer.json()["given"]
    assert given["settings.domain"] == "***"
    assert "settings.api_key.typed" not in given


async def test_a_secret_is_written_to_a_file_of_its_owner(place: Place) -> None:
    where = {"settings__api_key__kept": "file", "settings__api_key__file": "desk.secret",
             "settings__api_key__typed": SECRET}  # fmt: skip
    secret = place.config.parent / "desk.secret"
    tested = await place.send("test", **where)
    assert "problem" not in {each["level"] for each in tested.json()["findings"]}
    assert not secret.exists()
    assert (await place.send("save", **where)).status_code == 201
    assert secret.read_text() == f"{SECRET}\n"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert f'api_key: "${{file:{secret}}}"' in place.config.read_text()
    assert place.sendoff.pipeline.routes[1].settings["api_key"] == SECRET


async def test_a_file_that_is_there_is_not_written_over(place: Place) -> None:
    secret = place.config.parent / "desk.secret"
    secret.write_text("of somebody else")
    answer = await place.send("save", settings__api_key__kept="file",
                              settings__api_key__file="desk.secret",
                              settings__api_key__typed=SECRET)  # fmt: skip
    assert answer.status_code == 400
    assert "there is a file desk.secret already" in answer.json()["wrong"][0]
    assert secret.read_text() == "of somebody else"
    assert place.config.read_text() == CONFIG


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "", ".hidden", "a b"])
async def test_a_secret_goes_nowhere_but_beside_the_pipeline_file(place: Place, name: str) -> None:
    answer = await place.send("save", settings__api_key__kept="file",
                              settings__api_key__file=name,
                              settings__api_key__typed=SECRET)  # fmt: skip
    assert answer.status_code == 400
    assert "settings.api_key" in answer.json()["problems"]
    assert [each.name for each in place.config.parent.iterdir()] == ["sendoff.yaml"]


async def test_a_variable_that_is_not_set_keeps_the_route_from_work_unless_it_is_off(
    place: Place,
) -> None:
    answer = await place.send("save", settings__api_key__env="UNSET",
                              settings__api_key__typed=SECRET)  # fmt: skip
    assert answer.status_code == 400
    assert "the environment variable UNSET is not set" in answer.json()["wrong"][0]
    assert place.config.read_text() == CONFIG
    assert (await place.send("save", settings__api_key__env="UNSET", off="1")).status_code == 201
    assert place.sendoff.pipeline.routes[1].enabled is False
    assert SECRET not in place.config.read_text()


async def test_a_file_that_changed_meanwhile_is_left_alone(place: Place) -> None:
    seen = await place.seen()
    place.config.write_text(f"{CONFIG}# changed\n")
    answer = await place.send("save", seen=seen)
    assert answer.status_code == 409
    assert "was changed since" in answer.json()["wrong"][0]
    assert place.config.read_text() == f"{CONFIG}# changed\n"
    # The form that comes with the refusal is made from the file of now.
    assert (await place.send("save", seen=answer.json()["seen"])).status_code == 201


async def test_what_cannot_be_reloaded_is_taken_back(place: Place) -> None:
    changed = CONFIG.replace("store: memory", "store: sqlite:./other.db")
    place.config.write_text(changed)
    where = {"settings__api_key__kept": "file", "settings__api_key__file": "desk.secret",
             "settings__api_key__typed": SECRET}  # fmt: skip
    answer = await place.send("save", **where)
    assert answer.status_code == 400
    assert "cannot change while the pipeline is open" in answer.json()["wrong"][0]
    assert place.config.read_text() == changed
    assert [each.name for each in place.config.parent.iterdir()] == ["sendoff.yaml"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "support"}, "there is a route `support` already"),
        ({"name": "Has Blanks"}, "Has Blanks"),
        ({"settings__domain": ""}, "domain"),
        ({"with__default_region": "Norway"}, "default_region"),
    ],
)
async def test_what_is_wrong_with_a_route_is_told_and_nothing_is_written(
    place: Place, changes: dict[str, str], told: str
) -> None:
    answer = await place.send("save", **changes)
    assert answer.status_code == 400
    assert any(told in each for each in answer.json()["wrong"])
    assert place.config.read_text() == CONFIG


async def test_a_secret_inside_yaml_is_refused_and_not_shown(place: Place) -> None:
    form = {
        "form_token": place.debugger.guard.form_token, "do": "save", "seen": await place.seen(),
        "blueprint": "webhook/default", "name": "hook", "settings.url.kept": "file",
        "settings.url.file": "hook.url", "settings.url.typed": WEBHOOK_SECRET,
        "settings.auth": "{type: bearer, token: a-literal-token}",
    }  # fmt: skip
    answer = await place.browser.post("/routes/_new/webhook.json", data=form)
    assert answer.status_code == 400
    assert "holds a secret" in answer.json()["problems"]["settings.auth"]
    assert "a-literal-token" not in answer.text
    assert WEBHOOK_SECRET not in answer.text
    form["settings.auth"] = '{type: bearer, token: "${env:KEY}"}'
    form["settings.compression"] = "gzip"
    answer = await place.browser.post("/routes/_new/webhook.json", data=form)
    assert (answer.status_code, answer.json()) == (201, {"added": "hook"})
    assert place.sendoff.pipeline.routes[1].settings == {
        "url": WEBHOOK_SECRET, "auth": {"type": "bearer", "token": SECRET}, "compression": "gzip",
    }  # fmt: skip


async def test_yaml_that_cannot_be_read_is_told_at_its_field(place: Place) -> None:
    form = {
        "form_token": place.debugger.guard.form_token, "do": "save", "seen": await place.seen(),
        "blueprint": "webhook/default", "name": "hook", "settings.auth": "{type: ",
    }  # fmt: skip
    answer = await place.browser.post("/routes/_new/webhook.json", data=form)
    assert answer.json()["problems"]["settings.auth"].startswith("cannot be read: ")


async def test_a_form_of_another_page_adds_nothing(place: Place) -> None:
    answer = await place.send("save", form_token="guessed")  # noqa: S106 - no password
    assert answer.status_code == 403
    assert place.config.read_text() == CONFIG


@pytest.mark.parametrize(
    "path",
    [
        "/routes/_new/nowhere?blueprint=freshdesk/default",
        "/routes/_new/freshdesk?blueprint=webhook/default",
        "/routes/_new/freshdesk?blueprint=../x.yaml",
        "/routes/_new/freshdesk",
    ],
)
async def test_what_there_is_not_cannot_be_chosen(place: Place, path: str) -> None:
    assert (await place.browser.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"settings.compression": "${env:KEY}"}, "is no secret"),
        ({"settings.compression": "${file:/etc/hostname}"}, "is no secret"),
        ({"settings.auth": '{type: bearer, token: "${file:/etc/hostname}"}'}, "elsewhere"),
        ({"settings.auth": '{type: bearer, token: "${file:../other.key}"}'}, "elsewhere"),
    ],
)
async def test_the_form_reads_nothing_else_of_this_machine(
    place: Place, given: dict[str, str], problem: str
) -> None:
    form = {
        "form_token": place.debugger.guard.form_token, "do": "save", "seen": await place.seen(),
        "blueprint": "webhook/default", "name": "hook", "settings.url.kept": "file",
        "settings.url.file": "hook.url", "settings.url.typed": WEBHOOK_SECRET, **given,
    }  # fmt: skip
    answer = await place.browser.post("/routes/_new/webhook.json", data=form)
    assert answer.status_code == 400
    [field] = given
    assert problem in answer.json()["problems"][field]
