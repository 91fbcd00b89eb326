"""The messages of runtimes, kubelets and schedulers, by the cause that a fault names."""

from __future__ import annotations

from runner.practice.faults.active_faults import Fault
from runner.practice.machinery.store import Object
from runner.practice.node import images
from runner.practice.node.container_behavior import Ending

CRASH_AFTER = 0.7
"""Seconds of a real cluster that a container runs before it crashes."""

_ENDINGS = {"error": (1, ""), "oom": (137, "OOMKilled"), "exec-format": (1, ""), "not-found": (127, "")}
_LOGS = {
    "exec-format": "exec /usr/local/bin/entrypoint: exec format error",
    "not-found": "/bin/sh: server: not found",
    "error": "error: the server could not start: a setting that it needs is missing",
    "oom": "",
}
_NO_ROOM = {
    "cpu": "Insufficient cpu",
    "memory": "Insufficient memory",
    "pods": "Too many pods",
    "ports": "node(s) didn't have free ports for the requested pod ports",
    "taint": "node(s) had untolerated taint {dedicated: teacher}",
    "selector": "node(s) didn't match Pod's node affinity/selector",
}


def pull_error(fault: Fault, image: images.Image) -> str:
    """The runtime's error (containerd 1.6 and later word it so)."""
    if fault.kind == "pull-rate-limit":
        return images.rate_limited(image)
    if message := fault.text("message"):
        return message
    return {
        "not-found": images.not_found,
        "denied": images.access_denied,
        "rate-limit": images.rate_limited,
        "dns": images.no_such_host,
        "timeout": images.timed_out,
        "retired": images.retired,
        "platform": images.no_platform,
    }[fault.text("because", "not-found")](image)


def crash(fault: Fault) -> Ending:
    """How a container ends."""
    code, reason = _ENDINGS[fault.text("because", "error")]
    return Ending(CRASH_AFTER, int(fault.number("exit_code", code)), fault.text("reason", reason))


def last_words(fault: Fault) -> str:
    """The log of a crashing container."""
    return fault.text("log", _LOGS[fault.text("because", "error")])


def probe_error(fault: Fault, probe: Object | None, pod: Object) -> str:
    """Why a probe fails, as the kubelet's prober words it (pkg/probe/http, tcp)."""
    probe = probe or {}
    if "exec" in probe:
        return ""
    ip = pod.get("status", {}).get("podIP", "")
    how = probe.get("tcpSocket") or probe.get("httpGet") or {}
    because = fault.text("because", "refused" if "tcpSocket" in probe else "503")
    where = f"{ip}:{how.get('port', 80)}"
    refused = f"dial tcp {where}: connect: connection refused"
    if "tcpSocket" in probe:
        return refused if because != "timeout" else f"dial tcp {where}: i/o timeout"
    url = f"http://{where}{how.get('path', '/')}"
    return {
        "503": "HTTP probe failed with statuscode: 503",
        "refused": f'Get "{url}": {refused}',
        "timeout": f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    }[because]


def no_room(fault: Fault) -> str:
    """The scheduler's message for every node."""
    if resource := fault.text("resource"):
        return f"Insufficient {resource}"
    return _NO_ROOM[fault.text("because", "cpu")]
