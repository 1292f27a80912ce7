from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sendoff.destination import Batching
from sendoff.documents import read_document
from sendoff.errors import ConfigurationError
from sendoff.payloads import PayloadJudge
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff_webhook import Webhook

DESTINATION = Webhook()
SEND = DESTINATION.actions["send"]
ROUTE = """\
apiVersion: sendoff/v1
kind: Pipeline
name: acme
routes:
  hook:
    destination: webhook
    blueprint: ./hook.yaml
"""


def test_the_declaration_is_that_of_the_manual() -> None:
    assert (DESTINATION.name, DESTINATION.title) == ("webhook", "Webhook")
    assert set(DESTINATION.actions) == {"send"}
    limits = DESTINATION.limits
    assert (limits.concurrency, limits.rate, limits.timeout) == (4, None, 10.0)


def test_only_lines_go_in_batches() -> None:
    assert DESTINATION.batching == DESTINATION.batching_for({}) == Batching()
    assert DESTINATION.batching_for({"format": "json"}) == Batching()
    lines = DESTINATION.batching_for({"format": "ndjson"})
    assert (lines.max_events, lines.max_bytes, lines.max_wait) == (500, 1_000_000, 1.0)


def test_the_account_is_host_and_port_whatever_the_path() -> None:
    one = {"url": "https://hooks.example.com:8443/one"}
    other = {"url": "https://hooks.example.com:8443/two?x=1", "method": "PUT"}
    assert DESTINATION.account(one) == DESTINATION.account(other) == "hooks.example.com:8443"


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.none() | st.integers(0, 9)))
def test_any_object_with_something_in_it_may_be_sent(payload: dict[str, Any]) -> None:
    assert (PayloadJudge(SEND).problem(payload) == "") is bool(payload)


def test_the_deliveries_of_a_person_stay_in_order() -> None:
    judge = PayloadJudge(SEND)
    assert judge.order_key({"user_id": "u", "anonymous_id": "a"}) == "user_id=u"
    assert judge.order_key({"anonymous_id": "a"}) == "anonymous_id=a"
    assert judge.order_key({"account_id": "c"}) == ""


def test_a_route_without_settings_is_told_what_it_needs() -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_pipeline(read_document(ROUTE, "sendoff.yaml"), Surroundings(environ={}))
    assert any("`url` is missing" in problem.message for problem in refused.value.problems)
