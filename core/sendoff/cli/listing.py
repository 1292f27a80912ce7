"""`sendoff list`: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sendoff.cli import options, output
from sendoff.pipeline_file import Surroundings
from sendoff.report.plain import compact, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sendoff.blueprint.transforms import Transform

KINDS = ("destinations", "presets", "transforms", "stores", "plugins")


@click.command("list")
@click.argument("kind", metavar="[KIND]", required=False, type=click.Choice(KINDS))
@options.as_json
def command(kind: str | None, as_json: bool) -> None:
    """List destinations, presets, transforms and stores, and plugins that were left out.

    KIND is one of destinations, presets, transforms, stores, plugins; without it, all are listed.

    \b
    sendoff list
    sendoff list transforms
    """
    around = Surroundings()
    listed = {each: _LISTS[each](around) for each in KINDS if kind in (None, each)}
    if as_json:
        output.json_result(listed)
        return
    for index, (each, entries) in enumerate(listed.items()):
        if index:
            output.result("")
        title = "plugins left out" if each == "plugins" else each
        output.result(f"{title}:" if entries else f"{title}: none")
        if entries:
            output.result(_table(entries))


def _destinations(around: Surroundings) -> list[dict[str, Any]]:
    return [
        {
            "name": found.name, "title": found.title,
            "actions": {action.name: action.title for action in found.actions.values()},
            "sandbox": found.sandbox() is not None,
        }
        for _name, found in sorted(around.plugins.destinations.items())
    ]  # fmt: skip


def _presets(around: Surroundings) -> list[dict[str, Any]]:
    return [
        {
            "name": preset.name, "versions": list(around.presets.versions(preset.name)),
            "description": _description(preset.document().value),
        }
        for preset in around.presets
    ]  # fmt: skip


def _transforms(around: Surroundings) -> list[dict[str, Any]]:
    return [
        {"name": found.name, "summary": found.summary, "examples": _examples(found)}
        for _name, found in sorted(around.plugins.transforms.items())
    ]


def _stores(around: Surroundings) -> list[dict[str, Any]]:
    return [
        {"name": found.name, "summary": found.summary}
        for _name, found in sorted(around.plugins.stores.items())
    ]


def _plugins(around: Surroundings) -> list[dict[str, Any]]:
    left_out = [{"name": each.plugin, "problem": each.problem} for each in around.plugins.broken]
    return left_out + [
        {"name": each.package, "problem": each.problem} for each in around.presets.broken
    ]


_LISTS: dict[str, Callable[[Surroundings], list[dict[str, Any]]]] = {
    "destinations": _destinations,
    "presets": _presets,
    "transforms": _transforms,
    "stores": _stores,
    "plugins": _plugins,
}


def _description(content: Any) -> str:
    return str(content.get("description", "")) if isinstance(content, dict) else ""


def _examples(transform: Transform) -> list[dict[str, Any]]:
    return [
        {"value": each.value}
        | ({} if each.parameters is None else {"parameters": each.parameters})
        | ({"result": each.result} if each.error is None else {"error": each.error})
        for each in transform.examples
    ]


def _table(entries: Sequence[dict[str, Any]]) -> str:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 2))
    for entry in entries:
        name, *rest = (_cell(key, value) for key, value in entry.items())
        table.add_row(Text(name, style="bold"), *(Text(cell) for cell in rest))
    return output.table(table)


def _cell(key: str, value: Any) -> str:
    match key:
        case "versions":
            return ", ".join(f"@{version}" for version in value)
        case "actions":
            return "actions: " + ", ".join(value)
        case "sandbox":
            return "with a sandbox" if value else ""
        case "examples":
            return "\n".join(map(_example, value[:2]))
    return plain(str(value))


def _example(example: dict[str, Any]) -> str:
    given = f" ({compact(example['parameters'])})" if "parameters" in example else ""
    result = f"error: {example['error']}" if "error" in example else compact(example["result"])
    return f"{compact(example['value'])}{given} → {result}"
