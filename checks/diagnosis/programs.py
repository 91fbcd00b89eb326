"""Programs that can't be run: not on the PATH, mistyped, built for another architecture, or not executable."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from checks.base import Finding, Ran, World
from checks.diagnosis.question import Question, quoted, taken_apart
from checks.path_state import is_file
from checks.phrase import phrase

KNOWN = ("kubectl", "istioctl", "helm", "curl", "export", "tar")
"""The programs of labs; a mistyped name is compared with these."""
_MACHINES = {
    3: "386",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    21: "ppc64le",
    22: "s390x",
}
"""e_machine of an ELF header (elf.h)."""
_SAME = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "arm64": "aarch64",
    "armv8l": "aarch64",
    "i386": "386",
    "i686": "386",
    "armv7l": "arm",
}


def unusable(world: World, tool: str) -> Finding | None:
    """Why a program can't be run, according to the PATH and the files."""
    found = world.workspace.which(tool)
    if found is not None:
        return other_processor(found)
    for path in _candidates(tool, world):
        if not os.access(path, os.X_OK):
            return Finding(
                "not-executable",
                phrase("{path} exists but is not executable", path=str(path)),
                phrase("Make it executable: {command}", command=f"chmod +x {shlex.quote(str(path))}"),
                evidence=str(path),
                source=str(path.parent),
            )
        return _not_on_path(path)
    return None


def _not_on_path(path: Path) -> Finding:
    return Finding(
        "not-on-path",
        phrase("The program is in this folder, which is not on the PATH: {folder}", folder=str(path.parent)),
        phrase(
            "Add its folder to the PATH of this shell (to keep it for new terminals, use ~/.bashrc): "
            "{command}",
            command=f"export PATH={shlex.quote(str(path.parent))}:$PATH",
        ),
        evidence=str(path),
        source="PATH",
    )


def other_processor(path: Path) -> Finding | None:
    """A program built for another architecture than this machine's, according to its header."""
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError:
        return None
    machine = os.uname().machine
    here = _SAME.get(machine, machine)
    made_for = ""
    if head[:4] == b"\x7fELF" and len(head) == 20:
        made_for = _MACHINES.get(int.from_bytes(head[18:20], "little" if head[5] == 1 else "big"), "")
        if os.uname().sysname == "Darwin":
            return _other(path, f"Linux {made_for}", f"macOS {here}", here)
    elif head[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe") and os.uname().sysname == "Linux":
        return _other(path, "macOS", f"Linux {here}", here)
    if not made_for or made_for == here or (made_for, here) in (("386", "x86_64"), ("arm", "aarch64")):
        return None
    return _other(path, made_for, here, here)


def _other(path: Path, made_for: str, machine: str, arch: str) -> Finding:
    return Finding(
        "other-processor",
        phrase(
            "{name} is for {made_for}, but this machine is {machine}",
            name=path.name,
            made_for=made_for,
            machine=machine,
        ),
        phrase(
            "Download it again for this machine (TARGET_ARCH={arch}).",
            arch="arm64" if arch == "aarch64" else arch,
        ),
        evidence=f"{path}: {made_for}; uname -m: {os.uname().machine}",
        source=str(path),
    )


async def not_found(question: Question) -> Finding | None:
    """The last attempt was a command that bash did not find: mistyped, or not on the PATH."""
    for ran in reversed(question.history):
        for part in taken_apart(ran.line):
            missing = f"{part.program}: command not found" in ran.output or _no_file(ran, part.program)
            meant = _meant(part.name, question.world) if missing else part.name
            if not _about(question, ran, part.name, meant):
                continue
            return _misspelt_or_missing(question.world, ran, part.program, meant) if missing else None
    return None


def _no_file(ran: Ran, program: str) -> bool:
    return "/" in program and f"{program}: No such file or directory" in ran.output


def _about(question: Question, ran: Ran, typed: str, meant: str) -> bool:
    """Whether the line would have concerned this check if typed correctly."""
    check = question.check
    if getattr(check, "tool", "") == meant:
        return True
    command = getattr(check, "command", "")
    if command and command.split()[0] == meant:
        return True
    if question.wanted is None:
        return False
    corrected = [part for part in taken_apart(_corrected(ran.line, typed, meant)) if part.name == meant]
    return any(question.concerns(ran, part) for part in corrected)


def _misspelt_or_missing(world: World, ran: Ran, typed: str, meant: str) -> Finding | None:
    evidence = quoted(ran.output, re.escape(typed) + r": (command not found|No such file)")
    name = typed.rpartition("/")[2]
    if name == meant:
        found = unusable(world, meant)
        if found is not None:
            return found
        if world.workspace.which(meant) is not None:
            return None
        return Finding(
            "program-missing",
            phrase("{program} is not installed, or not on the PATH", program=meant),
            phrase("Install it, or add its folder to the PATH."),
            evidence=evidence,
            source=ran.line,
        )
    return Finding(
        "command-typo",
        phrase("There is no command {typed}: the name is {meant}", typed=typed, meant=meant),
        phrase("Run it again: {command}", command=_corrected(ran.line, typed, meant)),
        evidence=evidence,
        source=ran.line,
    )


def _corrected(line: str, typed: str, meant: str) -> str:
    return re.sub(rf"(?<![\w./-]){re.escape(typed)}(?![\w./-])", meant, line, count=1)


def _meant(name: str, world: World) -> str:
    """The intended program: itself if labs use it, else the most similar of those."""
    if name in KNOWN:
        return name
    near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.7)
    return near[0] if near else name


def _candidates(tool: str, world: World) -> Iterator[Path]:
    """Files of that name: not executable ones on the PATH, and those in the lab's folder, at most two levels deep."""
    if "/" in tool:
        return
    folder = world.workspace.folder
    for entry in world.workspace.environment.get("PATH", "").split(os.pathsep):
        path = folder / entry / tool
        if entry and is_file(path):
            yield path
    for base in dict.fromkeys((world.workspace.root, folder)):
        for pattern in (tool, f"bin/{tool}", f"*/{tool}", f"*/bin/{tool}", f"*/*/bin/{tool}"):
            for path in islice(sorted(base.glob(pattern)), 1):
                if is_file(path):
                    yield path
