"""Why a field could not be mapped: the two reasons a blueprint's run can end with."""

from __future__ import annotations


class MappingFailure(Exception):  # noqa: N818 - the field's own term
    """Ends the mapping of one event: the decision is dead, with this reason and detail."""

    reason = "mapping_error"

    def __init__(self, target: str, detail: str) -> None:
        self.target = target
        self.detail = f"{target}: {detail}"
        super().__init__(self.detail)


class MissingField(MappingFailure):
    """A required target got no value."""

    reason = "missing_field"
