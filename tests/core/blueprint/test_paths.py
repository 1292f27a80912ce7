from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint import paths
from sendoff.blueprint.paths import Path, PathError
from sendoff.event import Event

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MESSAGE = {
    "type": "track",
    "event": "Signed Up",
    "userId": "u1",
    "traits": {
        "email": "a@b",
        "work email": "w@b",
        "a.b": 1,
        'q"\\': 2,
        "list": [{"x": 0}, "y"],
        "object": {"0": "key", "deep": {"er": False}},
        "": "blank key",
    },
}


def read(text: str, **params: Any) -> Any:
    event = Event.from_message(MESSAGE, received_at=NOW)
    return paths.getter(paths.parse(text), params)(event)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("event", "Signed Up"),
        ("user_id", "u1"),
        ("group_id", None),
        ("traits.email", "a@b"),
        ('traits."work email"', "w@b"),
        ('traits."a.b"', 1),
        (r'traits."q\"\\"', 2),
        ('traits.""', "blank key"),
        ("traits.list[0].x", 0),
        ("traits.list[1]", "y"),
        ("traits.list[2]", None),
        ("traits.list.x", None),
        ("traits.object[0]", None),
        ("traits.object.0", "key"),
        ("traits.object.deep.er", False),
        ("traits.email.deeper", None),
        ("traits.none", None),
        ("properties", {}),
        ("consent.marketing", None),
        ("integrations.Slack", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(text: str, value: Any) -> None:
    assert read(text) == value


def test_parameters_are_constants_of_the_route() -> None:
    assert read("params.region", region="GB") == "GB"
    assert read("params.region") is None


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("", "`` is no path", "write a root and keys, such as `traits.email`"),
        ("12:30", "`12:30` is no path", "write a root and keys, such as `traits.email`"),
        ("trait.x", "`trait` is no part of an event", "did you mean `traits`?"),
        ("userId", "`userId` is no part of an event", "did you mean `user_id`?"),
        ("email", "`email` is no part of an event", "did you mean `traits.email`?"),
        (
            "item.x",
            "`item` is known only in the `fields` of an `each`",
            "begin with a root such as `traits`",
        ),
        ("user_id.x", "`user_id` is text, with nothing inside it", "write `user_id`"),
        (
            "traits..x",
            "`traits..x` cannot be read as a path from character 7 on",
            'write `.key`, `."a key with dots or spaces"` or `[0]`',
        ),
        (
            "traits.work email",
            "`traits.work email` cannot be read as a path from character 12 on",
            'write `.key`, `."a key with dots or spaces"` or `[0]`',
        ),
        (
            "traits[-1]",
            "`traits[-1]` cannot be read as a path from character 7 on",
            'write `.key`, `."a key with dots or spaces"` or `[0]`',
        ),
        ("consent.marketng", "`consent.marketng` is no purpose of consent",
         "did you mean `marketing`?"),
        ("params", "`params` names no parameter", "write `params.NAME`"),
        ("params.a.b", "`params.a.b` names no parameter", "write `params.NAME`"),
        ("params[0]", "`params[0]` names no parameter", "write `params.NAME`"),
    ],
)  # fmt: skip
def test_what_is_no_path_says_why_and_what_to_write(text: str, message: str, fix: str) -> None:
    with pytest.raises(PathError) as caught:
        paths.parse(text)
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_an_unknown_root_lists_the_known_ones() -> None:
    with pytest.raises(PathError) as caught:
        paths.parse("zzz")
    assert caught.value.fix.startswith("use one of: account_id, anonymous_id")


def test_a_message_stays_on_one_line_and_short() -> None:
    with pytest.raises(PathError) as caught:
        paths.parse("a\nb" + "x" * 10_000)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_item_is_a_root_inside_each() -> None:
    assert paths.parse("item.id", inside_each=True) == Path("item", ("id",))


def test_two_spellings_of_a_place_are_equal() -> None:
    assert paths.parse('traits."email"') == paths.parse("traits.email")
    assert paths.parse("traits[0]") != paths.parse('traits."0"')


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("user_id", "text"),
        ("timestamp", "text"),
        ("traits", "object"),
        ("traits.x", None),
        ("consent", "object"),
        ("consent.marketing", "boolean"),
        ("params.x", None),
    ],
)
def test_the_type_is_known_where_the_event_settles_it(text: str, kind: str | None) -> None:
    assert paths.parse(text).kind == kind


def test_every_root_can_be_read() -> None:
    for root in paths.ROOTS - {"params"}:
        read(root)


STEPS = st.text(max_size=6) | st.integers(0, 999_999)


@given(st.lists(STEPS, max_size=5))
def test_a_path_is_written_as_it_is_read(steps: list[str | int]) -> None:
    path = Path("traits", tuple(steps))
    assert paths.parse(str(path)) == path


@given(st.text(max_size=30) | st.from_regex(r"(traits|params|consent)[.\[\]\"\\a0 {}]*"))
def test_any_text_is_a_path_or_says_why_not(text: str) -> None:
    try:
        path = paths.parse(text)
    except PathError:
        return
    assert paths.parse(str(path)) == path
