"""A program's fast path: its rules written out as Python functions, without the closures' calls.

The source is made of fixed lines and numbered names alone. Keys, constants and transforms are
handed over as values, so nothing that a document or an event says is ever read as code. What has
no lines here is a call of its closure, and whatever is out of the ordinary (a transform that
fails, a field that is missing) is left to the closures, which know how to say so.
"""

from __future__ import annotations

from sendoff.blueprint.generated.admission import generate_admission
from sendoff.blueprint.generated.choice import generate_choice
from sendoff.blueprint.generated.payload import generate_payload

__all__ = ["generate_admission", "generate_choice", "generate_payload"]
