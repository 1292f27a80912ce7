"""The switches: one definition of name, schema and default, and the words for a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from sendoff.errors import UsageError
from sendoff_webhook.sandbox import create_sandbox


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"type": "bearer"},
        {"type": "basic", "user": "acme"},
        {"type": "hmac", "token": "x"},
        {"type": "none", "token": "x"},
        {"type": "digest"},
        "bearer",
    ],
)
def test_a_proof_that_lacks_a_part_or_has_a_strange_one_is_refused(auth: Any) -> None:
    with pytest.raises(UsageError, match="sandbox switch auth: "):
        create_sandbox(auth=auth)


def test_an_unknown_switch_is_met_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="the webhook sandbox has no switch tokn"):
        create_sandbox(tokn="x")
