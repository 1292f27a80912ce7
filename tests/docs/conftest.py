"""The tables and snippets of the pages under docs/, as the tests of each page read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Page:
    """A page of the documents."""

    text: str

    def section(self, title: str) -> Page:
        """What stands under a heading, up to the next of its level."""
        found = re.search(
            rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", self.text, re.MULTILINE | re.DOTALL
        )
        assert found, f"there is no heading `{title}`"
        return Page(found[2])

    def table(self, *titles: str) -> list[list[str]]:
        """The rows of the table whose first columns have these titles."""
        rows = [_cells(line) for line in self.text.splitlines() if line.startswith("|")]
        heads = [at for at, row in enumerate(rows) if tuple(row[: len(titles)]) == titles]
        assert len(heads) == 1, f"there is not one table of {', '.join(titles)}, but {len(heads)}"
        start = heads[0] + 2
        after = rows[start:]
        ends = [at for at, row in enumerate(after) if set("".join(row)) <= set("-: ")]
        return after[: ends[0] - 1] if ends else after

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)


def _cells(line: str) -> list[str]:
    cells = _CELL.split(line.strip().strip("|"))
    return [cell.strip().replace("\\|", "|") for cell in cells]


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Page:
    """The page that the test's module names as PAGE."""
    path: str = request.module.PAGE
    return Page((ROOT / "docs" / path).read_text(encoding="utf-8"))
