"""Load balancers that get no address."""

from __future__ import annotations

from checks.base import Object
from tests.faults.case import Case, Doing
from tests.faults.scene import Scene

ADDRESS = {"service": "web", "type": "LoadBalancer", "external": True}
SUBNETS = "could not find any suitable subnets for creating the ELB"
KIND: Object = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "lab-control-plane", "labels": {"kubernetes.io/hostname": "lab-control-plane"}},
    "spec": {"providerID": "kind://docker/lab/lab-control-plane"},
}
DOCKER_DESKTOP: Object = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "docker-desktop", "labels": {"kubernetes.io/hostname": "docker-desktop"}},
}


def without_balancer(*nodes: Object, **fault: str) -> Doing:
    """A Service that gets no address, on these nodes."""

    async def bring(scene: Scene) -> None:
        if nodes:
            await scene.apply(*nodes)
        scene.faults.add("load-balancer-pending", "web", **fault)
        await scene.kubectl("create", "service", "loadbalancer", "web", "--tcp=80:80")

    return bring


async def cleared(scene: Scene) -> None:
    scene.faults.clear()


async def port_taken(scene: Scene) -> None:
    """As k3s does it: a pod on each node takes the Service's port there."""
    scene.faults.add("load-balancer-pending", "web")
    scene.faults.add("unschedulable", "svclb-web", because="ports")
    await scene.kubectl("create", "service", "loadbalancer", "web", "--tcp=80:80")
    await scene.apply(_svclb("web"))


async def gateway(scene: Scene) -> None:
    """Another load balancer, with an address."""
    await scene.kubectl("create", "service", "loadbalancer", "gateway", "--tcp=80:80")
    await _addressed(scene, "gateway")


async def gateway_on_docker_desktop(scene: Scene) -> None:
    await scene.apply(DOCKER_DESKTOP)
    await gateway(scene)


async def gateway_gone(scene: Scene) -> None:
    await scene.kubectl("delete", "service", "gateway")
    scene.faults.clear()


async def _addressed(scene: Scene, name: str) -> None:
    from tests.faults.scene import check

    await scene.until(check({"service": name, "external": True}), lambda seen: seen.passed)


def _svclb(service: str) -> Object:
    label = "svccontroller.k3s.cattle.io"
    port = {"name": "lb-tcp-80", "containerPort": 80, "hostPort": 80, "protocol": "TCP"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"svclb-{service}",
            "namespace": "kube-system",
            "labels": {f"{label}/svcname": service, f"{label}/svcnamespace": "default"},
        },
        "spec": {
            "containers": [{"name": "lb-tcp-80", "image": "rancher/klipper-lb:v0.4.9", "ports": [port]}]
        },
    }


def words(
    rule: str, message: str, reason: str = "SyncLoadBalancerFailed", facts: tuple[str, ...] = ()
) -> Case:
    """A controller says why not."""
    bring = without_balancer(message=message, reason=reason)
    name = reason if rule == "no-subnet" else ""
    return Case(rule, name, ADDRESS, bring, cleared, evidence=message[:40], about="service/web", facts=facts)


CASES = (
    Case(
        "no-load-balancer",
        "practice",
        ADDRESS,
        without_balancer(),
        cleared,
        evidence="practice://",
        facts=("F31",),
    ),
    Case(
        "no-load-balancer",
        "kind",
        ADDRESS,
        without_balancer(KIND),
        cleared,
        evidence="lab-control-plane: kind://docker/lab/lab-control-plane",
        facts=("F31",),
    ),
    words("no-subnet", SUBNETS, facts=("F32",)),
    words(
        "no-subnet",
        f"Error creating load balancer (will retry): failed to ensure load balancer: {SUBNETS}",
        "CreatingLoadBalancerFailed",
        facts=("F32",),
    ),
    words("balancer-quota", "TooManyLoadBalancers: Exceeded quota of account 123456789012"),
    words("balancer-forbidden", "AccessDenied: User is not authorized to perform: CreateLoadBalancer"),
    words(
        "address-pool-empty", 'Failed to allocate IP for "default/web": no available IPs', "AllocationFailed"
    ),
    words("balancer-refused", "something that nobody has heard of"),
    Case(
        "balancer-port-taken",
        "k3s",
        ADDRESS,
        port_taken,
        gateway_gone,
        before=gateway,
        evidence="free ports",
        about="pod/svclb-web",
        facts=("F33",),
    ),
    Case(
        "balancer-port-taken",
        "docker-desktop",
        ADDRESS,
        without_balancer(),
        gateway_gone,
        before=gateway_on_docker_desktop,
        evidence="gateway: port 80",
        about="service/gateway",
        facts=("F34",),
    ),
)
