"""A plugin from outside the tree: built, installed by pip into a new environment, and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGIN = Path(__file__).parents[1] / "example_plugin"
SIGN_UP = {
    "type": "track", "event": "Signed Up", "messageId": "m-1", "userId": "usr_123",
    "properties": {"method": "email"}, "traits": {"name": "John Doe"},
}  # fmt: skip
NOTE = {"text": "John Doe signed up with email", "person": "usr_123"}
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
store: memory
routes:
  notebook:
    destination: notes
    blueprint: notes/default
    settings: {base_url: "${env:NOTEBOOK}", token: "${env:NOTES_TOKEN}"}
"""


@dataclass(frozen=True)
class Place:
    """A folder of a user's, and the environment that has sendoff, and the plugin or not."""

    folder: Path
    python: Path
    notebook: str = "http://127.0.0.1:9"

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), "-m", "sendoff", *arguments]

    @property
    def environ(self) -> dict[str, str]:
        # Without a PYTHONPATH: what is found is found because it is installed.
        return {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder),
            "NOTEBOOK": self.notebook, "NOTES_TOKEN": "sandbox-token",
        }  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - the command is ours
            self.command(*arguments), cwd=self.folder, env=self.environ, text=True, timeout=60,
            check=False, capture_output=True,
        )  # fmt: skip

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place whose environment is new, but for the packages that this suite runs with."""
    made = tmp_path_factory.mktemp("environment")
    venv.create(made, with_pip=False)
    python = made / "bin" / "python"
    here = sysconfig.get_path("purelib")
    there = sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)})
    # As a site folder, so that an editable installation in it is followed.
    Path(there, "packages.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    folder = tmp_path_factory.mktemp("user")
    (folder / "sendoff.yaml").write_text(PIPELINE, encoding="utf-8")
    (folder / "events.ndjson").write_text(json.dumps(SIGN_UP) + "\n", encoding="utf-8")
    return Place(folder, python)


@pytest.fixture(scope="module")
def refusal(without: Place) -> subprocess.CompletedProcess[str]:
    """What `check` says before the plugin is installed."""
    return without.run("check")


@pytest.fixture(scope="module")
def place(
    without: Place,
    refusal: subprocess.CompletedProcess[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    """The same place with the plugin in it, from a wheel, and with the plugin's own sandbox."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the example plugin, is not installed")
    wheels = tmp_path_factory.mktemp("wheels")
    build = ["-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run([sys.executable, *build], cwd=PLUGIN, check=True, capture_output=True)  # noqa: S603
    pip = ["-m", "pip", "--python", str(without.python), "install", "--no-index", "--no-deps"]
    install = [sys.executable, *pip, *map(str, wheels.glob("*.whl"))]
    subprocess.run(install, check=True, capture_output=True)  # noqa: S603 - as above
    serving = without.command("sandbox", "notes", "--json")
    with subprocess.Popen(serving, stdout=subprocess.PIPE, env=without.environ) as process:  # noqa: S603
        assert process.stdout
        yield Place(without.folder, without.python, json.loads(process.stdout.readline())["url"])
        process.terminate()


def test_before_it_is_installed_it_is_not_known(
    refusal: subprocess.CompletedProcess[str],
) -> None:
    assert refusal.returncode == 3
    assert "there is no destination `notes`" in refusal.stdout + refusal.stderr


def test_it_is_listed_with_its_preset(place: Place) -> None:
    listed = place.json("list")
    notes = next(each for each in listed["destinations"] if each["name"] == "notes")
    assert (notes["actions"], notes["sandbox"]) == ({"add_note": "Add a note"}, True)
    assert "notes/default" in [each["name"] for each in listed["presets"]]
    assert "notes" not in [each["name"] for each in listed["plugins"]]  # those left out


def test_its_settings_and_its_blueprint_are_checked(place: Place) -> None:
    checked = place.run("check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "notebook to notes" in checked.stdout


def test_what_it_would_send_is_shown(place: Place) -> None:
    decision = place.json("preview", "events.ndjson", "--clear")
    assert (decision["decision"], decision["action"]) == ("send", "add_note")
    assert decision["payload"] == NOTE


def test_what_is_sent_arrives(place: Place) -> None:
    counts = place.json("run", "events.ndjson")["routes"]["notebook"]
    assert (counts["deliveries"], counts["delivered"]) == (1, 1)
    assert httpx.get(f"{place.notebook}/_sandbox").json()["notes"] == [NOTE]
