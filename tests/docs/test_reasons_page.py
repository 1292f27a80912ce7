from __future__ import annotations

import ast
import re
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sendoff
import sendoff_freshdesk
import sendoff_freshsuccess
import sendoff_webhook
from sendoff.answer import ERROR_KINDS
from sendoff.decision import DEAD_REASONS, DROP_REASONS
from sendoff.holds import FAILURES
from sendoff.report import remedies
from sendoff.report.remedies import remedy
from sendoff.responses import DEFAULT_RULES
from sendoff.settlement import PLUGIN_ERRORS
from sendoff.store.sqlite import suspects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PAGE = "reasons.md"
SECTIONS = {
    "Rejected": "Dead", "Dead": "Dead", "rejected": "Dead",
    "Skipped": "Skipped", "skipped": "Skipped",
    "NeedsOperator": "Held", "needs_operator": "Held",
    "Retry": "Retried", "retry": "Retried", "Later": "Waiting",
}  # fmt: skip
"""Under which heading the reason of an outcome stands."""

GIVES_REASONS = re.compile(
    r"REASON|\b(ResponseRule|Rejected|Dead|Skipped|NeedsOperator|Retry|Later)\("
)
"""What a module has that names a reason: reading all the others takes most of the time."""


def documented(page: Any, section: str) -> set[str]:
    lines = page.section(section).text.splitlines()
    return {line.split("|")[1].strip(" `") for line in lines if line.startswith("| `")}


def test_every_reason_of_a_decision_is_on_the_page(page: Any) -> None:
    assert documented(page, "Dropped") == set(DROP_REASONS)
    assert documented(page, "Dead") >= set(DEAD_REASONS)


def test_every_reason_of_a_store_is_on_the_page(page: Any) -> None:
    assert _store_reasons() >= {"damaged", "recovered", "took_the_worker_down"}
    assert documented(page, "Dead") >= _store_reasons()


def test_every_reason_that_the_code_can_give_an_outcome_is_under_its_heading(page: Any) -> None:
    produced = list(_produced())
    assert len(produced) > 30
    for section in ("Dead", "Skipped", "Held", "Retried", "Waiting"):
        given = {reason for outcome, reason in produced if SECTIONS[outcome] == section}
        known = documented(page, section)
        assert given <= known, f"not under {section}: {', '.join(sorted(given - known))}"


def test_for_every_reason_the_commands_say_what_to_do() -> None:
    unknown = sorted(reason for reason in _all_reasons() if not remedy(reason))
    assert not unknown, f"cli/remedies.py has nothing for {', '.join(unknown)}"


def test_no_remedy_is_for_a_reason_that_nothing_gives() -> None:
    invented = sorted(remedies._ALL.keys() - _all_reasons())
    assert not invented, f"nothing gives {', '.join(invented)}"


def test_of_a_reason_that_only_a_plugin_knows_nothing_is_said() -> None:
    assert remedy("http_418") == ""


def test_no_reason_on_the_page_is_invented(page: Any) -> None:
    produced = _all_reasons()
    for section in ("Dropped", "Dead", "Skipped", "Held", "Retried", "Waiting"):
        invented = documented(page, section) - produced
        assert not invented, f"nothing gives {', '.join(sorted(invented))} under {section}"


def test_every_kind_of_network_error_is_told_as_what_follows_from_it(page: Any) -> None:
    by_error = {kind: _rule_for(kind) for kind in ERROR_KINDS}
    retried = documented(page, "Retried")
    for kind, rule in by_error.items():
        reason = rule.reason or kind
        assert reason in (retried if rule.outcome == "retry" else documented(page, "Held"))


def test_a_status_after_which_it_may_have_worked_is_told_so(page: Any) -> None:
    rows = page.table("reason", "what it means", "may it have worked?")
    said = {row[0].strip("`"): row[2] == "yes" for row in rows}
    for rule in DEFAULT_RULES:
        if rule.outcome == "retry" and rule.status is not None:
            assert said[rule.reason] is rule.maybe_delivered


def test_the_numbers_in_words_are_those_of_the_code() -> None:
    assert (FAILURES, PLUGIN_ERRORS, suspects.DEATHS) == (3, 3, 3)


def _rule_for(kind: str) -> Any:
    return next(
        rule
        for rule in DEFAULT_RULES
        if rule.error is not None
        and kind in (rule.error if isinstance(rule.error, tuple) else (rule.error,))
    )


def _all_reasons() -> set[str]:
    """Every reason that core, its store or one of the three destinations can give."""
    return {
        *DROP_REASONS, *DEAD_REASONS, *_store_reasons(), *ERROR_KINDS,
        *(reason for _outcome, reason in _produced()),
    }  # fmt: skip


def _store_reasons() -> set[str]:
    """What the modules of the store name as the reason that they give."""
    return {
        str(node.value.value)
        for node in _nodes(sendoff)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        and node.target.id.strip("_") == "REASON" and isinstance(node.value, ast.Constant)
    }  # fmt: skip


@cache
def _produced() -> tuple[tuple[str, str], ...]:
    """Every outcome that is made with a reason written in the code, with that reason."""
    packages = (sendoff, sendoff_freshdesk, sendoff_freshsuccess, sendoff_webhook)
    return tuple(
        found
        for node in chain.from_iterable(map(_nodes, packages))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        for found in _of_call(node.func.id, node)
    )


@cache
def _nodes(package: ModuleType) -> tuple[ast.AST, ...]:
    files = Path(str(package.__file__)).parent.rglob("*.py")
    texts = (file.read_text(encoding="utf-8") for file in files)
    trees = (ast.parse(text) for text in texts if GIVES_REASONS.search(text))
    return tuple(chain.from_iterable(map(ast.walk, trees)))


def _of_call(name: str, call: ast.Call) -> Iterator[tuple[str, str]]:
    texts = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
    named = {
        each.arg: each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)
    }
    if name == "ResponseRule" and texts and texts[0] in SECTIONS:
        reason = texts[1] if len(texts) > 1 else named.get("reason")
        outcome = str(texts[0])
    elif name in SECTIONS:
        at = 1 if name == "Later" else 0  # behind how long to wait
        reason = texts[at] if len(texts) > at else named.get("reason")
        outcome = name
    else:
        return
    if isinstance(reason, str) and reason:
        yield outcome, reason
