"""Pods whose containers are ready but whose readiness gates are not met."""

from __future__ import annotations

from checks.base import Finding, Object, World
from checks.diagnosis.ages import settled
from checks.diagnosis.evidence import condition_path, ref
from checks.object_fields import condition, mappings_at, text_at
from checks.patterns import quotation
from checks.phrase import phrase


async def gate_not_met(world: World, pod: Object) -> Finding | None:
    """A condition in the pod's readinessGates is not True: the component that should set it has not."""
    ready = condition(pod, "Ready")
    if ready.get("status") == "True" or condition(pod, "ContainersReady").get("status") != "True":
        return None
    for index, gate in enumerate(mappings_at(pod, "spec", "readinessGates")):
        name = text_at(gate, "conditionType")
        if condition(pod, name).get("status") == "True" or not settled(world, pod):
            continue
        return Finding(
            "readiness-gate-not-met",
            phrase("The pod's containers are ready, but it waits for its readiness gate {gate}", gate=name),
            phrase(
                "Start the controller that sets this condition, or remove the gate from "
                "readinessGates in the pod's template."
            ),
            ref(pod),
            quotation(text_at(ready, "message")) or name,
            f"{condition_path(pod, 'Ready')}.message"
            if text_at(ready, "message")
            else f"spec.readinessGates[{index}]",
        )
    return None
