"""Downloads that failed, fetched something else, or saved it elsewhere.

The messages are those of curl, tar and Istio's download script, which reports the same for an unknown version and for
no network: the rest of the line distinguishes them if it can be read.
"""

from __future__ import annotations

import re
import shlex
from itertools import islice
from pathlib import Path

from checks.base import Finding, Ran
from checks.diagnosis.command_lines import Part
from checks.diagnosis.question import Question, quoted, taken_apart
from checks.path_state import exists
from checks.phrase import Phrase, phrase

_LOADERS = ("curl", "wget")
_VERSIONED = re.compile(r"(.+?)-v?(\d+(?:\.\d+)+)$")
_ARCHITECTURES = ("x86_64", "amd64", "arm64", "aarch64", "armv7", "armv7l", "armv8l")
_NO_SUCH = r"is not found, please specify a valid ISTIO_VERSION and TARGET_ARCH"


async def not_downloaded(question: Question) -> Finding | None:
    """For a missing file in the lab's folder: what the last download printed."""
    path = _missing(question)
    if path is None:
        return None
    loaded = question.newest(*_LOADERS)
    if loaded is None or not _is_download(*loaded):
        return _other_version(question, path, None)
    ran, _ = loaded
    return (
        _wrong_words(question, path, ran)
        or _elsewhere(question, path, ran)
        or _refused(path, ran)
        or _other_version(question, path, ran)
    )


def _missing(question: Question) -> Path | None:
    """The first missing folder or file on the path."""
    written = str(getattr(question.check, "file", ""))
    if not written or question.absent or written.startswith(("/", "~", "$")):
        return None
    path = question.world.workspace.root
    for name in Path(written).parts:
        path = path / name
        if not exists(path):
            return path
    return None


def _is_download(ran: Ran, part: Part) -> bool:
    heads = any(
        word in ("--head", "-I") or re.fullmatch(r"-[a-zA-Z]*I[a-zA-Z]*", word) for word in part.arguments
    )
    return not heads


def _wrong_words(question: Question, path: Path, ran: Ran) -> Finding | None:
    for rule, pattern, cause, remedy in _MEANINGS:
        if re.search(pattern, ran.output, re.MULTILINE):
            return Finding(rule, cause, remedy, evidence=quoted(ran.output, pattern), source=ran.line)
    return None


def _refused(path: Path, ran: Ran) -> Finding | None:
    """Istio's script found no archive: for another version than the lab's, or for that one."""
    evidence = quoted(ran.output, _NO_SUCH)
    if not evidence:
        return None
    arch, version = _variable(ran, "TARGET_ARCH"), _variable(ran, "ISTIO_VERSION")
    wanted = _VERSIONED.match(path.name)
    if wanted and version and version != wanted[2]:
        return Finding(
            "download-no-such-version",
            phrase(
                "There is no Istio {version} to download; this lab needs {wanted}",
                version=version,
                wanted=wanted[2],
            ),
            phrase("Run it with that version: {command}", command=ran.line.replace(version, wanted[2])),
            evidence=evidence,
            source=ran.line,
        )
    if arch and arch not in _ARCHITECTURES:
        return Finding(
            "download-no-such-processor",
            phrase("There is no Istio for the processor {arch}", arch=arch),
            phrase("Set TARGET_ARCH to what this command prints: {command}", command="uname -m"),
            evidence=evidence,
            source=ran.line,
        )
    return Finding(
        "download-unreachable",
        phrase(
            "Version and processor are right, so it is the network: the archive on github.com can't "
            "be reached"
        ),
        phrase(
            "Check whether a proxy or firewall blocks it: {command}", command="curl -I https://github.com"
        ),
        evidence=evidence,
        source=ran.line,
    )


def _elsewhere(question: Question, path: Path, ran: Ran) -> Finding | None:
    """It was downloaded into the folder where the command was typed."""
    root = question.world.workspace.root
    there = ran.folder / path.name
    if ran.folder == root or path.parent != root or not exists(there):
        return None
    return Finding(
        "downloaded-elsewhere",
        phrase(
            "{name} was downloaded into another folder, not the lab's: {folder}",
            name=path.name,
            folder=str(ran.folder),
        ),
        phrase(
            "Move it to the lab's folder: {command}",
            command=f"mv {shlex.quote(str(there))} {shlex.quote(str(root))}/",
        ),
        evidence=str(there),
        source=ran.line,
    )


