"""Why the pods of a workload are not created."""

from __future__ import annotations

import re

from checks.base import Finding, Object, World
from checks.diagnosis.evidence import condition_path, ref, warnings_about
from checks.object_fields import condition, text_at
from checks.patterns import quotation
from checks.phrase import Phrase, phrase


async def not_created(world: World, workload: Object) -> Finding | None:
    """From the Deployment's own condition; for other kinds from their events."""
    failure = condition(workload, "ReplicaFailure")
    field = source = ""
    if failure.get("status") == "True":
        message, field = text_at(failure, "message"), f"{condition_path(workload, 'ReplicaFailure')}.message"
    elif text_at(workload, "kind") == "Deployment":
        return None
    else:
        message = next(iter(await warnings_about(world, workload, "FailedCreate")), "")
        source = "event FailedCreate"
    if not message:
        return None
    rule, cause, remedy = _read(message, text_at(workload, "metadata", "namespace"))
    return Finding(rule, cause, remedy, ref(workload), quotation(message), field, source)


def _read(message: str, namespace: str) -> tuple[str, Phrase, Phrase]:
    if "failed calling webhook" in message and "sidecar-injector" in message:
        if namespace == "istio-system":
            return (
                "injection-in-istio-system",
                phrase("Sidecar injection is enabled in Istio's own namespace"),
                phrase(
                    "Disable it: {command}",
                    command="kubectl label namespace istio-system istio-injection-",
                ),
            )
        return (
            "injector-unreachable",
            phrase("The API server can't reach Istio's sidecar injector"),
            phrase("Check that istiod is ready, and that the API server reaches the nodes on port 15017."),
        )
    if "failed calling webhook" in message:
        return (
            "webhook-unreachable",
            phrase("An admission webhook does not respond, so no pod is created"),
            phrase("Fix the webhook's own pods, or delete its configuration if it is a leftover."),
        )
    if "failed quota" in message:
        return (
            "quota-unsaid",
            phrase("The namespace's quota requires resource requests and limits for every container"),
            phrase("Set resources.requests and resources.limits in the pod's template, or add a LimitRange."),
        )
    if "exceeded quota" in message:
        return (
            "quota-exceeded",
            phrase("The namespace's quota is exhausted"),
            phrase("Delete what isn't needed, or check the quota: {command}", command=_quota(namespace)),
        )
    if re.search(r"service ?account .*not found", message, re.IGNORECASE):
        return (
            "service-account-missing",
            phrase("The ServiceAccount that the pods use does not exist"),
            phrase("Create it, or correct serviceAccountName in the manifest."),
        )
    if "violates PodSecurity" in message:
        return (
            "pod-security",
            phrase("The namespace's Pod Security level does not allow these pods"),
            phrase(
                "Use another namespace, or another level in its pod-security.kubernetes.io/enforce label."
            ),
        )
    return (
        "creation-refused",
        phrase("The API server refuses to create the pods"),
        phrase("Fix what the message names, and apply it again."),
    )


def _quota(namespace: str) -> str:
    return f"kubectl describe quota -n {namespace}"
