"""The calls of the API: what each does with the account, and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendoff.testing.sandbox import Answer
from sendoff_freshdesk.sandbox import contact, listing
from sendoff_freshdesk.sandbox.answers import access_denied, invalid, missing, not_found
from sendoff_freshdesk.sandbox.locales import LANGUAGES
from sendoff_freshdesk.sandbox.merge import merge

if TYPE_CHECKING:
    from sendoff_freshdesk.sandbox.contact import User
    from sendoff_freshdesk.sandbox.helpdesk import Helpdesk
    from sendoff_freshdesk.sandbox.request import Request

_DONE = Answer(204)


def create_contact(desk: Helpdesk, request: Request) -> Answer:
    """POST /contacts."""
    user = desk.contacts.create(request.payload())
    return _created(request, user.id, contact.full(user, desk.schema.custom))


def view_contact(desk: Helpdesk, request: Request) -> Answer:
    """GET /contacts/{id}, which answers for deleted and blocked contacts too."""
    user = desk.contacts.get(request.id)
    return Answer(200, contact.viewed(user, desk.schema.custom))


def update_contact(desk: Helpdesk, request: Request) -> Answer:
    """PUT /contacts/{id}."""
    user = desk.contacts.update(request.id, request.payload())
    return Answer(200, contact.full(user, desk.schema.custom))


def delete_contact(desk: Helpdesk, request: Request) -> Answer:
    """DELETE /contacts/{id}, the soft one."""
    desk.contacts.delete(request.id)
    return _DONE


def hard_delete_contact(desk: Helpdesk, request: Request) -> Answer:
    """DELETE /contacts/{id}/hard_delete, with `force=true` for one that is not deleted yet."""
    asked = request.query(("force",))
    desk.contacts.hard_delete(request.id, force=asked.get("force") == "true")
    return _DONE


def restore_contact(desk: Helpdesk, request: Request) -> Answer:
    """PUT /contacts/{id}/restore."""
    desk.contacts.restore(request.id)
    return _DONE


def send_invite(desk: Helpdesk, request: Request) -> Answer:
    """PUT /contacts/{id}/send_invite: an activation mail, which the sandbox does not send."""
    desk.contacts.changeable(request.id, "PUT")
    return _DONE


def make_agent(desk: Helpdesk, request: Request) -> Answer:
    """PUT /contacts/{id}/make_agent. The payload's choices of role and scope are ignored."""
    user = desk.contacts.make_agent(request.id)
    shown = contact.as_agent(user)
    person = shown.pop("contact")
    return Answer(200, {**(person if isinstance(person, dict) else {}), "agent": shown})


def merge_contacts(desk: Helpdesk, request: Request) -> Answer:
    """POST /contacts/merge."""
    merge(desk.contacts, request.payload())
    return _DONE


def autocomplete(desk: Helpdesk, request: Request) -> Answer:
    """GET /contacts/autocomplete: contacts with a word of their name that begins with the term."""
    term = request.query(("term",)).get("term")
    if not term:
        raise invalid([missing("term")])
    found = [user for user in desk.contacts.users.values() if _begins(user, term.casefold())]
    return Answer(200, [{"id": user.id, "name": user.name} for user in found])


def _begins(user: User, term: str) -> bool:
    name = user.name.casefold()
    return user.live and not user.agent and (name.startswith(term) or f" {term}" in name)


def contact_fields(desk: Helpdesk, request: Request) -> Answer:
    """GET /contact_fields."""
    if desk.settings.contact_fields_admin_only:
        raise access_denied()
    return Answer(200, desk.schema.listed(contact.timestamp(desk.opened_at)))


def contact_field(desk: Helpdesk, request: Request) -> Answer:
    """GET /contact_fields/{id}."""
    if desk.settings.contact_fields_admin_only:
        raise access_denied()
    for field in desk.schema.listed(contact.timestamp(desk.opened_at)):
        if field["id"] == request.id:
            return Answer(200, field)
    raise not_found(f"contact field {request.id}")


def companies(desk: Helpdesk, request: Request) -> Answer:
    """GET /companies, by name."""
    asked = request.query(listing.PAGING)
    ordered = sorted(desk.companies, key=lambda company: company.name.casefold())
    return listing.paged(request, asked, ordered, lambda company: company.shown())


def view_company(desk: Helpdesk, request: Request) -> Answer:
    """GET /companies/{id}."""
    return Answer(200, desk.companies.get(request.id).shown())


def create_company(desk: Helpdesk, request: Request) -> Answer:
    """POST /companies."""
    company = desk.companies.create(request.payload())
    return _created(request, company.id, company.shown())


def me(desk: Helpdesk, request: Request) -> Answer:
    """GET /agents/me: the agent the key belongs to."""
    return Answer(200, contact.as_agent(desk.key_holders[request.readonly]))


def helpdesk_settings(desk: Helpdesk, request: Request) -> Answer:
    """GET /settings/helpdesk."""
    others = [code for code in LANGUAGES if code != "en"]
    languages = others if "multi_language" in desk.settings.features else []
    return Answer(
        200,
        {
            "primary_language": "en",
            "supported_languages": languages,
            "portal_languages": ["en"],
            "help_widget_languages": [],
        },
    )


def account(desk: Helpdesk, request: Request) -> Answer:
    """GET /account."""
    name = desk.settings.domain or "sandbox"
    agents = sum(user.agent for user in desk.contacts.users.values())
    kinds = ("occasional", "field_service", "collaborators")
    return Answer(
        200,
        {
            "organisation_id": 180_000_000_000_000_001,
            "organisation_name": f"{name}.myfreshworks.com",
            "account_id": 1_000_001,
            "account_name": name,
            "account_domain": f"{name}.freshdesk.com",
            "bundle_id": None,
            "hipaa_compliant": False,
            "total_agents": {"full_time": agents, **dict.fromkeys(kinds, 0)},
            "timezone": contact.TIME_ZONE,
            "data_center": "US",
            "tier_type": "Growth",
            "address": dict.fromkeys(("country", "state", "city", "street", "postalcode")),
            "contact_person": dict.fromkeys(("firstname", "lastname", "email")),
        },
    )


def administration(desk: Helpdesk, request: Request) -> Answer:
    """A call for administrators, which neither of the sandbox's keys belongs to."""
    raise access_denied()


def _created(request: Request, ident: int, shown: dict[str, object]) -> Answer:
    """201 with the address of what was created."""
    return Answer(201, shown, (("Location", f"{request.base}{request.path}/{ident}"),))
