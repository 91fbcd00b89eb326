"""The web consoles that steps open: where they are, or a port-forward kept open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checks.base import CannotRead, Object
from checks.diagnosis.platform import Platform, platform_of
from checks.object_fields import mappings_at, number_at
from checks.service import Service, service_type
from checks.service_ports import port_list
from runner.labs.model import Console, Lab, Step
from runner.session.target import Target
from runner.words import Phrase, UserError, phrase
from runner.world.forward import ADDRESS, Forward, ServicePort, Wanted
from runner.world.live_cluster import LiveCluster
from runner.world.outside_addresses import external_url, url_at


@dataclass(frozen=True, slots=True)
class ConsoleState:
    """`url` "" if there is none: then `why`. `via`: "external" or "forward"."""

    url: str = ""
    via: str = ""
    why: Phrase | None = None
    forwardable: bool = False


_PENDING = {
    Platform.PRACTICE: phrase(
        "The practice cluster has not assigned it an external address. A port-forward works without."
    ),
    Platform.KIND: phrase(
        "kind does not assign external addresses by itself: run cloud-provider-kind beside it. A "
        "port-forward works without."
    ),
    Platform.MINIKUBE: phrase(
        "minikube assigns external addresses while `minikube tunnel` is running in another terminal. "
        "A port-forward works without."
    ),
    Platform.DOCKER_DESKTOP: phrase(
        "Docker Desktop assigns each port of localhost to one Service only, and this one may be in "
        "use. A port-forward uses a free port."
    ),
    Platform.K3D: phrase(
        "k3d assigns an external address only if the node's port is free, and this one may be in "
        "use. A port-forward uses a free port."
    ),
    Platform.K3S: phrase(
        "k3s assigns an external address only if the node's port is free, and this one may be in "
        "use. A port-forward uses a free port."
    ),
    Platform.RANCHER_DESKTOP: phrase(
        "Rancher Desktop assigns an external address only if the port is free, and this one may be "
        "in use. A port-forward uses a free port."
    ),
    Platform.MICROK8S: phrase(
        "MicroK8s assigns external addresses only with its MetalLB add-on. A port-forward works without."
    ),
    Platform.CLOUD: phrase(
        "The cloud is still creating the load balancer. This can take a few minutes; until then, use "
        "a port-forward."
    ),
    Platform.UNKNOWN: phrase(
        "It has no external address yet, and possibly nothing in this cluster assigns one. A "
        "port-forward works without."
    ),
}
"""Why a Service of type LoadBalancer has no address, by where it is."""


class Consoles:
    """The consoles of one cluster. `environment` is the learner's: there kubectl is found."""

    def __init__(self, cluster: LiveCluster, target: Target, environment: Mapping[str, str]) -> None:
        self._cluster, self._target, self._environment = cluster, target, environment
        self._forwards = cluster.forwards
        self._preferred: set[ServicePort] = set()  # forwarded though they have an external address

    async def state(self, console: Console) -> ConsoleState:
        """Where the console is: by its external address, by an open port-forward, or why nowhere."""
        forward = self._forwards.get(_place(console))
        try:
            service = await self._cluster.get("v1", "Service", console.service, console.namespace)
        except CannotRead as error:
            return ConsoleState(why=error.message)
        if service is None:
            return ConsoleState(
                why=phrase(
                    "There is no Service {name} in namespace {namespace} yet.",
                    name=console.service,
                    namespace=console.namespace,
                )
            )
        if all(number_at(port, "port") != console.port for port in mappings_at(service, "spec", "ports")):
            return ConsoleState(why=_no_port(service, console))
        url = external_url(service, console.port)
        local = forward.port if forward is not None else 0
        if local and (url is None or _place(console) in self._preferred):
            return ConsoleState(_local_url(service, console, local), "forward", forwardable=True)
        if url is not None:
            return ConsoleState(url + console.path, "external", forwardable=True)
        why = forward.problem if forward is not None else None
        return ConsoleState(why=why or await self._why_none(service, console), forwardable=_selects(service))

    async def forward(self, console: Console) -> ConsoleState:
        """The console through a port-forward, which stays open until close(). Raises UserError, CannotRead."""
        service = await self._cluster.get("v1", "Service", console.service, console.namespace)
        if service is None:
            return await self.state(console)
        place = _place(console)
        forward = self._forwards.get(place)
        if forward is None:
            target = self._target
            wanted = Wanted(
                console.service, console.namespace, console.port, target.kubeconfig, target.context
            )
            forward = Forward(wanted, self._environment)
            self._forwards.add(place, forward)
        try:
            port = await forward.open()
        except UserError:
            if not forward.kept:
                self._forwards.drop(place, forward)
            raise
        if external_url(service, console.port) is not None:
            self._preferred.add(place)
        return ConsoleState(_local_url(service, console, port), "forward", forwardable=True)

    async def close(self) -> None:
        """End every port-forward."""
        await self._forwards.close()

    async def _why_none(self, service: Object, console: Console) -> Phrase:
        kind = service_type(service)
        if kind == "LoadBalancer":
            try:
                nodes = await self._cluster.list("v1", "Node")
            except CannotRead:
                nodes = ()
            platform = platform_of(nodes)
            return _PENDING[Platform.CLOUD if platform.is_cloud else platform]
        if kind == "ClusterIP":
            return phrase(
                "The Service {name} is not exposed yet: type ClusterIP can be reached only inside "
                "the cluster.",
                name=console.service,
            )
        return phrase(
            "The Service {name} has no external address: its type is {type}.", name=console.service, type=kind
        )


def consoles_of(lab: Lab, step: Step) -> tuple[Console, ...]:
    """The step's own console; where it has none, the lab's consoles of Services that the step takes forwarded, too."""
    if step.console is not None:
        return (step.console,)
    wanted = {(c.service, c.namespace) for c in step.checks if isinstance(c, Service) and c.or_forwarded}
    known = [other.console for other in lab.steps if other.console is not None]
    return tuple(console for console in known if (console.service, console.namespace) in wanted)


def _place(console: Console) -> ServicePort:
    return ServicePort(console.service, console.namespace, console.port)


def _selects(service: Object) -> bool:
    """Whether there can be a pod for kubectl to forward to."""
    return bool((service.get("spec") or {}).get("selector"))


def _local_url(service: Object, console: Console, port: int) -> str:
    """The address at this machine's `port`: that of the Service, were it here."""
    return url_at(service, console.port, ADDRESS, port) + console.path


def _no_port(service: Object, console: Console) -> Phrase:
    return phrase(
        "The Service {name} does not offer port {port}. It offers: {ports}",
        name=console.service,
        port=console.port,
        ports=port_list(service) or phrase("none"),
    )
