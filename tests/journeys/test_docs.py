"""Every fenced block of README.md and docs/ is run or checked, page by page, from the top.

Somebody who reads a page does what it says, in an empty folder, with a sandbox in place of the real
service. How a block is taken depends on its language, see `Reader.take`. What is special about a
line or a block stands in the tables below, with the reason.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sdks.installed import MissingError, node_modules, python_sdk
from sendoff.blueprint.document import read_blueprint
from sendoff.documents import read_document
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.rehearsal import rehearse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLUGIN = ROOT / "tests" / "example_plugin"
PLUGIN_PAGE = ROOT / "docs" / "how-to" / "write-a-destination.md"
CLIENTS = ROOT / "tests" / "clients"
ENVIRON = {
    "FRESHDESK_API_KEY": "sandbox-key",
    "FS_AUTH_KEY": "sandbox-auth-key",
    "FS_API_KEY": "sandbox-api-key",
    "WRITE_KEY": "wk_of_the_documents",
    "LANG": "C.UTF-8",
    "COLUMNS": "100",
}
PYTHON = Path(sys.executable)

INSTEAD = {
    "make demo": ("true", "it makes an environment first; `sendoff demo` has tests of its own"),
    "make test": ("true", "it would run this suite inside this suite"),
    "pip install -e .": ("true", "a wheel of the same files is installed already"),
    "pip install 'sendoff[serve]'": ("true", "as above"),
    "pytest": (f"{PYTHON} -m pytest -q -p no:cacheprovider", "the one of this environment"),
}
"""What is run in place of a line, and why."""

EXIT_CODES = {
    "FRESHDESK_API_KEY=an-old-key sendoff run events.ndjson": (4, "the key is refused"),
    "sendoff status  # while the key is refused": (4, "the route is held"),
    "sendoff run events.ndjson --json  # two of them die": (1, "two are dead, as it shows"),
    "sendoff dead replay --reason missing_field --remap  # without --yes": (1, "one is dead still"),
    "sendoff resend --route support --newer 2d  # without --yes": (1, "it waits to be confirmed"),
    "sendoff diff freshdesk/default freshdesk/create-only events.ndjson  # they differ": (
        1, "they differ",
    ),
    "sendoff check broken.yaml": (3, "it has mistakes"),
    "sendoff run events.ndjson  # some time ago": (1, "one is dead, which is what it is about"),
    "sendoff test mine.yaml  # after the change": (1, "examples fail that expect the old tag"),
    '  -d \'{"name":"Test Contact","email":"test+signal@example.com"}\'': (52, "it is lost"),
}  # fmt: skip
"""The exit codes of blocks whose last line this is, and why it is not 0."""

IN_A_PAGE = {
    "AnalyticsBrowser": ("writeKey", "cdnURL"),
    "RudderAnalytics": ("writeKey", "configUrl"),
}
"""Blocks that only a browser runs, by a word in them: what they set has to be what the tests of
this SDK in a browser set (`tests/clients`)."""

UNRUN = {"nginx": "there is none here; the names a server answers to have tests of their own"}
"""Languages of blocks that nothing here can run, and why."""

PYTHON_SDKS = {
    "segment.analytics": "segment-analytics-python==2.4.0",
    "rudderstack.analytics": "rudder-sdk-python==2.1.9",
}
"""What blocks import and sendoff does not bring: the versions of `tests/clients`."""

NO_KIND = {ROOT / "docs" / "blueprints.md": "its fields are checked by the page's own test"}
"""Pages with YAML that is a part of a blueprint."""

UNSHOWN = {
    "conftest.py": "it keeps the plugin's tests out of this suite",
    "sendoff_notes/blueprints/__init__.py": "it holds nothing",
}
"""Files of the example plugin that its page leaves out, and why."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# ([\w./-]+\.(?:yaml|py|toml))\n")
_SANDBOX = re.compile(r"sendoff sandbox \w+ .*--port (\d+).*\n")
_STARTED = re.compile(rf"{_SANDBOX.pattern}|sendoff serve.*\n")
_PORT = re.compile(r"listen:? 127\.0\.0\.1:(\d{4})\b")
_READY = re.compile(r"/_sandbox|debugger is (?:at|shown)")


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    place: str

    @property
    def name(self) -> str | None:
        """The file's name that a first line such as `# mine.yaml` gives."""
        found = _NAME.match(self.text)
        return found[1] if found else None


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    assert len(_FENCE.findall(text)) * 2 == text.count("```"), f"{page}: a fence is not understood"
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield Block(found[1], found[2], f"{page.relative_to(ROOT)}:{line}")


