"""metrics-server: for kubectl top and HorizontalPodAutoscalers."""

from __future__ import annotations

from runner.practice.helm.chart import Chart, Object, ReleaseName, Values, chart_labels

NAME, VERSION, APP_VERSION = "metrics-server", "3.12.2", "0.7.2"
VALUES: Values = {
    "apiService": {"create": True, "insecureSkipTLSVerify": True},
    "args": [],
    "image": {"repository": "registry.k8s.io/metrics-server/metrics-server", "tag": "v0.7.2"},
    "replicas": 1,
    "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
}
_RBAC = "rbac.authorization.k8s.io"


def _objects(release: ReleaseName, values: Values) -> list[Object]:
    name, home = CHART.full_name(release), release.namespace
    labels = chart_labels(NAME, VERSION, APP_VERSION, release.name)
    selector = {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance")}

    def made(version: str, kind: str, called: str, namespace: str = home, **body: object) -> Object:
        metadata = {"name": called, **({"namespace": namespace} if namespace else {}), "labels": labels}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}

    account = [{"kind": "ServiceAccount", "name": name, "namespace": home}]
    rules = [
        {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "nodes", "namespaces", "configmaps"], "verbs": ["get", "list", "watch"]},
    ]  # fmt: skip
    readers = [
        {"apiGroups": ["metrics.k8s.io"], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]}
    ]

    def role(called: str) -> Object:
        return {"apiGroup": _RBAC, "kind": "ClusterRole", "name": called}

    page = {"port": "https", "scheme": "HTTPS"}
    probe = {"periodSeconds": 10, "failureThreshold": 3}
    container = {
        "name": NAME,
        "image": f"{values['image']['repository']}:{values['image']['tag']}",
        "args": [
            "--secure-port=10250",
            "--cert-dir=/tmp",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
            *map(str, values["args"]),
        ],
        "ports": [{"name": "https", "containerPort": 10250, "protocol": "TCP"}],
        "livenessProbe": {**probe, "httpGet": {**page, "path": "/livez"}},
        "readinessProbe": {**probe, "httpGet": {**page, "path": "/readyz"}, "initialDelaySeconds": 20},
        "resources": dict(values["resources"]),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a folder in a container
    }  # fmt: skip
    pod = {
        "serviceAccountName": name,
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    }
    registered = {
        "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": bool(values["apiService"]["insecureSkipTLSVerify"]),
        "service": {"name": name, "namespace": home, "port": 443},
    }  # fmt: skip
    return [
        made("v1", "ServiceAccount", name),
        made(f"{_RBAC}/v1", "ClusterRole", f"system:{name}", "", rules=rules),
        made(f"{_RBAC}/v1", "ClusterRole", f"system:{name}-aggregated-reader", "", rules=readers),
        made(f"{_RBAC}/v1", "ClusterRoleBinding", f"system:{name}", "", roleRef=role(f"system:{name}"), subjects=account),
        made(f"{_RBAC}/v1", "ClusterRoleBinding", f"{name}:system:auth-delegator", "",
             roleRef=role("system:auth-delegator"), subjects=account),
        made("v1", "Service", name,
             spec={"ports": [{"name": "https", "port": 443, "targetPort": "https"}], "selector": selector}),
        made("apps/v1", "Deployment", name,
             spec={"replicas": int(values["replicas"]), "selector": {"matchLabels": selector},
                   "template": {"metadata": {"labels": selector}, "spec": pod}}),
        *([made("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io", "", spec=registered)]
          if values["apiService"]["create"] else []),
    ]  # fmt: skip


def _notes(release: ReleaseName, values: Values) -> str:
    return "metrics-server is installed. Its first figures appear after about half a minute:\n  kubectl top nodes\n"


CHART = Chart(
    NAME,
    "https://kubernetes-sigs.github.io/metrics-server/",
    VERSION,
    APP_VERSION,
    "Metrics Server is a scalable, efficient source of container resource metrics",
    VALUES,
    _objects,
    _notes,
)
