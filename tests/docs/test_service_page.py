from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sendoff.server
from sendoff.server.limits import Limits
from sendoff.server.metrics import Metrics
from sendoff.server.openapi import openapi

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "how-to/run-the-service.md"
_ROW = re.compile(r"^\| (\d{3}) \| ([^|]+) \|", re.MULTILINE)


def test_every_code_of_a_refusal_is_on_the_page_and_no_other(page: Any) -> None:
    rows = _ROW.findall(page.section("4. What it refuses").text)
    shown = {(int(status), code) for status, codes in rows for code in re.findall("`(.+?)`", codes)}
    assert shown == set(_refusals())
    assert len(shown) > 20


def test_the_limits_are_those_of_the_server(page: Any) -> None:
    limits, text = Limits(), page.section("4. What it refuses").text
    for said in (
        f"{limits.body // 1_048_576} MiB a body", f"{limits.events:,} events a batch",
        f"{limits.requests} requests under way", f"{limits.connections:,}\nconnections",
        f"{limits.connections_per_address} from one address",
        f"{limits.memory // 1_048_576} MiB of bodies",
        f"{limits.strangers // 1_048_576} MiB of those", f"has {limits.answer_seconds:.0f} seconds",
        f"within {limits.body_seconds:.0f} seconds",
    ):  # fmt: skip
        assert said in text


def test_every_metric_is_on_the_page(page: Any) -> None:
    shown = Metrics().page({}).body
    names = set(re.findall(rb"^# HELP (\S+)(?<!_created) ", shown, re.MULTILINE))
    text = page.section("5. Watch over it").text
    told = re.findall(r"^\| `(sendoff_\w+)`", text, re.MULTILINE)
    assert names == {name.encode() for name in told}


def test_the_paths_that_others_reach_are_those_that_bring_events_and_settings(page: Any) -> None:
    [location] = re.findall(r"location ~ \^/\((.+?)\)", page.section("Behind a proxy").text)
    first = {path.split("/")[1] for path in openapi(Limits())["paths"]}
    assert set(location.split("|")) == first - {"health", "ready", "metrics", "openapi.json"}


def _refusals() -> Iterator[tuple[int, str]]:
    """The status and code of every refusal in the sources of the server."""
    for file in Path(sendoff.server.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id == "Refused":
                status, code = node.args[:2]
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    yield int(str(status.value)), str(code.value)
            elif node.func.id == "busy":
                named = [each.value for each in node.keywords if each.arg == "code"]
                yield (
                    503,
                    str(named[0].value) if named and isinstance(named[0], ast.Constant) else "busy",
                )
