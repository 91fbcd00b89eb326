"""Whether somebody stands ready behind a Service: by its EndpointSlices, its Endpoints and the pods that it selects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.base import CannotRead, Object, World
from checks.diagnosis.endpoint_causes import pods_behind
from checks.object_fields import at, is_going, mappings_at, name_of, text_at
from checks.pods import is_ready

SLICES = ("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1")
"""v1 since Kubernetes 1.21."""
OF_SERVICE = "kubernetes.io/service-name"
"""The label by which a slice names its Service."""


async def has_ready_endpoint(world: World, service: Object) -> bool:
    """Of a Service with a selector: a ready pod that it selects is among its endpoints. What somebody else wrote there is
    none, and neither are pods that are not ready (publishNotReadyAddresses). Of one without: any endpoint that is ready;
    whoever made the Service says who that is. Raises CannotRead."""
    ready = await _addresses(world, service)
    if not at(service, "spec", "selector"):
        return bool(ready)
    pods = [pod for pod in await pods_behind(world, service) if is_ready(pod) and not is_going(pod)]
    known = {ip for pod in pods for ip in _ips(pod) if ip}
    return any(address in known for address in ready)


async def _addresses(world: World, service: Object) -> Sequence[str]:
    """The IPs (or host names) that are ready, of both kinds: old clusters and RBAC may have or show only one."""
    namespace, name = text_at(service, "metadata", "namespace"), name_of(service)
    slices = await _slices(world, name, namespace)
    try:
        endpoints = await world.cluster.get("v1", "Endpoints", name, namespace)
    except CannotRead:
        if slices is None:
            raise
        endpoints = None
    names = {text_at(port, "name") for port in mappings_at(service, "spec", "ports")}
    return [*_of_slices(slices or (), names), *_of_endpoints(endpoints, names)]


async def _slices(world: World, name: str, namespace: str) -> Sequence[Object] | None:
    """None if they can't be read."""
    for version in SLICES:
        try:
            return await world.cluster.list(version, "EndpointSlice", namespace, f"{OF_SERVICE}={name}")
        except CannotRead as error:
            if error.reason != "unknown-kind":
                return None
    return None


def _has_port(part: Object, names: set[str]) -> bool:
    """Whether it serves one of the Service's ports, by name: traffic for the others goes nowhere, as where targetPort is a
    name that the pods don't have. A Service without ports (headless) asks for none."""
    return not names or bool(names & {text_at(port, "name") for port in mappings_at(part, "ports")})


def _of_slices(slices: Sequence[Object], names: set[str]) -> Iterator[str]:
    for each in slices:
        for endpoint in (
            mappings_at(each, "endpoints") if _has_port(each, names) and not is_going(each) else ()
        ):
            if at(endpoint, "conditions", "ready") is not False:  # left out, it means ready
                yield from _texts(at(endpoint, "addresses"))


def _of_endpoints(endpoints: Object | None, names: set[str]) -> Iterator[str]:
    for subset in mappings_at(endpoints, "subsets"):
        for address in mappings_at(subset, "addresses") if _has_port(subset, names) else ():
            yield text_at(address, "ip")


def _ips(pod: Object) -> Iterator[str]:
    """Both of a dual stack."""
    yield text_at(pod, "status", "podIP")
    for each in mappings_at(pod, "status", "podIPs"):
        yield text_at(each, "ip")


def _texts(values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str):
            yield value
