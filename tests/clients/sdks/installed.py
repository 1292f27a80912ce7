"""The SDKs, installed once into a folder that outlives the session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 300  # seconds an installation may take


class MissingError(Exception):
    """Something that only these tests need is not here; the text says what to install."""


def python_sdk(requirement: str) -> Path:
    """The folder with a Python SDK and what it needs, for `PYTHONPATH`.

    Each has its own: two of them bring a module of the same name. MissingError: it cannot be had.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    def install(folder: Path) -> list[str]:
        return [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--no-warn-conflicts", "--target", str(folder), requirement,
        ]  # fmt: skip

    return _kept(f"{requirement}-python{version}", install, "a package index that pip reaches")


def node_modules(package: Path) -> Path:
    """The `node_modules` of a `package.json`; MissingError: there is no npm, or it fails."""
    program("npm", "Node.js and npm (Debian: apt-get install nodejs npm)")
    content = package.read_bytes()

    def install(folder: Path) -> list[str]:
        (folder / package.name).write_bytes(content)
        return [
            "npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-package-lock",
            "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error",
        ]  # fmt: skip

    name = f"node-packages-{sha256(content).hexdigest()[:16]}"
    return _kept(name, install, "a package registry that npm reaches") / "node_modules"


def program(name: str, what: str) -> str:
    """The path of a program; MissingError with `what` to install."""
    found = shutil.which(name)
    if found is None:
        raise MissingError(f"`{name}` is not on this machine: install {what}")
    return found


def _kept(name: str, install: Callable[[Path], list[str]], needs: str) -> Path:
    """A folder of the cache, filled by a command where it is not there yet: whole or not at all."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sendoff-tests"
    kept = cache / name
    if kept.is_dir():
        return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, ignore_cleanup_errors=True) as unfinished:
        folder = Path(unfinished) / "whole"
        folder.mkdir()
        done = subprocess.run(  # noqa: S603 - the commands above
            install(folder), capture_output=True, text=True, timeout=_LONGEST, check=False
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise MissingError(f"{name} was not installed: {last[0]} (it takes {needs})")
        if not kept.is_dir():  # another session may have been faster
            folder.rename(kept)
    return kept
