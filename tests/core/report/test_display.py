"""What is shown: secrets never, personal data masked, and nothing that a terminal would obey."""

from __future__ import annotations

import pytest

from sendoff.pipeline_file import Pipeline
from sendoff.pipeline_file.schema import PERSONAL_CLASSES
from sendoff.report.display import Display


def display(
    *, clear: bool = False, redact: tuple[str, ...] = PERSONAL_CLASSES, hidden: str = "s3cret-key"
) -> Display:
    pipeline = Pipeline(
        name="test", file="sendoff.yaml", routes=(), consent_map={}, store="memory", keep=1.0,
        redact=redact, secrets=(hidden,),
    )  # fmt: skip
    return Display(pipeline, clear=clear)


def test_a_value_is_masked_by_its_name() -> None:
    assert display().value("John Doe", "traits.name") == '"J***"'
    assert display().value("John Doe") == '"John Doe"'


def test_the_first_name_of_a_class_decides() -> None:
    assert display().value("John Doe", "custom_fields.who", "traits.name") == '"J***"'
    assert display().value("pro", "custom_fields.plan", "traits.plan") == '"pro"'


def test_members_are_masked_in_sight_of_the_whole() -> None:
    page = {"type": "page", "name": "Home", "traits": {"email": "john@example.com"}}
    assert display().members(page) == {
        "type": '"page"', "name": '"Home"', "traits": '{"email":"j***@example.com"}',
    }  # fmt: skip


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("before", [1_985, 1_990, 1_995, 1_999])
def test_a_secret_at_the_end_of_what_is_shown_does_not_stand_there_in_half(
    clear: bool, before: int
) -> None:
    echoed = "-" * before + "s3cret-key"
    shown = display(clear=clear)
    assert "s3c" not in shown.value(echoed)
    assert "s3c" not in str(shown.covered({"properties": {"echo": echoed}}))
    assert "s3c" not in shown.members({"echo": echoed})["echo"]


@pytest.mark.parametrize(
    "secret",
    ["https://10.1.2.3/h/abc", "s3c john@example.com abc", "s3c +4915112345678 abc"],
)
def test_a_secret_that_looks_like_a_person_in_part_is_covered_as_a_whole(secret: str) -> None:
    shown = display(hidden=secret)
    assert shown.value(f"to {secret}", "properties.note") == '"to ***"'
    assert shown.covered([f"to {secret}"]) == ["to ***"]


def test_clear_shows_everything_but_secrets() -> None:
    shown = display(clear=True)
    assert shown.value({"name": "John Doe", "key": "s3cret-key"}) == (
        '{"name":"John Doe","key":"***"}'
    )
    assert shown.text("mail john@example.com with s3cret-key") == "mail john@example.com with ***"
    assert shown.members({"name": "s3cret-key"}) == {"name": '"***"'}


def test_classes_that_are_not_to_be_masked_are_shown() -> None:
    assert display(redact=("email",)).value({"name": "John"}) == '{"name":"John"}'


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("$.name: 'John Doe' is too long", "$.name: *** is too long"),
        ('$.name: "O\'Neil" is too long', "$.name: *** is too long"),
        ("$.name: 'John D\\'oe' is too long", "$.name: *** is too long"),
        ("$.name: 'a name that was cut off …", "$.name: ***"),
        ("$.phone: 5551234567 is not of type 'string'", "$.phone: *** is not of type ***"),
        ("$.plan: 'pro' is not one of ['a', 'b']", "$.plan: 'pro' is not one of ['a', 'b']"),
        ("$.name: takes 255 characters at most", "$.name: takes 255 characters at most"),
        ("email: trim: takes text, not a list", "email: trim: takes text, not a list"),
        ("no value at user_id or traits.email", "no value at user_id or traits.email"),
    ],
)
def test_a_detail_is_masked_where_it_quotes_personal_data(detail: str, shown: str) -> None:
    assert display().detail(detail) == shown
    assert display(clear=True).detail(detail) == detail


@pytest.mark.parametrize("sign", ["\x1b[2J", "\r", "\n", "\x07", "\u202e", "\x9b"])
def test_nothing_shown_commands_a_terminal(sign: str) -> None:
    for shown in (
        display().text(f"a{sign}b"),
        display().detail(f"$.plan: 'a{sign}b' is odd"),
        display().value({"plan": f"a{sign}b"}),
        display().members({"plan": f"a{sign}b"})["plan"],
    ):
        assert shown.isprintable()
