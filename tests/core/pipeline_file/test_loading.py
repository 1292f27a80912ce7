from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.destination import Batching
from sendoff.documents import Document, read_document
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.problems import Problem

Load = Callable[..., Pipeline]
Problems = Callable[..., list[str]]

HEAD = "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\n"
ROUTE = """\
routes:
  support:
    destination: desk
    blueprint: desk/default
    settings: {api_key: "${env:KEY}"}
"""
WHOLE = HEAD + ROUTE
FULL = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: desk
    blueprint: desk/default@1
    with: {region: "${env:REGION}"}
    settings: {domain: acme, api_key: "${env:KEY}", region: eu}
    consent: [marketing]
    limits: {rate: 50/min, concurrency: 2, timeout: 5s, deadline: 2m, reserve: 0.2}
    retry: {attempts: 3, within: 1h}
    batch: {max_events: 50, max_bytes: 1KB, max_wait: 2s}
    enabled: true
  second:
    destination: desk
    blueprint: desk/default
    settings: {api_key: "${file:/run/secrets/key}"}
    enabled: false
consent: {map: {C0004: marketing}, missing: allow}
store: memory
events: {keep: 2d}
redact: [email]
server: {listen: "127.0.0.1:8080", write_keys: ["${env:KEY}"]}
debugger: {listen: "127.0.0.1:8081"}
"""


def test_a_small_file_has_defaults_for_the_rest(load: Load) -> None:
    pipeline = load(WHOLE)
    assert (pipeline.name, pipeline.store, pipeline.keep) == (
        "acme", "sqlite:./sendoff.db", 7 * 86400,
    )  # fmt: skip
    assert pipeline.redact == ("email", "phone", "name", "address", "ip")
    assert pipeline.secrets == ("a secret of desk",)
    [route] = pipeline.routes
    assert (route.name, route.consent, route.silence_allows) == ("support", (), False)
    assert route.settings == {"api_key": "a secret of desk"}
    assert (route.limits, route.batching) == (route.destination.limits, route.destination.batching)
    assert pipeline.warnings == ()


def test_a_full_file_says_it_all(load: Load) -> None:
    pipeline = load(FULL)
    support, second = pipeline.routes
    assert support.limits.rate == pytest.approx(50 / 60)
    assert (support.limits.concurrency, support.limits.timeout) == (2, 5.0)
    assert support.limits.deadline == 120.0
    assert (support.policy.attempts, support.policy.within) == (3, 3600.0)
    assert support.batching == Batching(max_events=50, max_bytes=1000, max_wait=2.0)
    assert (support.consent, support.silence_allows) == (("marketing",), True)
    assert pipeline.consent_map == {"C0004": "marketing"}
    assert (pipeline.keep, pipeline.redact) == (2 * 86400, ("email",))
    assert pipeline.secrets == ("a secret of desk", "a secret in a file")
    assert pipeline.enabled == (support,)
    assert second.route.name == "second"


def test_a_secret_is_in_no_repr(load: Load) -> None:
    assert "a secret" not in repr(load(FULL))


def test_every_problem_of_the_file_and_its_blueprints_comes_at_once(
    problems: Problems, tmp_path: Any
) -> None:
    (tmp_path / "mine.yaml").write_text(
        "apiVersion: sendoff/v1\nkind: Blueprint\nname: NO\nversion: 1\ndestination: desk\n"
        "rules: [{id: a, action: nte}]\n"
    )
    text = """\
apiVersion: sendoff/v2
kind: Pipeline
name: acme
routes:
  support:
    destination: dsk
    blueprint: desk/defalt
    settings: {api_key: x}
    limits: {rate: fast, timeout: 0s}
  Second:
    destination: desk
    blueprint: mine.yaml
    with: {regon: GB}
    settings: {api_key: "${env:NONE}", domain: evil, api_kye: x}
    consent: [marketng]
    enabled: yes
