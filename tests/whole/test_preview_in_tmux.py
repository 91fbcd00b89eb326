"""The preview in a real terminal: an author saves a file, and sees it."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.tui.learning import SMALL
from tests.whole.conftest import Program
from tests.whole.test_screens_in_tmux import labgate

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def lab(program: Program) -> Path:
    shutil.copytree(SMALL, program.folder / "mine")
    return program.folder / "mine" / "lab.yaml"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's temporary folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_an_author_saves_and_sees(program: Program, lab: Path) -> None:
    with labgate(program, "preview", "./mine", "--step", "box") as terminal:
        terminal.until_shown("Run them?")
        terminal.type("y")
        terminal.press("Enter")
        terminal.until_shown("F2 run")
        terminal.press("F2")
        terminal.until_shown("configmap/box created")
        terminal.until_shown("Step done")
        text = lab.read_text()
        lab.write_text(text.replace("within: 60s", "witin: 60s"))
        terminal.until_shown("lab.yaml:46:5  unknown key: witin (did you mean within?)")
        terminal.until_shown("configmap/box created")  # the terminal is where it was
        lab.write_text(text.replace("A red box", "A crimson box"))
        terminal.until(lambda screen: "witin" not in screen)
        terminal.press("F6")
        terminal.until_shown("A crimson box")
        terminal.press("q")
        terminal.until(lambda _: terminal.ended)
    home = Path(program.environment["LABGATE_HOME"])
    assert not (home / "attempts").exists()
    assert not (home / "practice").exists()


def test_one_that_is_killed_is_cleaned_up_after_by_the_next(
    program: Program, lab: Path, temporary: Path
) -> None:
    with labgate(program, "preview", "./mine", "--yes") as terminal:
        terminal.until_shown("Apples grow on trees")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.until(lambda _: terminal.ended)
        [left] = temporary.glob("labgate-preview-*")
        assert (left / "attempts").exists()
    with labgate(program, "preview", "./mine", "--yes") as terminal:
        terminal.until_shown("Apples grow on trees")
        assert not (left / "attempts").exists()
        terminal.press("q")
        terminal.until(lambda _: terminal.ended)
    assert not list(temporary.glob("labgate-preview-*/attempts"))
