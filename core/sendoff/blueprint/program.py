"""A blueprint compiled: requirements, then rules, run on one event after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sendoff.blueprint.compilation import Compilation
from sendoff.blueprint.conditions import Unread
from sendoff.blueprint.generated import generate_choice
from sendoff.blueprint.parameters import declaration_problems
from sendoff.blueprint.reachability import dead_rules
from sendoff.blueprint.requirements import Requirements, compile_requirements
from sendoff.blueprint.rules import Rule, check_shared, compile_rule
from sendoff.blueprint.schema import RULE_KEYS
from sendoff.documents.excerpt import excerpt
from sendoff.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sendoff.blueprint.conditions import Tree
    from sendoff.blueprint.document import Blueprint
    from sendoff.blueprint.paths import Path
    from sendoff.blueprint.trace import Trace
    from sendoff.blueprint.transforms import Transform
    from sendoff.destination import Destination
    from sendoff.problems import Problem


@dataclass(frozen=True, slots=True)
class Program:
    """A blueprint ready to run, with the parameters of one route.

    It is pure: it reads the event, changes nothing, and gives the same for the same. `choose` gives
    the first rule whose `when` holds of an event, None when none does.
    """

    blueprint: Blueprint
    requirements: Requirements
    rules: tuple[Rule, ...]
    choose: Callable[[Any], Rule | None]

    @property
    def reads(self) -> frozenset[Path]:
        """Every path the program may look at."""
        identity = self.requirements.identity
        required = (path for path, _get in (*identity.any_of, *identity.all_of))
        return frozenset((*required, *(path for rule in self.rules for path in rule.reads)))

    @property
    def targets(self) -> frozenset[str]:
        """Every target the program may write."""
        return frozenset(field.name for rule in self.rules for field in rule.fields)

    def rule_for(self, event: Any, trace: Trace) -> Rule | None:
        """The rule that `choose` gives, found step by step, each recorded in the trace."""
        for rule in self.rules:
            with trace.inside("rule", id=rule.id) as entry:
                entry["held"] = rule.when is None or rule.when.run(event, trace)
            if entry["held"]:
                return rule
        return None


def compile_program(
    blueprint: Blueprint,
    destination: Destination,
    transforms: Mapping[str, Transform],
    given: Mapping[str, Any],
) -> Program:
    """The program of a blueprint; `given` are the route's parameters, already judged.

    Raises ConfigurationError with every problem found.
    """
    program, problems = try_compile(blueprint, destination, transforms, given)
    if problems:
        raise ConfigurationError(problems)
    return program


def try_compile(
    blueprint: Blueprint,
    destination: Destination | None,
    transforms: Mapping[str, Transform],
    given: Mapping[str, Any],
) -> tuple[Program, Sequence[Problem]]:
    """The program as far as it goes, and every problem on the way: with problems, never run it.

    Without a destination, because it is not known, all is judged that needs none.
    """
    content = blueprint.document.value
    compilation = _compilation(blueprint, transforms, given)
    compilation.problems.extend(blueprint.problems)
    compilation.problems.extend(declaration_problems(blueprint))
    requirements = compile_requirements(content.get("require"), ("require",), compilation)
    check_shared(content.get("fields"), compilation)
    listed = content.get("rules")
    rules = [
        compile_rule(raw, content.get("fields"), ("rules", index), destination, compilation)
        for index, raw in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(raw, dict)
    ]
    _check_ids(rules, compilation)
    _check_reach(rules, compilation)
    choose = generate_choice(rules, compilation.params)
    program = Program(blueprint, requirements, tuple(rules), choose)
    return program, sorted(set(compilation.problems))


def _compilation(
    blueprint: Blueprint, transforms: Mapping[str, Transform], given: Mapping[str, Any]
) -> Compilation:
    defaults = {
        name: schema["default"]
        for name, schema in blueprint.parameters.items()
        if "default" in schema
    }
    declared = blueprint.document.value.get("parameters")
    known = declared if isinstance(declared, dict) else {}
    return Compilation(blueprint.document, transforms, known, {**defaults, **given})


def _check_ids(rules: Sequence[Rule], compilation: Compilation) -> None:
    first: dict[str, Rule] = {}
    for rule in rules:
        earlier = first.setdefault(rule.id, rule)
        if rule.id and earlier is not rule:
            line = compilation.document.position((*earlier.at, "id")).line
            message = f"line {line} has a rule `{excerpt(rule.id)}` already"
            compilation.problem((*rule.at, "id"), message, "give each rule an id of its own")


def _check_reach(rules: Sequence[Rule], compilation: Compilation) -> None:
    for dead in dead_rules([_tree(rule, compilation) for rule in rules]):
        rule = rules[dead.index]
        at = (*rule.at, "when") if rule.when else rule.at
        if dead.taker is None:
            message = f"this can never hold: {dead.contradiction}"
            fix = "change one of them, or write alternatives under `any`"
        else:
            message = f"this rule is never reached: {_told(rules[dead.taker], compilation)} takes "
            message += "every event that it could take"
            fix = "put it first, or narrow the other"
        compilation.problem(at, message, fix)


def _tree(rule: Rule, compilation: Compilation) -> Tree | None:
    """What the rule's `when` says; nothing is concluded from a rule with keys it cannot have."""
    raw: Any = compilation.document.value["rules"][rule.at[-1]]
    if not raw.keys() <= RULE_KEYS:
        return Unread()
    return rule.when.tree if rule.when else None


def _told(rule: Rule, compilation: Compilation) -> str:
    return f"`{rule.id}`, in line {compilation.document.position(rule.at).line},"