consnt: {missing: deny}
store: sqlit:./x.db
events: {keep: 7}
"""
    assert [line.partition(" (")[0] for line in problems(text)] == [
        "mine.yaml:3:1: `name` does not have the right form",
        "mine.yaml:3:7: `NO` is read as false by YAML 1.1 and as text by YAML 1.2",
        "mine.yaml:6:17: `desk` has no action `nte`",
        "sendoff.yaml:1:1: `apiVersion` must be `sendoff/v1`",
        "sendoff.yaml:6:5: there is no destination `dsk`",
        "sendoff.yaml:7:5: there is no preset `desk/defalt`",
        "sendoff.yaml:10:3: the key `Second` does not have the right form",
        "sendoff.yaml:13:12: `NO` has no parameter `regon`",
        "sendoff.yaml:14:16: the environment variable NONE is not set: set it, or write "
        "${env:NONE:-default}",
        "sendoff.yaml:14:40: `domain` is no domain",
        "sendoff.yaml:14:54: unknown key `api_kye`",
        "sendoff.yaml:15:15: item 1 of `consent` cannot be `marketng`",
        "sendoff.yaml:16:5: `enabled` must be true or false, not text",
        "sendoff.yaml:16:14: `yes` is read as true by YAML 1.1 and as text by YAML 1.2",
        "sendoff.yaml:17:1: unknown key `consnt`",
        "sendoff.yaml:18:1: there is no store `sqlit`",
        "sendoff.yaml:19:10: `keep` must be text, not a number",
    ]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("store: nothing:x\n", "9:1: there is no store `nothing` (use one of: memory, sqlite)"),
        ("events: {keep: 7 weeks}\n",
         "9:10: `7 weeks` is no duration: write a number and ms, s, m, h or d, as in 10s"),
        ("redact: [emial]\n", "9:10: item 1 of `redact` cannot be `emial` (did you mean "
         "`email`?)"),
        ("consent: {map: {C1: ads}}\n", "9:17: `C1` cannot be `ads` (use one of: analytics, "
         "essential, functional, marketing, personalization)"),
        ("consent: {missing: maybe}\n", "9:11: `missing` cannot be `maybe` (use one of: allow, "
         "deny)"),
        ("consent: [marketing]\n", "9:1: `consent` must be a mapping, not a list (write `key: "
         "value` lines below it)"),
        ("server: {write_keys: [5]}\n", "9:23: item 1 of `write_keys` must be text, not a number "
         "(put it in quotes)"),
        ('server: {write_keys: ["${env:NONE}"]}\n', "9:23: the environment variable NONE is not "
         "set: set it, or write ${env:NONE:-default}"),
    ],
)  # fmt: skip
def test_what_is_wrong_beside_the_routes(problems: Problems, more: str, problem: str) -> None:
    assert problems(WHOLE + more) == [f"sendoff.yaml:{problem}"]


def test_a_value_is_filled_in_wherever_text_stands(load: Load) -> None:
    text = HEAD.replace("acme", '"${env:REGION}-x"') + ROUTE.replace(
        "desk\n", '"${env:D:-desk}"\n', 1
    )
    assert load(text).name == "GB-x"
    assert load(text + 'consent: {missing: "${env:M:-allow}"}\n').routes[0].silence_allows


def test_without_secrets_only_what_is_needed_to_decide_must_be_there(
    load: Load, problems: Problems
) -> None:
    text = FULL.replace("env:KEY", "env:NONE").replace("/run/secrets/key", "/none")
    text = text.replace("store: memory", 'store: "${env:STORE}"').replace("50/min", '"${env:RATE}"')
    assert load(text, need_secrets=False).secrets == ()
    assert len(problems(text)) == 4  # the route that is switched off needs none either
    text = FULL.replace("REGION", "NONE").replace("desk/default@1", '"${env:NONE}"')
    assert problems(text, need_secrets=False) == [
        "sendoff.yaml:7:5: the environment variable NONE is not set: set it, or write "
        "${env:NONE:-default}",
        "sendoff.yaml:8:12: the environment variable NONE is not set: set it, or write "
        "${env:NONE:-default}",
    ]


def test_what_a_missing_variable_would_have_said_is_not_guessed_at(problems: Problems) -> None:
    text = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: "${env:A}"
    blueprint: "${env:B}"
  second:
    destination: desk
    blueprint: desk/default
    with: {region: "${env:C}"}
    settings: {api_key: x, region: "${env:E}", domain: evil}
    consent: ["${env:F}"]
    limits: {rate: "${env:G}"}
store: "${env:H}"
"""
    missing = [line for line in problems(text) if "is not set" in line]
    assert len(missing) == 7
    assert [line for line in problems(text) if line not in missing] == [
        "sendoff.yaml:12:48: `domain` is no domain"
    ]


