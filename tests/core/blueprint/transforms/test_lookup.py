from __future__ import annotations

from typing import Any

import pytest

from sendoff.blueprint.transforms import TransformError
from sendoff.blueprint.transforms.lookup import LOOKUP

TABLE = {"gold": "A", "1": "one", "true": "yes", "0.5": "half", "none": False}


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("gold", "A"),
        (1, "one"),
        (1.0, "one"),
        ("1", "one"),
        (True, "yes"),
        (0.5, "half"),
        ("none", False),
        ("Gold", None),
        (" gold", None),
        ("", None),
        (2, None),
        ("*", None),
    ],
)
def test_a_value_is_found_by_its_text(value: Any, result: Any) -> None:
    assert LOOKUP.build(TABLE)(value) is result or LOOKUP.build(TABLE)(value) == result


@pytest.mark.parametrize("value", ["bronze", "*", "", 7, False])
def test_a_star_stands_for_every_other_value(value: Any) -> None:
    assert LOOKUP.build({**TABLE, "*": "other"})(value) == "other"


@pytest.mark.parametrize("value", [None, ["gold"], {"gold": 1}])
def test_only_a_scalar_is_looked_up_even_with_a_star(value: Any) -> None:
    with pytest.raises(TransformError, match="takes text, a number or a boolean, not "):
        LOOKUP.build({"*": 0})(value)
