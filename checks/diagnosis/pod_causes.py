"""Why pods are not ready: the rules for a pod, in the order of its lifecycle."""

from __future__ import annotations

from collections.abc import Sequence

from checks.base import Finding, Object, World
from checks.diagnosis.container_causes import not_mounted, not_set_up
from checks.diagnosis.crashes import crashes
from checks.diagnosis.gates import gate_not_met
from checks.diagnosis.image_causes import image_not_pulled
from checks.diagnosis.log_causes import waits_for_a_host
from checks.diagnosis.node_causes import evicted, node_not_ready
from checks.diagnosis.probes import probe_fails
from checks.diagnosis.rule import Rule, first, merged
from checks.diagnosis.scheduling import not_scheduled
from checks.diagnosis.volume_causes import claim_not_bound
from checks.object_fields import condition, is_going, text_at

POD_RULES: tuple[Rule, ...] = (
    claim_not_bound,
    not_scheduled,
    evicted,
    node_not_ready,
    not_mounted,
    image_not_pulled,
    not_set_up,
    crashes,
    waits_for_a_host,
    probe_fails,
    gate_not_met,
)


MOST_LOOKED_INTO = 200
"""How many pods are diagnosed: each reads the namespace's events, and thousands fail for the same few causes."""


async def unready_pods(world: World, pods: Sequence[Object]) -> tuple[Finding, ...]:
    """The causes for pods that are not ready, each reported once."""
    unready = [pod for pod in pods if _wants_explaining(pod)]
    found = [await first(POD_RULES, world, pod) for pod in unready[:MOST_LOOKED_INTO]]
    return merged(finding for finding in found if finding is not None)


def _wants_explaining(pod: Object) -> bool:
    if is_going(pod) or text_at(pod, "status", "phase") == "Succeeded":
        return False
    return condition(pod, "Ready").get("status") != "True"
