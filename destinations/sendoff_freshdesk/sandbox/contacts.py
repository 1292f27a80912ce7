"""The contacts of the account, and the vendor's rules for changing them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from sendoff_freshdesk.sandbox.answers import (
    Entry,
    conflict,
    denied,
    empty,
    invalid,
    missing,
    not_found,
    wrong_method,
)
from sendoff_freshdesk.sandbox.attributes import IDENTIFIERS, Attributes, has_value
from sendoff_freshdesk.sandbox.contact import Claim, User, claims

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from sendoff_freshdesk.sandbox.companies import Companies
    from sendoff_freshdesk.sandbox.schema import Schema
    from sendoff_freshdesk.sandbox.search import Index
    from sendoff_freshdesk.sandbox.switches import Settings

_FIRST_ID = 101_000_000_001
_MOST_EMAILS = 10


class Contacts:
    """Every user of the account by id, in the order they came.

    The methods are the calls of the API: each raises `Refused` with what the vendor would answer.
    A change is complete or has not happened.
    """

    def __init__(
        self,
        settings: Settings,
        schema: Schema,
        companies: Companies,
        index: Index,
        clock: Callable[[], float],
    ) -> None:
        self.users: dict[int, User] = {}
        self._settings = settings
        self._unique = schema.unique
        self._attributes = Attributes(schema, settings.features, companies)
        self.companies = companies
        self._index = index
        self._clock = clock
        self._ids = count(_FIRST_ID)
        self._holders: dict[tuple[str, str], int] = {}

    def create(self, payload: Mapping[str, object]) -> User:
        """A new contact, unverified as the vendor's are."""
        checked = self._attributes.check(payload, creating=True)
        values = checked.values
        if values.get("company_id") is None:
            values["company_id"] = self.companies.of_email(values.get("email"))
        found = self._consistent((), values, checked.custom)
        now = self._clock()
        user = User(next(self._ids), now, now, values, checked.custom)
        self._hold(user, found)
        self._index.note(user)
        return user

    def update(self, user_id: int, payload: Mapping[str, object]) -> User:
        """The contact after a partial update.

        What the payload leaves out stays; null clears; a list replaces; custom fields merge by key.
        """
        user = self.changeable(user_id, "PUT")
        checked = self._attributes.check(payload, creating=False)
        self.rewrite(user, user.values | checked.values, user.custom | checked.custom)
        return user

    def rewrite(
        self,
        user: User,
        values: dict[str, object],
        custom: dict[str, object],
        absorbed: Collection[User] = (),
    ) -> None:
        """Give a user these values in place of those it had, or raise and change nothing.

        The absorbed users are removed: what they held may be among the values.
        """
        found = self._consistent((user, *absorbed), values, custom)
        for other in absorbed:
            self.remove(other)
        self._let_go(user)
        user.values, user.custom = values, custom
        self._hold(user, found)
        self.touch(user)

    def get(self, user_id: int) -> User:
        """The contact of this id, deleted and blocked ones too; an agent is not found."""
        user = self.users.get(user_id)
        if user is None:
            raise not_found(f"contact {user_id}")
        if user.agent:
            raise not_found(f"contact {user_id} (it is an agent)")
        return user

    def changeable(self, user_id: int, method: str) -> User:
        """The contact of this id, which has to be neither deleted nor blocked (405)."""
        user = self.get(user_id)
        if not user.live:
            state = "deleted" if user.deleted else "blocked"
            raise wrong_method(method, ["GET"], f"contact {user_id} is {state}")
        return user

    def delete(self, user_id: int) -> None:
        """Soft delete: the contact is hidden and keeps holding its identifiers."""
        user = self.changeable(user_id, "DELETE")
        user.deleted = True
        self.touch(user)

    def restore(self, user_id: int) -> None:
        """Undo a soft delete; a contact that is not deleted is not found."""
        user = self.get(user_id)
        if not user.deleted:
            raise not_found(f"deleted contact {user_id}")
        user.deleted = False
        self.touch(user)

    def hard_delete(self, user_id: int, *, force: bool) -> None:
        """Erase a contact and set its identifiers free."""
        user = self.get(user_id)
        if not (user.deleted or force):
            raise empty(400, f"contact {user_id} is not deleted, and force is not set")
        self.remove(user)

    def remove(self, user: User) -> None:
        """Take a user out, whatever its state."""
        self._let_go(user)
        del self.users[user.id]
        user.deleted = True
        self._index.note(user)

    def make_agent(self, user_id: int) -> User:
        """Turn a contact into an agent, which loses its other emails."""
        user = self.changeable(user_id, "PUT")
        if user.email is None:
            message = "An email is needed before a contact can become an agent"
            entry = Entry("email", message, "inconsistent_state")
            raise conflict([entry], names_holder=False, names_field=True)
        ceiling = self._settings.max_agents
        if ceiling is not None and sum(each.agent for each in self.users.values()) >= ceiling:
            raise denied(403, "max_agents_reached", "The account has all the agents it may have")
        self.rewrite(user, user.values | {"other_emails": []}, user.custom)
        user.agent = True
        self.touch(user)
        return user

    def seed_agent(self, email: str) -> User:
        """An agent who is there from the start."""
        values: dict[str, object] = {"name": email.partition("@")[0], "email": email.lower()}
        found = self._consistent((), values, {})
        now = self._clock()
        user = User(next(self._ids), now, now, values, agent=True, active=True)
        self._hold(user, found)
        return user

    def touch(self, user: User) -> None:
        """Note that a user changed just now."""
        user.updated_at = self._clock()
        self._index.note(user)

    def _consistent(
        self, owners: Collection[User], values: dict[str, object], custom: dict[str, object]
    ) -> list[Claim]:
        """The unique values among these, once it is sure that nobody but the owners holds one."""
        if not any(has_value(values.get(name)) for name in IDENTIFIERS):
            raise invalid([missing("email", f"One of {', '.join(IDENTIFIERS)} is mandatory")])
        found = list(claims(values, custom, self._unique))
        if sum(claim.space == "email" for claim in found) > _MOST_EMAILS:
            message = f"A contact has at most {_MOST_EMAILS} emails"
            raise invalid([Entry("other_emails", message, "invalid_value")])
        taken = list(self._taken({owner.id for owner in owners}, found))
        if taken:
            raise conflict(
                taken,
                names_holder=self._settings.additional_info,
                names_field=self._settings.conflict_field,
            )
        return found

    def _taken(self, owners: set[int], found: list[Claim]) -> Iterator[Entry]:
        for claim in found:
            holder = self._holders.get((claim.space, claim.key))
            if holder is not None and holder not in owners:
                message = "It should be a unique value"
                yield Entry(claim.field, message, "duplicate_value", holder)

    def _hold(self, user: User, found: list[Claim]) -> None:
        self.users[user.id] = user
        self._holders.update(((claim.space, claim.key), user.id) for claim in found)

    def _let_go(self, user: User) -> None:
        for claim in claims(user.values, user.custom, self._unique):
            self._holders.pop((claim.space, claim.key), None)
