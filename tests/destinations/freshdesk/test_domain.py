from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.errors import UsageError
from sendoff_freshdesk.domain import LABEL, account_label

LONGEST = "a" * 63


@pytest.mark.parametrize(
    ("domain", "label"),
    [
        ("acme", "acme"),
        ("ACME", "acme"),
        (" acme ", "acme"),
        ("a", "a"),
        ("4you", "4you"),
        ("acme-support", "acme-support"),
        (LONGEST, LONGEST),
        ("acme.freshdesk.com", "acme"),
        ("Acme.FreshDesk.com", "acme"),
        ("acme.freshdesk.com/", "acme"),
        ("acme.freshdesk.com/a/dashboard/default", "acme"),
        ("https://acme.freshdesk.com", "acme"),
        ("HTTPS://ACME.FRESHDESK.COM/", "acme"),
        ("http://acme.freshdesk.com", "acme"),
        ("https://acme.freshdesk.com/a/tickets?page=2#top", "acme"),
        ("https://acme.freshdesk.com?x=1", "acme"),
    ],
)
def test_a_label_a_host_and_an_address_name_the_same_account(domain: str, label: str) -> None:
    assert account_label(domain) == label


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("acme\n", "white space"),
        ("ac me", "white space"),
        ("\tacme", "white space"),
        ("acme.freshdesk.com\n", "white space"),
        ("acme.freshdesk.com/\n@evil.com", "white space"),
        ("\u0430cme", "not plain ASCII"),  # Cyrillic a
        ("\u212aey", "not plain ASCII"),  # the Kelvin sign folds to k
        ("fre\u017fh.freshdesk.com", "not plain ASCII"),  # the long s folds to s
        ("acme.fre\u017fhdesk.com", "not plain ASCII"),
        ("acme\u3002freshdesk.com", "not plain ASCII"),  # an ideographic full stop
        ("acme\u200b", "not plain ASCII"),
        ("acme.freshdesk.com@169.254.169.254", "holds an @"),
        ("key:X@acme.freshdesk.com", "holds an @"),
        ("https://key@acme.freshdesk.com/", "holds an @"),
        ("john.doe@acme.com", "holds an @"),
        ("acme.freshdesk.com/@evil.com", "holds an @"),
        ("acme%2efreshdesk.com", "holds a %"),
        ("evil.com%2f.freshdesk.com", "holds a %"),
        ("acme.freshdesk.com\\evil.com", "backslash"),
        ("acme.freshdesk.com/\\evil.com", "backslash"),
        ("acme:8080", "holds a port"),
        ("acme.freshdesk.com:443", "holds a port"),
        ("https://acme.freshdesk.com:443/", "holds a port"),
        ("ftp://acme.freshdesk.com", "another scheme"),
        ("javascript:alert(1)", "another scheme"),
        ("a" * 64, "longer than the 63"),
        ("a" * 64 + ".freshdesk.com", "longer than the 63"),
        ("https://" + "a" * 64 + ".freshdesk.com", "longer than the 63"),
        ("acme.freshdesk.com.evil.com", "another host"),
        ("evil.com/acme", "another host"),
        ("evil.com/acme.freshdesk.com", "another host"),
        ("evil.com?acme.freshdesk.com", "another host"),
        ("evil.com#.freshdesk.com", "another host"),
        ("support.acme.com", "does not answer on a domain of your own"),
        ("https://support.acme.com/", "does not answer on a domain of your own"),
        ("acme.freshservice.com", "another host"),
        ("169.254.169.254", "another host"),
        ("freshdesk.com", "another host"),
        ("acmefreshdesk.com", "another host"),
        ("..", "is no Freshdesk domain"),
        ("../acme", "is no Freshdesk domain"),
        (".freshdesk.com", "is no Freshdesk domain"),
        ("a.b.freshdesk.com", "is no Freshdesk domain"),
        ("acme..freshdesk.com", "is no Freshdesk domain"),
        ("-acme", "is no Freshdesk domain"),
        ("acme-", "is no Freshdesk domain"),
        ("acme_support", "is no Freshdesk domain"),
        ("acme/", "is no Freshdesk domain"),
        ("https://acme", "is no Freshdesk domain"),
        ("//acme.freshdesk.com", "is no Freshdesk domain"),
        ("[::1]", "holds a port"),
    ],
)
def test_everything_else_is_refused_with_a_reason(domain: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        account_label(domain)
    assert why in str(caught.value)
    assert "such as acme" in str(caught.value)


_PIECES = st.sampled_from(
    [
        "acme", ".freshdesk.com", "https://", "http://", "evil.com", "@", ":", "/", "\\", "?", "#",
        ".", "..", "-", "%2e", "\n", " ", "\u0430", "\u212a", "\u3002", "443", "169.254.169.254",
    ]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=7).map("".join)))
def test_what_is_accepted_is_always_one_label(domain: str) -> None:
    label = None
    with suppress(UsageError):
        label = account_label(domain)
    if label is not None:
        assert re.fullmatch(f"(?a:{LABEL})", label)
        assert re.fullmatch(rf" *(https?://)?{label}(\.freshdesk\.com.*)? *", domain.lower())


@given(st.from_regex(f"(?a:{LABEL})", fullmatch=True), st.sampled_from(["", "https://", "http://"]))
def test_every_label_is_found_in_its_address(label: str, scheme: str) -> None:
    assert account_label(label) == label
    assert account_label(f"{scheme}{label}.freshdesk.com/a/tickets") == label
