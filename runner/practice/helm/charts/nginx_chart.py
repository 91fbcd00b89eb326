"""bitnami/nginx: the web server that courses of helm begin with."""

from __future__ import annotations

from runner.practice.helm.chart import Chart, Object, ReleaseName, Values, chart_labels

NAME, VERSION, APP_VERSION = "nginx", "18.3.5", "1.27.4"
VALUES: Values = {
    "image": {"registry": "docker.io", "repository": "bitnami/nginx", "tag": "1.27.4"},
    "containerPorts": {"http": 8080},
    "replicaCount": 1,
    "resources": {},
    "service": {"type": "LoadBalancer", "ports": {"http": 80}, "nodePorts": {"http": ""}},
}


def _objects(release: ReleaseName, values: Values) -> list[Object]:
    name, port = CHART.full_name(release), int(values["containerPorts"]["http"])
    labels = chart_labels(NAME, VERSION, APP_VERSION, release.name)
    selector = {key: labels[key] for key in ("app.kubernetes.io/name", "app.kubernetes.io/instance")}
    metadata = {"name": name, "namespace": release.namespace, "labels": labels}
    image, service = values["image"], values["service"]
    container = {
        "name": NAME,
        "image": f"{image['registry']}/{image['repository']}:{image['tag']}",
        "env": [{"name": "NGINX_HTTP_PORT_NUMBER", "value": str(port)}],
        "ports": [{"name": "http", "containerPort": port}],
        "livenessProbe": {"tcpSocket": {"port": "http"}, "initialDelaySeconds": 30, "failureThreshold": 6},
        "readinessProbe": {
            "httpGet": {"path": "/", "port": "http"},
            "initialDelaySeconds": 5,
            "periodSeconds": 5,
        },
        "resources": dict(values["resources"]),
    }
    fixed = service["nodePorts"]["http"]
    entry = {"name": "http", "port": int(service["ports"]["http"]), "targetPort": "http"}
    entry |= {"nodePort": int(fixed)} if fixed else {}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata,
         "spec": {"type": service["type"], "selector": selector, "ports": [entry]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
         "spec": {"replicas": int(values["replicaCount"]), "selector": {"matchLabels": selector},
                  "template": {"metadata": {"labels": labels},
                               "spec": {"serviceAccountName": name, "containers": [container]}}}},
    ]  # fmt: skip


def _notes(release: ReleaseName, values: Values) -> str:
    host = f"{CHART.full_name(release)}.{release.namespace}.svc.cluster.local"
    return f"NGINX is reached in the cluster as {host}, port {values['service']['ports']['http']}\n"


CHART = Chart(
    NAME,
    "https://charts.bitnami.com/bitnami",
    VERSION,
    APP_VERSION,
    "NGINX Open Source is a web server that can be also used as a reverse proxy, load balancer, and HTTP cache",
    VALUES,
    _objects,
    _notes,
)
