"""The pipeline file, as commands load it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sendoff.cli import options, output
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file import load_pipeline
from sendoff.problems import Position, Problem
from sendoff.report.plain import plain
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from sendoff.documents import Document
    from sendoff.pipeline_file import Pipeline, Surroundings


def read_config(config: str) -> Document:
    """The document of a pipeline file, or what to do where the usual one is not there."""
    if config == options.DEFAULT_CONFIG and not Path(config).exists():
        fix = "go to where it is, or name it with -c FILE"
        raise ConfigurationError([Problem(Position(config, 1, 1), "there is no such file", fix)])
    return read_file(Path(config), strict=False)


def open_pipeline(config: str, around: Surroundings, *, need_secrets: bool) -> Pipeline:
    """The pipeline of a file. What should be mended in it is told where secrets are needed."""
    pipeline = load_pipeline(read_config(config), around, need_secrets=need_secrets)
    if need_secrets:
        tell_warnings(pipeline)
    return pipeline


def tell_unknown_route(pipeline: Pipeline, name: str | None) -> None:
    """Tell that a route is none of the file's, where one is named: the store may know it still."""
    routes = [each.name for each in pipeline.routes]
    if name is not None and name not in routes:
        fix = did_you_mean(name, routes)
        output.note(f"note: {pipeline.file} has no route `{plain(name)}` ({fix})")


def tell_warnings(pipeline: Pipeline) -> None:
    """Tell what works and should not stay."""
    for warning in pipeline.warnings:
        output.note(f"warning: {warning}")
