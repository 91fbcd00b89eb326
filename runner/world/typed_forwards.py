"""Finds `kubectl port-forward`s that the learner runs in any terminal of this machine. Linux only; elsewhere there
are none."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner.words import UserError
from runner.world.kubeconfig_access import Access

PROC = Path("/proc")
_TARGET = re.compile(r"(?:svc|services?)/(\S+)")
_PORTS = re.compile(r"(?:(\d+):)?(\d+)")
_WITH_VALUE = (
    "-n",
    "--namespace",
    "--context",
    "--kubeconfig",
    "--address",
    "--pod-running-timeout",
    "--cluster",
    "--user",
)


def typed_forwards(service: str, namespace: str, server: str, proc: Path = PROC) -> tuple[int, ...]:
    """The local ports of those that run now, of this user, to a Service of the API server at `server`."""
    found: list[int] = []
    for folder in _own(proc):
        arguments = _nul_separated(folder / "cmdline")
        if len(arguments) < 3 or Path(arguments[0]).name != "kubectl" or "port-forward" not in arguments:
            continue
        options, plain = _read(arguments[1:])
        environment = dict(each.split("=", 1) for each in _nul_separated(folder / "environ") if "=" in each)
        if _TARGET.fullmatch(plain[1] if len(plain) > 1 else "") is None:
            continue
        if plain[1].partition("/")[2] == service and _is_there(options, environment, namespace, server):
            ports = (_PORTS.fullmatch(each) for each in plain[2:])
            found += [int(port[1] or port[2]) for port in ports if port]
    return tuple(found)


def _own(proc: Path) -> Iterator[Path]:
    try:
        folders = [folder for folder in proc.iterdir() if folder.name.isdigit()]
    except OSError:
        return
    for folder in folders:
        try:
            if folder.stat().st_uid == os.getuid():
                yield folder
        except OSError:
            continue  # it has ended


def _nul_separated(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def _read(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and what is no option: port-forward, the target, the ports."""
    options: dict[str, str] = {}
    plain: list[str] = []
    waiting = ""
    for argument in arguments:
        if waiting:
            options[waiting], waiting = argument, ""
        elif argument in _WITH_VALUE:
            waiting = argument
        elif argument.startswith("--"):
            name, _, value = argument.partition("=")
            options[name] = value
        elif argument.startswith("-n"):
            options["-n"] = argument[2:].removeprefix("=")
        elif not argument.startswith("-"):
            plain.append(argument)
    return options, plain


def _is_there(options: dict[str, str], environment: dict[str, str], namespace: str, server: str) -> bool:
    """Whether that kubectl talks to our cluster, and about our namespace."""
    home = Path(environment.get("HOME", "~")) / ".kube" / "config"
    file = options.get("--kubeconfig") or environment.get("KUBECONFIG") or str(home)
    try:
        access = Access.from_kubeconfig(file, options.get("--context"))
    except (UserError, OSError, ValueError):
        return False
    named = options.get("--namespace") or options.get("-n") or access.namespace or "default"
    return access.server == server and named == namespace
