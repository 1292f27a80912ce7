"""What the operations engineer reads who made a mistake: each broken file and its messages.

Beside each `NAME.yaml` stands `NAME.txt`, with every problem as `sendoff check NAME.yaml` prints
it, but without the file's name: `line:column: message (fix)`. Problems of another file, which the
broken one names, bear its name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from sendoff.blueprint.document import read_blueprint
from sendoff.cli.commands import sendoff
from sendoff.documents import read_file
from sendoff.errors import ConfigurationError
from sendoff.pipeline_file import Surroundings, load_pipeline
from sendoff.plugins import load_plugins
from sendoff.presets import load_presets
from sendoff.rehearsal import compile_alone

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))
KINDLESS = {"no-kind", "unknown-kind"}
"""Only `check` has to find out what they are."""
ENVIRON = {"FRESHDESK_API_KEY": "a1b2c3d4e5f6"}


@pytest.fixture(scope="module")
def around() -> Surroundings:
    return Surroundings(load_plugins(), load_presets(), ENVIRON)


@pytest.fixture
def in_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody sees it who stands in the folder of the files."""
    monkeypatch.chdir(FOLDER)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def load(file: Path, around: Surroundings) -> None:
    """Load it as what it says it is."""
    document = read_file(file, strict=False)
    if document.value.get("kind") == "Blueprint":
        compile_alone(read_blueprint(document), around.plugins)
    else:
        load_pipeline(document, around)


def told(file: Path, around: Surroundings) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(file, around)
    return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 40
    assert {file.stem for file in FILES} == {file.stem for file in FOLDER.glob("*.txt")}


def expected(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    return lines


@pytest.mark.usefixtures("in_folder")
@pytest.mark.parametrize("name", sorted({file.stem for file in FILES} - KINDLESS))
def test_every_problem_is_told_at_once_where_it_stands(name: str, around: Surroundings) -> None:
    assert told(Path(f"{name}.yaml"), around) == expected(name)


@pytest.mark.usefixtures("in_folder")
@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_check_prints_them_and_exits_with_3(name: str) -> None:
    result = CliRunner().invoke(sendoff, ["check", f"{name}.yaml"])
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    printed = [line.removeprefix(f"{name}.yaml:") for line in result.stdout.splitlines()]
    assert printed == expected(name)


def test_a_file_of_ten_megabytes_is_refused_unread(
    tmp_path: Path, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    line = "  - {id: a, action: upsert_contact}\n"
    Path("huge.yaml").write_text("rules:\n" + line * (10_000_000 // len(line)))
    problem = "1:1: the file is larger than 1 MB (name another file, or split it)"
    assert told(Path("huge.yaml"), around) == [problem]
    result = CliRunner().invoke(sendoff, ["check", "huge.yaml"])
    assert result.exit_code == 3
    assert f"huge.yaml:{problem}" in result.output


def test_no_message_shows_a_secret_or_breaks_its_line(around: Surroundings) -> None:
    for file in FILES:
        for line in told(file, around):
            assert line.isprintable()
            assert "a1b2c3d4e5f6" not in line
            assert "user:secret" not in line
