"""Services that are exposed and should not be, or no longer are and should be."""

from __future__ import annotations

import json
from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.object_fields import at, is_going, mappings_at, name_of, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase

INSIDE = ("istiod", "zipkin", "jaeger-collector")
"""Services of the mesh itself, called only from inside the cluster."""
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WERE = ("EnsuredLoadBalancer", "DeletingLoadBalancer", "DeletedLoadBalancer", "EnsuringLoadBalancer")
"""Event reasons that show that a Service has or had a load balancer."""


async def not_open(world: World, service: Object) -> Finding | None:
    """For a Service that should be a load balancer: another one was exposed instead, or `kubectl apply` reverted it."""
    return await _other_opened(world, service) or await _closed_again(world, service)


def opened_by_mistake(service: Object) -> Finding | None:
    """For a Service that should be of type ClusterIP: it is exposed outside the cluster."""
    if text_at(service, "spec", "type") not in ("LoadBalancer", "NodePort"):
        return None
    name, namespace = name_of(service), text_at(service, "metadata", "namespace")
    return Finding(
        "wrong-service-opened",
        phrase("The Service {name} is exposed, but must stay inside the cluster", name=name),
        phrase("Set its type back: {command}", command=typing(name, namespace, "ClusterIP")),
        ref(service),
        f"type: {text_at(service, 'spec', 'type')}",
        "spec.type",
    )


async def _other_opened(world: World, service: Object) -> Finding | None:
    """Exposed: a Service with the same pods behind it, or one of the mesh's own, which nobody calls from outside."""
    selector = at(service, "spec", "selector")
    for other in await world.cluster.list("v1", "Service", text_at(service, "metadata", "namespace")):
        same = bool(selector) and at(other, "spec", "selector") == selector
        if name_of(other) == name_of(service) or text_at(other, "spec", "type") != "LoadBalancer":
            continue
        if same or name_of(other) in INSIDE:
            return opened_by_mistake(other)
    return None


async def _closed_again(world: World, service: Object) -> Finding | None:
    """It was a load balancer, but its manifest says ClusterIP and was applied again."""
    applied = text_at(service, "metadata", "annotations", APPLIED)
    if text_at(service, "spec", "type") != "ClusterIP" or _type_in(applied) != "ClusterIP":
        return None
    if not _set_by_apply(service):
        return None
    reason = await _was_balanced(world, service)
    if not reason:
        return None
    name, namespace = name_of(service), text_at(service, "metadata", "namespace")
    return Finding(
        "opening-undone",
        phrase("The Service {name} was exposed, but applying its file again closed it", name=name),
        phrase(
            "The file says type: ClusterIP. Open it again: {command}",
            command=typing(name, namespace, "LoadBalancer"),
        ),
        ref(service),
        quotation(f'"type":"ClusterIP" in what was applied last; event {reason}'),
        f"metadata.annotations['{APPLIED}']",
    )


def _set_by_apply(service: Object) -> bool:
    """Whether kubectl apply set the type last, according to its managedFields."""
    setters = [
        text_at(entry, "manager")
        for entry in mappings_at(service, "metadata", "managedFields")
        if at(entry, "fieldsV1", "f:spec", "f:type") is not None
    ]
    return not setters or any("apply" in manager for manager in setters)


def _type_in(applied: str) -> str:
    try:
        return text_at(json.loads(applied), "spec", "type")
    except ValueError:
        return ""


async def _was_balanced(world: World, service: Object) -> str:
    """The reason of an event about its load balancer; "" if there is none."""
    try:
        events = await world.cluster.list("v1", "Event", text_at(service, "metadata", "namespace"))
    except CannotRead:
        return ""
    uid = text_at(service, "metadata", "uid")
    for event in events:
        about = at(event, "involvedObject")
        if text_at(about, "kind") != "Service" or text_at(about, "name") != name_of(service):
            continue
        if text_at(about, "uid") in ("", uid) and text_at(event, "reason") in WERE:
            return text_at(event, "reason")
    return ""


async def still_open(world: World, namespace: str) -> Finding | None:
    """For a namespace that should be deleted: what in it is exposed to the internet and costs money."""
    services = await world.cluster.list("v1", "Service", namespace)
    balanced = [s for s in services if text_at(s, "spec", "type") == "LoadBalancer" and not is_going(s)]
    if not balanced:
        return None
    names = tuple(name_of(service) for service in balanced)
    anonymous = await _kiali_asks_nobody(world, namespace) if "kiali" in names else False
    about = next((s for s in balanced if name_of(s) == "kiali"), balanced[0])
    return Finding(
        "still-open",
        _open_words(names, anonymous=anonymous),
        phrase(
            "Delete what the lab created, or at least close these Services: {command}",
            command=f"kubectl delete service -n {namespace} {' '.join(names)}",
        ),
        ref(about),
        f"type: LoadBalancer ({', '.join(names)}){'; auth: strategy: anonymous' if anonymous else ''}",
        "spec.type",
    )


def _open_words(names: Sequence[str], *, anonymous: bool) -> Phrase:
    if anonymous:
        return phrase(
            "These Services still have load balancers, which cost money in a cloud, and Kiali "
            "requires no password: {services}",
            services=tuple(names),
        )
    return phrase(
        "These Services still have load balancers, which cost money in a cloud: {services}",
        services=tuple(names),
    )


async def _kiali_asks_nobody(world: World, namespace: str) -> bool:
    try:
        config = await world.cluster.get("v1", "ConfigMap", "kiali", namespace)
    except CannotRead:
        return False
    return "strategy: anonymous" in text_at(config, "data", "config.yaml")


def typing(name: str, namespace: str, kind: str) -> str:
    """The command that gives a Service another type."""
    return f"""kubectl patch service {name} -n {namespace} -p '{{"spec":{{"type":"{kind}"}}}}'"""
