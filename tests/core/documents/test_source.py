from __future__ import annotations

import pytest
from yaml.reader import Reader

from sendoff.documents.source import MAX_BYTES, source_text
from sendoff.errors import ConfigurationError


def problems(text: bytes | str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        source_text(text, "f.yaml")
    return str(caught.value)


def test_bytes_are_utf8_and_a_byte_order_mark_is_no_text() -> None:
    assert source_text("é: 😀\r\n".encode(), "f.yaml") == "é: 😀\r\n"
    assert source_text(b"\xef\xbb\xbfa: 1", "f.yaml") == "a: 1"
    assert source_text("\ufeffa: 1", "f.yaml") == "a: 1"


@pytest.mark.parametrize(
    ("text", "place"),
    [(b"a: \xff", "1:4"), (b"\xef\xbb\xbfa: b\n\xffx", "2:1"), ("a: 1".encode("utf-16"), "1:1")],
)
def test_another_encoding_is_refused_where_it_shows(text: bytes, place: str) -> None:
    assert problems(text) == f"f.yaml:{place}: the file is not in UTF-8 (save it as UTF-8)"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff", "\ud800"])
def test_an_unprintable_character_is_refused_where_it_first_stands(
    character: str, line_break: str
) -> None:
    text = f"é: 1{line_break}b: {character}{character}{line_break}"
    assert problems(text) == (
        f"f.yaml:2:4: the character U+{ord(character):04X} cannot stand in a file "
        "(remove it, or write it as an escape in double quotes)"
    )


def test_every_unprintable_character_is_told_at_once() -> None:
    assert problems("\0\x01\0").count("cannot stand") == 2


def test_what_passes_here_passes_the_parser() -> None:
    for start in range(0, 0x110000, 0x4000):
        characters = [chr(code) for code in range(start, start + 0x4000)]
        try:
            source_text("".join(characters), "f.yaml")
        except ConfigurationError as error:
            refused = {problem.message.split()[2] for problem in error.problems}
            characters = [c for c in characters if f"U+{ord(c):04X}" not in refused]
        assert not Reader.NON_PRINTABLE.search("".join(characters))


@pytest.mark.parametrize("text", ["#" * (MAX_BYTES + 1), b"#" * (MAX_BYTES + 1)])
def test_more_than_a_megabyte_is_refused(text: bytes | str) -> None:
    assert problems(text) == (
        "f.yaml:1:1: the file is larger than 1 MB (name another file, or split it)"
    )
    assert source_text(text[1:], "f.yaml")
