"""A cluster of sandboxes without containers, for tests of who reaches whom."""

from __future__ import annotations

from typing import Any, cast

from runner.practice.containers.cluster_view import (
    Backend,
    NetworkView,
    PodPort,
    PodView,
    ServicePort,
    ServiceView,
)
from runner.practice.containers.container import Container
from runner.practice.containers.container_config import PodConfig
from runner.practice.containers.network_messages import Listener, Request, Response
from runner.practice.containers.pod_network import PodNetwork
from runner.practice.containers.pod_sandbox import PodSandbox
from runner.practice.containers.volumes import Volumes

NODES = (("control", "172.18.0.2"), ("worker", "172.18.0.3"), ("worker2", "172.18.0.4"))


class SmallCluster:
    """Pods with an address each; `serve` has one answer with its name."""

    def __init__(self) -> None:
        self.pods: dict[str, PodSandbox] = {}
        self.network = PodNetwork(self.pods)
        self._views: list[PodView] = []
        self._services: list[ServiceView] = [
            ServiceView(
                "kube-system",
                "kube-dns",
                "10.96.0.10",
                (ServicePort(53, "dns", "UDP"),),
                (Backend("10.244.0.2", ((53, 53, "UDP"),)),),
            )
        ]
        self._policies: list[dict[str, Any]] = []
        self.pages: list[dict[str, Any]] = []

    def pod(
        self,
        name: str,
        namespace: str = "default",
        node: str = "worker",
        ports: tuple[PodPort, ...] = (),
        labels: dict[str, str] | None = None,
        **config: Any,
    ) -> PodSandbox:
        number = len(self.pods) + 5
        host = config.get("host_network", False)
        ip = dict(NODES)[node] if host else f"10.244.1.{number}"
        made = PodConfig(f"uid-{name}", namespace, name, ip, node=node, **config)
        sandbox = self.pods[made.uid] = PodSandbox(made, Volumes(), self.network)
        shown = tuple(sorted({"app": name, **(labels or {})}.items()))
        self._views.append(PodView(made.uid, namespace, name, ip, node, shown, ports, host))
        self.show()
        return sandbox

    def serve(self, pod: PodSandbox, port: int, **listener: Any) -> None:
        async def answer(request: Request) -> Response:
            return Response(200, (), f"{pod.config.name} {request.client}".encode())

        pod.listen(cast("Container", object()), port, Listener(http=answer, **listener))

    def service(
        self, name: str, *pods: PodSandbox, port: int = 80, target: int = 8080, **fields: Any
    ) -> None:
        ports = (
            (ServicePort(port, "http", node_port=fields.pop("node_port", 0)),)
            if "ports" not in fields
            else ()
        )
        backends = [
            Backend(pod.config.ip, ((port, target, "TCP"),), pod.config.node, pod=pod.config.uid)
            for pod in pods
        ]
        made = {
            "cluster_ip": f"10.96.1.{len(self._services)}",
            "ports": ports,
            "backends": backends,
            **fields,
        }
        self._services.append(ServiceView("default", name, **made))
        self.show()

    def policy(self, namespace: str = "default", **spec: Any) -> None:
        self._policies.append({"metadata": {"name": "p", "namespace": namespace}, "spec": spec})
        self.show()

    def show(self) -> None:
        labels = (("kubernetes.io/metadata.name", "default"),)
        namespaces = (("default", labels), ("kube-system", ()), ("other", (("team", "blue"),)))
        view = NetworkView(
            NODES,
            namespaces,
            self._policies,
            pages=self.pages,
            services=self._services,
            pods=self._views,
        )
        self.network.set_view(view)

    async def get(self, source: PodSandbox | None, host: str, port: int = 80) -> str:
        answer = await self.network.request(source, host, port, Request("GET", "/"), timeout=0.01)
        return answer.body.decode()
