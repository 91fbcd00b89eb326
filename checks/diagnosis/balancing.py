"""Why a Service of type LoadBalancer gets no external address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.reading import ref, warnings_about
from checks.objects import name_of, text_at
from checks.patterns import excerpt
from checks.words import Phrase, phrase


async def no_address(world: World, service: Object) -> Finding:
    """What the cloud said about it, or that nobody in this cluster gives out addresses."""
    told = await warnings_about(
        world, service, "SyncLoadBalancerFailed", "CreatingLoadBalancerFailed", "AllocationFailed"
    )
    if told:
        rule, cause, remedy = _of_a_cloud(told[0])
        return Finding(rule, cause, remedy, ref(service), excerpt(told[0], 300), source="event")
    try:
        nodes = await world.cluster.list("v1", "Node")
    except CannotRead:
        nodes = []
    evidence = ", ".join(f"{name_of(node)}: {text_at(node, 'spec', 'providerID') or '-'}" for node in nodes)
    cause, remedy = _without_a_word(nodes)
    return Finding(
        "no-load-balancer", cause, remedy, ref(service), excerpt(evidence, 300), source="nodes' providerID"
    )


def _of_a_cloud(message: str) -> tuple[str, Phrase, Phrase]:
    if re.search(r"subnet", message):
        return (
            "no-subnet",
            phrase("The cloud finds no subnet for the load balancer"),
            phrase("On AWS, tag the public subnets with kubernetes.io/role/elb=1."),
        )
    if re.search(r"quota|limit", message, re.IGNORECASE):
        return (
            "balancer-quota",
            phrase("The cloud's quota for load balancers is used up"),
            phrase("Delete Services of type LoadBalancer that aren't needed, or have the quota raised."),
        )
    return (
        "balancer-refused",
        phrase("The cloud can't create the load balancer"),
        phrase("Correct what the message names; the cloud tries again by itself."),
    )


def _without_a_word(nodes: Sequence[Object]) -> tuple[Phrase, Phrase]:
    cause = phrase("Nothing in this cluster seems to give out external addresses")
    providers = {text_at(node, "spec", "providerID").partition(":")[0] for node in nodes}
    names = {name_of(node) for node in nodes}
    if any(name.startswith("practice-") for name in names):
        return (
            phrase("The practice cluster has not assigned the address yet"),
            phrase("Wait a moment; then look at: kubectl describe service"),
        )
    if "kind" in providers:
        return cause, phrase("kind needs cloud-provider-kind running beside it (or MetalLB).")
    if any(name.startswith("minikube") for name in names):
        return cause, phrase("Run this in another terminal and leave it running: minikube tunnel")
    if providers - {"", "k3s"}:
        return (
            phrase("The cloud has not assigned the address yet"),
            phrase("This can take some minutes; then look at: kubectl describe service"),
        )
    return cause, phrase("Install MetalLB, or reach the Service with kubectl port-forward instead.")
