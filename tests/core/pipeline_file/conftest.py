"""What pipeline files are read with: the test destination, one preset, a small environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sendoff.destination import Destination
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError
from sendoff.hookspecs import hookimpl
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.plugins import Plugins
from sendoff.presets import Preset, Presets

ENVIRON = {"KEY": "a secret of desk", "SHORT": "abc", "SPACED": " a secret too ", "REGION": "GB"}

PRESET = """\
apiVersion: sendoff/v1
kind: Blueprint
name: desk/default
version: 1
destination: desk
parameters:
  region: {type: string, pattern: "^[A-Z]{2}$", description: Two capital letters}
rules:
  - id: all
    action: note
    fields: {region: params.region}
"""


class _Plugin:
    def __init__(self, *destinations: Destination) -> None:
        self._destinations = destinations

    @hookimpl
    def sendoff_destinations(self) -> list[Destination]:
        return list(self._destinations)


@pytest.fixture
def around(desk: Destination) -> Surroundings:
    from sendoff import builtin  # noqa: PLC0415

    plugins = Plugins()
    plugins.register("sendoff", builtin)
    plugins.register("desk", _Plugin(desk))
    presets = Presets([Preset("desk/default", 1, PRESET)])
    files = {"/run/secrets/key": "a secret in a file\n"}

    def read_secret(path: str) -> str:
        if path in files:
            return files[path]
        raise FileNotFoundError(2, "No such file or directory")

    return Surroundings(plugins, presets, ENVIRON, read_secret)


@pytest.fixture
def load(tmp_path: Path, around: Surroundings) -> Callable[..., Pipeline]:
    """The pipeline of a text, saved as `sendoff.yaml` in a folder of its own."""

    def loaded(text: str, *, need_secrets: bool = True) -> Pipeline:
        file = tmp_path / "sendoff.yaml"
        file.write_text(text)
        document = read_file(file, strict=False)
        return load_pipeline(document, around, need_secrets=need_secrets)

    return loaded


@pytest.fixture
def problems(tmp_path: Path, load: Callable[..., Pipeline]) -> Callable[..., list[str]]:
    """Of a text: `file:line:column: message (fix)` each, the file without its folder."""

    def found(text: str, *, need_secrets: bool = True) -> list[str]:
        try:
            load(text, need_secrets=need_secrets)
        except ConfigurationError as error:
            return [str(each).replace(f"{tmp_path}/", "") for each in error.problems]
        return []

    return found
