"""A learner's job: what its digest reads, of files of whose making the grader knows nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.grading.roster.class_model import Learner
from runner.grading.roster.grading_job import LearnerJob, digest_of


@pytest.mark.timeout(30)
def test_files_without_end_hold_no_digest_up(tmp_path: Path) -> None:
    lab, handed_in = tmp_path / "lab", tmp_path / "class"
    lab.mkdir()
    handed_in.mkdir()
    for folder in (lab, handed_in):
        os.mkfifo(folder / "pipe")
        with (folder / "large.yaml").open("wb") as file:
            file.truncate(1 << 40)
        (folder / "zeros.yaml").symlink_to("/dev/zero")
    assert digest_of(lab)
    for name in ("pipe", "large.yaml", "zeros.yaml", "absent"):
        job = LearnerJob(str(lab), Learner("a", "A", str(handed_in / name)))
        assert job.digest("")


def test_a_lab_is_another_one_when_something_changes_that_a_check_can_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("lab.yaml", "data/expected.txt", "look", "README.md"):
        (tmp_path / name).write_text("one")
    seen = [digest_of(tmp_path)]
    for name in ("lab.yaml", "data/expected.txt", "look"):
        (tmp_path / name).write_text("other")
        seen.append(digest_of(tmp_path))
    (tmp_path / "look").chmod(0o755)
    seen.append(digest_of(tmp_path))
    assert len(set(seen)) == len(seen)
    (tmp_path / "README.md").write_text("other")
    assert digest_of(tmp_path) == seen[-1]
