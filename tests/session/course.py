"""Two labs on disk, of which the second goes on from the first."""

from __future__ import annotations

from pathlib import Path

from runner.labs.load import load
from runner.labs.model import Lab
from runner.session.trust import written_here

_LAB = """\
format: 1
title: {{en: {name}, ko: {name}}}
summary: {{en: A lab, ko: 실습}}
minutes: 5
level: beginner
{head}
steps:
{steps}
"""
_STEP = """\
  - id: {id}
    title: {{en: Step {id}, ko: 단계 {id}}}
    text: {{en: Do it., ko: 하세요.}}
    run: ["{command}"]
    within: 5s
    checks: [{{resource: ConfigMap, api: v1, name: {name}, in: default{absent}}}]
"""


def a_step(name: str, command: str = "") -> str:
    """A step that makes the ConfigMap of its name, unless `command` says otherwise."""
    return _STEP.format(id=name, name=name, command=command or f"kubectl create configmap {name}", absent="")


def takes_away(name: str) -> str:
    """A step that deletes the ConfigMap of that name."""
    return _STEP.format(
        id=f"no-{name}", name=name, command=f"kubectl delete configmap {name}", absent=", absent: true"
    )


def write(folder: Path, name: str, *steps: str, head: str = "", trusted: bool = True) -> Lab:
    """A lab in a folder of its name; `trusted`: written by this person, who is not asked."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "lab.yaml").write_text(_LAB.format(name=name, head=head, steps="".join(steps)))
    if trusted:
        written_here(folder / name)
    return load(folder / name)


def waits_for(file: Path, then: str) -> str:
    """A command that goes on once the file is there: what is to be seen meanwhile is seen on a busy machine, too."""
    return f"until [ -e {file} ]; do sleep 0.1; done && {then}"
