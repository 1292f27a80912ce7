"""A pipeline file as the rest of sendoff uses it: everything resolved, checked and compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sendoff.pipeline_file.server import Address, ServerConfig
from sendoff.retry import RetryPolicy
from sendoff.router import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendoff.blueprint.program import Program
    from sendoff.destination import Batching, Destination, Limits
    from sendoff.problems import Problem


@dataclass(frozen=True, slots=True)
class RouteConfig:
    """One route: what it sends where, and how hard it may push."""

    name: str
    destination: Destination
    program: Program
    settings: Mapping[str, Any] = field(repr=False)
    consent: tuple[str, ...]
    silence_allows: bool
    limits: Limits
    batching: Batching
    policy: RetryPolicy
    enabled: bool = True

    @property
    def route(self) -> Route:
        """The part that decides."""
        return Route(self.name, self.destination, self.program, self.consent, self.silence_allows)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A whole pipeline file. `secrets` are the values that must be shown nowhere.

    `store` is the address of its store as it was written, `keep` how many seconds settled events
    are kept there. `debugger` is where `sendoff serve` shows it, None where the file does not say.
    """

    name: str
    file: str
    routes: tuple[RouteConfig, ...]
    consent_map: Mapping[str, str]
    store: str
    keep: float
    redact: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)
    warnings: tuple[Problem, ...] = ()
    server: ServerConfig = field(default_factory=ServerConfig)
    debugger: Address | None = None

    @property
    def enabled(self) -> tuple[RouteConfig, ...]:
        """The routes that are not switched off."""
        return tuple(route for route in self.routes if route.enabled)
