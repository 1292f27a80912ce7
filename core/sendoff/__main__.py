"""`python -m sendoff` is `sendoff`."""

from __future__ import annotations

from sendoff.cli import main

main()
