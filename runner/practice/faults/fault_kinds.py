"""What can go wrong in a practice cluster: every kind of fault, its scope, and its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runner.words import Phrase, phrase


class FaultScope(StrEnum):
    """What a kind's target names."""

    PODS = "pods"  # a workload, a pod, or for images a part of the image's name
    SERVICE = "service"
    NODE = "node"
    RESOURCE = "resource"  # deployments.apps, pods
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `options`: each with what it may be; `""` for a number or text of one's own.

    `replaces`: pods that already run are deleted, as in a drain of their node, so that the new ones have the fault.
    """

    name: str
    scope: FaultScope
    what: Phrase
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replaces: bool = False


FAULTS_PATH = "/practice/faults"
"""Where the API of a practice cluster lists, adds and clears faults."""
FORMER_FAULTS_PATH = "/practice/troubles"
"""The same under its former name, for one release: its list is called `troubles`."""

PULL_ERRORS = ("not-found", "denied", "rate-limit", "dns", "timeout", "retired", "platform")
CRASHES = ("error", "oom", "exec-format", "not-found")
PROBE_ERRORS = ("503", "refused", "timeout")
NO_ROOM = ("cpu", "memory", "pods", "ports", "taint", "selector")

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "image-pull",
            FaultScope.PODS,
            phrase("The image can't be pulled."),
            {"because": PULL_ERRORS, "message": ()},
            replaces=True,
        ),
        Kind(
            "pull-rate-limit",
            FaultScope.PODS,
            phrase("The registry's pull limit is reached."),
            replaces=True,
        ),
        Kind(
            "crash-loop",
            FaultScope.PODS,
            phrase("The containers keep exiting."),
            {"because": CRASHES, "exit_code": (), "reason": (), "log": ()},
        ),
        Kind(
            "not-ready",
            FaultScope.PODS,
            phrase("The containers run, but their probe fails."),
            {"because": PROBE_ERRORS, "probe": ("readiness", "liveness")},
        ),
        Kind(
            "slow-start",
            FaultScope.PODS,
            phrase("The containers take long to become ready."),
            {"seconds": ()},
        ),
        Kind(
            "unschedulable",
            FaultScope.PODS,
            phrase("No node accepts the pods."),
            {"because": NO_ROOM, "resource": ()},
            replaces=True,
        ),
        Kind(
            "creation-refused",
            FaultScope.PODS,
            phrase("The pods can't be created: an admission webhook does not respond."),
            {"message": ()},
            replaces=True,
        ),
        Kind(
            "load-balancer-pending",
            FaultScope.SERVICE,
            phrase("The Service gets no external address."),
            {"message": (), "reason": ()},
        ),
        Kind("node-not-ready", FaultScope.NODE, phrase("The node stops reporting.")),
        Kind(
            "forbidden",
            FaultScope.RESOURCE,
            phrase("The learner is not allowed to write (or to do what `verbs` says)."),
            {"verbs": ()},
        ),
        Kind(
            "unauthorized", FaultScope.CLUSTER, phrase("The credentials are not accepted."), {"seconds": ()}
        ),
        Kind("api-unavailable", FaultScope.CLUSTER, phrase("The API server answers 503."), {"seconds": ()}),
        Kind("api-slow", FaultScope.CLUSTER, phrase("The API server responds slowly."), {"seconds": ()}),
    )
}
"""Every kind by its name."""
