from __future__ import annotations

import json
from typing import Any

import pytest

from sendoff.errors import InvalidEvent
from sendoff.event.dialects import read_envelope


def none_expected(mark: str) -> None:
    raise AssertionError(mark)


def read(**message: Any) -> tuple[dict[str, Any], list[str]]:
    marks: list[str] = []
    fields = read_envelope(json.dumps({"type": "page"} | message).encode(), marks.append)
    return fields, marks


def refused(**message: Any) -> str:
    with pytest.raises(InvalidEvent) as caught:
        read(**message)
    return str(caught.value)


@pytest.mark.parametrize("value", [[], "x", 1, True, None], ids=str)
def test_a_message_that_is_no_object_is_invalid(value: object) -> None:
    with pytest.raises(InvalidEvent, match="an event is an object"):
        read_envelope(json.dumps(value).encode(), none_expected)


@pytest.mark.parametrize("type_", ["track", "TRACK", " Track\n", "Page", "IDENTIFY", "alias"])
def test_a_type_is_known_in_any_case(type_: str) -> None:
    assert read(type=type_)[0]["type"] == type_.strip().lower()


@pytest.mark.parametrize("type_", ["merge", "", "tracks", None, 1, ["track"]], ids=str)
def test_an_unknown_type_is_invalid(type_: object) -> None:
    assert refused(type=type_).startswith("$.type: ")


def test_an_unknown_type_is_named_with_those_that_are_known() -> None:
    message = refused(type="merge")
    assert "'merge'" in message
    assert "track, identify, page, screen, group, alias" in message


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("userId", "user_id"),
        ("anonymousId", "anonymous_id"),
        ("groupId", "group_id"),
        ("previousId", "previous_id"),
        ("messageId", "message_id"),
    ],
)
class TestIds:
    def test_either_spelling_is_read(self, camel: str, snake: str) -> None:
        assert read(**{camel: "x"})[0][snake] == "x"
        assert read(**{snake: 7})[0][snake] == "7"

    def test_of_both_the_camel_case_one_is_taken_and_the_other_marked(
        self, camel: str, snake: str
    ) -> None:
        fields, marks = read(**{camel: "x", snake: "y"})
        assert fields[snake] == "x"
        assert marks == [f"second_spelling_ignored: $.{snake}"]

    def test_a_second_spelling_that_says_the_same_or_nothing_is_not_odd(
        self, camel: str, snake: str
    ) -> None:
        assert read(**{camel: "x", snake: "x"})[1] == []
        assert read(**{camel: "x", snake: " "})[1] == []
        fields, marks = read(**{camel: "", snake: "y"})
        assert (fields[snake], marks) == ("y", [])

    @pytest.mark.parametrize("value", [1.5, 12345.0, True, False, {}, [], ["x"]], ids=str)
    def test_a_refused_id_is_named_where_it_stands(
        self, camel: str, snake: str, value: object
    ) -> None:
        assert refused(**{camel: value}).startswith(f"$.{camel}: an id is text or")
        assert refused(**{snake: value}).startswith(f"$.{snake}: an id is text or")


@pytest.mark.parametrize("key", ["context", "traits", "properties"])
@pytest.mark.parametrize("value", ["x", 1, True, [], [{}]], ids=str)
def test_an_object_that_is_neither_object_nor_null_is_invalid(key: str, value: object) -> None:
    assert refused(**{key: value}).startswith(f"$.{key}: neither an object nor null")


def test_null_objects_are_empty() -> None:
    fields, marks = read(context=None, traits=None, properties=None, integrations=None)
    assert fields["context"] == fields["properties"] == fields["root_traits"] == {}
    assert fields["integrations"] == {}
    assert marks == []


@pytest.mark.parametrize("key", ["event", "name"])
def test_a_name_that_is_no_text_is_ignored_and_marked(key: str) -> None:
    fields, marks = read(**{key: 5})
    assert fields[key] is None
    assert marks == [f"{key}_ignored: $.{key}"]


def test_integrations_keep_what_is_a_switch() -> None:
    switches = {"All": False, "Freshdesk": {"option": 1}, "Webhook": True}
    odd = {"Slack": "yes", "a b": 1, "Other": None}
    fields, marks = read(integrations=switches | odd)
    assert fields["integrations"] == switches
    assert marks == [
        "integrations_ignored: $.integrations.Slack",
        'integrations_ignored: $.integrations."a b"',
    ]


def test_integrations_of_another_shape_are_ignored_and_marked() -> None:
    fields, marks = read(integrations=["All"])
    assert fields["integrations"] == {}
    assert marks == ["integrations_ignored: $.integrations"]


def test_repaired_text_is_marked() -> None:
    marks: list[str] = []
    fields = read_envelope(b'{"type":"page","properties":{"a":NaN}}', marks.append)
    assert fields["properties"] == {"a": None}
    assert marks == ["repaired_text"]


def test_the_original_timestamp_is_read_in_either_spelling() -> None:
    assert read(originalTimestamp="x")[0]["original_timestamp"] == "x"
    assert read(original_timestamp=5)[0]["original_timestamp"] == 5
