"""From the text of a pipeline file to a Pipeline, or to every problem in it at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sendoff import placeholders
from sendoff.documents.excerpt import excerpt
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file.model import Pipeline, RouteConfig
from sendoff.pipeline_file.reading import Reading
from sendoff.pipeline_file.routes import load_route
from sendoff.pipeline_file.schema import PERSONAL_CLASSES, PIPELINE_SCHEMA
from sendoff.pipeline_file.server import load_address, load_server
from sendoff.plugins import Plugins, load_plugins
from sendoff.presets import Presets, load_presets
from sendoff.quantities import parse_duration
from sendoff.store.engine import WEEK
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendoff.documents import Document
    from sendoff.pipeline_file.reading import At

DEFAULT_STORE = "sqlite:./sendoff.db"
_PLANNED = frozenset({"postgresql"})
"""Engines that documents may name already: saying so beats a did-you-mean."""
# Keys of a pipeline file and of its routes that say nothing of what is decided.
_TO_DELIVER = frozenset({
    "batch", "debugger", "limits", "retry", "server", "settings", "store",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a pipeline file is read with: plugins, presets, the environment, and the files."""

    plugins: Plugins = field(default_factory=load_plugins)
    presets: Presets = field(default_factory=load_presets)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    read_secret: Callable[[str], str] = placeholders.read_file


def load_pipeline(
    document: Document, around: Surroundings, *, need_secrets: bool = True
) -> Pipeline:
    """The pipeline a document describes.

    Blueprint files are looked for beside the document. Without `need_secrets`, what is only needed
    to deliver may name variables and files that are not there; so may a route that is switched
    off. Raises ConfigurationError with every problem of the file, its YAML included, and of the
    blueprints it names.
    """
    reading = Reading(document, problems=list(document.problems))
    reading.fill(
        around.environ, around.read_secret, _forgiveness(document, need_secrets=need_secrets)
    )
    reading.problems += reading.breaches(PIPELINE_SCHEMA)
    content = reading.document.value
    routes = _routes(reading, around)
    store = _store(content.get("store", DEFAULT_STORE), reading, around)
    kept = _mapping(content.get("events")).get("keep")
    keep = reading.quantity(("events", "keep"), kept, parse_duration, WEEK)
    server = load_server(content.get("server"), reading)
    listen = _mapping(content.get("debugger")).get("listen")
    debugger = load_address(listen, ("debugger", "listen"), reading)
    consent_map = _mapping(_mapping(content.get("consent")).get("map"))
    if reading.problems:
        raise ConfigurationError(dict.fromkeys(reading.covered()))
    return Pipeline(
        name=content["name"], file=document.file, routes=routes,
        consent_map=dict(consent_map), store=store, keep=keep,
        redact=tuple(content.get("redact", PERSONAL_CLASSES)),
        secrets=tuple(dict.fromkeys(reading.secrets)), warnings=tuple(reading.warnings),
        server=server, debugger=debugger,
    )  # fmt: skip


def _forgiveness(document: Document, *, need_secrets: bool) -> Callable[[At], bool]:
    """Which places may name a variable or a file that is not there."""
    routes = _mapping(document.value.get("routes"))
    off = {name for name, raw in routes.items() if _mapping(raw).get("enabled") is False}

    def forgiven(at: At) -> bool:
        if at[:1] != ("routes",):
            return not need_secrets and at[0] in _TO_DELIVER
        return at[2:3] != () and at[2] in _TO_DELIVER and (not need_secrets or at[1] in off)

    return forgiven


def _routes(reading: Reading, around: Surroundings) -> tuple[RouteConfig, ...]:
    listed = _mapping(reading.document.value.get("routes"))
    loaded = (
        load_route(name, raw, reading, around.plugins, around.presets)
        for name, raw in listed.items()
        if isinstance(raw, dict)
    )
    return tuple(route for route in loaded if route is not None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _store(address: Any, reading: Reading, around: Surroundings) -> str:
    if not isinstance(address, str) or reading.unknown(("store",)):
        return DEFAULT_STORE
    scheme = address.partition(":")[0]
    known = around.plugins.stores
    if scheme not in known:
        yet = " yet" if scheme in _PLANNED else ""
        message = f"there is no store `{excerpt(scheme)}`{yet}"
        reading.problem(("store",), message, did_you_mean(scheme, known))
    return address
