"""What a destination says of a route, and what its answers tell beside."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from sendoff.destination import Finding
from sendoff.errors import SendoffError, UsageError
from sendoff.http import Deadline, Overdue, under
from sendoff.pipeline import Sendoff
from sendoff.store.failures import StoreError
from sendoff.waiting import is_stopping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sendoff.pipeline import Setting
    from sendoff.pipeline_file import Pipeline, RouteConfig, Surroundings

SKEW: Final = 60.0
"""Seconds that the clocks here and there may differ before that is told."""


@dataclass(slots=True)
class Examination:
    """What was found out about a route; `exchanges` are the requests that were made for it."""

    route: str
    destination: str
    findings: list[Finding] = field(default_factory=list)
    exchanges: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def troubled(self) -> bool:
        """Whether anything is wrong."""
        return any(finding.level == "problem" for finding in self.findings)

    @property
    def reached(self) -> bool:
        """Whether a request succeeded: else it is credentials, address or network."""
        return any(_succeeded(each) for each in self.exchanges)

    def record(self, record: Mapping[str, Any]) -> None:
        """Take a record of the journal, if it is about a request."""
        if record["kind"] == "exchange":
            self.exchanges.append(record)


async def examine(
    pipeline: Pipeline, around: Surroundings, setting: Setting | None = None
) -> Sequence[Examination]:
    """Each route that is not switched off, one after the other; writes nothing."""
    found = []
    alone = apart(pipeline)
    for route in pipeline.enabled:
        examination = Examination(route.name, route.destination.title)
        # Opened for each, so that the journal tells of this route alone.
        async with Sendoff.open(alone, around=around, setting=setting) as sendoff:
            sendoff.journal.subscribe(examination.record)
            examination.findings += await _verified(sendoff, route)
        examination.findings += _skew(examination.exchanges)
        found.append(examination)
    return found


def apart(pipeline: Pipeline) -> Pipeline:
    """The same pipeline with a store of its own, which nothing waits in and nothing stays in."""
    return replace(pipeline, store="memory")


async def store_trouble(pipeline: Pipeline, around: Surroundings) -> str | None:
    """What is wrong with a pipeline's store, None where it can be read and takes events."""
    try:
        async with Sendoff.open(pipeline, around=around) as sendoff:
            await sendoff.store.undecided(1)
            await sendoff.store.append([])
    except (StoreError, UsageError) as error:
        return str(error)
    return None


async def _verified(sendoff: Sendoff, route: RouteConfig) -> Sequence[Finding]:
    deadline = Deadline(route.limits.deadline, sendoff.setting.clock)
    try:
        with under((), deadline=deadline):
            found = await deadline.keep(sendoff.connect(route).verify(route.program.targets))
        if _are_findings(found):
            return found
        message = "the destination's plugin gave something else than a list of findings"
    except asyncio.CancelledError:
        if is_stopping():
            raise
        message = "the destination's plugin cancelled itself"
    except Overdue:
        message = f"the destination's plugin did not end within {route.limits.deadline:g} s"
    except SendoffError as error:
        return [Finding("problem", str(error))]  # says itself what to do
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything
        message = f"the destination's plugin raised {type(error).__name__}: {error}"
    return [Finding("problem", message, "report it to the author of the plugin")]


def _are_findings(found: object) -> bool:
    """Whether this is what `verify` should give: a plugin may give anything."""
    return isinstance(found, list | tuple) and all(isinstance(each, Finding) for each in found)


def _succeeded(exchange: Mapping[str, Any]) -> bool:
    status = exchange["status"]
    return exchange["error"] is None and status is not None and 200 <= status < 300  # noqa: PLR2004


def _skew(exchanges: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Whether the clock of this machine differs from that of a server."""
    for exchange in exchanges:
        try:
            there = parsedate_to_datetime(exchange["answer_headers"]["date"])
            here = datetime.fromisoformat(exchange["at"])
            ahead = (here - there).total_seconds()
        except (KeyError, ValueError, TypeError):
            continue
        if abs(ahead) > SKEW:
            state = "ahead of" if ahead > 0 else "behind"
            message = f"the clock of this machine is {abs(ahead):.0f} s {state} the server's"
            return [Finding("warning", message, "let it be set over the network (NTP)")]
        break
    return []
