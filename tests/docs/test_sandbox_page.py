from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from sendoff.destination import Switch
from sendoff.testing.faults import TOXICS, attributes, parse_toxic
from sendoff.testing.faults.toxic import ExchangeToxic
from sendoff_freshdesk.sandbox import SWITCHES as FRESHDESK
from sendoff_freshsuccess.sandbox import SWITCHES as FRESHSUCCESS
from sendoff_webhook.sandbox import SWITCHES as WEBHOOK

PAGE = "how-to/sandbox-and-faults.md"


@pytest.mark.parametrize(
    ("sandbox", "switches"),
    [("Freshdesk", FRESHDESK), ("Freshsuccess", FRESHSUCCESS), ("webhook", WEBHOOK)],
)
def test_the_table_of_switches_is_made_of_their_definitions(
    page: Any, sandbox: str, switches: Sequence[Switch]
) -> None:
    lines = page.section(f"The switches of the {sandbox} sandbox").text.splitlines()
    assert [line for line in lines if line.startswith("| `")] == [_row(each) for each in switches]


def test_every_fault_of_the_page_is_understood(page: Any) -> None:
    given = [row[0] for row in page.table("You write", "You get")]
    faults = [re.sub(r"^`--fault '?|'?`$", "", cell) for cell in given]
    assert len({parse_toxic(fault) for fault in faults}) == len(faults) > 3


def test_every_toxic_is_there_with_its_attributes(page: Any) -> None:
    rows = {row[0].strip("`"): row for row in page.table("Toxic", "What happens", "Attributes")}
    assert set(rows) == set(TOXICS)
    shared = {each.name for each in attributes(ExchangeToxic)} | {"stream"}
    for name, toxic in TOXICS.items():
        own = [each.name for each in attributes(toxic) if each.name not in shared]
        assert re.findall(r"`(\w+)`", rows[name][2]) == own
        assert rows[name][1] == toxic.meaning


def test_every_shared_attribute_is_there(page: Any) -> None:
    rows = page.table("Attribute", "Meaning")
    shared = {each.name for each in attributes(ExchangeToxic)} | {"stream"}
    assert {row[0].strip("`") for row in rows} == shared


def _row(switch: Any) -> str:
    default = "unset" if switch.default is None else f"`{json.dumps(switch.default)}`"
    return f"| `{switch.name}` | {switch.description.replace('|', chr(92) + '|')} | {default} |"
