"""Which containers are proxies of a mesh, and of which kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from runner.practice.containers.container_config import ContainerConfig
from runner.practice.containers.container_log import ContainerLog
from runner.practice.containers.image_catalogue import split
from runner.practice.containers.network_messages import HttpHandler, Listener
from runner.practice.containers.pod_sandbox import PodSandbox

ADMIN_PORT = 15000

Role = Literal["sidecar", "router", "redirection", ""]


class ProxyContainer(Protocol):
    """What the mesh needs of a container."""

    @property
    def config(self) -> ContainerConfig: ...
    @property
    def pod(self) -> PodSandbox: ...
    @property
    def log(self) -> ContainerLog: ...
    @property
    def argv(self) -> list[str]: ...


def role_of(container: ProxyContainer) -> Role:
    """What a container of that image and those arguments is; "": nothing of a mesh."""
    if split(container.config.image)[0].rpartition("/")[2] != "proxyv2":
        return ""
    words = [word for word in container.argv if not word.startswith("-")]
    if "istio-iptables" in words:
        return "redirection"
    if "router" in words:
        return "router"
    return "sidecar" if "proxy" in words or container.config.name == "istio-proxy" else ""


def serve_administration(container: ProxyContainer, handler: HttpHandler) -> None:
    """Have Envoy's administration interface answered in the pod, for the pod alone."""
    if container.pod.listener(ADMIN_PORT) is None:
        container.pod.listen(container, ADMIN_PORT, Listener(http=handler, local=True, program="envoy"))


Write = Callable[[str, bytes], Awaitable[None]]
