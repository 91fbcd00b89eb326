"""What a real API server fills in where a manifest says nothing, kind by kind.

From the API reference of kubernetes.io ("defaults to …") and from what kube-apiserver answers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from runner.practice.defaults import others, pods, workloads
from runner.practice.machinery.validation.decoding import tidied
from runner.practice.machinery.validation.field_table import fields_of, stored_type

Object = dict[str, Any]

_DEFAULTS: dict[str, Callable[[Object, int], None]] = {
    "pods": pods.pod,
    "podtemplates": workloads.pod_template,
    "deployments.apps": workloads.deployment,
    "replicasets.apps": workloads.replica_set,
    "replicationcontrollers": workloads.replication_controller,
    "statefulsets.apps": workloads.stateful_set,
    "daemonsets.apps": workloads.daemon_set,
    "jobs.batch": workloads.job,
    "cronjobs.batch": workloads.cron_job,
    "horizontalpodautoscalers.autoscaling": workloads.autoscaler,
    "services": others.service,
    "endpoints": others.endpoints,
    "endpointslices.discovery.k8s.io": others.endpoint_slice,
    "secrets": others.secret,
    "persistentvolumes": others.volume,
    "persistentvolumeclaims": others.claim,
    "storageclasses.storage.k8s.io": others.storage_class,
    "csidrivers.storage.k8s.io": others.driver,
    "limitranges": others.limit_range,
    "rolebindings.rbac.authorization.k8s.io": others.binding,
    "clusterrolebindings.rbac.authorization.k8s.io": others.binding,
    "roles.rbac.authorization.k8s.io": others.role,
    "clusterroles.rbac.authorization.k8s.io": others.role,
    "networkpolicies.networking.k8s.io": others.network_policy,
    "priorityclasses.scheduling.k8s.io": others.priority_class,
    "apiservices.apiregistration.k8s.io": others.api_service,
    "validatingadmissionpolicies.admissionregistration.k8s.io": others.admission_policy,
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": others.admission_policy_binding,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": others.mutating_webhooks,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": others.validating_webhooks,
}


def apply_defaults(resource: str, obj: Object, minor: int = 32) -> Object:
    """`obj` (in the store's version) tidied and with its defaults, as a new object.

    `resource` is "pods" or "deployments.apps"; `minor` is the Kubernetes minor of the cluster.
    """
    new = copy.deepcopy(tidied(resource, obj))
    new.setdefault("metadata", {})
    if "spec" in (fields_of(stored_type(resource) or "") or ()):  # Go writes a struct also where it is empty
        new.setdefault("spec", {})
    found = _DEFAULTS.get(resource)
    if found:
        found(new, minor)
    return new
