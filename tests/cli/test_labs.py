"""`labgate labs` with its sources, and the question before a lab from elsewhere runs anything."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import LAB, PROGRAM, Labgate

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with two labs, one of which has the name of one of Labgate's own."""
    for name in ("letters", "istio-install"):
        folder = tmp_path / "course" / name
        folder.mkdir(parents=True)
        (folder / "lab.yaml").write_text(LAB, encoding="utf-8")
    return tmp_path / "course"


def at_a_terminal(environment: dict[str, str], folder: Path, *arguments: str, typed: str) -> tuple[int, str]:
    """Run `labgate …` with a person at its terminal, who types that; gives the exit code and all that was shown."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    done = subprocess.run(
        [*PROGRAM, *arguments], env={**environment, "LABGATE_LANGUAGE": "en"}, cwd=folder,
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100, check=False,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    return done.returncode, done.stdout


def test_a_folder_is_added_listed_and_removed(labgate: Labgate, course: Path):
    added = labgate("labs", "add", "course")
    assert added.returncode == 0, added.stderr
    assert f"Added: course ({course})" in added.stdout
    assert "\n  letters\n" in added.stdout
    assert "course/istio-install: another lab is called istio-install" in added.stdout
    listed = labgate("labs")
    assert listed.returncode == 0
    assert f"from course: {course}" in listed.stdout
    assert "Open it as course/istio-install." in listed.stdout
    assert "labs" in labgate("labs", "--help").stdout
    removed = labgate("labs", "remove", "course")
    assert (removed.returncode, course.is_dir()) == (0, True)
    assert "letters" not in labgate("labs").stdout
    again = labgate("labs", "remove", "course", "--language", "ko")
    assert again.returncode == 2
    assert "이런 이름의 출처는 없습니다: course" in again.stderr


def test_what_can_not_be_added_is_reported(labgate: Labgate, tmp_path: Path):
    for location in ("ext::sh -c true", "http://example.org/x.git", "nowhere", "https://a:b@example.org/x"):
        done = labgate("labs", "add", location)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr
    option = labgate("labs", "add", "--", f"--upload-pack=touch {tmp_path}/x")
    assert option.returncode == 2
    assert not (tmp_path / "x").exists()


def test_an_index_that_is_wrong_is_reported_by_place(labgate: Labgate, tmp_path: Path):
    (tmp_path / "all.yaml").write_text("- {name: X, git: 'ext::sh'}\n")
    done = labgate("labs", "add", "all.yaml")
    assert done.returncode == 2
    assert "all.yaml:1:10: a name has small letters" in done.stderr
    assert "all.yaml:1:18: Labs are not fetched from this address: ext::sh" in done.stderr


@needs_git
def test_an_update_that_changes_commands_asks_again(
    labgate: Labgate, course: Path, environment: dict[str, str], tmp_path: Path
):
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *arguments], cwd=course, check=True, capture_output=True)

    def save(text: str) -> None:
        (course / "letters" / "lab.yaml").write_text(text, encoding="utf-8")
        git("add", "-A")
        git("commit", "-qm", "x")

    def grades(typed: str) -> tuple[int, str]:
        return at_a_terminal(
            environment, tmp_path, "grade", "letters", "--practice", "--run", "--step", "write", typed=typed
        )

    git("init", "-q")
    save(LAB)
    added = labgate("labs", "add", f"file://{course}", "--name", "mail")
    assert added.returncode == 0, added.stderr
    refused, output = grades("n\n")
    assert refused == 2
    assert "$ echo hello > letter" in output
    assert "No command was run." in output
    accepted, output = grades("y\n")
    assert accepted == 0, output
    again, output = grades("")
    assert again == 0, output
    assert "Run them?" not in output
    assert labgate("labs", "update").stdout == "mail: already up to date\n"
    save(
        LAB.replace("Write a letter.", "Write a long letter.")
    )  # any byte: files can be run whatever they are
    assert "asked again: letters" in labgate("labs", "update").stdout
    assert grades("n\n")[0] == 2
    assert grades("y\n")[0] == 0
    save(LAB.replace("echo {{word}}", "printf {{word}}"))
    assert "asked again: letters" in labgate("labs", "update").stdout
    asked, output = grades("n\n")
    assert asked == 2
    assert "$ printf hello > letter" in output


def test_a_preview_asks_once_for_a_folder_and_needs_a_terminal(
    labgate: Labgate, lab: Path, environment: dict[str, str], tmp_path: Path
):
    without = labgate("preview", "letters")
    assert without.returncode == 2
    assert "labgate lint letters" in without.stderr
    assert labgate("preview", "letters", "--step", "wrte").returncode == 2
