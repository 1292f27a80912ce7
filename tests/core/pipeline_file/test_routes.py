from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sendoff.destination import Batching
from sendoff.pipeline_file import Pipeline

Load = Callable[..., Pipeline]
Problems = Callable[..., list[str]]

ROUTE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  support:
    destination: desk
    blueprint: desk/default
    settings: {api_key: "${env:KEY}"}
"""
BLUEPRINT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: mine
version: 1
destination: desk
rules: [{id: a, action: note}]
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("limits: {rate: 50}", "9:14: `rate` must be text, not a number (write `rate: 50/min`)"),
        ("limits: {rate: 0/s}",
         "9:14: `0/s` is no rate: write requests per time, as in 50/min or 5/s"),
        ("limits: {timeout: 0s}", "9:14: `timeout` must be more than 0s (raise it)"),
        ("limits: {timeout: 10s, deadline: 9s}", "9:28: `deadline` must be at least the 10 s of "
         "`timeout` (raise it, or leave it out)"),
        ("limits: {deadline: soon}", "9:14: `soon` is no duration: write a number and ms, s, m, h "
         "or d, as in 10s"),
        ("limits: {timeout: 10}",
         "9:14: `timeout` must be text, not a number (write a unit, as in 10s)"),
        ("limits: {timeout: 10 sec}", "9:14: `10 sec` is no duration: write a number and ms, s, "
         "m, h or d, as in 10s"),
        ("limits: {concurrency: 0}", "9:14: `concurrency` must be at least 1 (raise it)"),
        ("limits: {reserve: 1}", "9:14: `reserve` must be at most 0.9 (write a share from 0 to "
         "0.9, such as 0.2)"),
        ("retry: {within: 1 day}", "9:13: `1 day` is no duration: write a number and ms, s, m, h "
         "or d, as in 10s"),
        ("batch: {max_events: 101}",
         "9:13: this destination takes at most 100 deliveries a request (lower it)"),
        ("batch: {max_bytes: 2KB}",
         "9:13: this destination takes at most 1000 bytes a request (lower it)"),
        ("batch: {max_wait: soon}", "9:13: `soon` is no duration: write a number and ms, s, m, h "
         "or d, as in 10s"),
        ("batch: {max_bytes: 0B}", "9:13: `max_bytes` must be more than 0B: raise it"),
        ("batch: {max_wait: 61s}",
         "9:13: a delivery waits at most 60s for others to join it (lower it)"),
        ("consent: marketing", "9:5: `consent` must be a list, not text (write `- item` lines "
         "below it)"),
        ("with: {region: gb}", "9:12: `region` does not have the right form (Two capital letters)"),
        ("with: {regon: GB}", "9:12: `desk/default` has no parameter `regon` (did you mean "
         "`region`?)"),
        ("with: GB", "9:5: `with` must be a mapping, not text (write `key: value` lines below "
         "it)"),
        ("enable: false", "9:5: unknown key `enable` (did you mean `enabled`?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_route(problems: Problems, line: str, problem: str) -> None:
    assert problems(f"{ROUTE}    {line}\n") == [f"sendoff.yaml:{problem}"]


def test_a_destination_that_takes_one_by_one_has_no_batches(
    problems: Problems, desk: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desk), "batching", Batching())
    assert problems(f"{ROUTE}    batch: {{max_events: 2}}\n") == [
        "sendoff.yaml:9:5: with these settings, this destination takes one delivery a request"
        " (leave `batch` out)"
    ]


def test_batches_may_be_smaller_than_the_destination_takes_and_linger_up_to_a_minute(
    load: Load,
) -> None:
    text = f"{ROUTE}    batch: {{max_events: 7, max_bytes: 500B, max_wait: 1min}}\n"
    assert load(text).routes[0].batching == Batching(7, 500, 60.0)


@pytest.fixture
def desk_by_region(desk: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk, as one whose batches depend on a setting that it relies on to be sound."""

    def batching_for(_self: object, settings: Mapping[str, Any]) -> Batching:
        return {"eu": Batching(10, 200, 1.5), "us": Batching()}[settings["region"]]

    monkeypatch.setattr(type(desk), "batching_for", batching_for)


@pytest.mark.usefixtures("desk_by_region")
def test_settings_may_tell_how_much_goes_in_one_request(load: Load, problems: Problems) -> None:
    european = ROUTE.replace('KEY}"', 'KEY}", region: eu')
    assert load(european).routes[0].batching == Batching(10, 200, 1.5)
    text = f"{european}    batch: {{max_events: 2, max_wait: 10ms}}\n"
    assert load(text).routes[0].batching == Batching(2, 200, 0.01)
    assert problems(f"{european}    batch: {{max_events: 11}}\n") == [
        "sendoff.yaml:9:13: this destination takes at most 10 deliveries a request (lower it)"
    ]
    american = ROUTE.replace('KEY}"', 'KEY}", region: us')
    assert problems(f"{american}    batch: {{max_events: 2}}\n") == [
        "sendoff.yaml:9:5: with these settings, this destination takes one delivery a request"
        " (leave `batch` out)"
    ]


