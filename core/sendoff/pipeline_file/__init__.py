"""`sendoff.yaml`: read, checked with everything it names, and made into routes."""

from __future__ import annotations

from sendoff.pipeline_file.loading import Surroundings, load_pipeline
from sendoff.pipeline_file.model import Pipeline, RouteConfig

__all__ = ["Pipeline", "RouteConfig", "Surroundings", "load_pipeline"]
