from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.blueprint.transforms import (
    Transform,
    TransformError,
    builtin_transforms,
    check_definition,
    json_type,
)

BUILTIN = builtin_transforms()
NAMES = [
    *("trim", "lower", "upper", "title", "e164"),
    *("integer", "number", "boolean", "string"),
    *("iso8601", "epoch_ms", "epoch_s", "milliseconds"),
    *("sha256", "split", "join", "first", "last", "slice", "replace", "lookup"),
    *("pick", "omit", "scalars", "flatten"),
]

# Surrogates and long numbers too: a transform must not count on the event's repairs.
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**90, max_value=10**110)
    | st.floats()
    | st.text(st.characters())
    | st.from_regex(r"\s*[+-]?[0-9]{1,120}(\.[0-9]+)?([eE][0-9]{1,4})?", fullmatch=True)
    | st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}([T ][0-9:.,Zz+-]{2,20})?", fullmatch=True)
    | st.from_regex(r"\+?[0-9 ()/x;=,#-]{1,120}", fullmatch=True)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def built(transform: Transform) -> list[Any]:
    """The transform built with each set of parameters that its examples show working."""
    shown = {
        repr(each.parameters): each.parameters for each in transform.examples if not each.error
    }
    return [transform.build(parameters) for parameters in shown.values()]


def tried(run: Any, value: Any) -> Any:
    """The result, or the TransformError instead of it."""
    try:
        return run(value)
    except TransformError as error:
        return error


def test_the_set_is_the_documented_one() -> None:
    assert list(BUILTIN) == NAMES
    assert all(name == transform.name for name, transform in BUILTIN.items())


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_and_example_holds(name: str) -> None:
    assert check_definition(BUILTIN[name]) == []


@pytest.mark.parametrize("name", NAMES)
@given(value=json_values)
def test_any_value_gives_a_declared_type_or_a_transform_error(name: str, value: Any) -> None:
    transform = BUILTIN[name]
    before = copy.deepcopy(value)
    for run in built(transform):
        result = tried(run, value)
        if not isinstance(result, TransformError):
            assert json_type(value) in transform.accepts
            assert result is None or json_type(result) in transform.returns
        assert repr(value) == repr(before)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("1" * 100_000, id="digits"),
        pytest.param(" " * 100_000, id="blanks"),
        pytest.param("1:" * 50_000, id="pieces"),
        pytest.param("a'" * 50_000, id="apostrophes"),
        pytest.param("+1" + "-" * 100_000 + "1", id="phone"),
        pytest.param(10**20_000, id="integer"),
        pytest.param(["x"] * 50_000, id="list"),
        pytest.param({str(n): n for n in range(20_000)}, id="object"),
        pytest.param({"k" * 100_000: {str(n): 0 for n in range(20_000)}}, id="long key"),
    ],
)
def test_a_hostile_value_is_done_in_moderate_time(name: str, value: Any) -> None:
    begun = time.process_time()
    for run in built(BUILTIN[name]):
        tried(run, value)
    assert time.process_time() - begun < 5  # what takes the square of the length takes minutes


@pytest.mark.parametrize("name", NAMES)
def test_an_error_never_quotes_the_value(name: str) -> None:
    for run in built(BUILTIN[name]):
        for value in ("SECRET", ["SECRET", ["SECRET"]], {"SECRET": "SECRET"}, 987654321.25):
            result = tried(run, value)
            if isinstance(result, TransformError):
                assert "SECRET" not in str(result)
                assert "987654321" not in str(result)
