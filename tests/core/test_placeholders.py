from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.placeholders import Resolved, read_file, resolve

ENVIRON = {"KEY": "s3cret", "HOST": "acme", "BLANK": "  ", "WIDE": " s3cret\n", "BAD": "\udcff"}
FILES = {"/run/key": "from-file\n", "/run/wide": "\tfrom-file \n", "/run/blank": "\n"}


def read(path: str) -> str:
    if path == "/run/binary":
        return b"\xff".decode()
    if path == "/run/large":
        raise ValueError("it is larger than 64 KB")
    if path not in FILES:
        raise FileNotFoundError(2, "No such file or directory", path)
    return FILES[path]


def fill(text: str) -> Resolved:
    return resolve(text, ENVIRON, read)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${env:KEY}", "s3cret"),
        ("https://${env:HOST}.example.com/${env:KEY}", "https://acme.example.com/s3cret"),
        ("${file:/run/key}", "from-file"),
        ("${env:MISSING:-fallback}", "fallback"),
        ("${env:MISSING:- as written }", " as written "),
        ("${env:MISSING:-}", ""),
        ("${env:BLANK:-fallback}", "fallback"),
        ("${env:KEY:-fallback}", "s3cret"),
    ],
)
def test_a_placeholder_is_filled(text: str, value: str) -> None:
    assert fill(text) == Resolved(value)


@pytest.mark.parametrize("text", ["", "plain", "a $ b", "$KEY", "cost: 5$", "{env:KEY}"])
def test_a_value_without_placeholders_is_a_literal(text: str) -> None:
    assert fill(text) == Resolved(text, literal=True)


def test_a_doubled_dollar_stands_for_itself() -> None:
    assert fill("$${env:KEY}") == Resolved("${env:KEY}", literal=True)
    assert fill("$${x} ${env:KEY}") == Resolved("${x} s3cret")


@pytest.mark.parametrize("hostile", ["${env:KEY}", "${file:/run/key}", "$${", "}"])
def test_what_is_filled_in_is_never_looked_at_again(hostile: str) -> None:
    assert resolve("${env:A}", {"A": hostile, "KEY": "x"}, read).value == hostile
    assert resolve("${env:A:-b}", {"A": hostile, "KEY": "x"}, read).value == hostile


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_value_of_the_environment_comes_through_trimmed(value: str) -> None:
    resolved = resolve("<${env:A:-default}>", {"A": value}, read)
    assert resolved.value == (f"<{value.strip()}>" if value.strip() else "<default>")
    assert bool(resolved.warnings) is (bool(value.strip()) and value != value.strip())


def test_white_space_is_dropped_with_a_warning() -> None:
    resolved = fill("${env:WIDE}|${file:/run/wide}")
    assert resolved.value == "s3cret|from-file"
    assert resolved.warnings == (
        "white space around the value of the environment variable WIDE was left out",
        "white space around the value of the file /run/wide was left out",
    )


def test_the_line_end_of_a_file_is_no_reason_to_warn() -> None:
    assert fill("${file:/run/key}").warnings == ()
    assert resolve("${file:x}", {}, lambda path: "key\r\n") == Resolved("key")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "${env:MISSING}",
            "the environment variable MISSING is not set: set it, or write ${env:MISSING:-default}",
        ),
        (
            "${env:BLANK}",
            "the environment variable BLANK is blank: set it, or write ${env:BLANK:-default}",
        ),
        ("${env:BAD}", "the environment variable BAD cannot be used: it is not UTF-8 text"),
        ("${file:/none}", "the file /none cannot be used: No such file or directory"),
        ("${file:/run/binary}", "the file /run/binary cannot be used: it is not UTF-8 text"),
        ("${file:/run/large}", "the file /run/large cannot be used: it is larger than 64 KB"),
        ("${file:/run/blank}", "the file /run/blank cannot be used: it is blank"),
    ],
)
def test_what_cannot_be_filled_says_why_and_stays(text: str, problem: str) -> None:
    assert fill(text) == Resolved(text, problems=(problem,))


@pytest.mark.parametrize(
    "text",
    ["${KEY}", "${ENV:KEY}", "${env:}", "${env:1A}", "${}", "${file:}", "${env:A:-${env:KEY}}"],
)
def test_an_unknown_placeholder_is_a_problem(text: str) -> None:
    resolved = fill(text)
    assert resolved.value == text
    assert "write ${env:NAME}" in resolved.problems[0]


def test_a_placeholder_without_an_end_is_a_problem() -> None:
    assert "no closing }" in fill("pass${word").problems[0]
    assert "word" not in fill("pass${word").problems[0]


def test_every_problem_of_a_value_is_told() -> None:
    assert len(fill("${env:A} ${env:B} ${file:/c}").problems) == 3


def test_no_warning_or_problem_holds_a_value() -> None:
    resolved = fill("${env:WIDE} ${env:KEY} ${file:/run/wide} ${env:MISSING} ${x}")
    told = " ".join(resolved.warnings + resolved.problems)
    assert told
    assert "s3cret" not in told
    assert "from-file" not in told


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes("\ufeffclé\n".encode())
    assert read_file(str(path)) == "clé\n"


def test_a_file_above_64_kilobytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x" * 65_536)
    assert len(read_file(str(path))) == 65_536
    path.write_bytes(b"x" * 65_537)
    assert "64 KB" in resolve(f"${{file:{path}}}", {}, read_file).problems[0]


def test_a_folder_or_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert resolve(f"${{file:{tmp_path}}}", {}, read_file).problems
    assert "No such file" in resolve(f"${{file:{tmp_path}/x}}", {}, read_file).problems[0]


def test_an_impossible_path_is_a_problem() -> None:
    assert resolve("${file:a\x00b}", {}, read_file).problems
