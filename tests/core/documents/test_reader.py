from __future__ import annotations

import contextlib
import errno
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.documents import Document, read_document, read_file
from sendoff.documents.source import MAX_BYTES
from sendoff.errors import ConfigurationError

# JSON leaves U+007F as it is, which YAML does not take for printable.
TEXT = st.text(st.characters(exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=8)
SCALARS = (
    TEXT
    | st.integers(-(2**63), 2**64 - 1)
    | st.integers(-(10**6), 10**6).map(lambda number: number / 100)
    | st.booleans()
    | st.none()
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXT, inside, max_size=4),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(TEXT, VALUES, max_size=5)
TEXTS = st.recursive(
    TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXT, inside, max_size=4),
    max_leaves=12,
)
PIECES = st.sampled_from([
    *"ab1~-:?,#&*!|>%@`'\"\\[]{}=. \t\n\r",
    *("a: ", "- ", "\n  ", "\n", ": ", "&a ", "*a", "!!str ", "<<: ", "NO", "+1", "---\n", "%"),
    *("\0", "\x85", "\u2028", "\ufeff", "\ud83d", "😀", "\\U00110000", "\\ud83d", "\\x", "0b_"),
])  # fmt: skip


def problems(text: bytes | str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_document(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


@given(st.binary(max_size=60) | st.text(max_size=60) | st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=1000, deadline=None)
def test_whatever_is_read_is_a_mapping_or_a_configuration_error(text: bytes | str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert isinstance(read_document(text, "f.yaml").value, dict)


@given(MAPPINGS, st.sampled_from([None, 2]))
@settings(deadline=None)
def test_json_reads_back_equal(value: dict[str, Any], indent: int | None) -> None:
    read = read_document(json.dumps(value, indent=indent), "f.yaml").value
    assert json.dumps(read) == json.dumps(value)


@given(st.dictionaries(TEXT, TEXTS, max_size=5))
@settings(deadline=None)
def test_text_that_pyyaml_quotes_reads_back_equal(value: dict[str, Any]) -> None:
    assert read_document(yaml.safe_dump(value, default_style='"'), "f.yaml").value == value


def paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = [*value.items()]
    elif isinstance(value, list):
        inside = [*enumerate(value)]
    return [at, *(path for step, each in inside for path in paths(each, (*at, step)))]


@given(MAPPINGS, st.sampled_from([None, 2]), st.sampled_from(["\n", "\r\n", "\r"]))
@settings(deadline=None)
def test_positions_point_at_what_they_name(
    value: dict[str, Any], indent: int | None, line_break: str
) -> None:
    text = json.dumps(value, indent=indent)
    lines = text.split("\n")
    document = read_document(f"# 😀{line_break}" + line_break.join(lines), "f.yaml")

    def written(path: tuple[str | int, ...], document: Document) -> tuple[str, str]:
        key, of_value = document.position(path), document.position(path, of="value")
        return (
            lines[key.line - 2][key.column - 1 :],
            lines[of_value.line - 2][of_value.column - 1 :],
        )

    for path in paths(value):
        inside: Any = value
        for step in path:
            inside = inside[step]
        key, of_value = written(path, document)
        expected = json.dumps(inside)[:1] if isinstance(inside, dict | list) else json.dumps(inside)
        assert of_value.startswith(expected)
        named = path and isinstance(path[-1], str)
        assert key.startswith(json.dumps(path[-1]) if named else expected)


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = "on: 1\ncountry: NO\na: !!python/object:x {}\na: 1\nb: *none\nphone: +447700900123\n"
    assert [problem.split(": ")[0] for problem in problems(text)] == [
        f"f.yaml:{place}" for place in ("1:1", "2:10", "3:4", "4:1", "5:4", "6:8")
    ]


def test_pairs_of_escapes_are_read_where_libyaml_refuses_them() -> None:
    assert read_document('{"a": "\\ud83d\\ude00"}', "f.yaml").value == {"a": "😀"}
    (problem,) = problems('{"a": "\\ud83d"}')
    assert problem.startswith("f.yaml:1:7: half of a pair")


def test_a_file_is_read_under_its_path(tmp_path: Path) -> None:
    path = tmp_path / "sendoff.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: caf\xc3\xa9\r\n")
    document = read_file(path)
    assert (document.file, document.value) == (str(path), {"name": "café"})
    path.write_text("a: NO")
    with pytest.raises(ConfigurationError, match=r"sendoff\.yaml:1:4: `NO` is read"):
        read_file(path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.yaml", "1:1: there is no such file (check the path)"),
        ("file/inside.yaml", "1:1: there is no such file (check the path)"),
        ("folder", "1:1: this is a directory (name a file in it)"),
        ("nul\0", "1:1: the file cannot be read: embedded null byte (check the path)"),
        ("x" * 1000, "1:1: the file cannot be read: File name too long (check the path)"),
        ("large", "1:1: the file is larger than 1 MB (name another file, or split it)"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("a: 1")
    (tmp_path / "large").write_bytes(b"#" * (10 * MAX_BYTES))
    path = tmp_path / name
    with pytest.raises(ConfigurationError) as caught:
        read_file(path)
    assert str(caught.value) == f"{path}:{problem}"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no endless file here")
def test_a_large_file_is_not_read_whole() -> None:
    with pytest.raises(ConfigurationError, match="larger than 1 MB"):
        read_file(Path("/dev/zero"))


class Locked(type(Path())):  # type: ignore[misc]
    """A file that its reader may not open; for root there is no such file on disk."""

    def open(self, *_: object, **__: object) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_that_may_not_be_read_is_a_problem() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_file(Locked("f.yaml"))
    assert str(caught.value) == "f.yaml:1:1: the file may not be read (give yourself the right to)"
