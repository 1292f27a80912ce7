"""Results as JSON: a program reads what was meant, and a terminal finds nothing to obey."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sendoff.cli import output
from sendoff.redact import Redactor

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_any_value_is_one_line_of_printable_json(
    value: Any, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    output.json_result(value)
    output.flush()
    line = capsysbinary.readouterr().out.decode()
    assert line[:-1].isprintable()
    assert line[-1] == "\n"
    assert json.loads(line) == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\x1b[31m", r'"\u001b[31m"'), ("\x7f", r'"\u007f"'), ("\x9b31m", r'"\u009b31m"'),
        ("a\u202eb", r'"a\u202eb"'), ("\U000e0041", r'"\udb40\udc41"'), ("é日🎉", '"é日🎉"'),
    ],
)  # fmt: skip
def test_what_a_terminal_would_obey_is_spelled_out(
    text: str, line: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    output.json_result(text)
    output.flush()
    assert capsysbinary.readouterr().out.decode() == f"{line}\n"


def test_a_secret_beside_it_is_covered(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    output.json_result({"é\x9b": "s3cret-é\x9b"}, Redactor(["s3cret-é\x9b"]))
    output.flush()
    assert capsysbinary.readouterr().out.decode() == '{"é\\u009b":"***"}\n'
