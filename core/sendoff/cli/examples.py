"""`sendoff test`: the examples of blueprints, run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sendoff.blueprint.document import read_blueprint
from sendoff.cli import configuration, inputs, options, output
from sendoff.cli.exits import Exit
from sendoff.clock import SystemClock
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError, UsageError
from sendoff.pipeline_file import Surroundings
from sendoff.rehearsal import rehearse
from sendoff.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sendoff.blueprint.document import Blueprint
    from sendoff.blueprint.examples import ExampleResult
    from sendoff.problems import Problem


@click.command("test")
@click.argument("files", metavar="[BLUEPRINT]...", nargs=-1)
@options.config
@options.as_json
def command(files: tuple[str, ...], config: str, as_json: bool) -> int:
    """Run the examples of blueprints: files, or presets by name.

    Without any, those that the pipeline file of -c uses. Each example is an event with the
    decision that is expected of it. Needs no secret and opens no connection. Exits with 1 when an
    example fails, and with 3 when a blueprint is broken.

    \b
    sendoff test
    sendoff test mine.yaml freshdesk/default
    """
    around = Surroundings()
    now = SystemClock().now()
    broken: list[Problem] = []
    results: dict[str, Sequence[ExampleResult]] = {}
    for blueprint in _blueprints(files, config, around, broken):
        try:
            results[blueprint.document.file] = rehearse(blueprint, around.plugins, now)
        except ConfigurationError as error:
            broken += error.problems
    if as_json:
        output.json_result([_as_json(file, each) for file in results for each in results[file]])
    else:
        for file, each in results.items():
            _tell(file, each)
    if broken:
        raise ConfigurationError(dict.fromkeys(broken))
    failed = any(result.problems for each in results.values() for result in each)
    return Exit.NO if failed else Exit.DONE


def _blueprints(
    files: Sequence[str], config: str, around: Surroundings, broken: list[Problem]
) -> Iterator[Blueprint]:
    if not files:
        pipeline = configuration.open_pipeline(config, around, need_secrets=False)
        yield from {
            route.program.blueprint.document.file: route.program.blueprint
            for route in pipeline.routes
        }.values()
    for file in files:
        try:
            yield _blueprint(file, around)
        except ConfigurationError as error:
            broken += error.problems


def _blueprint(name: str, around: Surroundings) -> Blueprint:
    # What ends like a file, or is one, is one: as in the pipeline file.
    if name.endswith((".yaml", ".yml")) or inputs.exists(name):
        return read_blueprint(read_file(Path(name), strict=False))
    try:
        return read_blueprint(around.presets.find(name).document())
    except UsageError as error:
        raise UsageError(f"{error}; a blueprint's file ends in .yaml") from None


def _tell(file: str, results: Sequence[ExampleResult]) -> None:
    for result in results:
        if result.problems:
            output.result(f"failed: {plain(result.name)}")
            for problem in result.problems:
                output.result(plain(f"  {problem.position}: {problem.message}"))
    held = sum(not result.problems for result in results)
    hold = f"{held} of {len(results)} examples hold" if results else "there are no examples"
    output.result(f"{plain(file)}: {hold}")


def _as_json(file: str, result: ExampleResult) -> dict[str, object]:
    return {
        "file": file, "name": result.name, "line": result.position.line,
        "passed": not result.problems,
        "problems": [
            {"line": each.position.line, "column": each.position.column, "message": each.message}
            for each in result.problems
        ],
    }  # fmt: skip
