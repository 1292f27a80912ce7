"""`sendoff show`: a preset as it was written."""

from __future__ import annotations

import click

from sendoff.blueprint.document import read_blueprint
from sendoff.cli import options, output
from sendoff.presets import load_presets


@click.command("show")
@click.argument("preset", metavar="PRESET")
@options.as_json
def command(preset: str, as_json: bool) -> None:
    """Print a preset as it was written.

    `sendoff list presets` names them; NAME@VERSION pins a version. To change a preset, save what
    this prints, and name your file under `blueprint:` in the pipeline file.

    \b
    sendoff show freshdesk/default
    sendoff show freshdesk/default > mine.yaml
    """
    found = load_presets().find(preset)
    if not as_json:
        output.written(found.text if found.text.endswith("\n") else f"{found.text}\n")
        return
    blueprint = read_blueprint(found.document())
    output.json_result({
        "name": found.name, "version": found.version, "destination": blueprint.destination,
        "description": blueprint.description, "hash": blueprint.hash, "text": found.text,
    })  # fmt: skip
