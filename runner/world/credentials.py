"""Who we are to the API server: tokens, passwords, certificates, and plugins that bring them."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.base import CannotRead
from checks.patterns import excerpt
from runner.words import phrase
from runner.world.access import Access
from runner.world.starting import started

PLUGIN_TAKES = 60.0
"""Seconds that a credential plugin may take; some ask a cloud."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes with each request. `certificate` and `key` are PEM; `expires` None: not known to end."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificate: str = ""
    key: str = field(default="", repr=False)
    expires: datetime | None = None

    def expired(self) -> bool:
        return self.expires is not None and self.expires <= datetime.now(UTC)


async def credentials(access: Access) -> Credentials:
    """The access's credentials, read anew: the token file is read, the plugin is run.

    Raises CannotRead (unauthorized) where they can't be had.
    """
    user = access.user
    if "auth-provider" in user:
        raise _refused(
            phrase(
                "Context {context} signs in with an auth-provider, which kubectl 1.26 and later refuse too. "
                "Make its kubeconfig anew with your provider's tool.",
                context=access.context,
            )
        )
    headers = _acting_as(user)
    certificate, key = _decoded(user, "client-certificate-data"), _decoded(user, "client-key-data")
    expires = None
    if isinstance(user.get("exec"), dict):
        status = await _run_plugin(user["exec"], access)
        headers += _bearer(status.get("token"))
        certificate = str(status.get("clientCertificateData") or certificate)
        key = str(status.get("clientKeyData") or key)
        expires = _still_to_come(_time(status.get("expirationTimestamp")))
    elif user.get("tokenFile"):
        headers += _bearer(_token_file(Path(str(user["tokenFile"]))))
    elif user.get("token"):
        headers += _bearer(user["token"])
    elif user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        headers.append(("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}"))
    return Credentials(tuple(headers), certificate, key, expires)


def _refused(message: Any) -> CannotRead:
    return CannotRead("unauthorized", message)


def _bearer(token: object) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {str(token).strip()}")] if token else []


def _acting_as(user: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not user.get("as"):
        return []
    groups = [("Impersonate-Group", str(group)) for group in user.get("as-groups") or []]
    return [("Impersonate-User", str(user["as"])), *groups]


def _decoded(user: Mapping[str, Any], name: str) -> str:
    try:
        return base64.b64decode(str(user.get(name) or "")).decode("ascii")
    except ValueError as error:
        raise _refused(phrase("The kubeconfig's {field} can't be decoded.", field=name)) from error


def _token_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(
            phrase("The token file can't be read: {file}: {reason}", file=str(path), reason=str(error))
        ) from error


def _time(value: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told is not None and told.tzinfo is None else told


def _still_to_come(expires: datetime | None) -> datetime | None:
    """What is new and has expired already is told by a clock that is wrong: the API server will say when it has."""
    return None if expires is not None and expires <= datetime.now(UTC) else expires


async def _run_plugin(plugin: Mapping[str, Any], access: Access) -> Mapping[str, Any]:
    """The plugin's ExecCredential status (client.authentication.k8s.io). It has no terminal: it can't ask."""
    command = [str(plugin.get("command", "")), *(str(part) for part in plugin.get("args") or [])]
    try:
        starting = asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_plugin_environment(plugin, access),
            start_new_session=True,
        )
        process = await started(starting, _kill)
    except OSError as error:
        hint = plugin.get("installHint") or str(error)
        raise _refused(
            phrase("The credential plugin can't be run: {command}: {reason}", command=command[0], reason=hint)
        ) from error
    out, err = await _answer(process, command[0])
    status = _status(out)
    if process.returncode or status is None:
        said = excerpt(err.decode(errors="replace"), 300) or phrase("nothing")
        raise _refused(
            phrase(
                "The credential plugin failed: {command}, exit code {exit_code}. It said: {said}",
                command=command[0],
                exit_code=process.returncode,
                said=said,
            )
        )
    return status


async def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what it started, too
    await process.wait()


async def _answer(process: asyncio.subprocess.Process, command: str) -> tuple[bytes, bytes]:
    """What the plugin prints, until it ends. It does not outlive the waiting."""
    try:
        return await asyncio.wait_for(process.communicate(), PLUGIN_TAKES)
    except BaseException as error:
        await _kill(process)
        if not isinstance(error, TimeoutError):
            raise
        raise _refused(
            phrase(
                "The credential plugin did not answer in {seconds} s: {command}. "
                "Sign in with your provider's tool first.",
                seconds=round(PLUGIN_TAKES),
                command=command,
            )
        ) from error


def _plugin_environment(plugin: Mapping[str, Any], access: Access) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        cluster = {
            key: value
            for key, value in access.cluster.items()
            if key in ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data")
        }
        spec["cluster"] = cluster
    info = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": spec}
    environment = {**os.environ, "KUBERNETES_EXEC_INFO": json.dumps(info)}
    for variable in plugin.get("env") or []:
        if isinstance(variable, dict) and "name" in variable:
            environment[str(variable["name"])] = str(variable.get("value", ""))
    return environment


def _status(printed: bytes) -> Mapping[str, Any] | None:
    try:
        status = json.loads(printed).get("status")
    except (ValueError, AttributeError):
        return None
    return (
        status
        if isinstance(status, dict) and (status.get("token") or status.get("clientCertificateData"))
        else None
    )
