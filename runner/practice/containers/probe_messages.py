"""A probe as the kubelet has the runtime make it, and how it went: plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["success", "warning", "failure", "timed out", "error"]
"""warning: a success to speak of. timed out: a command ran too long. error: the probe could not be made; it counts as none."""


@dataclass(frozen=True, slots=True)
class ProbeAction:
    """One of exec, httpGet, tcpSocket and grpc, with its time limit in seconds."""

    kind: Literal["exec", "httpGet", "tcpSocket", "grpc"]
    timeout: float
    command: Sequence[str] = ()
    host: str = ""
    """"": the pod's address."""
    port: int = 0
    path: str = "/"
    scheme: Literal["http", "https"] = "http"
    headers: Sequence[tuple[str, str]] = ()
    service: str = ""
    """Of a grpc probe."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """`output` is what the kubelet's event says after "probe failed: "."""

    outcome: Outcome
    output: str = ""
