"""Why a Service of type LoadBalancer gets no external address."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis.ages import age_of_type
from checks.diagnosis.balancers import nobody_here, waits
from checks.diagnosis.evidence import condition_path, ref, warnings_about
from checks.diagnosis.platform import Platform, nodes_of, platform_of
from checks.diagnosis.rule import Rule, first
from checks.diagnosis.ways import forwarding
from checks.object_fields import at, condition, mappings_at, name_of, number_at, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
"""The finalizer that the service controller (of a cloud, cloud-provider-kind, k3s) sets first."""
OF_CONTROLLERS = (
    "SyncLoadBalancerFailed",
    "CreatingLoadBalancerFailed",
    "FailedBuildModel",
    "FailedDeployModel",
    "AllocationFailed",
)
"""Event reasons with which service controllers (old and new), AWS and MetalLB report failures."""
SVCLB = "svccontroller.k3s.cattle.io/svcname"
"""The label with which the load balancer pods of k3s name their Service."""


async def no_address(world: World, service: Object) -> Finding | None:
    """Which component should assign the address and why it did not; None while it may still come."""
    return await first(ADDRESS_RULES, world, service)


async def refused_by_controller(world: World, service: Object) -> Finding | None:
    """What the responsible controller reported."""
    for reason in OF_CONTROLLERS:
        for message in (await warnings_about(world, service, reason))[:1]:
            rule, cause, remedy = _of_controller(message)
            return Finding(rule, cause, remedy, ref(service), quotation(message), source=f"event {reason}")
    return None


async def port_of_node_taken(world: World, service: Object) -> Finding | None:
    """k3s: a pod on each node takes the Service's port, and another pod already has it."""
    for pod in await world.cluster.list("v1", "Pod", None, f"{SVCLB}={name_of(service)}"):
        scheduled = condition(pod, "PodScheduled")
        message = text_at(scheduled, "message")
        if scheduled.get("status") != "False" or "free ports" not in message or not _is_of(pod, service):
            continue
        holder, port = await _holder(world, service)
        field = f"{condition_path(pod, 'PodScheduled')}.message"
        cause, remedy = _taken(service, holder, port)
        return Finding("balancer-port-taken", cause, remedy, ref(pod), quotation(message), field)
    return None


async def port_of_localhost_taken(world: World, service: Object) -> Finding | None:
    """Docker Desktop: every Service is localhost, so that each port is given to one of them only."""
    if platform_of(await nodes_of(world)) is not Platform.DOCKER_DESKTOP:
        return None
    holder, port = await _holder(world, service)
    if holder is None:
        return None
    cause, remedy = _taken(service, holder, port)
    evidence = f"{name_of(holder)}: port {port}, {at(holder, 'status', 'loadBalancer', 'ingress')}"
    return Finding(
        "balancer-port-taken", cause, remedy, ref(holder), evidence, "status.loadBalancer.ingress[0]"
    )


async def nobody_gives_addresses(world: World, service: Object) -> Finding | None:
    """No controller has reported anything for longer than any of them needs."""
    nodes = await nodes_of(world)
    platform = platform_of(nodes)
    at_work = FINALIZER in (at(service, "metadata", "finalizers") or ())
    if age_of_type(world, service) < waits(platform, at_work=at_work):
        return None
    seen = ", ".join(f"{name_of(node)}: {text_at(node, 'spec', 'providerID') or '-'}" for node in nodes[:4])
    evidence = f"loadBalancer: {{}}, no event; nodes: {seen or '-'}"
    cause, remedy = nobody_here(platform, nodes, service, at_work=at_work)
    rule = "balancer-slow" if at_work else "no-load-balancer"
    return Finding(rule, cause, remedy, ref(service), quotation(evidence), "status.loadBalancer")


ADDRESS_RULES: tuple[Rule, ...] = (
    refused_by_controller,
    port_of_node_taken,
    port_of_localhost_taken,
    nobody_gives_addresses,
)


