"""A machine that does not do its part: folders and outputs that can not be written, full disks. Words, always."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runner.paths import append_whole
from runner.session.events import StepPassed
from runner.session.progress import NotRecorded, Progress, read_state
from tests.cli.conftest import PROGRAM, Labgate

VERBS = {
    "labs": ("labs",),
    "check": ("check", "kubernetes-basics", "namespace", "--practice"),
    "grade": ("grade", "kubernetes-basics", "--run", "--practice"),
    "learn": ("learn", "kubernetes-basics", "--practice"),
    "practice": ("practice", "start", "p"),
    "stop": ("practice", "stop", "p"),
    "doctor": ("doctor",),
    "lint": ("lint", "kubernetes-basics"),
    "record": ("record", "mine", "--practice"),
    "serve": ("serve", "--port", "0"),
    "add": ("labs", "add", "."),
}
NEEDS_NO_FOLDER = {"labs", "lint"}


@pytest.mark.parametrize(
    ("verb", "home"),
    [
        *((verb, "a file") for verb in VERBS),
        ("check", "below a file"),
        ("check", "no home"),
        ("doctor", "nobody's"),
    ],
)
def test_a_data_folder_that_can_not_be(
    labgate: Labgate, tmp_path: Path, verb: str, home: str, environment: dict[str, str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    places = {
        "a file": {"LABGATE_HOME": str(file)},
        "below a file": {"LABGATE_HOME": str(file / "below")},
        "no home": {"LABGATE_HOME": "", "HOME": str(file)},
        "nobody's": {"LABGATE_HOME": "/proc/nowhere"},
    }
    done = labgate(*VERBS[verb], **places[home])
    assert "Traceback" not in done.stdout + done.stderr
    assert "Unexpected error" not in done.stderr
    if verb in NEEDS_NO_FOLDER:
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode in (1, 2, 3), done.stderr
    message = " ".join((done.stdout + done.stderr).split())
    assert "LABGATE_HOME" in message, "how to choose another one"
    if verb != "check":
        return
    korean = labgate(*VERBS[verb], **places[home], LABGATE_LANGUAGE="ko")
    assert "LABGATE_HOME" in korean.stdout + korean.stderr
    assert any("가" <= sign <= "힣" for sign in korean.stdout + korean.stderr)


OUTPUTS = {
    "full": (">/dev/full", 3, "could not be written"),
    "closed": (">&-", 0, ""),
    "errors closed": ("2>&-", 0, ""),
    "errors full": ("2>/dev/full", 0, ""),
    "both full": (">/dev/full 2>/dev/full", 3, ""),
    "all closed": ("<&- >&- 2>&-", 0, ""),
    "input closed": ("<&-", 0, ""),
}


@pytest.mark.parametrize("verb", ["labs", "lint", "--help"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_an_output_that_can_not_be_written(
    environment: dict[str, str], tmp_path: Path, verb: str, output: str
) -> None:
    redirected, code, words = OUTPUTS[output]
    arguments = VERBS.get(verb, (verb,))
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirected}', "bash", *PROGRAM, *arguments],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_goes_away_makes_nothing_passed(environment: dict[str, str], tmp_path: Path) -> None:
    script = '"$@" | head -c 1 >/dev/null; echo "${PIPESTATUS[0]}"'
    arguments = ("grade", "kubernetes-basics", "--run", "--practice")
    done = subprocess.run(
        ["bash", "-c", script, "bash", *PROGRAM, *arguments],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "141"
    assert done.stderr == ""


@pytest.mark.parametrize("locale", ["C", "POSIX", ""])
def test_korean_where_the_locale_has_no_korean(labgate: Labgate, locale: str) -> None:
    done = labgate("labs", LC_ALL=locale, LANG=locale, LABGATE_LANGUAGE="ko", TERM="", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_no_folder_for_temporary_files(labgate: Labgate, lab: Path) -> None:
    done = labgate(
        "prove", "letters", "--yes", TMPDIR="/proc/nowhere", TEMP="/proc/nowhere", TMP="/proc/nowhere"
    )
    assert "Traceback" not in done.stdout + done.stderr


# a disk that is full ----------------------------------------------------------------------------------------


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Has room for so many bytes more."""
    write = os.write

    def limit(room: int) -> None:
        left = [room]

        def short(file: int, data: bytes) -> int:
            if not left[0]:
                raise OSError(28, "No space left on device")
            written = write(file, bytes(data)[: left[0]])
            left[0] -= written
            return written

        monkeypatch.setattr("runner.paths.os.write", short)

    yield limit


@pytest.mark.parametrize("room", [0, 1, 20, 60])
def test_a_record_is_whole_whatever_the_disk_has_room_for(
    tmp_path: Path, full, monkeypatch, room: int
) -> None:  # type: ignore[no-untyped-def]
    progress = Progress(tmp_path)
    progress.append(StepPassed("one", 1.0))
    before = (tmp_path / "record.jsonl").read_bytes()
    full(room)
    with pytest.raises(NotRecorded, match="No space left on device") as caught:
        progress.append(StepPassed("two", 1.0))
    assert caught.value.exit_code == 3
    assert (tmp_path / "record.jsonl").read_bytes() == before
    assert "two" not in progress.state.passed
    monkeypatch.undo()
    progress.append(StepPassed("three", 1.0))
    progress.close()
    assert set(read_state(tmp_path).passed) == {"one", "three"}


def test_short_writes_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("runner.paths.os.write", lambda file, data: write(file, bytes(data)[:3]))
    file = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    append_whole(file, b"ten letter")
    os.close(file)
    assert (tmp_path / "f").read_bytes() == b"ten letter"


def test_a_run_on_a_full_disk_ends_at_once_and_in_words(
    environment: dict[str, str], lab: Path, tmp_path: Path
) -> None:
    """RLIMIT_FSIZE ends every file at so many bytes, as a full disk would."""
    limit = 'ulimit -f 4; exec "$@"'  # in KiB: the practice cluster's database is longer
    done = subprocess.run(
        ["bash", "-c", limit, "bash", *PROGRAM, "grade", "kubernetes-basics", "--run", "--practice"],
        env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "objects.sqlite" in done.stdout + done.stderr or "disk I/O error" in done.stdout + done.stderr
