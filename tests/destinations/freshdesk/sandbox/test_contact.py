"""The shapes a contact is shown in."""

from __future__ import annotations

import uuid

from sendoff_freshdesk.sandbox.contact import User, full, listed, timestamp, viewed


def user(**values: object) -> User:
    return User(101_000_000_001, 0.0, 60.0, {"name": "John M Doe", **values})


def test_what_has_no_value_is_null_and_not_left_out() -> None:
    shown = full(user(email="john@example.com"), ["plan"])
    blanks = {
        *("address", "description", "job_title", "mobile", "phone", "company_id", "avatar"),
        *("twitter_id", "unique_external_id", "view_all_tickets", "facebook_id", "csat_rating"),
        "preferred_source",
    }
    assert {name for name, value in shown.items() if value is None} == blanks
    assert shown["custom_fields"] == {"plan": None}
    assert shown["language"] == "en"
    assert shown["time_zone"] == "Eastern Time (US & Canada)"


def test_recorded_keys_are_there() -> None:
    shown = full(user(), [])
    assert (shown["first_name"], shown["last_name"]) == ("John M", "Doe")
    assert len(str(shown["org_contact_id"])) == 19
    assert shown["org_contact_id_str"] == str(shown["org_contact_id"])
    assert str(uuid.UUID(str(shown["visitor_id"]))) == shown["visitor_id"]
    assert shown["other_phone_numbers"] == []
    assert shown["created_at"] == "1970-01-01T00:00:00Z"
    assert shown["updated_at"] == "1970-01-01T00:01:00Z"


def test_a_twitter_handle_is_answered_as_a_number() -> None:
    number = full(user(twitter_id="jane"), [])["twitter_id"]
    assert isinstance(number, str)
    assert number.isdigit()


def test_a_list_lacks_tags_and_other_emails() -> None:
    shown = listed(user(tags=["vip"], other_emails=["j@example.com"]), [])
    assert not {"tags", "other_emails", "other_companies", "deleted"} & shown.keys()


def test_deleted_shows_on_deleted_contacts_only_except_after_a_write() -> None:
    contact = user()
    assert full(contact, [])["deleted"] is False
    assert "deleted" not in viewed(contact, [])
    contact.deleted = True
    assert viewed(contact, [])["deleted"] is True
    assert listed(contact, [])["deleted"] is True


def test_times_are_whole_seconds_in_utc() -> None:
    assert timestamp(1_440_752_896.9) == "2015-08-28T09:08:16Z"
