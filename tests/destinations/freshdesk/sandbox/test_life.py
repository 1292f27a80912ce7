"""Whatever is done to contacts: identifiers stay unique, updates keep what they do not name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from sendoff.testing.sandbox import Refused
from sendoff_freshdesk.sandbox import create_sandbox

EMAILS = st.sampled_from(["a@example.com", "A@example.com", "b@example.com", "c@example.com"])
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["A", "B"]),
        "email": EMAILS | st.none(),
        "other_emails": st.lists(EMAILS, max_size=2),
        "unique_external_id": st.sampled_from(["1", "2"]) | st.none(),
        "mobile": st.sampled_from(["+1", "+2"]) | st.none(),
        "tags": st.lists(st.sampled_from(["x", "y"]), max_size=2),
        "custom_fields": st.dictionaries(
            st.sampled_from(["signup_method", "biography"]), st.sampled_from(["p", "q"]), min_size=1
        ),
    },
)


class Life(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.contacts = create_sandbox(unique_fields=["mobile", "signup_method"]).contacts

    @rule(target=ids, payload=PAYLOADS)
    def create(self, payload: dict[str, Any]) -> int:
        try:
            return self.contacts.create({"name": "N", **payload}).id
        except Refused:
            return 0

    @rule(user_id=ids, payload=PAYLOADS)
    def update(self, user_id: int, payload: dict[str, Any]) -> None:
        user = self.contacts.users.get(user_id)
        before = (dict(user.values), dict(user.custom)) if user else ({}, {})
        try:
            self.contacts.update(user_id, payload)
        except Refused:
            assert user is None or (user.values, user.custom) == before
            return
        assert user is not None
        custom = payload.get("custom_fields", {})
        for name in before[0].keys() - payload.keys():
            assert user.values[name] == before[0][name]
        assert user.custom == before[1] | custom

    @rule(user_id=ids)
    def delete(self, user_id: int) -> None:
        self.attempt(self.contacts.delete, user_id)

    @rule(user_id=ids)
    def restore(self, user_id: int) -> None:
        self.attempt(self.contacts.restore, user_id)

    @rule(user_id=ids)
    def make_agent(self, user_id: int) -> None:
        self.attempt(self.contacts.make_agent, user_id)

    @rule(user_id=consumes(ids))
    def erase(self, user_id: int) -> None:
        self.attempt(lambda each: self.contacts.hard_delete(each, force=True), user_id)

    def attempt(self, call: Any, user_id: int) -> None:
        try:
            call(user_id)
        except Refused as refused:
            assert refused.answer.status in (404, 405, 409)  # noqa: PT017

    @invariant()
    def identifiers_are_unique(self) -> None:
        users = list(self.contacts.users.values())
        for name in ("unique_external_id", "mobile"):
            held = [user.values[name] for user in users if user.values.get(name) is not None]
            assert len(held) == len(set(held))
        emails = [email for user in users for email in set(user.emails)]
        assert len(emails) == len(set(emails))
        methods = [user.custom.get("signup_method") for user in users]
        assert len([m for m in methods if m]) == len({m for m in methods if m})

    @invariant()
    def every_holder_named_in_a_conflict_holds_the_value(self) -> None:
        for user in list(self.contacts.users.values()):
            if user.email is None:
                continue
            with pytest.raises(Refused) as refused:
                self.contacts.create({"name": "X", "email": user.email})
            body = refused.value.answer.body
            assert isinstance(body, dict)
            assert body["errors"][0]["additional_info"] == {"user_id": user.id}


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
