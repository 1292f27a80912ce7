"""Every problem of a document that somebody wants checked, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.blueprint.document import read_blueprint
from sendoff.blueprint.program import try_compile
from sendoff.documents.excerpt import excerpt
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file.loading import load_pipeline
from sendoff.problems import Problem
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sendoff.documents import Document
    from sendoff.pipeline_file.loading import Surroundings
    from sendoff.plugins import Plugins


def problems_in(document: Document, around: Surroundings) -> Sequence[Problem]:
    """What is wrong with a pipeline file and its blueprints, or with a blueprint alone.

    Give a document that was read with `strict=False`, and the problems of its YAML are among them.
    """
    kind = document.value.get("kind")
    if kind == "Pipeline":
        try:
            load_pipeline(document, around)
        except ConfigurationError as error:
            return error.problems
        return ()
    if kind == "Blueprint":
        return _blueprint_problems(document, around.plugins)
    where = document.position(("kind",))
    message = f"there is no kind `{excerpt(str(kind))}` of document"
    if kind is None:
        message = "`kind` is missing"
    fix = did_you_mean(str(kind), ["Blueprint", "Pipeline"])
    return sorted([*document.problems, Problem(where, message, fix)])


def _blueprint_problems(document: Document, plugins: Plugins) -> Sequence[Problem]:
    blueprint = read_blueprint(document)
    name = blueprint.destination
    destination = plugins.destinations.get(name)
    _, problems = try_compile(blueprint, destination, plugins.transforms, {})
    if destination is None and name:
        where = document.position(("destination",))
        return sorted([*problems, Problem(where, *plugins.no_destination(name))])
    return problems
