"""Errors that cross."""

from __future__ import annotations

import pytest

from sendoff.errors import ConfigurationError, SendoffError, UsageError
from sendoff.store.failures import StoreDamaged, StoreError, StoreFull, StoreInUse
from sendoff.store.remote.errors import error_of, kind_of


class OddFull(StoreFull):
    """One that the other side does not know."""


@pytest.mark.parametrize(
    "kind", [SendoffError, UsageError, StoreError, StoreFull, StoreDamaged, StoreInUse]
)
def test_a_known_kind_comes_out_as_it_went_in(kind: type[SendoffError]) -> None:
    error = error_of(kind_of(kind("what, where, what to do")), "what, where, what to do")
    assert type(error) is kind
    assert str(error) == "what, where, what to do"


def test_any_other_comes_out_as_the_nearest_known_kind() -> None:
    assert kind_of(OddFull("full")) == "StoreFull"
    assert kind_of(ConfigurationError([])) == "SendoffError"
    assert type(error_of("Exotic", "text")) is StoreError
