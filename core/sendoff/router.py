"""decide: one event in, one decision per route out. Pure: no clock, no store, no socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sendoff.blueprint.failures import MappingFailure
from sendoff.blueprint.generated import generate_admission
from sendoff.decision import Decision, DeliveryIds
from sendoff.destination import Destination
from sendoff.payloads import PayloadJudge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sendoff.blueprint.program import Program
    from sendoff.blueprint.requirements import Consent
    from sendoff.blueprint.rules import Rule
    from sendoff.blueprint.trace import Trace
    from sendoff.event import Event

_encode = msgspec.json.Encoder().encode
_ALL_ON = {"All": True}  # what RudderStack's SDKs say of every event
_HASH_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Route:
    """A configured use of a destination: its program, and what this route demands beside it.

    `silence_allows` lets an event that says nothing of a demanded purpose pass.
    """

    name: str
    destination: Destination
    program: Program
    consent: tuple[str, ...] = ()
    silence_allows: bool = False

    @property
    def demands(self) -> Consent:
        """The purposes that the blueprint and this route demand."""
        return self.program.requirements.consent.also(self.consent)

    @property
    def blueprint(self) -> str:
        """What decides here, as every decision bears it: `freshdesk/default@1 0123456789ab`."""
        blueprint = self.program.blueprint
        return f"{blueprint.name}@{blueprint.version} {blueprint.hash[:_HASH_SHOWN]}"


class Router:
    """Decides what each route does with an event."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._deciders = tuple(RouteDecider(route) for route in routes)
        self._decide = tuple(decider.decide for decider in self._deciders)

    def decide(self, event: Event, key: str, now: datetime) -> list[Decision]:
        """One decision per route, in the routes' order. `key` is the event's key."""
        decisions = []
        for decide in self._decide:
            # A comprehension is a call more, which shows where there is one route.
            decisions.append(decide(event, key, now))  # noqa: PERF401
        return decisions

    def explain(self, event: Event, key: str, now: datetime, trace: Trace) -> list[Decision]:
        """The same decisions, with every step of each recorded in the trace."""
        decisions = []
        for decider in self._deciders:
            with trace.inside("route", name=decider.route.name):
                decisions.append(decider.decide(event, key, now, trace))
        return decisions


class RouteDecider:
    """Decides for one route. The order of judging is fixed, and the first reason wins."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._name = route.name
        self._ids = DeliveryIds(route.name)
        self._identity = route.program.requirements.identity
        self._consent = route.demands
        self._blueprint = route.blueprint
        actions = {rule.action.name: rule.action for rule in route.program.rules}
        judges = {name: PayloadJudge(action) for name, action in actions.items()}
        self._admits = generate_admission(self._identity, self._consent)
        self._rule_for = route.program.rule_for
        self._choose = route.program.choose
        self._judges = {rule.id: judges[rule.action.name] for rule in route.program.rules}
        destination = route.destination
        self._names = frozenset(
            name.casefold() for name in (route.name, destination.name, destination.title)
        )
        # Most destinations say everything in their schema: no call for those.
        self._validates = type(destination).validate is not Destination.validate
        self._validate = destination.validate

    def decide(self, event: Event, key: str, now: datetime, trace: Trace | None = None) -> Decision:
        """The decision about one event; with a trace, every step is recorded on the way."""
        if event.integrations and event.integrations != _ALL_ON:
            why = opted_out(event.integrations, self._names)
            if why:
                return self._drop("integration_disabled", why)
        if trace is not None or not self._admits(event):
            why = self._identity.missing(event, trace)
            if why:
                return self._drop("anonymous", why)
            allowed = self.route.silence_allows
            why = self._consent.missing(event.consent, trace, silence_allows=allowed)
            if why:
                return self._drop("no_consent", why)
        rule = self._choose(event) if trace is None else self._rule_for(event, trace)
        if rule is None:
            return self._drop("no_rule", _unruled(event))
        return self._map(rule, event, key, now, trace)

    def _map(
        self, rule: Rule, event: Event, key: str, now: datetime, trace: Trace | None
    ) -> Decision:
        try:
            payload = (rule.make(event) if trace is None else rule.run(event, trace)) or {}
        except MappingFailure as failure:
            return self._dead(failure.reason, failure.detail, rule)
        judge = self._judges[rule.id]
        try:
            problem = "" if judge.is_valid(payload) else judge.problem(payload)
        except ValueError:
            problem = judge.problem(payload)  # which has words for it
        if not problem and self._validates:
            problem = self._invalid(rule.action.name, payload, now)
        if problem:
            return self._dead("invalid_payload", problem, rule)
        try:
            body = _encode(payload)
        except ValueError as error:  # a number of thousands of digits, half a surrogate pair
            detail = f"$: cannot be written as JSON ({type(error).__name__})"
            return self._dead("invalid_payload", detail, rule)
        return Decision(
            route=self._name, verdict="send", rule=rule.id, action=rule.action.name,
            body=body, delivery_id=self._ids.of(key),
            order_key=judge.order_key(payload), write=rule.write,
            blueprint=self._blueprint,
        )  # fmt: skip

    def _invalid(self, action: str, payload: Mapping[str, Any], now: datetime) -> str:
        """What the destination says is wrong with a payload that fits its schema."""
        try:
            return "; ".join(self._validate(action, payload, now))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            return f"the check of `{self.route.destination.name}` broke with {type(error).__name__}"

    def _drop(self, reason: str, detail: str) -> Decision:
        return Decision(
            route=self._name, verdict="drop", reason=reason, detail=detail,
            blueprint=self._blueprint,
        )  # fmt: skip

    def _dead(self, reason: str, detail: str, rule: Rule) -> Decision:
        return Decision(
            route=self._name, verdict="dead", reason=reason, detail=detail, rule=rule.id,
            action=rule.action.name, blueprint=self._blueprint,
        )  # fmt: skip


def opted_out(integrations: Mapping[str, Any], names: frozenset[str]) -> str:
    """Why the event's `integrations` keep it from a route known by these folded names.

    A name beats `All`, and of several names that mean the route one false is enough. A mapping of
    options counts as true; other shapes say nothing.
    """
    everything, mentioned = "", False
    for name, wanted in integrations.items():
        if wanted is not False and wanted is not True and type(wanted) is not dict:
            continue
        off = f"integrations.{name} is false" if wanted is False else ""
        folded = name.casefold()
        if folded in names:
            if off:
                return off
            mentioned = True
        elif folded == "all":
            everything = everything or off
    return "" if mentioned else everything


def _unruled(event: Event) -> str:
    called = f" {event.event!r}" if event.event else ""
    article = "an" if event.type in {"identify", "alias"} else "a"
    return f"no rule takes {article} {event.type} call{called}"
