"""Where the example files are: in the package, or beside it in the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sendoff.errors import SendoffError

PACKAGE: Final = Path(__file__).parents[1]


def example_folder() -> Path:
    """The folder with `sendoff.yaml` and `events.ndjson`. SendoffError: there is none."""
    for folder in (PACKAGE / "examples", PACKAGE.parents[1] / "examples"):
        if (folder / "sendoff.yaml").is_file():
            return folder
    raise SendoffError("the example files are missing: install sendoff again")
