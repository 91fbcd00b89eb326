"""A lab that is right, as it is read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load

OURS = sorted(path.parent for path in library.own_labs().glob("*/lab.yaml"))


def test_numbers_are_as_they_were_written_where_a_text_is_wanted(lab):
    read = load(lab)
    assert read.values["istio_version"] == "1.11.3"
    assert read.practice is not None and read.practice.kubernetes == "1.20"


def test_variables_are_put_in_everywhere(lab):
    read = load(lab, {"istio_version": "1.12.0", "replicas": "2"})
    first, second = read.steps
    assert first.run[0].command == "cd istio-1.12.0"
    assert first.checks[0].replicas == 2
    assert second.checks[2].file == "istio-1.12.0/bin/istioctl"
    assert first.text == {"en": "Version 1.12.0, {{as it is}}.\n", "ko": "버전 1.12.0.\n"}


def test_a_plain_string_is_a_command_and_a_text(lab):
    read = load(lab)
    assert read.setup[0].command == "true"
    assert read.step("second").title == {"en": "Kubernetes"}
    assert read.steps[0].run[1].timeout == 600
    assert (read.id, read.folder) == ("small-lab", lab.resolve())


def test_reading_twice_gives_the_same(lab):
    assert load(lab) == load(lab)


def test_windows_line_ends_change_nothing(lab):
    expected = load(lab)
    for path in (lab / "lab.yaml", lab / "text" / "first.en.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(lab) == expected


@pytest.mark.parametrize("folder", OURS, ids=[folder.name for folder in OURS])
def test_our_own_labs(folder):
    read = load(folder)
    for step in read.steps:
        assert set(step.text) == {"en", "ko"}
        assert "{{" not in step.model_dump_json()


def test_a_variable_of_a_text_file_that_nobody_declared(lab):
    (lab / "text" / "first.ko.md").write_text("첫 줄\n이것은 {{istio_versoin}}\n")
    with pytest.raises(LabErrors) as caught:
        load(lab)
    [problem] = caught.value.problems
    assert problem.render() == (
        f"{lab}/text/first.ko.md:2:5: unknown variable: {{{{istio_versoin}}}} (did you mean istio_version?)"
    )


def test_go_templates_are_left_alone(broken, lab):
    template = "kubectl get pods -o go-template='{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{ end -}}'"
    assert broken(("cd istio-{{istio_version}}", template)) == []
    assert load(lab).steps[0].run[0].command == template


def test_a_number_by_way_of_a_variable(broken, lab):
    assert broken(("pods: {min: 1, max: 3}", 'pods: "{{replicas}}"')) == []
    assert load(lab).steps[0].checks[2].pods.max == 3


def test_reading_a_lab_needs_no_heavy_packages():
    """Nothing here may cost the start of the program what only clusters and screens need."""
    script = (
        "import sys, runner.labs.load, runner.labs.library\n"
        "print([name for name in ('kubernetes', 'textual', 'aiohttp', 'pexpect') if name in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
