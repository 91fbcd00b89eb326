"""Which rules a kind has, and the refusal where it breaks them."""

from __future__ import annotations

from collections.abc import Callable

from runner.practice.machinery.errors import invalid
from runner.practice.machinery.validation.field_table import kind_of
from runner.practice.machinery.validation.metadata_rules import metadata
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.validation import (
    admission_policies,
    limit_ranges,
    network,
    others,
    role_rules,
    webhook_configurations,
    workloads,
)

Rule = Callable[[Problems, Object, Object | None], None]

_RULES: dict[str, Rule] = {
    "pods": workloads.pod,
    "deployments.apps": workloads.deployment,
    "replicasets.apps": workloads.replica_set,
    "statefulsets.apps": workloads.stateful_set,
    "daemonsets.apps": workloads.daemon_set,
    "jobs.batch": workloads.job,
    "cronjobs.batch": workloads.cron_job,
    "horizontalpodautoscalers.autoscaling": workloads.autoscaler,
    "poddisruptionbudgets.policy": workloads.disruption_budget,
    "services": network.service,
    "endpoints": network.endpoints,
    "ingresses.networking.k8s.io": network.ingress,
    "networkpolicies.networking.k8s.io": network.network_policy,
    "configmaps": others.config_map,
    "secrets": others.secret,
    "persistentvolumeclaims": others.claim,
    "persistentvolumes": others.volume,
    "storageclasses.storage.k8s.io": others.storage_class,
    "roles.rbac.authorization.k8s.io": role_rules.role,
    "clusterroles.rbac.authorization.k8s.io": role_rules.cluster_role,
    "rolebindings.rbac.authorization.k8s.io": role_rules.role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": role_rules.cluster_role_binding,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": webhook_configurations.webhooks,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhook_configurations.webhooks,
    "validatingadmissionpolicies.admissionregistration.k8s.io": admission_policies.policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": admission_policies.binding,
    "limitranges": limit_ranges.limit_range,
    "priorityclasses.scheduling.k8s.io": others.priority_class,
}


def validate(resource: str, obj: Object, old: Object | None = None, minor: int = 32) -> None:
    """Check an object in the store's version, with its defaults; `old` is what it replaces.

    Raises ApiError (422) that names every field that is wrong, in the words of Kubernetes 1.`minor`.
    """
    problems = Problems(minor)
    metadata(problems, resource, obj)
    rule = _RULES.get(resource)
    if rule:
        rule(problems, obj, old)
    if problems.causes:
        group = resource.partition(".")[2]
        name = obj.get("metadata", {}).get("name", "")
        raise invalid(kind_of(resource), name, problems.causes, group)
