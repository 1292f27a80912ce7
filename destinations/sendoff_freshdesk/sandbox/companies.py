"""The companies of the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sendoff.errors import UsageError
from sendoff_freshdesk.sandbox.answers import (
    Entry,
    conflict,
    invalid,
    missing,
    not_found,
    unknown_field,
)
from sendoff_freshdesk.sandbox.attributes import has_value
from sendoff_freshdesk.sandbox.contact import timestamp
from sendoff_freshdesk.sandbox.kinds import DATE, TEXT, Kind, list_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_FIRST_ID = 102_000_000_001
_ATTRIBUTES: Mapping[str, Kind] = {
    "name": TEXT,
    "description": TEXT,
    "note": TEXT,
    "domains": list_of(TEXT),
    "health_score": TEXT,
    "account_tier": TEXT,
    "renewal_date": DATE,
    "industry": TEXT,
}


@dataclass(frozen=True, slots=True)
class Company:
    """A company; an email of one of its `domains` attaches a new contact to it."""

    id: int
    values: Mapping[str, object]
    created_at: float

    @property
    def name(self) -> str:
        """Its name, unique in the account."""
        return str(self.values["name"])

    @property
    def domains(self) -> list[str]:
        """Its email domains, in lower case."""
        given = self.values.get("domains")
        return [str(domain).lower() for domain in given] if isinstance(given, list) else []

    def shown(self) -> dict[str, object]:
        """The company as the API answers it."""
        stamp = timestamp(self.created_at)
        values = {name: self.values.get(name) for name in _ATTRIBUTES}
        stamps = {"created_at": stamp, "updated_at": stamp}
        return {"id": self.id, **values, "domains": self.domains, "custom_fields": {}, **stamps}


class Companies:
    """Every company by id. `id in companies` tells whether there is one."""

    def __init__(self, seeds: list[dict[str, object]], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._companies: dict[int, Company] = {}
        self._domains: dict[str, int] = {}
        for seed in seeds:
            given = seed.get("id")
            company_id = given if isinstance(given, int) else self._next_id()
            if company_id in self._companies:
                raise UsageError(f"sandbox switch companies: the id {company_id} is there twice")
            self._keep(Company(company_id, seed, clock()))

    def __contains__(self, company_id: object) -> bool:
        return company_id in self._companies

    def __iter__(self) -> Iterator[Company]:
        return iter(self._companies.values())

    def __len__(self) -> int:
        return len(self._companies)

    def get(self, company_id: int) -> Company:
        """The company of this id; raises `Refused` (404)."""
        if company_id not in self._companies:
            raise not_found(f"company {company_id}")
        return self._companies[company_id]

    def of_email(self, email: object) -> int | None:
        """The id of the company that has the domain of this email address."""
        return self._domains.get(email.rpartition("@")[2]) if isinstance(email, str) else None

    def create(self, payload: Mapping[str, object]) -> Company:
        """A new company; raises `Refused` for a fault (400) or a name that is taken (409)."""
        faults = [entry for name in payload if (entry := _fault(name, payload[name]))]
        if not has_value(payload.get("name")):
            faults.append(missing("name"))
        if faults:
            raise invalid(faults)
        if any(company.name == payload["name"] for company in self):
            entry = Entry("name", "It should be a unique value", "duplicate_value")
            raise conflict([entry], names_holder=False, names_field=True)
        company = Company(self._next_id(), payload, self._clock())
        self._keep(company)
        return company

    def _next_id(self) -> int:
        return max(_FIRST_ID, max(self._companies, default=0) + 1)

    def _keep(self, company: Company) -> None:
        self._companies[company.id] = company
        for domain in company.domains:
            self._domains.setdefault(domain, company.id)


def _fault(name: str, value: object) -> Entry | None:
    kind = _ATTRIBUTES.get(name)
    return kind.entry(name, value) if kind else unknown_field(name)
