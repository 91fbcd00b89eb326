"""Which rules a kind has, and the refusal where it breaks them."""

from __future__ import annotations

from collections.abc import Callable

from runner.practice.kinds import resource_rules
from runner.practice.machinery.errors import invalid
from runner.practice.machinery.validation.field_table import kind_of
from runner.practice.machinery.validation.metadata_rules import metadata
from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.validation import (
    admission_policies,
    cluster_rules,
    flow_rules,
    limit_ranges,
    network,
    others,
    policy_rules,
    role_rules,
    scaling_rules,
    storage_rules,
    webhook_rules,
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
    "podtemplates": workloads.pod_template,
    "replicationcontrollers": workloads.replication_controller,
    "horizontalpodautoscalers.autoscaling": scaling_rules.autoscaler,
    "poddisruptionbudgets.policy": scaling_rules.disruption_budget,
    "podsecuritypolicies.policy": policy_rules.pod_security_policy,
    "controllerrevisions.apps": cluster_rules.controller_revision,
    "namespaces": cluster_rules.namespace,
    "nodes": cluster_rules.node,
    "events": cluster_rules.event,
    "leases.coordination.k8s.io": cluster_rules.lease,
    "runtimeclasses.node.k8s.io": cluster_rules.runtime_class,
    "limitranges": limit_ranges.limit_range,
    "resourcequotas": resource_rules.resource_quota,
    "endpointslices.discovery.k8s.io": network.endpoint_slice,
    "ingressclasses.networking.k8s.io": network.ingress_class,
    "csidrivers.storage.k8s.io": storage_rules.csi_driver,
    "csinodes.storage.k8s.io": storage_rules.csi_node,
    "csistoragecapacities.storage.k8s.io": storage_rules.storage_capacity,
    "volumeattachments.storage.k8s.io": storage_rules.attachment,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhook_rules.webhooks,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": webhook_rules.webhooks,
    "apiservices.apiregistration.k8s.io": webhook_rules.api_service,
    "flowschemas.flowcontrol.apiserver.k8s.io": flow_rules.flow_schema,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": flow_rules.priority_level,
    "services": network.service,
    "endpoints": network.endpoints,
    "ingresses.networking.k8s.io": network.ingress,
    "networkpolicies.networking.k8s.io": network.network_policy,
    "configmaps": others.config_map,
    "secrets": others.secret,
    "persistentvolumeclaims": storage_rules.claim,
    "persistentvolumes": storage_rules.volume,
    "storageclasses.storage.k8s.io": storage_rules.storage_class,
    "roles.rbac.authorization.k8s.io": role_rules.role,
    "clusterroles.rbac.authorization.k8s.io": role_rules.cluster_role,
    "rolebindings.rbac.authorization.k8s.io": role_rules.role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": role_rules.cluster_role_binding,
    "validatingadmissionpolicies.admissionregistration.k8s.io": admission_policies.policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": admission_policies.binding,
    "priorityclasses.scheduling.k8s.io": others.priority_class,
}


def validate(
    resource: str, obj: Object, old: Object | None = None, minor: int = 32, api_version: str = ""
) -> None:
    """Check an object in the store's version, with its defaults; `old` is what it replaces.

    `api_version` is the one that it came in, where that makes a difference. Raises ApiError (422) that names every
    field that is wrong, in the words of Kubernetes 1.`minor`.
    """
    came = api_version or obj.get("apiVersion", "")
    group, _, version = came.rpartition("/")
    problems = Problems(minor, group, version)
    metadata(problems, resource, obj, old)
    rule = _RULES.get(resource)
    if rule:
        rule(problems, obj, old)
    if problems.causes:
        group = resource.partition(".")[2]
        name = obj.get("metadata", {}).get("name", "")
        raise invalid(kind_of(resource), name, problems.causes, group)
