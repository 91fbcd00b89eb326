"""Grading from the command line, on a practice cluster."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pexpect
import pytest

PROGRAM = [sys.executable, "-c", "from runner.cli import main; main()"]


def test_run_passes_and_writes_reports(labgate, lab, tmp_path):
    done = labgate(
        "grade", "letters", "--run", "--practice", "--yes", "--report", "junit=out.xml,json=out/out.json"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed. Steps: 2 of 2. Points: 3 of 3." in done.stdout
    assert "practice/letters" in done.stdout
    report = json.loads((tmp_path / "out" / "out.json").read_text())
    assert report["verdict"] == "passed"
    assert report["steps"][0]["commands"][0]["command"] == "echo hello > letter"
    assert ET.parse(tmp_path / "out.xml").getroot().get("failures") == "0"


def test_a_challenge_is_worked_through_by_its_solution_and_needs_it_once_only(labgate, lab):
    file = lab / "lab.yaml"
    file.write_text(file.read_text().replace("    run:", "    solution:"))
    for _ in range(2):
        done = labgate("grade", "letters", "--run", "--practice", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "$ echo hello > letter" in done.stdout


def test_as_it_is_a_fresh_cluster_does_not_pass(labgate, lab):
    done = labgate("grade", "letters", "--practice")
    assert done.returncode == 1
    for words in ("expected", "found", "Not passed."):
        assert words in done.stdout


def test_korean(labgate, lab):
    done = labgate("grade", "letters", "--practice", "--language", "ko")
    assert "통과하지 못했습니다" in done.stdout
    assert "쓰기" in done.stdout


def test_one_step(labgate, lab, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "letter").write_text("hello\n")
    done = labgate("check", "letters", "write", "--practice", "--workspace", "here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Steps: 1 of 1" in done.stdout


def test_variables(labgate, lab, tmp_path):
    workspace = ["--workspace", "here"]
    done = labgate("grade", "letters", "--run", "--practice", "--yes", "--set", "word=moin", *workspace)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "here" / "letter").read_text() == "moin\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["leters"], "letters"),
        (["letters", "--practice", "--step", "rite"], "write"),
        (["letters", "--practice", "--set", "word"], "VARIABLE=VALUE"),
        (["letters", "--practice", "--set", "word=UPPER"], "word"),
        (["letters", "--practice", "--set", "wrod=x"], "wrod"),
        (["letters", "--practice", "--report", "pdf=x"], "junit"),
        (["letters", "--practice", "--report", "junit=labs"], "labs"),
        (["letters", "--practice", "--cleanup"], "--run"),
    ],
)
def test_wrong_usage_says_what_is_right(labgate, lab, arguments, words):
    done = labgate("grade", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_all_problems_of_a_broken_lab(labgate, lab):
    path = lab / "lab.yaml"
    path.write_text(
        path.read_text().replace("minutes: 1", "minuts: 1").replace("- file: letter\n", "- fiel: x\n")
    )
    done = labgate("grade", "letters", "--practice")
    assert done.returncode == 2
    assert "lab.yaml:4:1" in done.stderr
    assert "did you mean minutes?" in done.stderr
    assert done.stderr.count("lab.yaml:") >= 4, "all of them at once"
    listed = labgate("labs")
    assert listed.returncode == 2
    assert "lab.yaml:4:1" in listed.stderr
    assert "istio-install" in listed.stdout


def test_a_lab_from_elsewhere_is_not_run_unseen(labgate, lab):
    done = labgate("grade", "letters", "--run", "--practice")
    assert done.returncode == 2
    assert "$ echo hello > letter" in done.stdout
    assert "--yes" in done.stderr


CLEANUP = """
cleanup:
  title: {en: Put it away, ko: 치우기}
  text: {en: The letter goes into the bin., ko: 편지를 버립니다.}
  run: [rm letter]
