"""A pod's probe as the runtime is asked to make it: named ports and default headers resolved."""

from __future__ import annotations

from typing import Literal

from runner.practice.containers.probe_messages import ProbeAction
from runner.practice.machinery.store import Object


class NoSuchPort(Exception):
    """A named port that the container does not have; worded as the kubelet's event."""


def probe_action(probe: Object, container: Object, minor: int, timeout: float) -> ProbeAction | None:
    """None for a probe that does nothing. `container` is the container's spec. Raises NoSuchPort."""
    if (run := probe.get("exec")) is not None:
        return ProbeAction("exec", timeout, command=list(run.get("command") or ()))
    if (get := probe.get("httpGet")) is not None:
        path = str(get.get("path") or "/")
        scheme: Literal["http", "https"] = (
            "https" if str(get.get("scheme", "")).upper() == "HTTPS" else "http"
        )
        return ProbeAction(
            "httpGet",
            timeout,
            host=str(get.get("host") or ""),
            port=_port(get.get("port"), container),
            path=path if path.startswith("/") else f"/{path}",
            scheme=scheme,
            headers=_headers(get, minor),
        )
    if (tcp := probe.get("tcpSocket")) is not None:
        return ProbeAction(
            "tcpSocket", timeout, host=str(tcp.get("host") or ""), port=_port(tcp.get("port"), container)
        )
    if (grpc := probe.get("grpc")) is not None:
        return ProbeAction("grpc", timeout, port=int(grpc["port"]), service=str(grpc.get("service") or ""))
    return None


def _headers(get: Object, minor: int) -> list[tuple[str, str]]:
    """Those of the probe, and what the kubelet says of itself where the probe says nothing else ("": no such header)."""
    found = [(str(each["name"]), str(each.get("value", ""))) for each in get.get("httpHeaders") or ()]
    for name, value in (("User-Agent", f"kube-probe/1.{minor}"), ("Accept", "*/*")):
        if not any(given.lower() == name.lower() for given, _ in found):
            found.append((name, value))
    found.append(("Connection", "close"))
    return [(name, value) for name, value in found if value or name.lower() not in ("user-agent", "accept")]


def _port(given: object, container: Object) -> int:
    if isinstance(given, int):
        return given
    for port in container.get("ports") or ():
        if port.get("name") == given:
            return int(port["containerPort"])
    if str(given).isdigit():
        return int(str(given))
    raise NoSuchPort(f'strconv.Atoi: parsing "{given}": invalid syntax')