def _is_of(pod: Object, service: Object) -> bool:
    """Older k3s keeps these pods beside the Service, newer ones in kube-system with its namespace in a label."""
    labelled = text_at(pod, "metadata", "labels", "svccontroller.k3s.cattle.io/svcnamespace")
    return (labelled or text_at(pod, "metadata", "namespace")) == text_at(service, "metadata", "namespace")


async def _holder(world: World, service: Object) -> tuple[Object | None, int]:
    """Another load balancer has the same address and a port that both want."""
    wanted = _ports(service)
    for other in await world.cluster.list("v1", "Service"):
        shared = wanted & _ports(other)
        same = other["metadata"].get("uid", name_of(other)) == service["metadata"].get(
            "uid", name_of(service)
        )
        if shared and not same and mappings_at(other, "status", "loadBalancer", "ingress"):
            return other, min(shared)
    return None, min(wanted, default=0)


def _ports(service: Object) -> set[int]:
    if text_at(service, "spec", "type") != "LoadBalancer":
        return set()
    return {number for port in mappings_at(service, "spec", "ports") if (number := number_at(port, "port"))}


def _taken(service: Object, holder: Object | None, port: int) -> tuple[Phrase, Phrase]:
    if holder is None:
        cause = phrase(
            "Here each load balancer uses its ports on the nodes, and one of these ports is in use"
        )
    else:
        cause = phrase(
            "Port {port} is already in use by the load balancer of Service {service} in {namespace}",
            port=port,
            service=name_of(holder),
            namespace=text_at(holder, "metadata", "namespace"),
        )
    return cause, phrase(
        "Change the port of one of them, or reach this one with a port-forward: {command}",
        command=forwarding(service),
    )


def _of_controller(message: str) -> tuple[str, Phrase, Phrase]:
    for rule, pattern, cause, remedy in _MEANINGS:
        if re.search(pattern, message, re.IGNORECASE):
            return rule, cause, remedy
    return (
        "balancer-refused",
        phrase("The cloud can't create the load balancer"),
        phrase("Fix the problem in the message; the cloud retries automatically."),
    )


_MEANINGS: tuple[tuple[str, str, Phrase, Phrase], ...] = (
    (
        "no-internet-gateway",
        r"no internet gateway",
        phrase("The cluster's network has no internet route for a load balancer"),
        phrase("Add an internet gateway to the VPC, or reach the Service with kubectl port-forward instead."),
    ),
    (
        "no-subnet",
        r"subnet",
        phrase("The cloud finds no subnet for the load balancer"),
        phrase(
            "On AWS, tag the cluster's public subnets: kubernetes.io/role/elb=1 and "
            "kubernetes.io/cluster/NAME=shared. The cloud retries automatically."
        ),
    ),
    (
        "address-pool-empty",
        r"no available IPs",
        phrase("MetalLB has no free address left"),
        phrase(
            "Free an address, or add some to its pool: {command}",
            command="kubectl get ipaddresspools -n metallb-system",
        ),
    ),
    (
        "address-not-allowed",
        r"is not allowed in config|can't change sharing key|not allowed by pool",
        phrase("MetalLB can't assign the address that the Service requests"),
        phrase(
            "Remove loadBalancerIP or MetalLB's annotations from the Service, or correct the address pool."
        ),
    ),
    (
        "balancer-quota",
        r"quota|limit ?exceeded|toomany|limit for|exceeds the limit",
        phrase("The cloud's quota for load balancers is used up"),
        phrase("Delete Services of type LoadBalancer that aren't needed, or have the quota raised."),
    ),
    (
        "balancer-forbidden",
        r"UnauthorizedOperation|AccessDenied|AuthorizationFailed|not authorized|permission|forbidden|\b403\b",
        phrase("The cluster is not allowed to create load balancers in its cloud account"),
        phrase("Add the permissions to the cluster's role; the cloud retries automatically."),
    ),
)
"""What the messages mean; the first match is used. They come from the providers of AWS, Google and Azure and from
MetalLB."""
