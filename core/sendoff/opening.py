"""What a pipeline file names, opened: the file, what it decides by, and its store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sendoff.decider import Plan
from sendoff.documents import read_file
from sendoff.errors import UsageError
from sendoff.pipeline_file import Pipeline, load_pipeline
from sendoff.router import Router
from sendoff.store.engine import StoreOptions

if TYPE_CHECKING:
    from sendoff.clock import Clock
    from sendoff.pipeline_file import Surroundings
    from sendoff.store.promise import Store


def loaded(config: str | Path | Pipeline, around: Surroundings) -> Pipeline:
    """The pipeline of a path; one that is loaded stays as it is. Raises ConfigurationError."""
    if isinstance(config, Pipeline):
        return config
    return load_pipeline(read_file(Path(config), strict=False), around)


def plan(pipeline: Pipeline) -> Plan:
    """What its events are decided by."""
    return Plan(Router([route.route for route in pipeline.enabled]), pipeline.consent_map)


def open_store(pipeline: Pipeline, around: Surroundings, clock: Clock) -> Store:
    """Its store. Raises StoreError, UsageError where that cannot be opened."""
    scheme, _, address = pipeline.store.partition(":")
    engine = around.plugins.stores.get(scheme)
    if engine is None:
        raise UsageError(f"there is no store `{scheme}`")
    options = StoreOptions(keep=pipeline.keep, folder=Path(pipeline.file).parent)
    return engine.open(address, clock, options)
