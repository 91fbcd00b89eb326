"""The variables that tell a container of the Services that there are at its start, in the form of Docker's links."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.machinery.store import Object, Store

API_SERVER = ("default", "kubernetes")
"""The namespace and name of the Service that every pod is told of."""


def service_variables(store: Store, pod: Object) -> dict[str, str]:
    """Those of the Services with an address in the pod's namespace; only the API server's without enableServiceLinks."""
    namespace = pod["metadata"]["namespace"]
    linked = pod["spec"].get("enableServiceLinks", True)
    chosen: dict[str, Object] = {}
    for service in store.list("services"):
        where, name = service["metadata"]["namespace"], service["metadata"]["name"]
        if service["spec"].get("clusterIP") in (None, "", "None"):
            continue
        if linked and where == namespace:
            chosen[name] = service
        elif (where, name) == API_SERVER:
            chosen.setdefault(name, service)
    return {key: value for service in chosen.values() for key, value in _of(service)}


def _of(service: Object) -> Iterator[tuple[str, str]]:
    """kubernetes: pkg/kubelet/envvars."""
    address, ports = service["spec"]["clusterIP"], service["spec"].get("ports") or ()
    name = _variable(service["metadata"]["name"])
    host = f"[{address}]" if ":" in address else address
    if not ports:
        return
    yield f"{name}_SERVICE_HOST", address
    yield f"{name}_SERVICE_PORT", str(ports[0]["port"])
    for port in ports:
        if port.get("name"):
            yield f"{name}_SERVICE_PORT_{_variable(port['name'])}", str(port["port"])
    for index, port in enumerate(ports):
        protocol = port.get("protocol", "TCP")
        url = f"{protocol.lower()}://{host}:{port['port']}"
        if index == 0:
            yield f"{name}_PORT", url
        link = f"{name}_PORT_{port['port']}_{protocol.upper()}"
        yield link, url
        yield f"{link}_PROTO", protocol.lower()
        yield f"{link}_PORT", str(port["port"])
        yield f"{link}_ADDR", address


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
