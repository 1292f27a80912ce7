"""A drafted route put to the test, and put to work: into the pipeline file, and into the pipeline.

Nothing is written unless the file with the new route loads, and says of everything else exactly
what it said before.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sendoff.documents import read_document
from sendoff.errors import SendoffError, UsageError
from sendoff.examination import examine
from sendoff.pipeline_file import load_pipeline
from sendoff.pipeline_file.insertion import with_route
from sendoff.pipeline_file.rewriting import CHANGED, digest, read_text, replace_text, secret_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sendoff.debugger.draft import Draft
    from sendoff.destination import Finding
    from sendoff.pipeline import Sendoff
    from sendoff.pipeline_file import Pipeline


@dataclass(frozen=True, slots=True)
class _Edition:
    """A text of the pipeline file, the one it takes the place of, and what it says."""

    old: bytes
    new: bytes
    pipeline: Pipeline


class Changed(UsageError):  # noqa: N818 - says what it is
    """The pipeline file is no longer the one that a form was made from."""


class Deployment:
    """Adds routes to the file of an open pipeline, one after the other."""

    def __init__(self, sendoff: Sendoff, config: Path) -> None:
        self._sendoff = sendoff
        self._config = config
        self._turn = asyncio.Lock()

    def seen(self) -> str:
        """What the file is like now; give it back with what was made of it.

        Blank where it cannot be read, as is told to who would change it.
        """
        with suppress(SendoffError):
            return digest(read_text(self._config))
        return ""

    async def tested(self, draft: Draft, seen: str) -> Sequence[Finding]:
        """What the destination says of the route, without writing anything here or there.

        Raises ConfigurationError and UsageError for what is wrong with it, Changed for the file.
        """
        on = {key: value for key, value in draft.route.items() if key != "enabled"}
        edition = self._edition(replace(draft, route=on), seen, testing=True)
        alone = replace(edition.pipeline, routes=edition.pipeline.routes[-1:])
        around = draft.around(self._sendoff.around, testing=True)
        [found] = await examine(alone, around, self._sendoff.setting)
        return found.findings

    async def saved(self, draft: Draft, seen: str) -> None:
        """Write the route, and the files of its secrets, and go on with it.

        Raises likewise, and SendoffError where a file cannot be written; all is as it was then.
        """
        async with self._turn:
            edition = self._edition(draft, seen, testing=False)
            with secret_files(draft.files):
                replace_text(self._config, edition.old, edition.new)
                try:
                    await self._sendoff.reload(edition.pipeline)
                except BaseException:
                    replace_text(self._config, edition.new, edition.old)
                    raise

    def _edition(self, draft: Draft, seen: str, *, testing: bool) -> _Edition:
        old = read_text(self._config)
        if digest(old) != seen:
            raise Changed(CHANGED)
        file = str(self._config)
        new = with_route(old, file, draft.name, draft.route)
        around = draft.around(self._sendoff.around, testing=testing)
        return _Edition(old, new, load_pipeline(read_document(new, file), around))
