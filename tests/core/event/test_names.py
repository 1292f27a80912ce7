from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.event import fold


@pytest.mark.parametrize(
    "name", ["Signed Up", "signed_up", "SIGNED-UP", " signed  up ", "signedUp", "signed\u00a0up"]
)
def test_spellings_of_one_name_fold_alike(name: str) -> None:
    assert fold(name) == "signedup"


def test_different_names_stay_different() -> None:
    assert fold("Signed Up") != fold("Signed In")
    assert fold("order.completed") != fold("order completed")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Caf\u00e9", "cafe\u0301"),
        ("\uff33igned", "signed"),
        ("\u1e9e", "ss"),
    ],
)
def test_unicode_s_own_variants_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_case_never_matters(name: str) -> None:
    assert fold(name.upper()) == fold(name.lower()) == fold(name)
