"""The scenario's home folder: here it is the lab's workspace, where the learner's shell starts.

A scenario's files are in ~, which is /root, on a machine of its own. The learner's home is theirs, and no lab's
business: what a scenario has there, it has in the workspace. Hidden files of the home (~/.kube) stay what they are.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

WORKSPACE = "LABGATE_WORKSPACE"
LAB = "LABGATE_LAB_FOLDER"
"""Variables that the shell and the checks of a lab have (see runner/session/open.py)."""

_NAMES = ("/home/scrapbook/tutorial", "/home/scrapbook", "${HOME}", "$HOME", "/root", "~")
_HOME = rf"(?<![\w./~$}}-])(?:{'|'.join(re.escape(name) for name in _NAMES)})"
_WITHIN = re.compile(rf"{_HOME}/(?=[^\s./;&|)\"'`,:]|[\"'])")
_ITSELF = re.compile(rf"{_HOME}/?(?=$|[\s;&|)\"'`,:])")
_CD_HOME = re.compile(
    rf"(?P<before>(?:^|[;&|(])[ \t]*)cd(?:[ \t]+{_HOME}/?)?(?=[ \t]*(?:$|[;&|)]))", re.MULTILINE
)
_CD = re.compile(r"(?:^|[;&|(])[ \t]*(?:cd|pushd)[ \t]+[^\s;&|)]", re.MULTILINE)


def mentions(text: str) -> bool:
    """Whether the home folder is named, or something in it that is not hidden."""
    return bool(_WITHIN.search(text) or _ITSELF.search(text))


def leaves(commands: str) -> bool:
    """Whether the commands go to another folder than home."""
    return bool(_CD.search(_CD_HOME.sub("", commands)))


def relative(text: str) -> str:
    """A command, or prose about it, with the workspace for the home folder, for a learner who stays in it."""
    text = _CD_HOME.sub(rf'\g<before>cd "${WORKSPACE}"', text)
    return _ITSELF.sub(".", _WITHIN.sub("./", text))


def relative_prose(text: str) -> str:
    """Prose that names files of the home folder, for a learner who stays in the workspace."""
    return _WITHIN.sub("./", text)


def absolute(text: str) -> str:
    """Commands of bash with the workspace for the home folder, wherever they run; what is in single quotes stays."""
    text = _CD_HOME.sub(rf'\g<before>cd "${WORKSPACE}"', text)
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    output, at, quote = list[str](), 0, ""
    while at < len(line):
        sign = line[at]
        found = _WITHIN.match(line, at) or _ITSELF.match(line, at) if quote != "'" else None
        if found and not (quote and sign == "~"):
            slash = "/" if found[0].endswith("/") else ""
            output.append(f"${WORKSPACE}{slash}" if quote else f'"${WORKSPACE}"{slash}')
            at = found.end()
            continue
        if sign == "\\" and quote != "'":
            output.append(line[at : at + 2])
            at += 2
            continue
        if sign == "#" and not quote and (at == 0 or line[at - 1].isspace()):
            return "".join(output) + line[at:]
        if sign in "'\"":
            quote = "" if quote == sign else quote or sign
        output.append(sign)
        at += 1
    return "".join(output)


def target(path: str) -> PurePosixPath | None:
    """Where an asset goes in the workspace; None if it goes elsewhere."""
    trimmed = path.strip() or "~"
    for name in _NAMES:
        if trimmed == name or trimmed.startswith(f"{name}/"):
            inside = PurePosixPath(trimmed[len(name) :].lstrip("/"))
            return None if ".." in inside.parts else inside
    return None
