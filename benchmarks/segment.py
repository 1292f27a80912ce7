"""Segment's action kit in a Node process of its own, as a candidate of the comparison."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Pass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from measure import Candidate

FOLDER = Path(__file__).parent / "node"
PACKAGE = "@segment/actions-core"
INSTALL_SECONDS = 60


class Unavailable(Exception):  # noqa: N818 - a state of the machine, told to the reader
    """The peer cannot run here; the text says why."""


@contextmanager
def peer(lines: Sequence[bytes]) -> Iterator[Candidate]:
    """The peer, ready for passes over `lines`. Installs its package where that is missing.

    Raises `Unavailable` without Node, without npm when the package is missing, or when the
    package can be neither installed nor started.
    """
    node = shutil.which("node")
    if node is None:
        raise Unavailable("Node is not installed")
    if _installed() != _wanted():
        _install()
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder, "events.ndjson")
        events.write_bytes(b"".join(line + b"\n" for line in lines))
        command = [node, str(FOLDER / "segment.cjs"), str(events)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            candidate = partial(_pass, process)
            candidate()  # tells whether it starts; and the sooner its compiler has seen the code
            yield candidate


def _pass(process: subprocess.Popen[str]) -> Pass:
    if process.stdin is None or process.stdout is None:
        raise Unavailable("Node was started without pipes")
    try:
        process.stdin.write("\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has stopped, which the empty answer below tells
    answer = process.stdout.readline()
    if not answer:
        raise Unavailable(f"Node stopped with exit code {process.wait()}")
    return Pass(**json.loads(answer))


def _wanted() -> str:
    version: str = json.loads((FOLDER / "package.json").read_bytes())["dependencies"][PACKAGE]
    return version


def _installed() -> str | None:
    manifest = FOLDER / "node_modules" / PACKAGE / "package.json"
    if not manifest.exists():
        return None
    version: str = json.loads(manifest.read_bytes())["version"]
    return version


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(f"{PACKAGE} is not installed, and neither is npm")
    print(f"npm ci: {PACKAGE} {_wanted()} into {FOLDER / 'node_modules'}", file=sys.stderr)
    install = partial(subprocess.run, cwd=FOLDER, capture_output=True, text=True, check=False)
    try:
        done = install(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm ci took more than {INSTALL_SECONDS} s") from None
    if done.returncode:
        raise Unavailable(f"npm ci failed: {_reason(done.stderr)}")


def _reason(errors: str) -> str:
    """What npm said, without the addresses and the path of its log."""
    said = [line for line in errors.splitlines() if line.startswith("npm error")]
    plain = [line.removeprefix("npm error ") for line in said if "://" not in line]
    return ", ".join(plain[:2]) or "it gave no reason"
