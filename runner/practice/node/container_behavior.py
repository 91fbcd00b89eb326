"""Simulates a container: it serves forever, or exits after a while with some exit code.

Read off the image's name and the command, for clusters in which nothing runs (rehearsals of whole classes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runner.practice.machinery.store import Object
from runner.practice.node import images

SHELL_IMAGES = frozenset(
    {"busybox", "alpine", "ubuntu", "debian", "centos", "fedora", "bash", "rockylinux", "hello-world"}
)
"""Images whose own command ends at once where nobody is at the terminal."""

_ENDLESS = re.compile(r"while\s+(?:true|:|\[)|tail\s+-[fF]|sleep\s+(?:inf|\d+d)|infinity|(?:^|\s)wait\b")
_SLEEP = re.compile(r"sleep\s+(\d+(?:\.\d+)?)([smh]?)")
_EXIT = re.compile(r"exit\s+(\d+)")
_OPENS = r"(?:if|while|until|for|case)"
_BRANCH = re.compile(rf"\b{_OPENS}\s(?:(?!\b{_OPENS}\s).)*?(?:\bfi\b|\bdone\b|\besac\b)", re.DOTALL)
_OTHERWISE = re.compile(r"\|\|\s*(?:\{[^}]*\}|\([^)]*\)|[^;&|\n]*)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_BRIEF = frozenset(
    {"echo", "true", "date", "env", "printenv", "ls", "cat", "hostname", "id", "pwd", "uname", "expr", "perl", "wget",
     "curl", "nslookup", "touch", "mkdir", "cp", "mv", "chmod", "chown", "printf", "test"}
)  # fmt: skip
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
A_MOMENT = 0.5


@dataclass(frozen=True, slots=True)
class Ending:
    """A container ends `seconds` after its start; `reason` "" is Completed or Error, by the exit code."""

    seconds: float
    exit_code: int = 0
    reason: str = ""


def ending(pod: Object, container: Object) -> Ending | None:
    """How a container ends by itself; None if it runs until it is stopped."""
    words = [str(word) for word in [*(container.get("command") or ()), *(container.get("args") or ())]]
    if not words:
        return _of_image(pod, container)
    program = words[0].rpartition("/")[2]
    script = " ".join(words[1:]) if program in _SHELLS and len(words) > 1 else " ".join(words)
    if _ENDLESS.search(script):
        return None
    if program in _SHELLS and len(words) == 1:
        return None if container.get("stdin") or container.get("tty") else Ending(A_MOMENT)
    return _of_script(pod, program, script)


def _of_image(pod: Object, container: Object) -> Ending | None:
    image = images.parse(str(container.get("image", "")))
    if image is not None and image.name in SHELL_IMAGES:
        return None if container.get("stdin") and image.name != "hello-world" else Ending(A_MOMENT)
    return Ending(2 * A_MOMENT) if _runs_once(pod) else None


def _of_script(pod: Object, program: str, script: str) -> Ending | None:
    asleep = sum(float(number) * _UNITS[unit] for number, unit in _SLEEP.findall(script))
    code = _EXIT.search(_unconditional(script))
    if code:
        return Ending(asleep or A_MOMENT, int(code[1]))
    if program == "false" or script.endswith("false"):
        return Ending(asleep or A_MOMENT, 1)
    if asleep or program in _BRIEF | _SHELLS or _runs_once(pod):
        return Ending(asleep or 2 * A_MOMENT)
    return None


def _unconditional(script: str) -> str:
    """The script without what it does only now and then: branches, loops, and what comes after `||`."""
    left = script
    while (inner := _BRANCH.sub(" ", left)) != left:
        left = inner
    return _OTHERWISE.sub(" ", left)


def _runs_once(pod: Object) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    return any(owner["kind"] == "Job" for owner in owners)
