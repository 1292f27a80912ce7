from __future__ import annotations

import pytest
import yaml

from sendoff.documents import read_document
from sendoff.documents.syntax import syntax_problem
from sendoff.errors import ConfigurationError

BROKEN = {
    "\ta: b": "1:1: a tab cannot stand here (indent with spaces)",
    "a:\n\tb: 1": "2:1: a tab cannot stand here (indent with spaces)",
    "a: @x": "1:4: text without quotes cannot begin with '@' (put the text in quotes)",
    "a: `x`": "1:4: text without quotes cannot begin with '`' (put the text in quotes)",
    "a: 1\nfoo\nb: 2": "2:1: this line has no `:`",
    "a: - b": "1:4: a list item cannot stand here (begin the list on the line below its key)",
    "a: b: c": "1:5: this makes a key where none can stand",
    "key\nb: 1": "2:2: this makes a key where none can stand",
    "a: ? b": "1:4: this makes a key where none can stand",
    'é: 1\n😀: "x\n': "2:4: this quote is never closed",
    "a: 'x\n---\n'": "1:4: this quote is never closed",
    'a: "\\q"': "1:6: `\\q` is no escape in double quotes (write `\\\\` for a backslash",
    'a: "\\xzz"': "1:7: this escape needs 2 hexadecimal digits",
    'a: "\\U00110000"': "1:7: this number is out of range",
    'a: "\\UFFFFFFFF"': "1:7: this number is out of range",
    "{a: 1}}": "1:7: more follows where the document should end",
    "a: 'it's'": "1:8: more follows where the value has ended",
    "a: *": "1:4: text without quotes cannot begin with `&` or `*` (put the text in quotes)",
    "a: &é b": "1:4: text without quotes cannot begin with `&` or `*` (put the text in quotes)",
    "x: 1\na:\n  b: 1\n c: 2": "4:2: this does not line up with what began on line 1",
    "- a\nb: 1": "2:1: this does not line up with what began on line 1",
    "a:\n  [1,\n  2": "2:3: this bracket is never closed (close it with `]`)",
    "a: {b: 1": "1:4: this bracket is never closed (close it with `}`)",
    "a: [b\nc: d]": "2:2: `,` or `]` is missing for the bracket of line 1",
    "a:\n  [b [c]]": "2:6: `,` or `]` is missing for the bracket of line 2",
    "a: [": "1:5: the file ends inside a bracket (close the bracket)",
    "a: }": "1:4: a value is missing here",
    "a: !e!x y": "1:4: tags are refused",
    "a: !%FF x": "1:5: tags are refused",
    "a: | x": "1:4: only a sign such as `-` can follow `|` or `>`",
    "a: |0\n  x": "1:4: only a sign such as `-` can follow `|` or `>`",
    "%YAML 2.0\n---\na: 1": "1:1: a line that begins with `%` is a directive",
    "%YAML x\n---\na: 1": "1:7: a line that begins with `%` is a directive",
    f"%YAML {'9' * 5000}.1\n---\na: 1": "1:7: this number is out of range",
}


@pytest.mark.parametrize(("text", "problem"), BROKEN.items())
def test_broken_syntax_is_one_problem_with_a_place_and_a_remedy(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_document(text, "f.yaml")
    assert len(caught.value.problems) == 1
    assert str(caught.value).startswith(f"f.yaml:{problem}")
    assert caught.value.problems[0].fix


def test_what_was_wrong_before_the_syntax_broke_is_told_too() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_document("a: NO\na: 1\nb: [", "f.yaml")
    assert [problem.position.line for problem in caught.value.problems] == [1, 2, 3]


def test_words_that_are_new_to_us_are_passed_on() -> None:
    mark = yaml.error.Mark("", 0, 4, 2, None, 0)
    error = yaml.MarkedYAMLError(problem="found a new thing", problem_mark=mark)
    assert str(syntax_problem(error, "f.yaml")) == (
        "f.yaml:5:3: this is not YAML: found a new thing (correct the syntax)"
    )
    assert str(syntax_problem(yaml.YAMLError("odd"), "f.yaml")) == (
        "f.yaml:1:1: this is not YAML: odd (correct the syntax)"
    )
