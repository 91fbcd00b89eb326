"""Views of small meshes, written down in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from runner.practice.mesh.mesh_view import (
    Json,
    MeshConfig,
    MeshEndpoint,
    MeshProxy,
    MeshService,
    MeshServicePort,
    MeshView,
    MeshWorkload,
)
from runner.practice.mesh.proxy_config import IneffectiveObject, MeshPaths, ProxyConfig
from runner.practice.mesh.translation.proxy_translation import proxy_config

PATHS = MeshPaths("/tmp/lg")


@dataclass
class SmallMesh:
    """Grows by pods and services; `view` is what it is then."""

    settings: dict[str, Any] = field(default_factory=lambda: {"accessLogFile": "/dev/stdout"})
    version: tuple[int, int] = (1, 11)
    workloads: dict[str, MeshWorkload] = field(default_factory=dict)
    proxies: dict[str, MeshProxy] = field(default_factory=dict)
    services: dict[str, MeshService] = field(default_factory=dict)
    objects: list[Json] = field(default_factory=list)

    def pod(
        self,
        name: str,
        *,
        namespace: str = "default",
        sidecar: bool = True,
        router: bool = False,
        **labels: str,
    ) -> MeshWorkload:
        """A pod whose ServiceAccount is called as its `app`."""
        labels.setdefault("app", name.partition("-")[0])
        ip = f"10.244.0.{len(self.workloads) + 5}"
        workload = MeshWorkload(
            name, namespace, ip, labels, labels["app"], "node-1", sidecar and not router, name
        )
        self.workloads[name] = workload
        if sidecar or router:
            self.proxies[name] = MeshProxy(workload, "router" if router else "sidecar")
        return workload

    def service(
        self,
        name: str,
        pods: Iterable[MeshWorkload],
        *ports: tuple[Any, ...],
        namespace: str = "default",
        headless: bool = False,
        **fields: Any,
    ) -> MeshService:
        """`ports` are (name, number) or (name, number, number at the pods)."""
        ports = ports or (("http", 9080),)
        service = MeshService(
            name,
            namespace,
            () if headless else (f"10.96.0.{len(self.services) + 10}",),
            tuple(MeshServicePort(port[0], port[1]) for port in ports),
            endpoints=tuple(
                MeshEndpoint(
                    pod.ip, {port[0]: port[-1] for port in ports}, pod, hostname=pod.name if headless else ""
                )
                for pod in pods
            ),
            **fields,
        )
        self.services[name] = service
        return service

    def apply(self, text: str) -> SmallMesh:
        """Objects as one writes them; those of the same kind, name and namespace are replaced."""
        for obj in yaml.safe_load_all(text):
            if obj:
                metadata = obj.setdefault("metadata", {})
                metadata.setdefault("namespace", "default")
                metadata.setdefault("name", f"{obj['kind'].lower()}-{len(self.objects)}")
                self.objects = [known for known in self.objects if _key(known) != _key(obj)] + [obj]
        return self

    def view(self) -> MeshView:
        """As it is now."""
        kinds: dict[str, list[Json]] = {}
        for obj in self.objects:
            kinds.setdefault(obj["kind"], []).append(obj)
        return MeshView(
            tuple(self.services.values()),
            tuple(self.workloads.values()),
            tuple(self.proxies.values()),
            {kind: tuple(objects) for kind, objects in kinds.items()},
            MeshConfig(self.settings, version=self.version, trace_sampling=100),
        )

    def config(self, name: str) -> Translated:
        """What the proxy of a pod is configured with."""
        return Translated(proxy_config(self.view(), self.proxies[name], PATHS), self.workloads[name].ip)


@dataclass
class Translated:
    """A configuration with easy ways to its parts; names without the pod's address."""

    config: ProxyConfig
    ip: str

    @property
    def ineffective(self) -> tuple[IneffectiveObject, ...]:
        """What has no effect."""
        return self.config.ineffective

    def cluster(self, name: str) -> Json:
        """By Istio's name."""
        return next(cluster for cluster in self.config.clusters if cluster["name"] == f"{self.ip};{name}")

    def cluster_names(self) -> set[str]:
        """Of all."""
        return {cluster["name"].partition(";")[2] for cluster in self.config.clusters}

    def virtual_host(self, config: str, domain: str) -> Json:
        """That has a domain, in a route configuration."""
        hosts = self.config.routes[f"{self.ip};{config}"]["virtual_hosts"]
        return next(host for host in hosts if domain in host["domains"])

    def routes(self, config: str, domain: str) -> list[Json]:
        """Of a virtual host."""
        routes: list[Json] = self.virtual_host(config, domain)["routes"]
        return routes

    def listener(self, name: str) -> Json:
        """By its name."""
        return next(listener for listener in self.config.listeners if listener["name"] == f"{self.ip};{name}")

    def http_filter(self, listener: str, name: str) -> list[Json]:
        """The configurations of an HTTP filter in a listener, of its first chain with HTTP."""
        for chain in self.listener(listener)["filter_chains"]:
            config = chain["filters"][-1]["typed_config"]
            if "http_filters" in config:
                return [item["typed_config"] for item in config["http_filters"] if item["name"] == name]
        raise AssertionError("no chain of HTTP")


def _key(obj: Json) -> tuple[str, str, str]:
    return obj["kind"], obj["metadata"]["namespace"], obj["metadata"]["name"]


def bookinfo() -> SmallMesh:
    """The four services, six pods, and both gateways."""
    mesh = SmallMesh()
    for app in ("productpage", "details", "ratings"):
        mesh.service(app, [mesh.pod(f"{app}-v1", version="v1")])
    mesh.service(
        "reviews", [mesh.pod(f"reviews-{version}", version=version) for version in ("v1", "v2", "v3")]
    )
    for name in ("ingressgateway", "egressgateway"):
        labels = {"app": f"istio-{name}", "istio": name}
        pod = mesh.pod(f"istio-{name}", namespace="istio-system", router=True, **labels)
        ports = (("http2", 80, 8080), ("https", 443, 8443), ("tcp", 31400, 31400))
        mesh.service(f"istio-{name}", [pod], *ports, namespace="istio-system")
    return mesh
