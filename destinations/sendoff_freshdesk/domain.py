"""The Freshdesk account that a text names: it decides which host gets the API key."""

from __future__ import annotations

import re
from typing import Final

from sendoff.errors import UsageError

LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
"""Pattern of one DNS label: 1 to 63 letters, digits and inner hyphens."""

ASK: Final = "give the part before .freshdesk.com, such as acme"
"""What to do about a domain that cannot be used."""

_SCHEME: Final = "(?:https?://)?+"

# A label, alone or as the host of an address that people copy from their browser. What follows the
# host is dropped; with a backslash or an @ in it, another reader may see another host.
_DOMAIN = re.compile(
    rf"(?P<label>{LABEL})|{_SCHEME}(?P<host>{LABEL})\.freshdesk\.com(?:[/?#][!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_AMBIGUOUS = re.compile(r"[@\\]")

_EXPLANATIONS: Final = (
    (r"\Z", f"is empty: {ASK}"),
    (r".*[^!-~]", f"holds white space, or a letter that is not plain ASCII: {ASK}"),
    (r".*@", f"holds an @, so it is an email or carries credentials: {ASK}"),
    (r".*[%\\]", f"holds a % or a backslash, which no domain has: {ASK}"),
    (rf"{_SCHEME}[^/?#]*:", f"holds a port, or another scheme than https: {ASK}"),
    (rf"{_SCHEME}[^./?#]{{64}}", f"is longer than the 63 characters of a domain: {ASK}"),
    (
        rf"(?!{_SCHEME}[^/?#]*\.freshdesk\.com(?:[/?#]|\Z)){_SCHEME}[^/?#]*[^./?#]\.[^./?#]",
        f"is another host than ACCOUNT.freshdesk.com: {ASK}; the API does not answer on a domain of"
        " your own, so take the name that your portal has at Freshdesk itself",
    ),
    (r"", f"is no Freshdesk domain: {ASK} (letters, digits and inner hyphens)"),
)
"""What is wrong with a text that names no account: the first pattern that matches its start."""


def account_label(domain: str) -> str:
    """The account's DNS label, in lower case, from a label, a host or an address.

    Raises UsageError, with what is wrong and what to do, for everything else.
    """
    text = domain.strip(" ")
    match = None if _AMBIGUOUS.search(text) else _DOMAIN.fullmatch(text)
    if match is None:
        flags = re.ASCII | re.IGNORECASE | re.DOTALL
        raise UsageError(next(why for each, why in _EXPLANATIONS if re.match(each, text, flags)))
    return str(match["label"] or match["host"]).lower()
