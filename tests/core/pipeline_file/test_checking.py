from __future__ import annotations

import pytest

from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, problems_in

BLUEPRINT = """\
apiVersion: sendoff/v1
kind: Blueprint
name: mine
version: 1
destination: desk
rules: [{id: a, action: note}]
"""
PIPELINE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes: {support: {destination: desk, blueprint: desk/default, settings: {api_key: long enough}}}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BLUEPRINT, []),
        (PIPELINE, []),
        (BLUEPRINT.replace("note", "NO"), [
            "f:6:17: `desk` has no action `NO` (did you mean `note`?)",
            'f:6:25: `NO` is read as false by YAML 1.1 and as text by YAML 1.2 (quote it: "NO")',
        ]),
        (BLUEPRINT.replace("desk", "dsk").replace("{id: a,", "{id: 5,"), [
            "f:5:1: there is no destination `dsk` (did you mean `desk`?)",
            "f:6:10: `id` must be text, not a number (put it in quotes)",
        ]),
        (BLUEPRINT.replace("destination: desk\n", ""), [
            "f:1:1: `destination` is missing (add `destination: …`)",
        ]),
        (PIPELINE.replace("desk,", "dsk,"), [
            "f:4:20: there is no destination `dsk` (did you mean `desk`?)",
        ]),
        ("name: x\n", ["f:1:1: `kind` is missing (use one of: Blueprint, Pipeline)"]),
        ("kind: Pipelin\nname: NO\n", [
            "f:1:1: there is no kind `Pipelin` of document (did you mean `Pipeline`?)",
            'f:2:7: `NO` is read as false by YAML 1.1 and as text by YAML 1.2 (quote it: "NO")',
        ]),
    ],
)  # fmt: skip
def test_a_document_is_checked_by_its_kind(
    around: Surroundings, text: str, found: list[str]
) -> None:
    document = read_document(text, "f", strict=False)
    assert [str(each) for each in problems_in(document, around)] == found
