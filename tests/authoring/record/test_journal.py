"""The journal gives back what happened, whatever happened to it, and has no secrets in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.authoring.record.cluster_snapshot import kept, places_now
from runner.authoring.record.recording import FOLDER, Beginning, Typed
from runner.authoring.record.recording_journal import FILE, Journal, RecordingInUse, read
from runner.shell.redact import MASK
from tests.authoring.record.recordings import ROOT, cluster, config, namespace, places, ran

BEGINNING = Beginning(ROOT, True, "practice/x", "1.32.0", "/labs/one")


def filled(folder: Path) -> Journal:
    journal = Journal(folder)
    journal.begin(BEGINNING, cluster(), places())
    typed = Typed(answers=(("Really?", "y"),), keys=(":wq", "enter"), unasked=("ls",), interrupted=True)
    journal.ran(ran("one", typed=typed), places({"a": FOLDER}, ["istioctl"], A="b"))
    journal.rested(cluster(namespace("shop"), config("a")))
    journal.ran(ran("two", 1), places())
    journal.rested(cluster(namespace("shop")))
    journal.later(cluster(namespace("shop"), config("late")))
    return journal


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.close()
    again = Journal(tmp_path)
    assert again.recording == journal.recording
    assert again.recording is not None
    assert again.recording.commands == 2
    again.close()


def test_every_cut_leaves_the_beginning_whole(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.close()
    content = (tmp_path / FILE).read_bytes()
    whole = read(content)
    assert whole is not None
    for end in range(0, len(content), 97):
        recording = read(content[: content.rfind(b"\n", 0, end) + 1])
        if recording is None or len(recording.moments) < 2:
            continue
        assert [moment.ran for moment in recording.moments] == [
            moment.ran for moment in whole.moments[: len(recording.moments)]
        ]


def test_a_torn_last_line_is_cut_off_and_a_damaged_one_passed_over(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.close()
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes() + b'{"what": "nonsense"}\nnot JSON\n{"what": "ran", "li')
    again = Journal(tmp_path)
    assert again.recording == journal.recording
    again.close()


def test_one_program_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(RecordingInUse):
        Journal(tmp_path)
    journal.close()
    Journal(tmp_path).close()


def test_a_new_beginning_sets_the_old_recording_aside(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    journal.written(tmp_path / "lab")
    journal.begin(BEGINNING, cluster(), places())
    journal.close()
    again = Journal(tmp_path)
    assert again.recording is not None
    assert again.recording.commands == 0
    assert len(list(tmp_path.glob("recording*.jsonl"))) == 2
    again.close()


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    filled(tmp_path / "recording").close()
    assert (tmp_path / "recording" / FILE).stat().st_mode & 0o077 == 0


def test_a_secrets_contents_are_not_kept_and_a_new_value_is_seen_all_the_same() -> None:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"password":"aHVudGVyMg=="}}'}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "resourceVersion": "1", "annotations": applied},
        "data": {"password": "aHVudGVyMg=="},
    }
    found = kept(secret)
    assert "aHVudGVyMg" not in repr(found)
    assert found["data"] == {"password": MASK}
    assert kept({**secret, "metadata": {"name": "db", "resourceVersion": "2"}}) != found


def test_secrets_of_the_environment_are_not_kept(tmp_path: Path) -> None:
    found = places_now(
        tmp_path, tmp_path, {"GH_TOKEN": "abcdef123456", "COLOUR": "blue", "PATH": "/bin"}, "/bin"
    )
    assert found.environment["GH_TOKEN"] == MASK
    assert found.environment["COLOUR"] == "blue"
