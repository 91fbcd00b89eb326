"""Why mutual TLS refuses a request: a pod that must have it, and a client or a DestinationRule that goes without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.endpoint_causes import pods_behind
from checks.diagnosis.evidence import ref
from checks.diagnosis.istio import has_sidecar
from checks.diagnosis.mesh_objects import (
    ROOT_NAMESPACE,
    SECURITY,
    host_of,
    mesh_objects,
    namespace_of,
    rule_for,
)
from checks.object_fields import at, name_of, text_at
from checks.phrase import phrase

STRICT = "STRICT"
PLAIN = ("DISABLE", "SIMPLE")
"""TLS modes of a DestinationRule with which a sidecar does not show the mesh's certificate."""


async def mtls_causes(world: World, service: Object, client: Object | None = None) -> Finding | None:
    """For a connection to a Service that is reset or answered with 503; `client` is the pod that asks, if one does."""
    try:
        pods = [pod for pod in await pods_behind(world, service) if has_sidecar(pod)]
        policies = await world.cluster.list(SECURITY, "PeerAuthentication", None)
    except CannotRead:
        return None
    policy = _policy(policies, pods[0]) if pods else None
    if policy is None or text_at(policy, "spec", "mtls", "mode") != STRICT:
        return None
    if client is not None and not has_sidecar(client):
        return Finding(
            "plaintext-refused",
            phrase("The pods accept mutual TLS only (STRICT), and the client has no sidecar that speaks it"),
            phrase(
                "Send the request from a pod with a sidecar, or use the mode PERMISSIVE during a migration."
            ),
            ref(policy),
            f"mode: {STRICT}; pod {name_of(client)}: no istio-proxy",
            "spec.mtls.mode",
        )
    return await _without_certificate(world, service, policy)


async def _without_certificate(world: World, service: Object, policy: Object) -> Finding | None:
    objects = await mesh_objects(world)
    for rule in rule_for(objects, host_of(service), namespace_of(service)) if objects else ():
        mode = text_at(rule, "spec", "trafficPolicy", "tls", "mode")
        if mode in PLAIN:
            return Finding(
                "mtls-mismatch",
                phrase("The pods accept mutual TLS only, and the DestinationRule sends them requests without it (status 503)"),
                phrase("Use the mode ISTIO_MUTUAL in trafficPolicy.tls, or leave tls out: sidecars then choose it themselves."),
                ref(rule),
                f"tls.mode: {mode}; PeerAuthentication {namespace_of(policy)}/{name_of(policy)}: {STRICT}",
                "spec.trafficPolicy.tls.mode",
            )  # fmt: skip
    return None


def _policy(policies: Sequence[Object], pod: Object) -> Object | None:
    """The PeerAuthentication that counts for a pod: its own, its namespace's, or the mesh's."""
    labels, home = at(pod, "metadata", "labels"), text_at(pod, "metadata", "namespace")
    levels: Mapping[int, list[Object]] = {0: [], 1: [], 2: []}
    for each in policies:
        selector = at(each, "spec", "selector", "matchLabels")
        if isinstance(selector, dict) and selector:
            if namespace_of(each) == home and isinstance(labels, dict) and selector.items() <= labels.items():
                levels[0].append(each)
        elif namespace_of(each) == home:
            levels[1].append(each)
        elif namespace_of(each) == ROOT_NAMESPACE:
            levels[2].append(each)
    for level in levels.values():
        for each in sorted(level, key=lambda one: text_at(one, "metadata", "creationTimestamp")):
            if text_at(each, "spec", "mtls", "mode") not in ("", "UNSET"):
                return each
    return None
