"""What is in the repository and in the distribution, and how large its parts may grow."""

from __future__ import annotations

import ast
import re
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sendoff
import sendoff_freshdesk
import sendoff_freshsuccess
import sendoff_webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGES = [
    Path(str(package.__file__)).parent
    for package in (sendoff, sendoff_freshdesk, sendoff_freshsuccess, sendoff_webhook)
]
MODULES = [file for package in PACKAGES for file in sorted(package.rglob("*.py"))]
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
REGISTRIES = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
    ("debian", "org"), ("golang", "org"), ("crates", "io"),
)]  # fmt: skip
"""Host names of package registries, in parts, so that this file does not mention one."""
NOT_OURS = {".git", ".venv", "node_modules", "dist", "build", "__pycache__", ".hypothesis"}

needs_a_checkout = pytest.mark.skipif(
    not (ROOT / "core").is_dir(), reason="an unpacked sdist has no sources beside its tests"
)


@needs_a_checkout
@pytest.mark.parametrize("root", ["core", "destinations", "blueprints"])
def test_a_source_root_holds_packages_of_ours_and_a_readme_at_most(root: str) -> None:
    entries = {entry.name for entry in (ROOT / root).iterdir()} - NOT_OURS
    assert entries
    assert {
        name for name in entries if not re.fullmatch(r"README\.md|sendoff|sendoff_\w+", name)
    } == set()


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert len(lines) > 100
    assert {file: length for file, length in lines.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = {
        f"{file}:{function.lineno}": (function.end_lineno or 0) - function.lineno + 1
        for file in MODULES
        for function in _functions(file)
    }
    assert len(lengths) > 500
    assert {at: length for at, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_entry_point_of_the_distribution_resolves() -> None:
    ours = [
        each
        for group in ("console_scripts", "sendoff", "sendoff.blueprints")
        for each in entry_points(group=group)
        if each.dist and each.dist.name == "sendoff"
    ]
    assert {each.group for each in ours} == {"console_scripts", "sendoff", "sendoff.blueprints"}
    assert all(each.load() for each in ours)


def test_every_public_name_is_there() -> None:
    assert sorted(sendoff.__all__) == list(sendoff.__all__)
    assert all(getattr(sendoff, name).__module__.startswith("sendoff.") for name in sendoff.__all__)


@needs_a_checkout
def test_the_changelog_ends_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert released[0] == version("sendoff")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    named = re.compile("|".join(re.escape(host) for host in REGISTRIES))
    found = {
        str(file.relative_to(ROOT)): match[0]
        for file in _files(ROOT)
        if (match := named.search(file.read_text(encoding="utf-8", errors="ignore")))
    }
    assert found == {}


def _functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in NOT_OURS or entry.name.endswith("_cache") or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        else:
            yield entry
