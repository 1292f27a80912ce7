"""The lines of one generated function of an event, and the values that they name."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Writer:
    """Writes one function. A `name` that stands in a line is always one that it gave."""

    def __init__(self, **names: Any) -> None:
        self._names: dict[str, Any] = names
        self._roots: dict[str, str] = {}
        self._heads: list[str] = []
        self._lines: list[str] = []
        self._depth = 1
        self._numbers = count()

    def line(self, text: str) -> None:
        """Add a line at the present depth."""
        self._lines.append("    " * self._depth + text)

    @contextmanager
    def inside(self, head: str) -> Iterator[None]:
        """Add a line, and what is written in the block below it."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self) -> str:
        """A name that no line has yet."""
        return f"v{next(self._numbers)}"

    def constant(self, value: Any) -> str:
        """The name by which lines know a value."""
        name = self.name()
        self._names[name] = value
        return name

    def root(self, root: str) -> str:
        """The name of an attribute of the event, read once for the whole function."""
        if not root.isidentifier():
            raise ValueError(f"{root!r} is no attribute")
        name = self._roots.get(root)
        if name is None:
            name = self._roots[root] = f"r{len(self._roots)}"
            self._read_root(f"{name} = event.{root}")
        return name

    def function(self) -> Callable[[Any], Any]:
        """The function as far as it was written."""
        heads = [f"    {line}" for line in self._heads]
        source = "\n".join(["def function(event):", *heads, *self._lines])
        names: Mapping[str, Any] = self._names
        # The text holds names and nothing else: see the package.
        exec(compile(source, "<blueprint>", "exec"), self._names)  # noqa: S102
        function: Callable[[Any], Any] = names["function"]
        return function

    def _read_root(self, line: str) -> None:
        """Put a line that reads a root where all can see what it read."""
        self._heads.append(line)
