"""The environment of the learner's shell, and of the commands that checks run beside it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from checks.diagnosis.command_lines import parts
from checks.path_state import is_dir
from checks.tool import Tool
from runner.labs.model import Command, Lab
from runner.session.target import Target
from runner.shell import SavedState, Uses, read_saved_state

ISTIO_PROGRAMS = Path(__file__).resolve().parents[1] / "practice" / "istio_release" / "bin"
"""What stands in for Istio's download and its client; a lab's own stand-ins call it."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def lab_environment(lab: Lab, target: Target) -> dict[str, str]:
    """The environment of the learner's shell. A lab that types into an editor has the one that its keys are for."""
    environment = environment_on(target, lab.folder / "practice")
    if any(command.keys for command in _commands(lab)):
        environment["KUBE_EDITOR"] = "vi"
    return environment


def uses_of(lab: Lab) -> Uses:
    """The programs that the lab requires, checks, and types."""
    checks = [check for step in lab.steps for check in step.checks]
    typed = {
        part.name
        for command in _commands(lab)
        for line in command.command.splitlines()
        for part in parts(line)
    }
    programs = {*lab.requires.tools, *(check.tool for check in checks if isinstance(check, Tool))}
    return Uses(frozenset(programs), frozenset(name for name in typed if _NAME.fullmatch(name)))


def _commands(lab: Lab) -> list[Command]:
    runs = [lab.setup, *(run for step in lab.steps for run in (step.setup, step.run, step.solution or ()))]
    return [command for run in (*runs, lab.cleanup.run if lab.cleanup else ()) for command in run]


def environment_on(target: Target, standins: Path) -> dict[str, str]:
    """The environment of a shell on that cluster; `standins` are a lab's, which need not be there.

    vi is kubectl's editor unless the learner chose another: the labs' keystrokes are vi's. Preferences of theirs
    (~/.kube/kuberc: other defaults, a delete that asks) are not for a lab's commands.
    """
    environment = dict(os.environ)
    environment["KUBECONFIG"] = str(target.kubeconfig)
    environment.setdefault("KUBE_EDITOR", "vi")
    environment["KUBERC"] = "off"  # kubectl 1.34 and newer
    if target.practice and standins.is_dir():
        environment["LABGATE_STANDINS"] = str(standins)
        environment["LABGATE_PYTHON"] = sys.executable
        environment["LABGATE_ISTIO"] = str(ISTIO_PROGRAMS)
        environment["PATH"] = f"{standins / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def state_beside(folder: Path, root: Path, environment: Mapping[str, str]) -> Callable[[], SavedState]:
    """Where and with which environment commands are judged when no shell is open.

    The attempt's own saved state where there was one, else the folder and environment of this very program.
    """
    saved = read_saved_state(folder / "shell")
    if saved is None:
        saved = SavedState(root if is_dir(root) else Path.cwd(), environment)
    return lambda: saved
