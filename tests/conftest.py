"""How the whole suite runs: the same cases each time where a merge waits for it, new ones here."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("merge", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("merge")
