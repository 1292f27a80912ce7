"""Values as YAML text come back as they were."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.documents import read_document
from sendoff.pipeline_file.scalars import block, flow, scalar

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("text", ["acme", "freshdesk/default@1", "first-touch", "GB"])
def test_plain_names_need_no_quotes(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text", ["NO", "on", "null", "1", "07700", "12:30", "a b", "", "${env:X}", "a#", "-", "a:"]
)
def test_what_a_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')


@given(st.dictionaries(st.text(max_size=8), VALUES, min_size=1, max_size=4))
def test_whatever_it_is_it_comes_back(content: dict[str, Any]) -> None:
    lines = "\n".join(block(content, ""))
    assert read_document(lines, "f").value == content
    assert read_document(f"a: {flow(content)}", "f").value == {"a": content}
