from __future__ import annotations

import zipfile
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from sendoff.errors import ConfigurationError
from sendoff.presets import Preset, Presets, UnknownPreset, load_presets

YAML = "name: {name}\nversion: {version}\n"


def entry_point(module: str) -> EntryPoint:
    return EntryPoint(module, module, "sendoff.blueprints")


def package(folder: Path, name: str, files: Mapping[str, str | bytes]) -> EntryPoint:
    """A package of blueprints in a folder that is on the path."""
    for path, text in {"__init__.py": "", **files}.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return entry_point(name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_presets_are_named_by_their_place_in_the_package(folder: Path) -> None:
    found = package(folder, "pack_a", {
        "desk/default.yaml": YAML.format(name="desk/default", version=1),
        "desk/default@2.yaml": YAML.format(name="desk/default", version=2),
        "top.yaml": YAML.format(name="top", version=7),
        "readme.md": "no blueprint",
    })  # fmt: skip
    presets = load_presets([found])
    assert [each.file for each in presets] == ["desk/default@2", "top@7"]
    assert presets.find("desk/default").version == 2
    assert presets.find("desk/default@1").version == 1
    assert presets.find("top").document().value == {"name": "top", "version": 7}
    assert presets.broken == ()


def test_presets_are_read_from_a_zipped_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "pack.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("pack_zip/__init__.py", "")
        file.writestr("pack_zip/desk/__init__.py", "")
        file.writestr("pack_zip/desk/mine.yaml", YAML.format(name="desk/mine", version=1))
    monkeypatch.syspath_prepend(str(archive))
    assert load_presets([entry_point("pack_zip")]).find("desk/mine").version == 1


def test_a_broken_package_is_left_out_and_takes_no_other_down(folder: Path) -> None:
    good: Mapping[str, str] = {"good.yaml": YAML.format(name="good", version=1)}
    found = [
        package(folder, "pack_raises", {"__init__.py": "1 / 0", "x.yaml": ""}),
        package(folder, "pack_exits", {"__init__.py": "raise SystemExit(3)"}),
        entry_point("pack_missing"),
        package(folder, "pack_latin", {"bad.yaml": b"name: caf\xe9\n", **good}),
        package(folder, "pack_second", good),
    ]
    presets = load_presets(found)
    assert [each.file for each in presets] == ["good@1"]
    assert [(each.package, each.problem) for each in presets.broken] == [
        ("pack_exits", "cannot be read: SystemExit: 3"),
        ("pack_latin", "`bad` is not in UTF-8"),
        ("pack_missing", "cannot be read: ModuleNotFoundError: No module named 'pack_missing'"),
        ("pack_raises", "cannot be read: ZeroDivisionError: division by zero"),
        ("pack_second", "`good@1` is brought by another package already"),
    ]


def test_a_preset_that_is_no_yaml_tells_so_when_it_is_used(folder: Path) -> None:
    found = package(folder, "pack_yaml", {"bad.yaml": "a: [", "list.yaml": "- a", "n.yaml": "a: b"})
    presets = load_presets([found])
    assert [each.file for each in presets] == ["bad@0", "list@0", "n@0"]
    with pytest.raises(ConfigurationError, match=r"^bad@0:1:5: the file ends inside a bracket"):
        presets.find("bad").document()


def test_a_trap_in_a_preset_is_kept_with_its_document(folder: Path) -> None:
    found = package(folder, "pack_trap", {"a.yaml": "version: 3\nname: NO\n"})
    preset = load_presets([found]).find("a")
    assert preset.version == 3
    assert [problem.position.line for problem in preset.document().problems] == [2]


PRESETS = Presets([
    Preset("desk/default", 1, ""), Preset("desk/default", 10, ""), Preset("desk/mine", 2, "")
])  # fmt: skip


def test_the_newest_version_is_found_unless_one_is_pinned() -> None:
    assert PRESETS.find("desk/default").version == 10
    assert PRESETS.find("desk/default@1").version == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("desk/defalt", "there is no preset `desk/defalt` (did you mean `desk/default`?)"),
        ("zzz", "there is no preset `zzz` (use one of: desk/default, desk/mine)"),
        ("desk/default@2", "there is no preset `desk/default@2` (use one of: desk/default@1, "
         "desk/default@10)"),
        ("desk/default@", "there is no preset `desk/default@` (use one of: desk/default@1, "
         "desk/default@10)"),
        ("desk/default@01", "there is no preset `desk/default@01` (use one of: desk/default@1, "
         "desk/default@10)"),
        ("desk/mine@" + "9" * 5000, f"there is no preset `desk/mine@{'9' * 30}…` (use one of: "
         "desk/mine@2)"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_told_the_nearest(name: str, message: str) -> None:
    with pytest.raises(UnknownPreset) as caught:
        PRESETS.find(name)
    assert str(caught.value) == message


def test_where_a_package_was_left_out_it_is_said(folder: Path) -> None:
    presets = load_presets([package(folder, "pack_gone", {"__init__.py": "1 / 0"})])
    with pytest.raises(UnknownPreset) as caught:
        presets.find("desk/default")
    assert caught.value.fix == (
        "no package brings any; `pack_gone` cannot be read: ZeroDivisionError: division by zero"
    )


def test_the_presets_of_this_distribution_are_found() -> None:
    presets = load_presets()
    assert presets.find("freshdesk/default").document().problems == ()
    assert presets.broken == ()
