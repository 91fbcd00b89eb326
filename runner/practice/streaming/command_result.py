"""How a command ended, as the error stream of exec and attach says it (k8s.io/kubelet, cri/streaming/remotecommand/exec.go)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]

JSON_SINCE = 4
"""The version of the protocol from which on the error stream carries a Status; before it is its message."""


def succeeded() -> Object:
    return {"metadata": {}, "status": "Success"}


def exited(argv: Sequence[str], code: int) -> Object:
    """The command has ended with that code."""
    if code == 0:
        return succeeded()
    message = f"error executing command [{' '.join(argv)}], exit code {code}"
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: {message}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def failed(why: str) -> Object:
    """There was no command, or none that could be followed to its end."""
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"Internal error occurred: {why}",
        "reason": "InternalError",
        "details": {"causes": [{"message": why}]},
        "code": 500,
    }


def written(status: Object, version: int) -> bytes:
    """The bytes for the error stream in that version of the protocol."""
    if version >= JSON_SINCE:
        return json.dumps(status, separators=(",", ":")).encode()
    return b"" if status["status"] == "Success" else str(status["message"]).encode()
