"""A process and its write system calls: counted, or killed at one of them."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Those with `?` are not on every machine's list of system calls.
_CALLS = (
    "pwrite64,pwritev,pwritev2,write,writev,fsync,fdatasync,ftruncate,fallocate,fchmod,fchmodat"
    ",?rename,renameat,?renameat2,?unlink,unlinkat,?link,linkat,?chmod"
)
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)")
_KILLED = -9


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """Where a process is killed: before the `nth` call to one file (named from the folder on)."""

    file: str
    call: str
    nth: int


def points(command: Sequence[str], folder: Path, log: Path) -> list[Point]:
    """Run a command once, and give every point there is in the files of a folder.

    strace counts each thread's calls by themselves, so of a file that two threads write to there
    are as many points as the busier one has.
    """
    _strace(["-y", "-e", f"trace={_CALLS}"], command, log)
    inside = re.compile(rf"{re.escape(str(folder))}(?:/([^>\"]*))?")
    threads: Counter[tuple[str, str, str]] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        named = inside.search(found[3]) if found else None
        if found and named:
            threads[named[1] or ".", found[2], found[1]] += 1
    most: Counter[tuple[str, str]] = Counter()
    for (file, call, _thread), count in threads.items():
        most[file, call] = max(most[file, call], count)
    return sorted(
        Point(file, call, nth)
        for (file, call), count in most.items()
        for nth in range(1, count + 1)
    )


def killed_at(point: Point, command: Sequence[str], folder: Path, log: Path) -> bool:
    """Run a command and kill it with signal 9 at a point; whether it came that far."""
    inject = ["-P", str(folder / point.file), "-e", f"trace={point.call}"]
    inject += ["-e", f"inject={point.call}:signal=KILL:when={point.nth}"]
    return _strace(inject, command, log) == _KILLED


def _strace(options: Sequence[str], command: Sequence[str], log: Path) -> int:
    # strace ends as the process did that it runs.
    ended = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(log), *options, *command],
        check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    if ended.returncode not in (0, _KILLED):
        raise RuntimeError(ended.stderr.decode(errors="replace"))
    return ended.returncode
