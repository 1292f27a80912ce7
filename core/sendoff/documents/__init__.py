"""YAML documents read strictly, with the place of every key, and checked against a JSON Schema."""

from __future__ import annotations

from sendoff.documents.checker import check_schema
from sendoff.documents.document import Document
from sendoff.documents.reader import read_document, read_file

__all__ = ["Document", "check_schema", "read_document", "read_file"]
