"""Results that survive: torn lines, other files, two runs at once."""

from __future__ import annotations

import os

import pytest

from runner.grading.roster.class_journal import Journal, JournalProblem, read_results
from runner.grading.roster.class_model import Graded


def graded(learner: str, verdict: str = "passed", points: int = 3) -> Graded:
    report = {"verdict": verdict, "points": points, "points_total": 5, "steps": []}
    return Graded(learner, "김", report, seconds=1.5, finished="2026-01-01T00:00:00+00:00")


def test_what_was_added_is_known_to_the_next_run(tmp_path):
    with Journal(tmp_path / "r.jsonl") as journal:
        journal.add(graded("kim"), "a")
    with Journal(tmp_path / "r.jsonl") as journal:
        assert journal.known("kim", "a") == graded("kim")
        assert journal.known("kim", "b") is None  # the lab, the kubeconfig or the learner is another one
        assert journal.known("lee", "a") is None


def test_who_was_not_graded_is_tried_again(tmp_path):
    with Journal(tmp_path / "r.jsonl") as journal:
        journal.add(Graded("kim", "", None, "no cluster"), "a")
        journal.add(graded("lee", "could-not-be-judged"), "a")
        assert journal.known("kim", "a") is None
        assert journal.known("lee", "a") is None
        assert journal.latest("kim") is not None


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_cut_off(tmp_path, cut):
    path = tmp_path / "r.jsonl"
    with Journal(path) as journal:
        journal.add(graded("kim"), "a")
        journal.add(graded("lee"), "a")
    os.truncate(path, path.stat().st_size - cut)
    with Journal(path) as journal:
        assert journal.known("kim", "a") is not None
        assert journal.known("lee", "a") is None
        journal.add(graded("lee"), "a")
    assert set(read_results(path)) == {"kim", "lee"}


def test_the_last_result_of_a_learner_counts(tmp_path):
    with Journal(tmp_path / "r.jsonl") as journal:
        journal.add(graded("kim", points=1), "a")
        journal.add(graded("kim", points=2), "a")
    assert read_results(tmp_path / "r.jsonl")["kim"].points == 2


@pytest.mark.parametrize("content", [b"no json\n", b"{}\n", b"[1]\n", b'{"labgate_result": 9}\n'])
def test_another_file_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(JournalProblem, match=r"notes.txt:1: this is no result"):
        Journal(path)
    assert path.read_bytes() == content


def test_two_runs_do_not_write_the_same_file(tmp_path):
    with Journal(tmp_path / "r.jsonl"), pytest.raises(JournalProblem, match="Another run"):
        Journal(tmp_path / "r.jsonl")


def test_results_that_can_not_be_read(tmp_path):
    with pytest.raises(JournalProblem, match="can't be read"):
        read_results(tmp_path / "none")
