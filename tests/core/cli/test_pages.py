"""Where the debugger is shown beside a server, and to whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from sendoff.cli.pages import DEFAULT, Pages
from sendoff.documents import read_document
from sendoff.errors import UsageError
from sendoff.pipeline import Sendoff
from sendoff.pipeline_file import Pipeline, Surroundings, load_pipeline
from sendoff.pipeline_file.server import Address
from sendoff.server.limits import Limits

TEXT = """\
apiVersion: sendoff/v1
kind: Pipeline
name: here
store: memory
routes: {hook: {destination: webhook, blueprint: webhook/default, settings: {url: "http://127.0.0.1:9/"}}}
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    (tmp_path / "sendoff.yaml").write_text(TEXT)
    return load_pipeline(read_document(TEXT, str(tmp_path / "sendoff.yaml")), Surroundings())


def test_without_an_address_it_is_shown_on_this_machine(pipeline: Pipeline) -> None:
    pages = Pages.of(pipeline, allow_remote=False)
    assert (pages.address, pages.token, pages.asked) == (DEFAULT, None, False)


def test_other_machines_may_look_only_where_that_is_said_and_with_a_token(
    pipeline: Pipeline,
) -> None:
    remote = replace(pipeline, debugger=Address("0.0.0.0", 8081))  # noqa: S104 - refused
    with pytest.raises(UsageError, match="--allow-remote"):
        Pages.of(remote, allow_remote=False)
    tokens = {Pages.of(remote, allow_remote=True).token for _ in range(2)}
    assert len(tokens) == 2
    assert all(token is not None and len(token) >= 32 for token in tokens)


@pytest.mark.parametrize("token", [None, "a-token-of-this-process"])
async def test_it_is_found_where_it_says(pipeline: Pipeline, token: str | None) -> None:
    pages = Pages(Address("127.0.0.1", 0), token, asked=True)
    async with (
        Sendoff.open(pipeline) as sendoff,
        pages.shown(sendoff, Limits()) as (listener, where),
        httpx.AsyncClient(follow_redirects=True) as browser,
        httpx.AsyncClient() as stranger,
    ):
        assert (await browser.get(where)).status_code == 200
        bare = await stranger.get(listener.address.url)
        assert bare.status_code == (401 if token else 200)
