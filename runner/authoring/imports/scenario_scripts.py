"""Scripts of a scenario, carried into the lab's folder: what they are run with, and what in them needs another machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from runner.authoring.imports import home
from runner.authoring.imports.logical import commands
from runner.words import Phrase, phrase

_SHEBANG = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(\S+)")
_BASH_ONLY = re.compile(
    r"\bset\s+-\w*o\s+pipefail|(?:^|[;&|]\s*|\b(?:if|while|until|then|do|!)\s+)(?:\[\[\s|\(\(|source\s|function\s|declare\s|shopt\s|pushd\s|mapfile\s|readarray\s)"
    r"|<<<|<\(|&>|\$\{\w+(?:\[|//?|\^|,|:\d|@)|^\s*\w+=\(|\{\d+\.\.\d+\}|\$'|\$RANDOM|\[\s[^]\n]*\s==\s",
    re.MULTILINE,
)
"""What only bash has of what such scripts use."""
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ash"})
_INTERPRETERS = frozenset({"python", "python3", "node", "perl", "ruby"})
_ENDLESS = re.compile(r"\bwhile\s+(?:true|:|\[\s*1\s*\])|\bsleep\s+(?:infinity|inf)\b|\btail\s+-[fF]\b")
_HARMLESS = re.compile(r"(?:echo|printf|clear|true|:|set|sleep|exit\s+0|exit|return\s+0)\b.*|#.*|", re.DOTALL)
_LASTING = re.compile(r"^\s*(?:export|cd|alias|source|\.)\s", re.MULTILINE)
_ENDING = re.compile(r"^\s*(?:exit|exec|set\s+-\w*[eu])\b", re.MULTILINE)
_CHANGES = re.compile(
    r"\bkubectl\b[^|;&\n]*?\s(?:apply|create|delete|patch|edit|scale|label|annotate|run|expose|set|replace|drain|cordon|"
    r"taint|rollout\s+(?:restart|undo))\b(?![^|;&\n]*--dry-run)|\bhelm\s+(?:install|upgrade|uninstall)\b|\brm\s+-"
)
_ELSEWHERE: tuple[tuple[re.Pattern[str], Phrase], ...] = (
    (
        re.compile(r"\b(?:ssh|scp|sshpass)\s"),
        phrase("this connects to another host, but a lab has only the learner's machine"),
    ),
    (
        re.compile(
            r"\b(?:systemctl|service|crictl|etcdctl|kubeadm|iptables|modprobe|sysctl|mount|useradd|adduser|chown)\s"
        ),
        phrase("this changes or reads the machine as root, which is the learner's own in a lab"),
    ),
    (
        re.compile(
            r"\b(?:apt|apt-get|yum|dnf|apk|snap|pip3?|npm)\s+(?:-\S+\s+)*(?:install|update|upgrade)\b"
        ),
        phrase("this installs software on the learner's own machine: prefer requires.tools"),
    ),
    (
        re.compile(
            r"/etc/(?:killercoda|kubernetes)|/opt/katacoda|/usr/local/bin/(?:launch|start)|\blaunch\.sh\b"
        ),
        phrase("this exists only on the platform's machines"),
    ),
    (
        re.compile(r"(?<![\w.])/(?:etc|usr|bin|sbin|lib|var|boot|root)/(?!null)"),
        phrase("a system path, which can be different or protected on the learner's own machine"),
    ),
)


def interpreter(text: str) -> str | None:
    """What a script is run with, as its first line says; None if that is nothing we know.

    Scripts of all shells are run by bash. Many that say `#!/bin/sh` were only ever run where that is bash, and use what
    only bash has; what is written for sh does the same in bash.
    """
    found = _SHEBANG.match(text)
    if not found:
        return "bash"
    name = found[1].rpartition("/")[2]
    if name in _SHELLS:
        return "bash"
    return name if name in _INTERPRETERS else None


def is_shell(text: str) -> bool:
    return interpreter(text) == "bash"


def needs_bash(text: str) -> int:
    """The first line of a script for sh that only bash can run; 0 if there is none."""
    found = _SHEBANG.match(text)
    if not found or found[1].rpartition("/")[2] not in ("sh", "dash", "ash"):
        return 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.lstrip().startswith("#") and _BASH_ONLY.search(line):
            return number
    return 0


def rewritten(text: str) -> str:
    """The script with the workspace for the scenario's home folder."""
    return home.absolute(text) if is_shell(text) and home.mentions(text) else text


def call(name: str, text: str) -> str:
    """The command line that runs the script `name` of the lab's folder, in the workspace, as a check."""
    return f'cd "${home.WORKSPACE}" && {_run(name, text)}'


def setup(name: str, text: str) -> str:
    """The command line that runs it in the learner's shell: its exports and its cd stay where it has any."""
    if is_shell(text) and _LASTING.search(text) and not _ENDING.search(text):
        return f'source "${home.LAB}"/{shlex.quote(name)}'
    line = _run(name, text)
    return f"{line} > /dev/null 2>&1 &" if endless(text) else line


def _run(name: str, text: str) -> str:
    return f'{interpreter(text)} "${home.LAB}"/{shlex.quote(name)}'


def endless(text: str) -> bool:
    """Whether the script never ends by itself, as far as can be seen."""
    if not is_shell(text):
        return False
    return any(_ENDLESS.search(each.text) and "break" not in each.text for each in commands(text))


def never_fails(text: str) -> bool:
    """Whether nothing in the script can fail: it only prints, or ends with 0."""
    return is_shell(text) and all(_HARMLESS.fullmatch(each.text) for each in commands(text))


def prints_nothing(text: str) -> bool:
    """Whether the script prints nothing on failure."""
    return is_shell(text) and not re.search(r"\b(?:echo|printf|kubectl|cat|diff|grep(?!\s+-\w*q))\b", text)


def remarks(text: str, *, as_check: bool) -> Iterator[tuple[int, Phrase]]:
    """What in the script will not do the same here: the line, and why. A line is reported once."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        if as_check and _CHANGES.search(line):
            yield (
                number,
                phrase("a check runs repeatedly until it passes, and this changes something each time"),
            )
            continue
        for pattern, why in _ELSEWHERE:
            if pattern.search(line):
                yield number, why
                break
