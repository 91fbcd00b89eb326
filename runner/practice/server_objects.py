"""What a real API server keeps in its own store about itself: APIServices, flow control's defaults, component statuses."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.kinds.api_groups import API_GROUPS
from runner.practice.kinds.apiservice_kind import API_SERVICE, available, local_service
from runner.practice.machinery.served_resources import Registry
from runner.practice.machinery.store import Object, timestamp

Made = Iterator[tuple[str, Object]]
"""(resource, object in the stored version)."""

FLOW = "flowcontrol.apiserver.k8s.io"
LENDING_SINCE, UPDATED_SINCE = 26, 22
VERSION_PRIORITIES = {
    "/v1": 1,
    "extensions/v1beta1": 1,
    "events.k8s.io/v1beta1": 5,
    "autoscaling/v2": 30,
    "autoscaling/v2beta2": 1,
    "admissionregistration.k8s.io/v1beta1": 12,
    "discovery.k8s.io/v1beta1": 12,
    "flowcontrol.apiserver.k8s.io/v1": 21,
    "flowcontrol.apiserver.k8s.io/v1beta1": 12,
    "flowcontrol.apiserver.k8s.io/v1beta3": 18,
    "rbac.authorization.k8s.io/v1beta1": 12,
    "scheduling.k8s.io/v1beta1": 12,
}
"""versionPriority where it is not the usual one: 15 for v1, 9 for the others."""

_LEVELS = (  # name, shares, lendable percent, queues, hand size, since
    ("catch-all", 5, 0, 0, 0, 0),
    ("global-default", 20, 50, 128, 6, 0),
    ("leader-election", 10, 0, 16, 4, 0),
    ("node-high", 40, 25, 64, 6, 23),
    ("system", 30, 33, 64, 6, 0),
    ("workload-high", 40, 50, 128, 6, 0),
    ("workload-low", 100, 90, 128, 6, 0),
)
_ALL_RESOURCES = {
    "apiGroups": ["*"],
    "clusterScope": True,
    "namespaces": ["*"],
    "resources": ["*"],
    "verbs": ["*"],
}
_ALL_PATHS = {"nonResourceURLs": ["*"], "verbs": ["*"]}
_EVERYTHING: Object = {"nonResourceRules": [_ALL_PATHS], "resourceRules": [_ALL_RESOURCES]}


def server_objects(registry: Registry) -> Made:
    """Everything of this module, for the version of `registry`."""
    yield from _api_services(registry)
    yield from _levels(registry.minor)
    yield from _flow_schemas(registry.minor)
    yield from _components()


def _api_services(registry: Registry) -> Made:
    priorities = {group.name: group.priority for group in API_GROUPS}
    for group, versions in registry.groups():
        if group == "apiregistration.k8s.io":  # served by what reads these objects
            continue
        for version in versions:
            usual = 15 if version == "v1" else 9
            priority = VERSION_PRIORITIES.get(f"{group}/{version}", usual)
            made = local_service(group, version, priorities[group], priority, managed="onstart")
            yield API_SERVICE.key, available(made)


def _flow_object(minor: int, kind: str, name: str, spec: Object, status: Object) -> tuple[str, Object]:
    meta: Object = {"name": name}
    if minor >= UPDATED_SINCE:
        meta["annotations"] = {"apf.kubernetes.io/autoupdate-spec": "true"}
    found = {"apiVersion": f"{FLOW}/v1", "kind": kind, "metadata": meta, "spec": spec, "status": status}
    return f"{kind.lower()}s.{FLOW}", found


def _levels(minor: int) -> Made:
    lends = minor >= LENDING_SINCE
    exempt: Object = {"type": "Exempt"}
    if lends:
        exempt["exempt"] = {"lendablePercent": 0, "nominalConcurrencyShares": 0}
    yield _flow_object(minor, "PriorityLevelConfiguration", "exempt", exempt, {})
    for name, shares, lendable, queues, hand_size, since in _LEVELS:
        if minor < since:
            continue
        response: Object = {"type": "Reject"}
        if queues:
            queuing = {"handSize": hand_size, "queueLengthLimit": 50, "queues": queues}
            response = {"queuing": queuing, "type": "Queue"}
        limited: Object = {"limitResponse": response, "nominalConcurrencyShares": shares}
        if lends:
            limited["lendablePercent"] = lendable
        yield _flow_object(
            minor, "PriorityLevelConfiguration", name, {"limited": limited, "type": "Limited"}, {}
        )


def _flow_schemas(minor: int) -> Made:
    leaders = ["get", "create", "update"]
    leases = {
        "apiGroups": ["coordination.k8s.io"],
        "namespaces": ["*"],
        "resources": ["leases"],
        "verbs": leaders,
    }
    locks = {"apiGroups": [""], "resources": ["endpoints", "configmaps"], "verbs": leaders}
    probes = [{"nonResourceURLs": ["/healthz", "/readyz", "/livez"], "verbs": ["get"]}]
    everybody = [_group("system:unauthenticated"), _group("system:authenticated")]
    manager, scheduler = _user("system:kube-controller-manager"), _user("system:kube-scheduler")
    system = _account("*")
    of_nodes = {
        "apiGroups": [""],
        "clusterScope": True,
        "namespaces": ["*"],
        "resources": ["nodes", "nodes/status"],
        "verbs": ["*"],
    }
    old_locks = minor < 27
    rows: tuple[tuple[str, str, int, str, list[Object], Object, int], ...] = (
        ("exempt", "exempt", 1, "", [_group("system:masters")], _EVERYTHING, 0),
        ("probes", "exempt", 2, "", everybody, {"nonResourceRules": probes}, 23),
        ("system-leader-election", "leader-election", 100, "ByUser", [manager, scheduler, system],
         {"resourceRules": [*([{**locks, "namespaces": ["kube-system"]}] if old_locks else []), leases]}, 0),
        ("workload-leader-election", "leader-election", 200, "ByUser", [system],
         {"resourceRules": [{**locks, "namespaces": ["*"]}, leases]}, 0),
        ("endpoint-controller", "workload-high", 150, "ByUser",
         [manager, _account("endpoint-controller"), _account("endpointslicemirroring-controller")],
         {"resourceRules": [{**locks, "resources": ["endpoints"], "namespaces": ["*"]}]}, 23),
        ("system-node-high", "node-high", 400, "ByUser", [_group("system:nodes")],
         {"resourceRules": [of_nodes, {**leases, "verbs": ["*"]}]}, 23),
        ("system-nodes", "system", 500, "ByUser", [_group("system:nodes")], _EVERYTHING, 0),
        ("kube-controller-manager", "workload-high", 800, "ByNamespace", [manager], _EVERYTHING, 0),
        ("kube-scheduler", "workload-high", 800, "ByNamespace", [scheduler], _EVERYTHING, 0),
        ("kube-system-service-accounts", "workload-high", 900, "ByNamespace", [system], _EVERYTHING, 0),
        ("service-accounts", "workload-low", 9000, "ByUser", [_group("system:serviceaccounts")], _EVERYTHING, 0),
        ("global-default", "global-default", 9900, "ByUser", everybody, _EVERYTHING, 0),
        ("catch-all", "catch-all", 10000, "ByUser", everybody, _EVERYTHING, 0),
    )  # fmt: skip
    for name, level, precedence, distinguisher, subjects, rules, since in rows:
        if minor < since:
            continue
        spec: Object = {
            "matchingPrecedence": precedence,
            "priorityLevelConfiguration": {"name": level},
            "rules": [{**rules, "subjects": subjects}],
        }
        if distinguisher:
            spec["distinguisherMethod"] = {"type": distinguisher}
        found = {
            "lastTransitionTime": timestamp(),
            "message": f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" and it exists',
            "reason": "Found",
            "status": "False",
            "type": "Dangling",
        }
        yield _flow_object(minor, "FlowSchema", name, spec, {"conditions": [found]})


def _group(name: str) -> Object:
    return {"kind": "Group", "group": {"name": name}}


def _account(name: str) -> Object:
    return {"kind": "ServiceAccount", "serviceAccount": {"name": name, "namespace": "kube-system"}}


def _user(name: str) -> Object:
    return {"kind": "User", "user": {"name": name}}


def _components() -> Made:
    for name, message in (("controller-manager", "ok"), ("scheduler", "ok"), ("etcd-0", '{"health":"true"}')):
        healthy = {"message": message, "status": "True", "type": "Healthy"}
        found = {
            "apiVersion": "v1",
            "kind": "ComponentStatus",
            "metadata": {"name": name},
            "conditions": [healthy],
        }
        yield "componentstatuses", found
