"""The faults of a practice cluster that runs as a process of its own, listed, added and cleared over its API."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

from runner.practice.faults.fault_kinds import FAULTS_PATH
from runner.practice.process import PracticeError
from runner.words import phrase

SECONDS = 10.0
"""How long an answer may take."""


@dataclass(frozen=True, slots=True)
class Active:
    """An active fault."""

    kind: str
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)
    affected: tuple[str, ...] = ()  # the objects that had it when it was added


class RemoteFaults:
    """Asks the API of one cluster. Every method raises PracticeError if it does not answer as it should."""

    def __init__(self, kubeconfig: Path) -> None:
        written = yaml.safe_load(kubeconfig.read_text())
        cluster, user = written["clusters"][0]["cluster"], written["users"][0]["user"]
        self._server, self._token = str(cluster["server"]), str(user["token"])
        self._certificate = _decoded(cluster["certificate-authority-data"])

    def active(self) -> list[Active]:
        """The active ones."""
        return [_read(each) for each in self._ask("GET")["faults"]]

    def add(self, kind: str, target: str, options: Mapping[str, Any]) -> Active:
        """Add one; added again with other options, it has those."""
        return _read(self._ask("POST", {"kind": kind, "target": target, "options": dict(options)}))

    def clear(self, kind: str = "", target: str | None = None) -> int:
        """Clear all, those of a kind, or one; returns how many."""
        asked = {"kind": kind} if target is None else {"kind": kind, "target": target}
        return int(self._ask("DELETE", asked)["cleared"])

    def names(self, resource: str, namespace: str) -> list[str]:
        """The names of the objects of a resource (`pods`, `deployments.apps`) in a namespace."""
        plural, _, group = resource.partition(".")
        root = f"/apis/{group}/v1" if group else "/api/v1"
        inside = f"/namespaces/{namespace}" if namespace else ""
        found = self._ask("GET", path=f"{root}{inside}/{plural}?{urlencode({'limit': 500})}")
        return [item["metadata"]["name"] for item in found.get("items") or ()]

    def _ask(self, method: str, body: object = None, path: str = FAULTS_PATH) -> Any:
        address = urlsplit(self._server)
        context = ssl.create_default_context(cadata=self._certificate)
        connection = HTTPSConnection(address.hostname or "", address.port, timeout=SECONDS, context=context)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            reply = json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            raise PracticeError(
                phrase(
                    "The practice cluster does not answer: {server} ({reason})",
                    server=self._server,
                    reason=error,
                )
            ) from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise PracticeError(
                phrase("The practice cluster says: {message}", message=reply.get("message", answer.reason))
            )
        return reply


def _decoded(data: str) -> str:
    from base64 import b64decode

    return b64decode(data).decode("ascii")


def _read(reply: Mapping[str, Any]) -> Active:
    return Active(reply["kind"], reply["target"], reply["options"], tuple(reply.get("affected") or ()))
