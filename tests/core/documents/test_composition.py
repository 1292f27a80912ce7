from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sendoff.documents.composition import MAX_ALIASES, MAX_DEPTH, Composition

if TYPE_CHECKING:
    from sendoff.documents.document import Place


def composed(text: str) -> tuple[Any, list[str]]:
    composition = Composition(iter(yaml.parse(text, Loader=yaml.SafeLoader)), "f.yaml")
    value, _ = composition.compose()
    return value, [str(problem).removeprefix("f.yaml:") for problem in composition.problems]


def problems(text: str) -> list[str]:
    found = composed(text)[1]
    assert found
    return found


def test_values_are_those_of_the_core_schema() -> None:
    text = """\
    text: plain  text # a comment
    number: 1
    fraction: 0.5
    yes or no: [true, false, True]
    nothing: [~, null, ]
    block: |
      two
      lines
    folded: >-
      one
      line
    quoted: ['it''s', "NO", "1", '', "\\u00e9\\/"]
    "": {a: {}, b: []}
    """
    assert composed(text) == (
        {
            "text": "plain  text",
            "number": 1,
            "fraction": 0.5,
            "yes or no": [True, False, True],
            "nothing": [None, None],
            "block": "two\nlines\n",
            "folded": "one line",
            "quoted": ["it's", "NO", "1", "", "é/"],
            "": {"a": {}, "b": []},
        },
        [],
    )


def test_a_trap_is_told_where_it_stands_as_a_value_and_as_a_key() -> None:
    assert problems("country: [GB, NO]\non: 1") == [
        '1:15: `NO` is read as false by YAML 1.1 and as text by YAML 1.2 (quote it: "NO")',
        '2:1: `on` is read as true by YAML 1.1 and as text by YAML 1.2 (quote it: "on")',
    ]


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "False"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert problems(f"{key}: x") == [f'1:1: the key `{key}` is not text (quote it: "{key}")']
    assert composed(f'"{key}": x') == ({key: "x"}, [])


@pytest.mark.parametrize("key", ["? [a]\n", "? {a: b}\n", "[a] ", "{a: b} ", "? - a\n"])
def test_a_key_that_is_a_collection_is_refused(key: str) -> None:
    (problem,) = problems(f"{key}: x")
    assert "a key must be text" in problem


def test_a_key_that_is_an_alias_is_refused() -> None:
    assert problems("a: &x b\n*x : 1") == ["2:1: a key must be text (write the key out)"]


def test_merge_keys_are_refused_and_quoted_ones_are_text() -> None:
    assert problems("a: &x {b: 1}\nc:\n  <<: *x") == [
        "3:3: merge keys are refused (write the keys out)"
    ]
    assert composed('"<<": 1') == ({"<<": 1}, [])


def test_a_duplicate_key_stands_at_the_second_and_names_the_first() -> None:
    assert problems("a: 1\nb: {c: 1, 'c': 2}\n\"a\": 2\na: 3") == [
        "2:11: `c` is written twice, first on line 2 (keep one of them)",
        "3:1: `a` is written twice, first on line 1 (keep one of them)",
        "4:1: `a` is written twice, first on line 1 (keep one of them)",
    ]


def test_the_same_key_in_two_mappings_is_no_duplicate() -> None:
    assert composed("a: {k: 1}\nb: {k: 2, a: 3}")[1] == []


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!str", "!foo", "!", "!<tag:example.org,2000:x>"]
)
@pytest.mark.parametrize("value", ["x", "[x]", "{k: v}", "'x'"])
def test_a_tag_is_refused_on_anything(tag: str, value: str) -> None:
    (problem,) = problems(f"a: {tag} {value}")
    assert problem.startswith("1:4: the tag `")
    assert problem.endswith(
        "` is refused (remove the `!…`, or put text that begins with `!` in quotes)"
    )


def test_a_tag_on_a_key_is_refused() -> None:
    (problem,) = problems("!!str a: 1")
    assert problem.startswith("1:1: the tag ")


@pytest.mark.parametrize("text", ["", "# nothing", "---\n", "---\n...\n", "null", "~"])
def test_an_empty_document_is_refused(text: str) -> None:
    assert problems(text) == ["1:1: the file is empty (write `key: value` lines)"]


@pytest.mark.parametrize("text", ["[a]", "- a", "text", "1", '""'])
def test_a_document_that_is_no_mapping_is_refused(text: str) -> None:
    assert problems(text) == ["1:1: the file must be a mapping (write `key: value` lines)"]


def test_a_second_document_is_refused_where_it_begins() -> None:
    assert problems("a: 1\n---\nb: 2\n") == [
        "2:1: a second document begins here (give it its own file)"
    ]
    assert composed("---\na: 1\n...\n") == ({"a": 1}, [])


