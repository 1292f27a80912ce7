"""How the whole suite runs: the same cases each time where a merge waits for it, new ones here.

How long one case takes is not judged: that says more of what else the machine does.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("merge", derandomize=True, deadline=None)
settings.load_profile("merge" if os.environ.get("CI") else "here")
