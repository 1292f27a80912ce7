from __future__ import annotations

from typing import Any

import pytest

from sendoff_freshdesk.conflict import Conflict, Taken
from sendoff_freshdesk.lookup import search_names

ALL = {"name": "J", "phone": "+1", "mobile": "+2", "email": "a@b", "unique_external_id": "u"}
PHONES = {"name": "J", "phone": "+1", "mobile": "+2"}


@pytest.mark.parametrize(
    ("fields", "payload", "names"),
    [
        (["email"], ALL, ("email",)),
        (["phone", "unique_external_id", "email"], ALL, ("email", "unique_external_id", "phone")),
        (["mobile"], ALL, ("mobile",)),
        (["twitter_id", "custom_fields.code"], ALL, ()),
        (["email"], PHONES, ()),
        ([], ALL, ("email", "unique_external_id")),
        ([], PHONES, ("phone", "mobile")),
        ([], {"name": "J", "twitter_id": "j"}, ()),
    ],
)
def test_the_search_is_by_what_is_taken_else_by_what_is_ones_own(
    fields: list[str], payload: dict[str, Any], names: tuple[str, ...]
) -> None:
    conflict = Conflict(tuple(Taken(field, None) for field in fields))
    assert search_names(conflict, payload) == names
