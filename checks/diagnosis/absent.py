"""An object that a check expects does not exist: it was created elsewhere, or its name was mistyped."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import CannotRead, Finding, Object, World
from checks.diagnosis.evidence import ref
from checks.object_fields import is_going, name_of, text_at
from checks.phrase import phrase

OF_THE_CLUSTER = ("kube-node-lease", "kube-public", "kube-system")
"""Namespaces in which a learner creates nothing by mistake."""


async def why_absent(
    world: World, api_version: str, kind: str, name: str, namespace: str | None
) -> tuple[Finding, ...]:
    """Evidence that the object was created differently from what the check expects; none if it was not created.

    `namespace` is None for cluster-scoped kinds.
    """
    try:
        if namespace is None:
            finding = slip_of_the_key(await world.cluster.list(api_version, kind), name)
        else:
            finding = await _in_namespaces(world, api_version, kind, name, namespace)
    except CannotRead:  # a learner may not be allowed to look into other namespaces
        return ()
    return (finding,) if finding else ()


async def _in_namespaces(
    world: World, api_version: str, kind: str, name: str, namespace: str
) -> Finding | None:
    finding = slip_of_the_key(await world.cluster.list(api_version, kind, namespace), name)
    if finding:
        return finding
    for each in await world.cluster.list(api_version, kind, "default"):
        if name_of(each) == name and namespace != "default":
            return _elsewhere(each, kind, namespace)
    for home in await world.cluster.list("v1", "Namespace"):
        if is_slip(name_of(home), namespace) and name_of(home) not in OF_THE_CLUSTER:
            there = await world.cluster.get(api_version, kind, name, name_of(home))
            if there is not None:
                return _elsewhere(there, kind, namespace)
    return None


def _elsewhere(obj: Object, kind: str, wanted: str) -> Finding:
    there = text_at(obj, "metadata", "namespace")
    return Finding(
        "in-another-namespace",
        phrase(
            "A {kind} with this name is in another namespace: {namespace}",
            kind=kind,
            namespace=there,
        ),
        phrase(
            "Create it in the namespace {wanted} (kubectl: -n {wanted}), and delete the other one: {command}",
            wanted=wanted,
            command=f"kubectl delete {kind.lower()} {name_of(obj)} -n {there}",
        ),
        ref(obj),
        there,
        "metadata.namespace",
    )


def slip_of_the_key(objects: Sequence[Object], name: str) -> Finding | None:
    """An object whose name differs from the wanted one by a single typing mistake."""
    near = [each for each in objects if is_slip(name_of(each), name) and not is_going(each)]
    if not near:
        return None
    return Finding(
        "misspelled",
        phrase("There is one with a similar name: {name}", name=name_of(near[0])),
        phrase(
            "Its name must be {wanted}: create it again with that name, and delete this one.", wanted=name
        ),
        ref(near[0]),
        name_of(near[0]),
        "metadata.name",
    )


def is_slip(typed: str, meant: str) -> bool:
    """Whether one letter is wrong, missing or extra, or two are swapped (a Damerau distance of 1).

    Names in a lab are often alike (istio-ingressgateway, istio-egressgateway; web-1, web-2), so a different digit is
    not a typing mistake.
    """
    if typed == meant or min(len(typed), len(meant)) < 3:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    one, other = typed[start:], meant[start:]
    if any(each.isdigit() for each in (one[:1], other[:1])):
        return False
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2] == other[1::-1] and one[2:] == other[2:] and len(one) > 1)
    )
