from __future__ import annotations

import pytest

from sendoff.answer import Answer
from sendoff_freshdesk.contact import Contact, read_contact


def test_a_contact_is_an_object_with_a_number() -> None:
    found = read_contact(Answer(200, {}, b'{"id":101000000001,"name":"J"}'))
    assert found == Contact(101_000_000_001, {"id": 101_000_000_001, "name": "J"})


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"id":"1"}', b'{"id":true}', b'{"id":1.5}', b'[{"id":1}]'],
)
def test_anything_else_is_none(body: bytes) -> None:
    assert read_contact(Answer(200, {}, body)) is None


def test_every_email_counts_in_lower_case() -> None:
    held = {"email": "John@Example.com", "other_emails": ["JD@example.com", None]}
    assert Contact(1, held).emails == {"john@example.com", "jd@example.com"}
    assert Contact(1, {"email": None, "other_emails": None}).emails == frozenset()


def test_a_blank_external_id_is_none() -> None:
    assert Contact(1, {"unique_external_id": "u"}).external_id == "u"
    assert Contact(1, {"unique_external_id": ""}).external_id is None
    assert Contact(1, {}).external_id is None


def test_a_missing_key_means_not_deleted() -> None:
    assert Contact(1, {"deleted": True}).deleted
    assert not Contact(1, {"deleted": False}).deleted
    assert not Contact(1, {}).deleted
