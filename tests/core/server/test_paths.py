"""What a path asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.server.paths import wanted


@pytest.mark.parametrize(
    ("method", "path", "kind", "call"),
    [("POST", "/v1/track", "single", "track"), ("GET", "/pixel/v1/track", "pixel", "track"),
     ("POST", "/pixel/v1/track", "single", "track"), ("GET", "/v1/pixel/i", "pixel", "identify"),
     ("GET", "/pre/v1/pixel/page/", "pixel", "page"), ("POST", "/v1/b", "batch", ""),
     ("POST", "/v1/m", "ignored", ""), ("POST", "/v1/events", "signed", ""),
     ("GET", "/pre/sourceConfig/", "source_config", ""), ("GET", "/metrics/", "metrics", "")],
)  # fmt: skip
def test_paths(method: str, path: str, kind: str, call: str) -> None:
    found = wanted(method, path)
    assert found is not None
    assert (found.kind, found.call) == (kind, call)


def test_the_settings_path_holds_a_key_and_what_stands_before() -> None:
    found = wanted("GET", "/a/b/v1/projects/key/settings/")
    assert found is not None
    assert (found.key, found.base) == ("key", "/a/b")


@given(st.text("/v1 abtpixel"), st.sampled_from(["GET", "POST"]))
def test_a_prefix_and_a_slash_change_nothing(path: str, method: str) -> None:
    found = wanted(method, f"/v1/{path}")
    if found is not None and found.is_tracking and not path.startswith(("projects", "pixel")):
        assert wanted(method, f"/prefix/v1/{path}//") == found
