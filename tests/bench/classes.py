"""A class graded: all of it against what is true, with time and memory, beside one kubectl process for each check."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from runner.labs.library import find
from runner.labs.load import load
from tests.bench.report import Row

LAB = "istio-install"
LEARNERS = 500
SAMPLE = 4
"""Learners whose checks are put to kubectl; the figure is scaled to the class."""
KUBECTLS = 4
"""kubectl processes at a time: on two cores more of them make nothing quicker."""
OBJECTS = {
    "deployment": "deployments",
    "service": "services",
    "namespace": "namespaces",
    "pods": "pods",
    "resource": "nodes",
}
PROGRAM = (sys.executable, "-m", "runner")


def classes(folder: Path, learners: int = LEARNERS) -> list[Row]:
    """The rows of a class of that size."""
    with serving(folder, learners=learners) as roster:
        seconds, memory, wrong = _graded(folder, roster)
        kubectl = _by_kubectl(roster) * learners / SAMPLE
    what = f"{learners} learners, a third with faults"
    return [
        Row(
            f"{what}: graded",
            seconds,
            "60 s",
            f"kubectl for each check ({SAMPLE} learners, scaled)",
            kubectl,
        ),
        Row(f"{what}: memory of the grader", memory, "300 MB", unit="MiB"),
        Row(f"{what}: graded otherwise than is true", wrong, "0", unit=""),
    ]


@contextmanager
def serving(folder: Path, lab: str = LAB, learners: int = LEARNERS) -> Iterator[Path]:
    """A class while the context is open; gives its roster."""
    room = folder / "room"
    command = [*PROGRAM, "practice", "class", str(room), "--lab", lab, "--learners", str(learners)]
    served = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not (room / "roster.yaml").exists():
            assert served.poll() is None, "the class ended"
            time.sleep(0.1)
        yield room / "roster.yaml"
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(60)


def _graded(folder: Path, roster: Path) -> tuple[float, float, int]:
    """Seconds, the grader's peak memory in MiB, and how many were graded otherwise than they should be."""
    report = folder / "class.json"
    command = [*PROGRAM, "grade", LAB, "--roster", str(roster), "--report", f"json={report}"]
    began = time.perf_counter()
    with (folder / "grade.log").open("wb") as log:
        grader = subprocess.Popen(
            [*command, "--results", str(folder / "results.jsonl")], stdout=log, stderr=log
        )
        _, _, used = os.wait4(grader.pid, 0)
    seconds = time.perf_counter() - began
    grader.returncode = 0  # it was waited for
    return (
        seconds,
        used.ru_maxrss / 1024,
        wrong(json.loads(report.read_text()), roster.with_name("truth.json")),
    )


def wrong(report: dict[str, Any], truth: Path) -> int:
    """Learners whose standing, points or step that holds them is not what is true."""
    reported = {each["id"]: each for each in report["learners"]}
    return sum(
        (each["standing"], each["points"], each["held_by"]) != _found(reported.get(each["id"]))
        for each in json.loads(truth.read_text())["learners"]
    )


def _found(reported: dict[str, Any] | None) -> tuple[object, object, str]:
    if reported is None:
        return None, None, ""
    if reported["points"] is None:
        return reported["standing"], None, ""
    steps = (
        step["id"]
        for step in reported["report"]["steps"]
        if step["counts"] and step["verdict"] in ("failed", "error")
    )
    return reported["standing"], reported["points"], next(steps, "")


def _by_kubectl(roster: Path) -> float:
    """Seconds that kubectl takes to fetch what each check of some learners looks at, a process for each."""
    asked = [
        (OBJECTS[check.subject], getattr(check, "namespace", None))
        for step in load(find(LAB)).steps
        for check in step.checks
        if check.subject in OBJECTS
    ]
    truth = json.loads(roster.with_name("truth.json").read_text())["learners"]
    answering = {each["id"] for each in truth if each["points"] is not None}
    learners = [each for each in yaml.safe_load(roster.read_text()) if each["id"] in answering][:SAMPLE]
    began = time.perf_counter()
    with ThreadPoolExecutor(KUBECTLS) as pool:
        for learner in learners:
            for kind, namespace in asked:
                pool.submit(_kubectl, roster.parent / learner["kubeconfig"], kind, namespace)
    return time.perf_counter() - began


def _kubectl(kubeconfig: Path, kind: str, namespace: str | None) -> None:
    where = ("-n", namespace) if namespace else ("-A",)
    subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, "get", kind, *where, "-o", "json"],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
