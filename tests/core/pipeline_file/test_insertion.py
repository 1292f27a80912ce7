"""A route more in the text of a pipeline file; nothing else changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.documents import read_document
from sendoff.errors import ConfigurationError, UsageError
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.pipeline_file.insertion import with_route

ROUTE: dict[str, Any] = {
    "destination": "freshdesk",
    "blueprint": "freshdesk/default",
    "with": {"default_region": "NO"},
    "settings": {"domain": "acme", "api_key": "${env:KEY}"},
}
HEAD = "apiVersion: sendoff/v1\nkind: Pipeline\nname: acme\n"
ONE = """\
routes:
  support: # the desk
    destination: freshdesk
    blueprint: freshdesk/default
    settings: {domain: acme, api_key: sandbox-key} # a comment of the last line
"""


@pytest.fixture(scope="module")
def around() -> Surroundings:
    return Surroundings(environ={"KEY": "sandbox-key"})


def added(text: str, route: dict[str, Any] = ROUTE, name: str = "new") -> str:
    return with_route(text.encode(), "sendoff.yaml", name, route).decode()


def inserted(before: str, after: str) -> str:
    """What was put in, where everything before and behind it is still there."""
    start = next(
        (at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        len(before),
    )
    length = len(after) - len(before)
    for at in range(start, -1, -1):  # what is put in may begin like what follows
        if after[:at] == before[:at] and after[at + length :] == before[at:]:
            return after[at : at + length]
    raise AssertionError("something that was there is gone")


def test_the_route_stands_behind_the_others_and_loads(around: Surroundings) -> None:
    after = added(f"{HEAD}{ONE}# What follows.\nstore: memory\n")
    assert after == (
        f"{HEAD}{ONE}  new:\n    destination: freshdesk\n    blueprint: freshdesk/default\n"
        '    with:\n      default_region: "NO"\n    settings:\n      domain: acme\n'
        '      api_key: "${env:KEY}"\n# What follows.\nstore: memory\n'
    )
    pipeline = load_pipeline(read_document(after, "sendoff.yaml"), around)
    assert [route.name for route in pipeline.routes] == ["support", "new"]
    assert pipeline.routes[1].settings == {"domain": "acme", "api_key": "sandbox-key"}


def test_routes_that_stand_apart_stay_so() -> None:
    two = f"{HEAD}{ONE}\n  other:\n    destination: webhook\n    blueprint: webhook/default\n"
    assert "webhook/default\n\n  new:\n" in added(two)
    assert "webhook/default\n  new:\n" in added(two.replace("\n\n", "\n"))


def test_a_comment_inside_the_last_route_stays_with_it() -> None:
    text = f"{HEAD}{ONE}    # limits: {{rate: 50/min}}\n  # no more routes\nstore: memory\n"
    after = added(text)
    assert "rate: 50/min}\n  new:\n" in after
    assert '"${env:KEY}"\n  # no more routes\n' in after


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_those_of_the_file(end: str) -> None:
    text = (HEAD + ONE + "store: memory\n").replace("\n", end)
    new = inserted(text, added(text))
    assert new.count(end) == new.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def test_a_file_without_a_last_line_end_still_has_none() -> None:
    text = (HEAD + ONE).rstrip("\n")
    after = added(text)
    assert after.startswith(text + "\n  new:\n")
    assert not after.endswith("\n")


def test_a_byte_order_mark_stays() -> None:
    assert added(f"\ufeff{HEAD}{ONE}").startswith("\ufeffapiVersion")


def test_routes_in_braces_get_theirs_inside() -> None:
    text = json.dumps({
        "apiVersion": "sendoff/v1", "kind": "Pipeline", "name": "acme",
        "routes": {"support": {"destination": "freshdesk", "blueprint": "freshdesk/default"}},
        "store": "memory",
    }, indent=2)  # fmt: skip
    after = added(text)
    assert read_document(after, "f").value["routes"]["new"] == ROUTE
    assert inserted(text, after).startswith(", new: {destination: freshdesk, ")


def test_a_block_of_text_at_the_end_of_the_last_route_is_left_alone() -> None:
    text = f"{HEAD}routes:\n  a:\n    destination: x\n    blueprint: |\n      b\n\nstore: memory\n"
    value = read_document(added(text), "f").value
    assert value["routes"]["a"]["blueprint"] == "b\n"
    assert value["routes"]["new"] == ROUTE


def test_no_blank_line_is_put_behind_a_block_of_text_that_would_take_it() -> None:
    text = f"{HEAD}{ONE}\n  a:\n    destination: x\n    blueprint: |+\n      b\nstore: memory\n"
    assert read_document(added(text), "f").value["routes"]["a"]["blueprint"] == "b\n"


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(UsageError, match="there is a route `support` already"):
        added(HEAD + ONE, name="support")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}store: memory\n",
        f"{HEAD}routes: {{}}\n",
        f"{HEAD}routes:\n  ? support\n  : {{destination: a, blueprint: b}}\n",
        f"{HEAD}x: &all\n  a: {{destination: a, blueprint: b}}\nroutes: *all\n",
    ],
    ids=["none", "empty", "question mark", "elsewhere"],
)
def test_a_file_that_cannot_be_edited_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(UsageError, match="with an editor: the file is as it was"):
        added(text)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="`routes` is written twice"):
        added(f"{HEAD}{ONE}{ONE}")


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
COMMENTS = st.sampled_from(["", "# a comment\n", "\n", "  # indented\n", "      # deeper\n\n"])
STYLES = st.sampled_from(["block", "braces", "mixed", "literal", "quoted", "anchor"])


def written(name: str, style: str, indent: str) -> str:
    inner = indent * 2
    match style:
        case "braces":
            return f"{indent}{name}: {{destination: a, blueprint: b}} # said\n"
        case "mixed":
            return (
                f"{indent}{name}:\n{inner}destination: a\n{inner}settings: {{a: [1,\n{inner} 2]}}\n"
            )
        case "literal":
            return f"{indent}{name}:\n{inner}destination: a\n{inner}blueprint: |\n{inner}  b # c\n"
        case "quoted":
            return f'{indent}{name}:\n{inner}"destination": "a: #"\n{inner}x: \'b\n{inner} c\'\n'
        case "anchor":
            return f"{indent}{name}: &{name}\n{inner}destination: a\n{inner}consent:\n{inner}- x\n"
    return f"{indent}{name}:\n{inner}destination: a # here\n{inner}enabled:\n"


@st.composite
def files(draw: st.DrawFn) -> str:
    indent = draw(st.sampled_from(["  ", " ", "    "]))
    names = draw(st.lists(NAMES.map(lambda name: f"r{name}"), min_size=1, max_size=3, unique=True))
    routes = "".join(draw(COMMENTS) + written(name, draw(STYLES), indent) for name in names)
    tail = draw(st.sampled_from(["", "store: memory\n", "---\n"[:0], "...\n"]))
    text = f"{draw(COMMENTS)}{HEAD}routes:\n{routes}{draw(COMMENTS)}{tail}"
    if draw(st.booleans()):
        text = text.removesuffix("\n")
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(files(), NAMES.map(lambda name: f"n{name}"), st.dictionaries(TEXTS, VALUES, max_size=4))
def test_whatever_the_file_all_of_it_stays_and_the_route_is_there(
    text: str, name: str, route: dict[str, Any]
) -> None:
    before = read_document(text, "f").value
    try:
        after = added(text, route, name)
    except UsageError:
        # A last block of text that the end of the file cuts would be another with a line more.
        assert text.endswith("# c")
        return
    assert inserted(text, after)
    value = read_document(after, "f").value
    assert value["routes"].pop(name) == route
    assert json.dumps(value) == json.dumps(before)
