"""ingress-nginx: the controller, its Services and its IngressClass."""

from __future__ import annotations

from typing import Any

from runner.practice.helm.chart import Chart, Object, ReleaseName, Values, chart_labels

NAME, VERSION, APP_VERSION = "ingress-nginx", "4.15.1", "1.15.1"
VALUES: Values = {
    "controller": {
        "allowSnippetAnnotations": False,
        "config": {},
        "hostNetwork": False,
        "hostPort": {"enabled": False, "ports": {"http": 80, "https": 443}},
        "image": {"image": "ingress-nginx/controller", "registry": "registry.k8s.io", "tag": "v1.15.1"},
        "ingressClass": "nginx",
        "ingressClassResource": {
            "controllerValue": "k8s.io/ingress-nginx",
            "default": False,
            "enabled": True,
            "name": "nginx",
        },
        "kind": "Deployment",
        "replicaCount": 1,
        "resources": {"requests": {"cpu": "100m", "memory": "90Mi"}},
        "service": {
            "annotations": {},
            "externalTrafficPolicy": "",
            "nodePorts": {"http": "", "https": ""},
            "type": "LoadBalancer",
        },
    },
    "rbac": {"create": True},
    "serviceAccount": {"create": True},
}
_READ = ["get", "list", "watch"]


def _objects(release: ReleaseName, values: Values) -> list[Object]:
    name, home, controller = CHART.full_name(release), release.namespace, values["controller"]
    labels = chart_labels(NAME, VERSION, APP_VERSION, release.name)
    mine = {**labels, "app.kubernetes.io/component": "controller"}

    def made(version: str, kind: str, called: str, body: Object, namespace: str = home) -> Object:
        metadata = {"name": called, **({"namespace": namespace} if namespace else {}), "labels": mine}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}

    account = {"kind": "ServiceAccount", "name": name, "namespace": home}
    rbac = "rbac.authorization.k8s.io"
    role = {"apiGroup": rbac, "kind": "ClusterRole", "name": name}
    spec = controller["ingressClassResource"]
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if spec["default"] else {}
    ingress_class = made(
        "networking.k8s.io/v1",
        "IngressClass",
        spec["name"],
        {"spec": {"controller": spec["controllerValue"]}},
        "",
    )
    ingress_class["metadata"] |= {"annotations": annotations} if annotations else {}
    return [
        made("v1", "ServiceAccount", name, {"automountServiceAccountToken": True}),
        made("v1", "ConfigMap", f"{name}-controller", {"data": {k: str(v) for k, v in controller["config"].items()}}),
        made(f"{rbac}/v1", "ClusterRole", name, {"rules": _cluster_rules()}, ""),
        made(f"{rbac}/v1", "ClusterRoleBinding", name, {"roleRef": role, "subjects": [account]}, ""),
        made(f"{rbac}/v1", "Role", name, {"rules": _rules(controller["ingressClass"])}),
        made(f"{rbac}/v1", "RoleBinding", name, {"roleRef": {**role, "kind": "Role"}, "subjects": [account]}),
        _service(made("v1", "Service", f"{name}-controller", {}), controller["service"], mine),
        made("apps/v1", controller["kind"], f"{name}-controller", {"spec": _workload(name, controller, mine)}),
        *([ingress_class] if spec["enabled"] else []),
    ]  # fmt: skip


def _selector(labels: dict[str, str]) -> dict[str, str]:
    return {
        f"app.kubernetes.io/{key}": labels[f"app.kubernetes.io/{key}"]
        for key in ("name", "instance", "component")
    }