def test_another_version_of_yaml_is_refused() -> None:
    assert problems("%YAML 1.1\n---\na: 1") == [
        "1:1: files are read as YAML 1.2 (remove the line `%YAML`)"
    ]
    assert composed("%YAML 1.2\n---\na: 1") == ({"a": 1}, [])


def test_an_alias_is_a_value_of_its_own() -> None:
    value, found = composed("a: &x {k: [1]}\nb: *x\nc: &y NaN\nd: *y\n&k e: *k")
    assert (value, found) == (
        {"a": {"k": [1]}, "b": {"k": [1]}, "c": "NaN", "d": "NaN", "e": "e"},
        [],
    )
    value["a"]["k"].append(2)
    assert value["b"] == {"k": [1]}


def test_an_alias_without_its_anchor_is_refused() -> None:
    assert problems("a: *x\nb: &x 1") == [
        "1:4: the alias `*x` has no anchor "
        "(put `&x` before the value it means, or quote text that begins with `*`)"
    ]


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: *x}", "a: &x {b: [{c: *x}]}"])
def test_an_alias_inside_its_own_value_is_refused(text: str) -> None:
    (problem,) = problems(text)
    assert problem.endswith("the alias `*x` stands inside the value it names (write the value out)")


def test_an_anchor_that_is_written_twice_is_refused() -> None:
    assert problems("a: &x 1\nb: &x 2") == ["2:4: the anchor `&x` is written twice (rename one)"]


def test_aliases_are_counted() -> None:
    items = ["*x"] * MAX_ALIASES
    assert composed(f"a: &x 1\nb: [{', '.join(items)}]")[1] == []
    assert problems(f"a: &x 1\nb: [{', '.join([*items, '*x'])}]") == [
        f"2:{5 + 4 * MAX_ALIASES}: more than {MAX_ALIASES} aliases (write the values out)"
    ]


def test_an_alias_bomb_is_one_problem() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in ("ab", "bc", "cd")]
    assert len(problems("\n".join(lines))) == 1
    wide = f"a: &a [{'x, ' * 900}]\nb: &b [*a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b]"
    assert problems(wide) == [
        "3:17: the aliases stand for more than 20000 values (write fewer of them)"
    ]


def test_aliases_do_not_nest_deeper_than_brackets_do() -> None:
    half = MAX_DEPTH // 2 + 1
    brackets = "[" * half, "]" * half
    text = f"a: &a {brackets[0]}{brackets[1]}\nb: {brackets[0]}*a{brackets[1]}"
    (problem,) = problems(text)
    assert problem.endswith(f"nested more than {MAX_DEPTH} deep (make it flatter)")


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? ", "? - "])
@pytest.mark.parametrize("depth", [MAX_DEPTH, 5000])
def test_deep_nesting_is_a_problem(opening: str, depth: int) -> None:
    (problem,) = problems("a:\n " + opening * depth)
    assert problem.endswith(f"nested more than {MAX_DEPTH} deep (make it flatter)")


def test_what_is_not_too_deep_is_read() -> None:
    depth = MAX_DEPTH - 2
    value, found = composed("a: " + "[" * depth + "x" + "]" * depth)
    assert found == []
    for _ in range(depth):
        value = value[0] if isinstance(value, list) else value["a"]
    assert value == ["x"]


@pytest.mark.parametrize("escape", ["\\ud83d", "\\ude00", "\\ude00\\ud83d", "x\\ud83dx"])
def test_half_a_pair_of_escapes_is_refused(escape: str) -> None:
    assert composed('a: "\\ud83d\\ude00"') == ({"a": "😀"}, [])
    assert problems(f'a: "{escape}"') == [
        "1:4: half of a pair of `\\u` escapes is no character (write the character itself)"
    ]


YAMLISH = st.lists(
    st.sampled_from([
        *"ab1~-:?,#&*!|>%@'\"\\[]{} \t\n",
        *("a: ", "- ", "\n  ", "\n", ": ", "&a ", "*a", "!!str ", "<<: ", "NO", "1.10", "---\n"),
    ]),
    max_size=30,
).map(lambda pieces: "".join([*pieces, "\n"]))  # fmt: skip


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
@given(YAMLISH)
@settings(max_examples=500, deadline=None)
def test_both_parsers_give_the_same_document(text: str) -> None:
    readings: list[tuple[Any, Place]] = []
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        composition = Composition(iter(yaml.parse(text, Loader=loader)), "f.yaml")
        try:
            reading = composition.compose()
        except yaml.YAMLError:
            return
        if composition.problems:
            return
        readings.append(reading)
    (value, place), (same, its_place) = readings
    assert value == same
    # What is left empty stands nowhere: one parser puts it before the white space, one behind it.
    assert place == its_place or None in leaves(value)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for each in inner for leaf in leaves(each)]
    return [value]
