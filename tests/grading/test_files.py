"""Where reports go: each to a place of its own, and what can be known to be wrong is reported before the run."""

from __future__ import annotations

import io
import os
import socket
import stat
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from runner.grading.reports import REPORTS, atomic_write, report_files
from runner.grading.reports.report_files import STDOUT, ReportProblem, Wanted
from runner.grading.roster.reports import CLASS_REPORTS


def test_unknown_formats_behind_a_comma_are_reported_with_those_that_there_are():
    with pytest.raises(ReportProblem, match=r"tap=c\.tap.*csv, html, json, junit, markdown"):
        report_files.wanted(["markdown=c.md,tap=c.tap"], CLASS_REPORTS)
    assert report_files.wanted(["csv=a,b.csv, html=c=d.html"], CLASS_REPORTS) == [
        Wanted("csv", Path("a,b.csv")),
        Wanted("html", Path("c=d.html")),
    ]


def test_the_same_format_may_be_written_twice(tmp_path):
    names = [tmp_path / "a", tmp_path / "b"]
    assert [each.path for each in report_files.wanted([f"json={name}" for name in names], REPORTS)] == names


def test_two_reports_to_one_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "there").write_text("")
    (tmp_path / "hard").hardlink_to("there")
    (tmp_path / "soft").symlink_to("there")
    (tmp_path / "dangling").symlink_to("new")
    for one, other in (
        ("o", "o"),
        ("o", "./o"),
        ("o", str(tmp_path / "o")),
        ("o", "folder/../o"),
        ("folder/x", "link/x"),
        ("there", "hard"),
        ("there", "soft"),
        ("dangling", "new"),
    ):
        with pytest.raises(ReportProblem, match="junit and json"):
            report_files.wanted([f"junit={one},json={other}"], REPORTS)
    with pytest.raises(ReportProblem, match="Two reports can't go to the output: junit and json"):
        report_files.wanted(["junit=-,json=-"], REPORTS)
    with pytest.raises(ReportProblem):
        report_files.wanted(["csv=x", "csv=x"], REPORTS)
    report_files.wanted([f"junit={os.devnull},json={os.devnull}"], REPORTS)


def test_a_report_is_not_written_over_what_the_run_needs(tmp_path):
    roster = tmp_path / "roster.yaml"
    roster.write_text("")
    (tmp_path / "link").symlink_to(roster)
    for path in (roster, tmp_path / "link"):
        with pytest.raises(ReportProblem, match="--roster"):
            report_files.prepare([Wanted("csv", path)], {"--compare": None, "--roster": roster})


def test_a_report_in_a_folder_that_another_was_to_be(tmp_path):
    with pytest.raises(ReportProblem):
        report_files.prepare([Wanted("json", tmp_path / "a"), Wanted("csv", tmp_path / "a" / "b")])


def test_places_that_are_refused_before(tmp_path, monkeypatch):
    (tmp_path / "loop").symlink_to("loop")
    listening = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)
    listening.bind("socket")
    wrong = [tmp_path, tmp_path / "loop", tmp_path / "socket", tmp_path / ("x" * 300), Path("/proc/none/x")]
    for path in wrong:
        with pytest.raises(ReportProblem, match="can't be written"):
            report_files.prepare([Wanted("json", path)])
    listening.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loop", "socket"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_reported_before(tmp_path):
    file = tmp_path / "out"
    file.write_text("")
    file.chmod(0o444)
    with pytest.raises(ReportProblem, match="Permission denied"):
        report_files.prepare([Wanted("json", file)])


def test_a_link_stays_a_link(tmp_path):
    target = tmp_path / "target"
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(target)
    report_files.write_report(Wanted("json", link), "new", sys.stdout)
    assert link.is_symlink() and target.read_text() == "new"


def test_one_that_fails_costs_no_other(tmp_path):
    message = report_files.write_all(
        [(Wanted("json", Path("/dev/full")), "a"), (Wanted("csv", tmp_path / "b"), "b")], sys.stdout
    )
    assert [problem.path for problem in message] == [Path("/dev/full")]
    assert (tmp_path / "b").read_text() == "b"


def test_a_pipe_that_is_read(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    report_files.prepare([Wanted("json", pipe)])
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    report_files.write_report(Wanted("json", pipe), "x" * 200_000, sys.stdout)  # more than a pipe holds
    reader.join(20)
    assert read == ["x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_nobody_reads_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic_write, "READER_MAY_TAKE", 0.2)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReportProblem, match="nobody reads this pipe"):
        report_files.write_report(Wanted("json", tmp_path / "pipe"), "x", sys.stdout)


def test_the_output_is_the_reports_alone():
    shown, kept = io.StringIO(), io.StringIO()
    with redirect_stdout(kept), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", shown)
        with report_files.output_of([Wanted("json", STDOUT)]) as output:
            print("told")
            report_files.write_report(Wanted("json", STDOUT), "{}", output)
        with report_files.output_of([Wanted("json", Path("x"))]):
            print("more")
    assert (kept.getvalue(), shown.getvalue()) == ("{}more\n", "told\n")
