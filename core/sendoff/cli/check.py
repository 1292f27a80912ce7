"""`sendoff check`: every mistake in pipeline and blueprint files, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from sendoff.blueprint.document import read_blueprint
from sendoff.cli import configuration, options, output
from sendoff.cli.exits import Exit
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.problems import Problem
from sendoff.redact import Redactor
from sendoff.rehearsal import compile_alone
from sendoff.report.plain import plain
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from sendoff.documents import Document


@click.command("check")
@click.argument("files", metavar="[FILE]...", nargs=-1)
@options.config
@options.as_json
def command(files: tuple[str, ...], config: str, as_json: bool) -> int:
    """Find every mistake in pipeline and blueprint files.

    Takes pipeline files, which are checked together with their blueprints and settings, and
    blueprint files; without any, the pipeline file of -c. Opens no connection. The variables and
    files that settings name must be there. Exits with 3 where there is a mistake.

    \b
    sendoff check
    sendoff check mine.yaml other/sendoff.yaml --json
    """
    around = Surroundings()
    problems: dict[Problem, None] = {}
    for file in files or (config,):
        try:
            checked = _checked(configuration.read_config(file), around)
        except ConfigurationError as error:
            problems |= dict.fromkeys(error.problems)
            continue
        for warning in checked.warnings:
            output.note(f"warning: {warning}")
        if not as_json:
            output.result(plain(f"{file}: no mistakes ({checked.summary})"))
    if as_json:
        output.json_result([_as_json(problem) for problem in problems])
    else:
        for problem in problems:
            output.result(plain(str(problem)))
    return Exit.CONFIGURATION if problems else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Checked:
    summary: str
    warnings: tuple[Problem, ...] = ()


def _checked(document: Document, around: Surroundings) -> _Checked:
    kind = document.value.get("kind")
    if kind == "Blueprint":
        program = compile_alone(read_blueprint(document), around.plugins)
        blueprint = program.blueprint
        rules = ", ".join(rule.id for rule in program.rules)
        return _Checked(f"blueprint {blueprint.name}@{blueprint.version}: {rules}")
    if kind == "Pipeline":
        pipeline = load_pipeline(document, around)
        routes = ", ".join(
            f"{route.name} to {route.destination.name}{'' if route.enabled else ', switched off'}"
            for route in pipeline.routes
        )
        summary = Redactor(pipeline.secrets).text(f"pipeline {pipeline.name}: {routes}")
        return _Checked(summary, pipeline.warnings)
    fix = did_you_mean(str(kind), ["Blueprint", "Pipeline"])
    said = "`kind` is missing" if kind is None else f"there is no kind `{kind}` of document"
    problem = Problem(document.position(("kind",), of="value"), said, fix)
    raise ConfigurationError([*document.problems, problem])


def _as_json(problem: Problem) -> dict[str, str | int]:
    where = problem.position
    return {
        "file": where.file, "line": where.line, "column": where.column,
        "message": problem.message, "fix": problem.fix,
    }  # fmt: skip