def _service(service: Object, wanted: Values, labels: dict[str, str]) -> Object:
    ports = []
    for port, number in (("http", 80), ("https", 443)):
        fixed = wanted["nodePorts"][port]
        ports.append(
            {"appProtocol": port, "name": port, "port": number, "protocol": "TCP", "targetPort": port}
            | ({"nodePort": int(fixed)} if fixed else {})
        )
    policy = (
        {"externalTrafficPolicy": wanted["externalTrafficPolicy"]} if wanted["externalTrafficPolicy"] else {}
    )
    service["spec"] = {"type": wanted["type"], "ports": ports, "selector": _selector(labels), **policy}
    if wanted["annotations"]:
        service["metadata"]["annotations"] = dict(wanted["annotations"])
    return service


def _workload(name: str, wanted: Values, labels: dict[str, str]) -> Object:
    image = wanted["image"]
    health = {"httpGet": {"path": "/healthz", "port": 10254, "scheme": "HTTP"}, "initialDelaySeconds": 10}
    host = wanted["hostPort"]
    numbers = {"http": 80, "https": 443}
    ports = [
        {"name": each, "containerPort": number, "protocol": "TCP"}
        | ({"hostPort": host["ports"][each]} if host["enabled"] else {})
        for each, number in numbers.items()
    ]
    fields: list[Any] = [
        {"name": each, "valueFrom": {"fieldRef": {"fieldPath": path}}}
        for each, path in (("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"))
    ]
    container = {
        "name": "controller",
        "image": f"{image['registry']}/{image['image']}:{image['tag']}",
        "imagePullPolicy": "IfNotPresent",
        "lifecycle": {"preStop": {"exec": {"command": ["/wait-shutdown"]}}},
        "args": [
            "/nginx-ingress-controller",
            f"--publish-service=$(POD_NAMESPACE)/{name}-controller",
            f"--election-id={name}-leader",
            f"--controller-class={wanted['ingressClassResource']['controllerValue']}",
            f"--ingress-class={wanted['ingressClass']}",
            f"--configmap=$(POD_NAMESPACE)/{name}-controller",
        ],
        "env": fields,
        "ports": ports,
        "livenessProbe": {**health, "failureThreshold": 5},
        "readinessProbe": health,
        "resources": dict(wanted["resources"]),
    }
    pod = {
        "containers": [container],
        "dnsPolicy": "ClusterFirst",
        "hostNetwork": bool(wanted["hostNetwork"]),
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "serviceAccountName": name,
        "terminationGracePeriodSeconds": 300,
    }
    spec = {
        "selector": {"matchLabels": _selector(labels)},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return spec if wanted["kind"] == "DaemonSet" else {"replicas": int(wanted["replicaCount"]), **spec}


def _cluster_rules() -> list[Object]:
    return [
        {"apiGroups": [""], "resources": ["configmaps", "endpoints", "nodes", "pods", "secrets", "namespaces", "services"],
         "verbs": _READ},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses", "ingressclasses"], "verbs": _READ},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["list", "watch"]},
    ]  # fmt: skip


def _rules(leader: str) -> list[Object]:
    return [
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["configmaps", "pods", "secrets", "endpoints"], "verbs": _READ},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create", "get", "update"]},
    ]


def _notes(release: ReleaseName, values: Values) -> str:
    name, kind = CHART.full_name(release), values["controller"]["service"]["type"]
    service = f"--namespace {release.namespace} {name}-controller"
    how = {
        "LoadBalancer": "The load balancer's address appears after a while:\n"
        f"  kubectl get service {service} --output wide --watch",
        "NodePort": "The node ports of the controller:\n"
        f'  kubectl get service {service} --output jsonpath="{{.spec.ports[*].nodePort}}"',
    }.get(
        kind,
        f"Reach the controller by a port-forward:\n  kubectl port-forward {service.replace(name, 'service/' + name)} 8080:80",
    )
    return f"The ingress-nginx controller is installed (a stand-in that routes by your Ingresses).\n{how}\n"


CHART = Chart(
    NAME,
    "https://kubernetes.github.io/ingress-nginx",
    VERSION,
    APP_VERSION,
    "Ingress controller for Kubernetes using NGINX as a reverse proxy and load balancer",
    VALUES,
    _objects,
    _notes,
)
