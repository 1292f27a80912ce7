"""Presets: blueprints that packages ship, found by the entry-point group `sendoff.blueprints`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from typing import TYPE_CHECKING

from sendoff.documents import read_document
from sendoff.documents.excerpt import excerpt
from sendoff.errors import ConfigurationError, UsageError
from sendoff.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    from sendoff.documents import Document

ENTRY_POINTS = "sendoff.blueprints"


@dataclass(frozen=True, slots=True)
class Preset:
    """A shipped blueprint: `text` is the YAML as it was written.

    One that cannot be read has version 0; what is wrong with it is told to whoever uses it.
    """

    name: str
    version: int
    text: str

    @property
    def file(self) -> str:
        """How the preset is named in messages, where a file's name would stand."""
        return f"{self.name}@{self.version}"

    def document(self) -> Document:
        """The preset's text, read; ConfigurationError for what cannot be."""
        return read_document(self.text, self.file, strict=False)


@dataclass(frozen=True, slots=True)
class BrokenPresets:
    """A package of presets, or one preset of it, that was left out, and why."""

    package: str
    problem: str


class UnknownPreset(UsageError):  # noqa: N818 - says what it is
    """There is no preset of a name; `fix` says which there are."""

    def __init__(self, message: str, fix: str) -> None:
        self.message = message
        self.fix = fix
        super().__init__(f"{message} ({fix})")


class Presets:
    """Every preset that can be found, by name and version, and what was left out."""

    def __init__(self, presets: Iterable[Preset], broken: Iterable[BrokenPresets] = ()) -> None:
        self.broken = tuple(broken)
        self._by_name: dict[str, dict[int, Preset]] = {}
        for preset in presets:
            self._by_name.setdefault(preset.name, {}).setdefault(preset.version, preset)

    def __iter__(self) -> Iterator[Preset]:
        """The newest version of each, by name."""
        for _name, versions in sorted(self._by_name.items()):
            yield versions[max(versions)]

    def versions(self, name: str) -> tuple[int, ...]:
        """The versions there are of a preset, the oldest first."""
        return tuple(sorted(self._by_name.get(name, ())))

    def find(self, name: str) -> Preset:
        """The newest preset of a name, or the one that `name@VERSION` pins.

        Raises UnknownPreset, with the nearest name, when there is none.
        """
        plain, pinned, version = name.partition("@")
        versions = self._by_name.get(plain)
        if versions is None:
            fix = did_you_mean(plain, self._by_name) or "no package brings any"
            left_out = "".join(f"; `{each.package}` {each.problem}" for each in self.broken)
            raise UnknownPreset(f"there is no preset `{excerpt(plain)}`", fix + left_out)
        if not pinned:
            return versions[max(versions)]
        known = {str(number): preset for number, preset in versions.items()}
        if version not in known:
            have = ", ".join(f"{plain}@{number}" for number in sorted(versions))
            raise UnknownPreset(f"there is no preset `{excerpt(name)}`", f"use one of: {have}")
        return known[version]


def load_presets(found: Iterable[EntryPoint] | None = None) -> Presets:
    """The presets of every package installed beside this one, or of the entry points given.

    They are taken in the order of the entry points' names; of two presets of one name and version
    the first counts. A package that cannot be read is left out, and takes no other down.
    """
    if found is None:
        found = entry_points(group=ENTRY_POINTS)
    presets: dict[str, Preset] = {}
    broken: list[BrokenPresets] = []
    for entry_point in sorted(found, key=lambda each: each.name):
        for each in _of_package(entry_point):
            if isinstance(each, BrokenPresets):
                broken.append(each)
            elif presets.setdefault(each.file, each) is not each:
                problem = f"`{each.file}` is brought by another package already"
                broken.append(BrokenPresets(entry_point.name, problem))
    return Presets(presets.values(), broken)


def _of_package(entry_point: EntryPoint) -> Iterator[Preset | BrokenPresets]:
    try:
        for name, file in _walk(files(import_module(entry_point.value)), ""):
            text = file.read_bytes()
            try:
                plain = name.partition("@")[0]
                yield Preset(plain, _version(text, name), text.decode())
            except UnicodeDecodeError:
                yield BrokenPresets(entry_point.name, f"`{name}` is not in UTF-8")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a package raises
        yield BrokenPresets(entry_point.name, f"cannot be read: {type(error).__name__}: {error}")


def _version(text: bytes, name: str) -> int:
    try:
        version = read_document(text, name, strict=False).value.get("version")
    except ConfigurationError:
        return 0
    return version if isinstance(version, int) and not isinstance(version, bool) else 0


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".yaml"):
            yield f"{prefix}{entry.name.removesuffix('.yaml')}", entry