class Reader:
    """Does what a page says, in a folder; `sandbox` is where routes lead that the page sets up."""

    def __init__(self, page: Path, folder: Path, sandbox: str, site: str) -> None:
        self._page = page
        self._folder = folder
        self._sandbox = sandbox
        # Without a terminal, curl would draw a progress bar.
        (folder / ".curlrc").write_text("silent\nshow-error\n")
        self._environ = {
            **ENVIRON, "PATH": f"{PYTHON.parent}:{os.environ['PATH']}", "HOME": str(folder),
            "PYTHONPATH": site,
        }  # fmt: skip
        text = page.read_text(encoding="utf-8")
        found = {*_SANDBOX.findall(text), *_PORT.findall(text)}
        self._ports = {port: _free_port() for port in found}
        self._served: list[subprocess.Popen[str]] = []
        self._output: str | None = None
        self._blueprint = ""
        self._event: dict[str, Any] | None = None

    def prepare(self, block: Block) -> None:
        """Write the file that a block is, before any command is run."""
        name = block.name
        if block.language == "yaml" and name is None and "kind: Pipeline" in block.text:
            name = "sendoff.yaml"
        if name:
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._redirected(block.text), encoding="utf-8")
        if block.language == "json" and "type" in (event := json.loads(block.text)):
            with (self._folder / "events.ndjson").open("a") as file:
                file.write(json.dumps(event) + "\n")

    def take(self, block: Block) -> None:
        """Run or check a block by its language."""
        taken: dict[str, Callable[[Block], object]] = {
            "sh": self._sh, "text": self._text, "python": self._python, "yaml": self._yaml,
            "json": self._json, "": self._tree, "toml": lambda block: tomllib.loads(block.text),
            "js": self._js, "ini": self._unit,
        }  # fmt: skip
        if block.language not in UNRUN:
            taken[block.language](block)

    def leave(self) -> None:
        """End what was started."""
        for process in self._served:
            process.terminate()
            process.communicate()

    def _sh(self, block: Block) -> None:
        script = self._redirected(block.text)
        if _STARTED.fullmatch(block.text):
            self._output = self._serve(script)
            return
        code, _why = EXIT_CODES.get(block.text.splitlines()[-1], (0, ""))
        lines = [INSTEAD.get(line.partition(" #")[0], (line,))[0] for line in script.splitlines()]
        self._output = self._run(["bash", "-eu", "-c", "\n".join(lines)], block, code)

    def _python(self, block: Block) -> None:
        if block.name is not None:
            return
        command, around = [str(PYTHON), "-c", self._redirected(block.text)], {}
        for module, requirement in PYTHON_SDKS.items():
            if module in block.text:
                try:
                    around["PYTHONPATH"] = str(python_sdk(requirement))
                except MissingError:
                    return  # the tests of the SDKs say what to install
        if around:
            self._call(command, block, around)
        else:
            self._output = self._run(command, block, 0)

    def _js(self, block: Block) -> None:
        """Run by Node, or compared with what a browser runs elsewhere."""
        driver = (CLIENTS / "drivers" / "browser_client.mjs").read_text(encoding="utf-8")
        for word, options in IN_A_PAGE.items():
            if word in block.text:
                assert all(each in block.text and each in driver for each in options), block.place
                return
        try:
            packages = node_modules(CLIENTS / "package.json")
        except MissingError:
            return  # as above
        command = ["node", "-e", self._redirected(block.text)]
        self._call(command, block, {"NODE_PATH": str(packages)})

    def _call(self, command: list[str], block: Block, around: dict[str, str]) -> None:
        """Run an SDK; the server that the page started has one event more."""
        before = self._accepted()
        self._run(command, block, 0, around)
        assert self._accepted() == before + 1, f"{block.place}: it has not arrived"

    def _accepted(self) -> float:
        port = self._ports["8080"]
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        [count] = re.findall(r"^sendoff_events_accepted_total (.+)$", metrics, re.MULTILINE)
        return float(count)

    def _unit(self, block: Block) -> None:
        """A unit of systemd: the command it starts is one of ours, with options there are."""
        unit = configparser.ConfigParser(interpolation=None)
        unit.read_string(block.text)
        program, *rest = shlex.split(unit["Service"]["ExecStart"])
        assert Path(program).name == "sendoff"
        self._run(["sendoff", *rest, "--help"], block, 0)

    def _run(
        self, command: list[str], block: Block, code: int, around: dict[str, str] | None = None
    ) -> str:
        done = subprocess.run(  # noqa: S603 - the documents are ours
            command, cwd=self._folder, env=self._environ | (around or {}), text=True, timeout=60,
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == code, f"{block.place}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def _serve(self, script: str) -> str:
        """Start a server; what it says until it is ready."""
        process = subprocess.Popen(  # noqa: S603 - as above
            shlex.split(script, comments=True), cwd=self._folder, env=self._environ, text=True,
            stdout=subprocess.PIPE, stderr=None if "sandbox" in script else subprocess.STDOUT,
        )  # fmt: skip
        self._served.append(process)
        assert process.stdout
        said = ""
        while not _READY.search(said):
            line = process.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        return said

    def _text(self, block: Block) -> None:
        """What the block before it prints; `…` stands for anything."""
        assert self._output is not None, f"{block.place}: the output of nothing"
        shown = self._output
        for documented, port in self._ports.items():
            shown = shown.replace(port, documented)
        shown = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        pattern = ".*?".join(re.escape(part) for part in block.text.strip().split("…"))
        assert re.fullmatch(pattern, shown, re.DOTALL), f"{block.place}: it prints\n{shown}"

    def _yaml(self, block: Block) -> None:
        text = self._redirected(block.text)
        content = read_document(text, block.place).value
        if self._page == PLUGIN_PAGE:
            return  # the plugin is not in this process: the page's own commands use the file
        if content.get("kind") == "Blueprint":
            self._blueprint = block.text
            self._rehearse(block.text, block)
        elif content.get("kind") == "Pipeline":
            self._load(text)
        elif self._page not in NO_KIND:
            route = {"destination": "freshdesk", "blueprint": "freshdesk/default", **content}
            pipeline = {"apiVersion": "sendoff/v1", "kind": "Pipeline", "name": "page"}
            self._load(json.dumps({**pipeline, "routes": {"page": route}}))

    def _load(self, text: str) -> None:
        around = Surroundings(environ=self._environ, read_secret=lambda _path: "a-secret-of-a-file")
        load_pipeline(read_document(text, str(self._folder / "sendoff.yaml")), around)

    def _rehearse(self, text: str, block: Block) -> None:
        blueprint = read_blueprint(read_document(text, block.place))
        results = rehearse(blueprint, Surroundings().plugins, datetime.now(UTC))
        assert [problem for result in results for problem in result.problems] == []

    def _json(self, block: Block) -> None:
        """An event, the payload that the page's blueprint makes of it, or an output."""
        content = json.loads(block.text)
        if "type" in content:
            self._event = content
        elif self._event and self._blueprint and self._output is None:
            example = {"name": "page", "event": self._event, "expect": {"payload": content}}
            self._rehearse(f"{self._blueprint}examples: {json.dumps([example])}\n", block)
        else:
            assert json.loads(self._output or "") == content, f"{block.place}: {self._output}"

    def _tree(self, block: Block) -> None:
        """Files and folders that are there, one a line, what is inside another indented."""
        base = PLUGIN if self._page == PLUGIN_PAGE else ROOT
        parents: list[tuple[int, Path]] = [(-1, base)]
        for line in block.text.splitlines():
            depth, name = len(line) - len(line.lstrip()), line.split()[0]
            parents = [parent for parent in parents if parent[0] < depth]
            path = parents[-1][1] / name
            assert path.exists() or not (ROOT / "core").exists(), f"{block.place}: no {path}"
            parents.append((depth, path))

    def _redirected(self, text: str) -> str:
        """The text with its sandbox on a free port, and routes leading to one of ours."""
        for documented, port in self._ports.items():
            text = text.replace(documented, port)
        return text.replace("domain: acme", f'base_url: "{self._sandbox}"')


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a Freshdesk sandbox."""
    command = [str(PYTHON), "-m", "sendoff", "sandbox", "freshdesk", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - as above
        assert process.stdout
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture
def sandbox(server: str) -> str:
    """The address of the same sandbox, empty."""
    httpx.delete(f"{server}/_sandbox")
    return server


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder of packages with the example plugin in it, from a wheel."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the example plugin, is not installed")
    made = tmp_path_factory.mktemp("plugin")
    hatchling = ["-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)]
    pip = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target"]
    subprocess.run([PYTHON, *hatchling], cwd=PLUGIN, check=True, capture_output=True)  # noqa: S603
    subprocess.run(  # noqa: S603 - as above
        [PYTHON, *pip, str(made / "site"), *map(str, made.glob("*.whl"))],
        check=True, capture_output=True,
    )  # fmt: skip
    return str(made / "site")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_block_of_a_page_works(
    page: Path, tmp_path: Path, sandbox: str, request: pytest.FixtureRequest
) -> None:
    plugin = request.getfixturevalue("site") if page == PLUGIN_PAGE else ""
    reader = Reader(page, tmp_path, sandbox, plugin)
    found = list(blocks(page))
    try:
        for block in found:
            reader.prepare(block)
        for block in found:
            reader.take(block)
    finally:
        reader.leave()


def test_the_page_shows_the_plugin_that_is_tested() -> None:
    shown = {block.name: block.text for block in blocks(PLUGIN_PAGE)}
    files = [PLUGIN / "pyproject.toml", *PLUGIN.rglob("*.py"), *PLUGIN.rglob("*.yaml")]
    for file in files:
        name = str(file.relative_to(PLUGIN))
        if name not in UNSHOWN:
            assert shown.get(name) == f"# {name}\n{file.read_text(encoding='utf-8')}"


def _free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])
