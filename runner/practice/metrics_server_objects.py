"""A metrics server as its project's components.yaml installs it, for clusters that have one from the start."""

from __future__ import annotations

from collections.abc import Iterator

from runner.practice.machinery.store import Object

HOME, NAME = "kube-system", "metrics-server"
IMAGE = "registry.k8s.io/metrics-server/metrics-server:v0.7.2"
RBAC = "rbac.authorization.k8s.io"
_LABELS = {"k8s-app": NAME}


def metrics_server() -> Iterator[tuple[str, Object]]:
    """(resource, object), in the order in which they are applied."""
    yield "serviceaccounts", _object("v1", "ServiceAccount", NAME, HOME)
    reader = {f"{RBAC}/aggregate-to-{role}": "true" for role in ("admin", "edit", "view")}
    yield _role("system:aggregated-metrics-reader", [_rule(["metrics.k8s.io"], ["pods", "nodes"])], reader)
    kubelets = {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]}
    yield _role(f"system:{NAME}", [kubelets, _rule([""], ["pods", "nodes"])], {})
    yield _binding(f"system:{NAME}", f"system:{NAME}")
    yield _binding(f"{NAME}:system:auth-delegator", "system:auth-delegator")
    ports = [{"appProtocol": "https", "name": "https", "port": 443, "protocol": "TCP", "targetPort": "https"}]
    yield "services", _object("v1", "Service", NAME, HOME, spec={"ports": ports, "selector": _LABELS})
    yield "deployments.apps", _deployment()
    spec = {
        "group": "metrics.k8s.io",
        "groupPriorityMinimum": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": NAME, "namespace": HOME, "port": 443},
        "version": "v1beta1",
        "versionPriority": 100,
    }
    registered = _object("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io", "", spec=spec)
    yield "apiservices.apiregistration.k8s.io", registered


def _deployment() -> Object:
    container = {
        "name": NAME,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--cert-dir=/tmp",
            "--secure-port=10250",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
        ],
        "livenessProbe": _probe("/livez"),
        "readinessProbe": {**_probe("/readyz"), "initialDelaySeconds": 20},
        "ports": [{"containerPort": 10250, "name": "https", "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [{"mountPath": "/tmp", "name": "tmp-dir"}],  # noqa: S108
    }
    pod = {
        "containers": [container],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priorityClassName": "system-cluster-critical",
        "serviceAccountName": NAME,
        "volumes": [{"emptyDir": {}, "name": "tmp-dir"}],
    }
    spec = {
        "selector": {"matchLabels": _LABELS},
        "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
        "template": {"metadata": {"labels": _LABELS}, "spec": pod},
    }
    return _object("apps/v1", "Deployment", NAME, HOME, spec=spec)


def _probe(path: str) -> Object:
    get = {"path": path, "port": "https", "scheme": "HTTPS"}
    return {"failureThreshold": 3, "httpGet": get, "periodSeconds": 10}


def _rule(groups: list[str], resources: list[str]) -> Object:
    return {"apiGroups": groups, "resources": resources, "verbs": ["get", "list", "watch"]}


def _role(name: str, rules: list[Object], labels: Object) -> tuple[str, Object]:
    made = _object(f"{RBAC}/v1", "ClusterRole", name, "", rules=rules)
    made["metadata"]["labels"] |= labels
    return f"clusterroles.{RBAC}", made


def _binding(name: str, role: str) -> tuple[str, Object]:
    made = _object(
        f"{RBAC}/v1",
        "ClusterRoleBinding",
        name,
        "",
        roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": HOME}],
    )
    return f"clusterrolebindings.{RBAC}", made


def _object(api_version: str, kind: str, name: str, namespace: str, **more: object) -> Object:
    meta: Object = {"name": name, "labels": dict(_LABELS)}
    if namespace:
        meta["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": meta, **more}