@pytest.mark.parametrize("value", ["${env:KEY}", "{{traits.x}}", "!!python/object", "{param: x}"])
def test_what_is_filled_in_stays_text(load: Load, around: Surroundings, value: str) -> None:
    environ = {"KEY": "k" * 9, "TRICK": value}
    trick = Surroundings(around.plugins, around.presets, environ, around.read_secret)
    text = WHOLE.replace('"${env:KEY}"', '"${env:KEY}", domain: "${env:TRICK}"')
    pipeline = load_pipeline(read_document(text, "sendoff.yaml"), trick)
    assert pipeline.routes[0].settings["domain"] == value


def test_what_works_and_should_not_stay_is_a_warning(load: Load, tmp_path: Any) -> None:
    text = WHOLE.replace("${env:KEY}", "written here") + 'server: {write_keys: ["${env:SPACED}"]}\n'
    pipeline = load(text)
    assert [str(each).replace(f"{tmp_path}/", "") for each in pipeline.warnings] == [
        "sendoff.yaml:9:23: white space around the value of the environment variable SPACED was "
        "left out",
        "sendoff.yaml:8:16: a secret stands in this file (write `${env:NAME}` or `${file:PATH}`)",
    ]
    assert pipeline.secrets == ("written here", "a secret too")
    short = load(WHOLE.replace("KEY", "SHORT"))
    assert [each.message for each in short.warnings] == [
        "a secret of fewer than 4 characters cannot be redacted"
    ]


NODES: st.SearchStrategy[Any] = st.sampled_from([
    None, True, 0, -1, 1.5, "", " ", [], {}, [None], {"x": None}, "desk", "marketing", "50/min",
    "10s", "${env:NONE}", "${env:KEY}", "${", "${file:/none}", "./none.yaml", "desk/default@9",
    "evil", "memory", "x" * 500, 2**63, {"support": {}}, "a\0b.yaml", "..", "/",
])  # fmt: skip


def every_part(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from every_part(inner)


@st.composite
def spoilt(draw: st.DrawFn, whole: Any) -> Any:
    """A document with a few of its nodes deleted, replaced, or added."""
    made = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        here: Any = draw(
            st.sampled_from([p for p in every_part(made) if isinstance(p, dict) and p])
        )
        key = draw(st.sampled_from(list(here)))
        match draw(st.sampled_from(["delete", "replace", "insert"])):
            case "delete" if len(here) > 1:
                del here[key]
            case "insert":
                here[draw(st.sampled_from(["x", "with", "settings", ""]))] = copy.deepcopy(
                    draw(NODES)
                )
            case _:
                here[key] = copy.deepcopy(draw(NODES))
    return made


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(spoilt(read_document(FULL, "f").value), st.booleans())
def test_any_document_is_a_pipeline_or_has_problems(
    around: Surroundings, raw: dict[str, Any], need_secrets: bool
) -> None:
    problems: tuple[Problem, ...] = ()
    pipeline = None
    try:
        pipeline = load_pipeline(Document("f", raw), around, need_secrets=need_secrets)
    except ConfigurationError as error:
        problems = error.problems
    assert bool(problems) is (pipeline is None)
    assert all("\n" not in str(problem) for problem in problems)
