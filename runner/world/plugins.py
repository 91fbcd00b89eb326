"""Credential plugins (client.authentication.k8s.io): run as kubectl runs them, but without a terminal to ask on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from checks.base import CannotRead
from checks.patterns import excerpt
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import Access
from runner.world.starting import started

TAKES = 60.0
"""Seconds that a credential plugin may take; some ask a cloud."""
_GROUP = "client.authentication.k8s.io"
_VERSIONS = tuple(f"{_GROUP}/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
"""kubectl up to 1.23 accepts v1alpha1, and many kubeconfigs still use it."""
_CLUSTER_FIELDS = (
    *("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data"),
    *("proxy-url", "disable-compression"),
)


async def run_plugin(plugin: Mapping[str, Any], access: Access) -> Mapping[str, Any]:
    """The plugin's ExecCredential status. Raises CannotRead (unauthorized)."""
    command = str(plugin.get("command") or "")
    _can_be_run(plugin, command, access)
    try:
        starting = asyncio.create_subprocess_exec(
            command,
            *(str(part) for part in plugin.get("args") or []),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(plugin, access),
            start_new_session=True,
        )
        process = await started(starting, _kill)
    except (OSError, ValueError) as error:
        raise _refused(_not_started(plugin, command, error)) from error
    out, err = await _answer(process, command)
    printed = excerpt(err.decode(errors="replace"), 300) or phrase("nothing")
    if process.returncode:
        raise _refused(
            phrase(
                "The credential plugin failed: {command}, exit code {exit_code}. Its message: {message}",
                command=command,
                exit_code=process.returncode,
                message=printed,
            )
        )
    return _status(out, plugin, command, printed)


def _can_be_run(plugin: Mapping[str, Any], command: str, access: Access) -> None:
    version, mode = plugin.get("apiVersion"), plugin.get("interactiveMode")
    if not command:
        why = phrase("the credential plugin has no command")
    elif version not in _VERSIONS:
        why = phrase(
            "the credential plugin {command} has apiVersion {version}. Supported: {known}",
            command=command,
            version=str(version or "-"),
            known=_VERSIONS,
        )
    elif mode == "Always":
        why = phrase(
            "the credential plugin {command} needs a terminal to ask you (interactiveMode: Always), "
            "and there is none. Sign in with it first, and change it to IfAvailable",
            command=command,
        )
    elif version == _VERSIONS[0] and mode not in ("Never", "IfAvailable"):
        why = phrase(
            "the credential plugin {command} has no {field}, which kubectl requires for {version}",
            command=command,
            field="interactiveMode: IfAvailable",
            version=str(version),
        )
    else:
        return
    raise _refused(
        phrase(
            "The user of context {context} in the kubeconfig can't be used: {why}.",
            context=access.context,
            why=why,
        )
    )


def _not_started(plugin: Mapping[str, Any], command: str, error: Exception) -> Phrase:
    reason = (os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "") or str(error)
    hint = str(plugin.get("installHint") or "").strip()
    if isinstance(error, FileNotFoundError) and not hint:
        return phrase(
            "The program that signs in to this cluster is not installed or not in PATH: {command}. "
            "Install it as your cluster provider describes.",
            command=command,
        )
    if isinstance(error, FileNotFoundError):
        return phrase(
            "The program that signs in to this cluster is not installed or not in PATH: {command}. {hint}",
            command=command,
            hint=excerpt(hint, 500),
        )
    return phrase("The credential plugin can't be run: {command}: {reason}", command=command, reason=reason)


def _refused(message: Phrase) -> CannotRead:
    return CannotRead("unauthorized", message)


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what it started, too
    await process.wait()


async def _answer(process: asyncio.subprocess.Process, command: str) -> tuple[bytes, bytes]:
    """The plugin's output until it exits. It is killed if the caller is cancelled."""
    try:
        async with asyncio.timeout(TAKES):
            return await process.communicate()
    except BaseException as error:
        await _kill(process)
        if not isinstance(error, TimeoutError):
            raise
        raise _refused(
            phrase(
                "The credential plugin did not respond within {seconds} s: {command}. Sign in with "
                "your provider's tool first.",
                seconds=round(TAKES),
                command=command,
            )
        ) from error


def _environment(plugin: Mapping[str, Any], access: Access) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        cluster = {name: access.cluster[name] for name in _CLUSTER_FIELDS if name in access.cluster}
        for extension in access.cluster.get("extensions") or ():
            if isinstance(extension, dict) and extension.get("name") == f"{_GROUP}/exec":
                cluster["config"] = extension.get("extension")
        spec["cluster"] = cluster
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    environment = {**os.environ, "KUBERNETES_EXEC_INFO": json.dumps(info, default=str)}
    for variable in plugin.get("env") or []:
        if isinstance(variable, dict) and "name" in variable:
            environment[str(variable["name"])] = str(variable.get("value") or "")
    return environment


def _status(printed: bytes, plugin: Mapping[str, Any], command: str, message: object) -> Mapping[str, Any]:
    """The credentials that it printed. Raises CannotRead."""
    try:
        document = json.loads(printed)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("kind", "ExecCredential") != "ExecCredential":
        first = excerpt(printed.decode(errors="replace"), 100)
        raise _refused(
            phrase(
                "The credential plugin failed: {command} printed this instead of credentials: "
                "{printed}. Its message: {message}",
                command=command,
                printed=first or phrase("nothing"),
                message=message,
            )
        )
    wanted, version = plugin.get("apiVersion"), document.get("apiVersion", plugin.get("apiVersion"))
    if version != wanted:
        raise _refused(
            phrase(
                "The credential plugin {command} uses {version}, but the kubeconfig requires "
                "{wanted}. Update the plugin, and create a new kubeconfig with your provider's tool.",
                command=command,
                version=str(version),
                wanted=str(wanted),
            )
        )
    status = document.get("status")
    if not isinstance(status, dict) or not (status.get("token") or status.get("clientCertificateData")):
        raise _refused(
            phrase(
                "The credential plugin failed: {command} returned neither a token nor a certificate. "
                "Its message: {message}. Sign in again with your provider's tool.",
                command=command,
                message=message,
            )
        )
    return status
