"""A route as a form describes it: what stands in the pipeline file, and where its secrets are.

A secret is never written into the pipeline file: that is shown, copied and put under version
control. The file names an environment variable or a file instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sendoff import placeholders
from sendoff.debugger.form_fields import UNSET
from sendoff.pipeline_file.settings import secret_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sendoff.debugger.form_fields import Field
    from sendoff.pipeline_file import Surroundings

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PLACEHOLDER: Final = re.compile(r"\$\{(env|file):([^}]*)\}?")
_FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form says.

    `files` and `variables` are secrets that were typed, by where they would be found; they are
    shown nowhere. `problems` are by the name of the form's field.
    """

    name: str
    route: dict[str, Any]
    files: dict[Path, str] = field(default_factory=dict, repr=False)
    variables: dict[str, str] = field(default_factory=dict, repr=False)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        """What was typed and must be shown nowhere."""
        return [*self.files.values(), *self.variables.values()]

    def around(self, around: Surroundings, *, testing: bool) -> Surroundings:
        """Surroundings with the files this would write; for a test with the variables, too."""
        files = {str(path): secret for path, secret in self.files.items()}

        def read(path: str) -> str:
            return files[path] if path in files else around.read_secret(path)

        environ = {**around.environ, **self.variables} if testing else around.environ
        return replace(around, environ=environ, read_secret=read)


class Drafting:
    """Reads a form into a draft."""

    def __init__(self, form: Mapping[str, str], folder: Path) -> None:
        self._form = form
        self._folder = folder
        self._draft = Draft(form.get("name", "").strip(), {})

    def drafted(
        self, destination: str, blueprint: str, parameters: Sequence[Field],
        settings: Sequence[Field], schema: Mapping[str, Any],
    ) -> Draft:  # fmt: skip
        """The draft of a route; `schema` is that of its settings."""
        route = self._draft.route
        route |= {"destination": destination, "blueprint": blueprint}
        for key, fields in (("with", parameters), ("settings", settings)):
            if members := self._members(fields):
                route[key] = members
        if self._form.get("off"):
            route["enabled"] = False
        self._keep_inside(schema)
        for at, value in secret_places(schema, route.get("settings", {}), ()):
            if _is_literal(value):
                self._draft.problems[f"settings.{at[0]}"] = (
                    "holds a secret, which may not stand in the pipeline file: write ${env:NAME}"
                    " or ${file:PATH} in its place"
                )
        return self._draft

    def _keep_inside(self, schema: Mapping[str, Any]) -> None:
        """Whoever sees these pages may not read by them what else this machine knows."""
        route, problems = self._draft.route, self._draft.problems
        secrets = dict(secret_places(schema, route.get("settings", {}), ()))
        for key in ("with", "settings"):
            for at, text in _texts(route.get(key, {}), ()):
                found = _PLACEHOLDER.search(text)
                if found is None:
                    continue
                if key == "with" or at not in secrets:
                    problems[f"{key}.{at[0]}"] = "is no secret: write the value itself"
                elif found[1] == "file" and not self._is_beside(found[2]):
                    problems[f"{key}.{at[0]}"] = (
                        "names a file elsewhere: here it has to lie beside the pipeline file"
                        " (in the pipeline file itself you can write any)"
                    )

    def _is_beside(self, path: str) -> bool:
        folder = self._folder.resolve()
        try:
            return (folder / path).resolve().parent == folder
        except (OSError, ValueError):
            return False

    def _members(self, fields: Sequence[Field]) -> dict[str, Any]:
        read = {each.key: self._member(each) for each in fields}
        return {key: value for key, value in read.items() if value is not UNSET}

    def _member(self, of: Field) -> Any:
        if of.kind == "secret":
            return self._secret(of)
        try:
            return of.read(self._form.get(of.name, ""))
        except ValueError as error:
            self._draft.problems[of.name] = f"cannot be read: {error}"
            return UNSET

    def _secret(self, of: Field) -> Any:
        """The placeholder of a secret; what was typed is put aside."""
        typed = self._form.get(f"{of.name}.typed", "").strip()
        match self._form.get(f"{of.name}.kept"):
            case "env":
                name = self._named(of, "env", _VARIABLE, "letters, digits and _, no digit first")
                if typed:
                    self._draft.variables[name] = typed
                return f"${{env:{name}}}"
            case "file":
                name = self._named(of, "file", _FILE, "letters, digits and . _ -, no folder")
                path = self._folder / name
                if typed:
                    self._draft.files[path] = typed
                return f"${{file:{path}}}"
        if of.required:
            self._draft.problems[of.name] = "say where it is kept"
        return UNSET

    def _named(self, of: Field, kind: str, pattern: re.Pattern[str], form: str) -> str:
        name = self._form.get(f"{of.name}.{kind}", "").strip()
        if not pattern.fullmatch(name):
            self._draft.problems[of.name] = f"a name is made of {form}"
        return name


def _texts(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*at, index))


def _is_literal(value: str) -> bool:
    def nothing(_path: str) -> str:
        return "-"

    return placeholders.resolve(value, {}, nothing).literal