@pytest.mark.usefixtures("desk_by_region")
def test_a_plugin_that_cannot_tell_is_a_problem_unless_the_settings_are(
    problems: Problems,
) -> None:
    assert problems(ROUTE) == [
        "sendoff.yaml:8:5: `batching_for` of `desk` broke with KeyError "
        "(report it to the author of the plugin)"
    ]
    [problem] = problems(ROUTE.replace('KEY}"', 'KEY}", region: uk'))
    assert "`region`" in problem


def test_a_blueprint_file_is_found_beside_the_pipeline_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.yaml").write_text(BLUEPRINT)
    for path in ("sub/mine.yaml", "./sub/mine.yaml", str(tmp_path / "sub" / "mine.yaml")):
        [route] = load(ROUTE.replace("desk/default", path)).routes
        assert route.program.blueprint.name == "mine"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none.yaml", "there is no blueprint file `none.yaml` (write its path as seen from the "
         "folder of this file)"),
        ("./none", "there is no blueprint file `./none` (write its path as seen from the folder "
         "of this file)"),
        ("none", "there is no preset `none` (use one of: desk/default; a file's path ends in "
         ".yaml)"),
        ("desk/default@7", "there is no preset `desk/default@7` (use one of: desk/default@1; a "
         "file's path ends in .yaml)"),
    ],
)  # fmt: skip
def test_a_blueprint_that_is_not_there(problems: Problems, name: str, problem: str) -> None:
    assert problems(ROUTE.replace("desk/default", name)) == [f"sendoff.yaml:7:5: {problem}"]


def test_a_folder_is_no_blueprint(problems: Problems, tmp_path: Path) -> None:
    assert problems(ROUTE.replace("desk/default", "..")) == [
        "..:1:1: this is a directory (name a file in it)"
    ]


def test_a_blueprint_for_another_destination(problems: Problems, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BLUEPRINT.replace("desk", "dsk").replace("note", "nte"))
    text = ROUTE.replace("desk/default", "mine.yaml")
    assert problems(text) == ["mine.yaml:5:1: there is no destination `dsk` (did you mean `desk`?)"]
    # An unknown destination is told where the route names it, if both do.
    assert problems(text.replace("destination: desk", "destination: dsk")) == [
        "sendoff.yaml:6:5: there is no destination `dsk` (did you mean `desk`?)"
    ]


def test_a_blueprint_is_judged_even_where_the_routes_destination_is_unknown(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(BLUEPRINT.replace("note", "nte"))
    text = ROUTE.replace("desk/default", "mine.yaml").replace("destination: desk", "destination: x")
    assert [line.partition(" (")[0] for line in problems(text)] == [
        "mine.yaml:6:17: `desk` has no action `nte`",
        "sendoff.yaml:6:5: there is no destination `x`",
    ]


def test_two_routes_may_share_a_blueprint_and_its_problems_are_told_once(
    problems: Problems, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(BLUEPRINT.replace("note", "nte"))
    text = ROUTE.replace("desk/default", "mine.yaml")
    second = text[text.index("  support:") :].replace("support", "second")
    assert len(problems(text + second)) == 1


def test_two_routes_may_spend_one_account(load: Load) -> None:
    second = ROUTE[ROUTE.index("  support:") :].replace("support", "second")
    first, other = load(ROUTE + second).routes
    accounts = {route.destination.account(route.settings) for route in (first, other)}
    assert len(accounts) == 1


def test_a_parameter_of_a_route_is_its_own(load: Load) -> None:
    second = ROUTE[ROUTE.index("  support:") :].replace("support", "second")
    text = f"{ROUTE}    with: {{region: GB}}\n{second}    with: {{region: DE}}\n"
    made = [route.program.rules[0].run(None, None) for route in load(text).routes]
    assert made == [{"region": "GB"}, {"region": "DE"}]


def test_placeholders_in_a_blueprint_stay_text(load: Load, tmp_path: Path) -> None:
    fields = "fields: {x: {value: '${env:KEY}'}}"
    (tmp_path / "mine.yaml").write_text(BLUEPRINT.replace("note}", f"note, {fields}}}"))
    [route] = load(ROUTE.replace("desk/default", "mine.yaml")).routes
    assert route.program.rules[0].run(None, None) == {"x": "${env:KEY}"}


@pytest.mark.parametrize(
    ("limits", "deadline"),
    [("{}", 600.0), ("{timeout: 30s}", 600.0), ("{timeout: 5m}", 6000.0), ("{deadline: 1m}", 60.0)],
)
def test_an_attempt_has_room_for_several_requests_unless_the_file_says_less(
    load: Load, limits: str, deadline: float
) -> None:
    [route] = load(f"{ROUTE}    limits: {limits}\n").routes
    assert route.limits.deadline == deadline