"""


@pytest.fixture
def tidy(lab: Path) -> Path:
    """The lab with a clean-up."""
    path = lab / "lab.yaml"
    path.write_text(path.read_text() + CLEANUP)
    return lab


def test_a_clean_up_is_not_run_unseen(labgate, tidy, tmp_path):
    arguments = ["grade", "letters", "--run", "--practice", "--workspace", "here"]
    assert labgate(*arguments, "--yes").returncode == 0
    done = labgate(*arguments, "--cleanup", "--yes")
    for words in ("The letter goes into the bin.", "$ rm letter", "practice/letters", "Nobody else uses it"):
        assert words in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "here" / "letter").exists()


@pytest.mark.parametrize(
    ("language", "typed", "cleaned"), [("en", "y", False), ("en", "yes", True), ("ko", "네", True)]
)
def test_a_clean_up_wants_a_typed_yes(environment, tidy, tmp_path, language, typed, cleaned):
    """Even of a lab that is trusted."""
    environment["LABGATE_LABS"] = str(tidy.parent)
    arguments = ["grade", "letters", "--run", "--practice", "--workspace", "here", "--language", language]
    subprocess.run([*PROGRAM, *arguments, "--yes"], env=environment, cwd=tmp_path, check=True)
    child = pexpect.spawn(
        PROGRAM[0],
        [*PROGRAM[1:], *arguments, "--cleanup"],
        env=environment,
        cwd=str(tmp_path),
        timeout=60,
        encoding="utf-8",
    )
    asks = {"en": "Run them", "ko": "실행할까요"}[language]
    if child.expect([asks, {"en": "Type yes", "ko": "‘네’를 입력"}[language]]) == 0:
        child.sendline("y")
        child.expect({"en": "Type yes", "ko": "‘네’를 입력"}[language])
    child.sendline(typed)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if cleaned else 2)
    assert (tmp_path / "here" / "letter").exists() is not cleaned


def test_plain_output_has_no_control_sequences(labgate, lab):
    done = labgate("grade", "letters", "--run", "--practice", "--yes", CI="true", FORCE_COLOR="1")
    assert "\x1b" not in done.stdout + done.stderr


def test_labs(labgate, lab):
    done = labgate("labs", "--language", "ko")
    assert done.returncode == 0
    assert "letters" in done.stdout
    assert "편지" in done.stdout


def test_schema(labgate):
    assert json.loads(labgate("schema").stdout)["properties"]["steps"]


@pytest.fixture
def slow(lab: Path) -> Path:
    path = lab / "lab.yaml"
    path.write_text(path.read_text().replace("echo {{word}} > letter", "echo begun; sleep 90"))
    return lab


def test_ctrl_c_is_clear_and_keeps_what_was_reached(environment, slow, tmp_path):
    arguments = [
        "grade",
        "letters",
        "--run",
        "--practice",
        "--yes",
        "--report",
        "json=out.json,junit=out.xml",
    ]
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        for line in process.stdout:
            if "| begun" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in rest
    assert "Traceback" not in errors
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["verdict"] == "interrupted"
    assert ET.parse(tmp_path / "out.xml").getroot().get("failures") == "0"


def test_a_cluster_gone_in_the_middle_is_not_the_learners_fault(labgate, lab, tmp_path):
    path = lab / "lab.yaml"
    pid = "import json, sys; print(json.load(open(sys.argv[1]))['pid'])"
    record = tmp_path / "data" / "practice" / "letters" / "running.json"
    killed = f'kill -9 $({sys.executable} -c "{pid}" {record})'
    looked = "    checks:\n      - file: letter\n      - namespace"
    run = f"    run:\n      - command: >-\n          {killed}\n"
    path.write_text(path.read_text().replace(looked, run + looked))
    done = labgate("grade", "letters", "--run", "--practice", "--yes", "--report", "json=out.json")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Could not be judged" in done.stdout
    steps = json.loads((tmp_path / "out.json").read_text())["steps"]
    assert [step["verdict"] for step in steps] == ["passed", "error"]


def test_on_a_terminal_it_is_drawn(environment, lab, tmp_path):
    """Through a real pty: colours, a cursor that comes back, and nothing wider than the terminal."""
    arguments = ["grade", "letters", "--run", "--practice", "--yes"]
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        env={**environment, "COLUMNS": "80", "LINES": "24"},
        cwd=tmp_path,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown, until = b"", time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([leader], [], [], 0.5)[0]:
            try:
                shown += os.read(leader, 65536)
            except OSError:
                break
    os.close(leader)
    assert process.wait(timeout=30) == 0, shown.decode()
    assert b"\x1b[?25l" in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l")
    assert "Passed." in shown.decode()


@pytest.mark.parametrize("to", ["-", "/dev/stdout"])
def test_a_report_to_the_output_is_alone_there(labgate, lab, to):
    done = labgate("grade", "letters", "--run", "--practice", "--yes", "--report", f"json={to}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "passed"
    assert "Passed. Steps: 2 of 2." in done.stderr
    assert "$ echo hello > letter" in done.stderr


def test_an_output_that_is_a_file_may_be_the_reports(environment, lab, tmp_path):
    arguments = ["grade", "letters", "--practice", "--yes", "--report", "json=out.json"]
    with (tmp_path / "out.json").open("w") as file:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            env=environment,
            cwd=tmp_path,
            stdout=file,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert json.loads((tmp_path / "out.json").read_text())["verdict"] == "not-passed"


@pytest.mark.parametrize("reports", ["junit=o,json=o", "junit=-,json=-", "junit=o,json=./o", "json=o,pdf=x"])
def test_reports_that_can_not_be_kept_apart_are_refused_before_anything_runs(labgate, lab, tmp_path, reports):
    done = labgate("grade", "letters", "--run", "--practice", "--yes", "--report", reports)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "junit" in done.stderr
    assert not (tmp_path / "o").exists()
    assert not (tmp_path / "data" / "practice").exists()


def test_a_report_that_can_not_be_written_costs_no_other_and_no_verdict(labgate, lab, tmp_path):
    done = labgate(
        "grade", "letters", "--run", "--practice", "--yes", "--report", "json=/dev/full,tap=out.tap"
    )
    assert done.returncode == 2
    assert "Passed. Steps: 2 of 2." in done.stdout
    assert "/dev/full" in done.stderr and "No space left" in done.stderr
    assert "Report: out.tap" in done.stdout
    assert (tmp_path / "out.tap").read_text().startswith("TAP version 13")
