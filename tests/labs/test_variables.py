"""Values from outside, before they reach a command line."""

from __future__ import annotations

import platform

import pytest

from runner.labs.lab_problems import LabErrors
from runner.labs.lab_variables import machine
from runner.labs.load import load


def messages(lab, values) -> list[str]:
    with pytest.raises(LabErrors) as caught:
        load(lab, values)
    return [problem.render().removeprefix(f"{lab}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    "value", ["3; rm -rf /", "$(id)", "`id`", "a b", "", "3\n", "3\x1b[1m", "3'", "3\u202e", "x" * 251]
)
def test_a_value_for_a_variable_without_a_pattern(lab, value):
    assert messages(lab, {"replicas": value})[0].startswith("lab.yaml:13:3: ")


def test_all_of_the_value_must_match(lab):
    assert messages(lab, {"istio_version": "1.11.3\n"})
    assert messages(lab, {"istio_version": "1.11.3; true"}) == [
        r"lab.yaml:12:3: 1.11.3; true is not a value of istio_version; all of it must match: \d+\.\d+\.\d+"
    ]


def test_a_value_for_what_is_no_variable(lab):
    assert messages(lab, {"replica": "1"}) == [
        "lab.yaml: this lab has no variable replica, and a value is given for it (did you mean replicas?)"
    ]


def test_choices(broken, lab):
    assert broken(("{default: 3}", "{choices: [1, 2]}")) == []
    assert load(lab).values["replicas"] == "1"
    assert messages(lab, {"replicas": "3"}) == ["lab.yaml:13:3: 3 is not a value of replicas; one of: 1, 2"]


@pytest.mark.parametrize(
    ("name", "said_as"), [("aarch64", "arm64"), ("AMD64", "x86_64"), ("x86_64", "x86_64")]
)
def test_the_machine(monkeypatch, broken, lab, name, said_as):
    monkeypatch.setattr(platform, "machine", lambda: name)
    assert machine() == said_as
    assert broken(("{default: 3}", "{from: machine}"), ('replicas: "{{replicas}}"', "replicas: 1")) == []
    assert load(lab).values["replicas"] == said_as
    assert load(lab, {"replicas": "riscv64"}).values["replicas"] == "riscv64"


def test_a_machine_that_the_variable_does_not_allow(monkeypatch, broken):
    monkeypatch.setattr(platform, "machine", lambda: "sparc")
    variable = "{from: machine, choices: [x86_64, arm64]}"
    assert broken(("{default: 3}", variable), ('replicas: "{{replicas}}"', "replicas: 1")) == []
    variable = "{from: machine, pattern: 'x86_64|arm64'}"
    assert broken(("{default: 3}", variable), ('replicas: "{{replicas}}"', "replicas: 1")) == [
        "lab.yaml:13:3: this machine is sparc, which the variable does not allow; give it a default"
    ]
