"""The settings of a route, by its destination's schema and by its own check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendoff.documents.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sendoff.destination import Destination
    from sendoff.pipeline_file.reading import At, Reading
    from sendoff.problems import Problem


def load_settings(
    raw: Mapping[str, Any], at: At, destination: Destination, reading: Reading
) -> Mapping[str, Any]:
    """The settings of the route at a place; what is wrong with them is noted."""
    settings = raw.get("settings", {})
    if not isinstance(settings, dict):
        return {}
    place = (*at, "settings")
    for where, secret in secret_places(destination.settings, settings, place):
        reading.secret(where, secret)
    found: list[Problem] = []
    if "settings" in raw:
        found = reading.breaches(destination.settings, place)
        reading.problems += found
    elif needed := destination.settings.get("required"):
        listed = ", ".join(f"`{name}`" for name in needed)
        reading.problem(at, f"`settings` is missing: `{destination.name}` needs {listed}", "add it")
    # A setting that is wrong or unknown is kept from the check: it may rely on the schema.
    wrong = {problem.position for problem in found}
    sound = {
        key: value
        for key, value in settings.items()
        if not reading.unknown((*place, key))
        and reading.document.position((*place, key)) not in wrong
    }
    whole = len(sound) == len(settings) and not found
    for key, message in _objections(destination, sound):
        if whole or key in sound:
            reading.problem((*place, key), message)
    return settings


def secret_places(schema: Mapping[str, Any], value: Any, at: At) -> Iterator[tuple[At, str]]:
    """Where a settings schema marks `"secret": true`, and the text that stands there."""
    if schema.get("secret") is True:
        if isinstance(value, str):
            yield at, value
        return
    if isinstance(value, dict):
        rest = schema.get("additionalProperties")
        for key, inner in value.items():
            below = schema.get("properties", {}).get(key, rest)
            if isinstance(below, dict):
                yield from secret_places(below, inner, (*at, key))
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, inner in enumerate(value):
            yield from secret_places(schema["items"], inner, (*at, index))


def _objections(destination: Destination, settings: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    try:
        found = destination.check(settings)
        return [(key, f"`{excerpt(key)}` {message}") for key, message in found]
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        broke = f"the check of `{destination.name}` broke with {type(error).__name__}"
        return [("", broke)]
