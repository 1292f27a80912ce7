from __future__ import annotations

from typing import Any

from sendoff.cli.exits import Exit

PAGE = "how-to/set-up-a-pipeline.md"


def test_every_exit_code_is_there(page: Any) -> None:
    assert {int(row[0]) for row in page.table("exit code", "meaning")} == set(Exit)
