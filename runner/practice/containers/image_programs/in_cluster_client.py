"""The cluster's API as a program in a pod asks it: at the Service kubernetes, with the pod's own token."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import ConnectError, Request

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 (a path)


class ApiError(Exception):
    """The API refused; `status` is the HTTP status, 0 where it was not reached."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class ApiClient:
    """Asks as the pod's ServiceAccount."""

    def __init__(self, call: Invocation) -> None:
        self._pod, self._files = call.container.pod, ContainerFiles(call.container)
        self._host = call.env.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
        self._port = int(call.env.get("KUBERNETES_SERVICE_PORT", "443"))

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The object in the answer. Raises ApiError."""
        headers = [("Host", f"{self._host}:{self._port}"), ("Accept", "application/json")]
        with contextlib.suppress(OSError):  # without a token it asks as anonymous
            headers.append(("Authorization", f"Bearer {self._files.read_text(TOKEN).strip()}"))
        if body is not None:
            headers.append(("Content-Type", "application/json"))
        data = json.dumps(body).encode() if body is not None else b""
        asked = Request(method, path, headers, data, scheme="https")
        try:
            answer = await self._pod.network.request(self._pod, self._host, self._port, asked, timeout=30)
        except ConnectError as error:
            raise ApiError(0, str(error)) from None
        try:
            found = json.loads(answer.body or b"{}")
        except ValueError:  # paths that are not there are answered in plain text
            raise ApiError(answer.status, answer.body.decode("utf-8", "replace").strip()) from None
        if answer.status >= 400:
            raise ApiError(answer.status, found.get("message", ""))
        return found