def _other_version(question: Question, path: Path, ran: Ran | None) -> Finding | None:
    """There is a folder of another version. The script that sh runs reads the version, not curl."""
    wanted = _VERSIONED.match(path.name)
    if wanted is None:
        return None
    near = [
        entry.name
        for entry in islice(sorted(path.parent.glob(f"{wanted[1]}-*")), 20)
        if (found := _VERSIONED.match(entry.name)) and found[1] == wanted[1]
    ]
    if not near:
        return None
    cause: Phrase = phrase(
        "Another version is there: {there}. This lab needs {wanted}", there=near[0], wanted=wanted[2]
    )
    remedy: Phrase = phrase("Also download version {wanted}.", wanted=wanted[2])
    if ran is not None:
        before_loader = _before_loader(ran)
        if before_loader:
            cause = phrase(
                "Another version was downloaded ({there}): {variable} is read by sh, but was written "
                "before {program}",
                there=near[0],
                variable=before_loader,
                program="curl",
            )
        remedy = phrase("Set it before sh: {command}", command=_put_right(ran, wanted[2]))
    return Finding(
        "download-other-version",
        cause,
        remedy,
        evidence=str(path.parent / near[0]),
        source=ran.line if ran else str(path.parent),
    )


def _before_loader(ran: Ran) -> str:
    """The variable was set for curl instead of for the script."""
    found = taken_apart(ran.line)
    loaders = [part for part in found if part.name in _LOADERS and part.variables]
    shells = [part for part in found if part.name in ("sh", "bash")]
    for part in loaders:
        name = next(iter(part.variables))
        if shells and not any(name in shell.variables for shell in shells):
            return name
    return ""


def _put_right(ran: Ran, version: str) -> str:
    """The line with the version moved before sh."""
    plain = re.sub(r"\b(ISTIO_VERSION)=\S+\s+", "", ran.line).strip()
    if re.search(r"\|\s*((?:\w+=\S+\s+)*)(sh|bash)\b", plain):
        return re.sub(
            r"\|\s*((?:\w+=\S+\s+)*)(sh|bash)\b", rf"| ISTIO_VERSION={version} \1\2", plain, count=1
        )
    return f"curl -L https://istio.io/downloadIstio | ISTIO_VERSION={version} sh -"


def _variable(ran: Ran, name: str) -> str:
    return next((part.variables[name] for part in taken_apart(ran.line) if name in part.variables), "")


_MEANINGS: tuple[tuple[str, str, Phrase, Phrase], ...] = (
    (
        "program-missing",
        r"(curl|wget): (command not found|not found)|tar: (command not found|not found)|Cannot exec: No such file",
        phrase("A program needed for the download is not installed"),
        phrase(
            "Install curl and tar (apt install curl tar, yum install curl tar), and run the command again."
        ),
    ),
    (
        "disk-full",
        r"No space left on device|Disk quota exceeded|curl: \(23\)|Failure writing output",
        phrase("The disk is full, or this folder can't be written to"),
        phrase("Free some space, and run the command again. Free space: {command}", command="df -h ."),
    ),
    (
        "download-not-followed",
        r"^Redirecting to http|: Redirecting: ((command )?not found|Permission denied)",
        phrase("curl did not follow the redirect (no -L), so sh got one line that is not a script"),
        phrase("Run it again with curl -L."),
    ),
    (
        "download-not-allowed",
        r"Permission denied|Read-only file system|Could not write the folder",
        phrase("You can't write to this folder"),
        phrase("Go to the lab's folder, and run the command again there."),
    ),
    (
        "download-proxy",
        r"Could not resolve proxy|response 407|code 407|Proxy Authentication Required|CONNECT tunnel failed",
        phrase("A proxy blocks the download"),
        phrase(
            "Set https_proxy for your network (with user name and password if required). The current "
            "value: {command}",
            command="env | grep -i proxy",
        ),
    ),
    (
        "download-no-network",
        r"curl: \((6|7|28|35|52|56|60)\)|Could not resolve host|unable to resolve host address",
        phrase("curl could not reach the network"),
        phrase("Check the network, then try: {command}", command="curl -I https://istio.io"),
    ),
    (
        "download-no-version",
        r"Unable to get latest Istio version",
        phrase("The script was given no version and could not find the latest one"),
        phrase("Set ISTIO_VERSION before sh, as the lab's command does."),
    ),
    (
        "download-no-such-processor",
        r"This system's architecture, .*, isn't supported",
        phrase("The download script does not know this processor name"),
        phrase("Set TARGET_ARCH to what this command prints: {command}", command="uname -m"),
    ),
)
"""Messages and what they mean; the first match is reported."""
