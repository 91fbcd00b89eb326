"""What variables a container gets, from the objects of a store."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from runner.practice.machinery.store import Object
from runner.practice.node.container_environment import (
    all_expanded,
    environment,
    expanded,
    skipped_names,
)
from tests.practice.node.stored_objects import Objects, named


def service(name: str, address: str, *ports: Object, namespace: str = "shop") -> Object:
    return named("Service", name, namespace, spec={"clusterIP": address, "ports": list(ports)})


API = service("kubernetes", "10.96.0.1", {"name": "https", "port": 443}, namespace="default")
NODE = {
    "kind": "Node",
    "metadata": {"name": "worker"},
    "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}},
}


def pod(**spec: Any) -> Object:
    meta = {
        "name": "order-1",
        "namespace": "shop",
        "uid": "u-1",
        "labels": {"app": "order", "a/b": 'with "quotes"'},
        "annotations": {"note": "two\nlines"},
    }
    status = {"podIP": "10.244.1.5", "hostIP": "172.18.0.3"}
    base = {"nodeName": "worker", "serviceAccountName": "robot", "containers": [{"name": "main"}]}
    return {"metadata": meta, "spec": {**base, **spec}, "status": status}


def env_of(*objects: Object, minor: int = 32, of: Object | None = None, **spec: Any) -> dict[str, str]:
    return environment(Objects(*objects), of or pod(), {"name": "main", **spec}, minor)  # type: ignore[arg-type]


def field(path: str) -> Object:
    return {"name": "X", "valueFrom": {"fieldRef": {"fieldPath": path}}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "order-1"),
        ("metadata.namespace", "shop"),
        ("metadata.uid", "u-1"),
        ("metadata.labels['app']", "order"),
        ("metadata.labels['a/b']", 'with "quotes"'),
        ("metadata.labels['none']", ""),
        ("metadata.annotations['note']", "two\nlines"),
        ("status.podIP", "10.244.1.5"),
        ("status.podIPs", "10.244.1.5"),
        ("status.hostIP", "172.18.0.3"),
        ("status.hostIPs", "172.18.0.3"),
        ("spec.nodeName", "worker"),
        ("spec.serviceAccountName", "robot"),
    ],
)
def test_fields_of_the_pod(path: str, value: str) -> None:
    assert env_of(env=[field(path)])["X"] == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"resource": "limits.cpu"}, "2"),
        ({"resource": "limits.cpu", "divisor": "1m"}, "1500"),
        ({"resource": "requests.cpu", "divisor": "0"}, "1"),
        ({"resource": "limits.memory"}, str(8 * 2**30)),
        ({"resource": "limits.memory", "divisor": "1Mi"}, "8192"),
        ({"resource": "requests.memory", "divisor": "1Mi"}, "63"),
        ({"resource": "limits.cpu", "containerName": "side", "divisor": "1m"}, "4000"),
        ({"resource": "requests.cpu", "containerName": "side", "divisor": "1m"}, "0"),
    ],
)
def test_resources_of_a_container_are_rounded_up_and_default_to_the_nodes(source: Object, value: str) -> None:
    resources = {"limits": {"cpu": "1500m"}, "requests": {"cpu": "200m", "memory": "64500Ki"}}
    of = pod(containers=[{"name": "main", "resources": resources}, {"name": "side"}])
    env = env_of(NODE, of=of, env=[{"name": "X", "valueFrom": {"resourceFieldRef": source}}])
    assert env["X"] == value


def test_env_goes_over_env_from_and_services_come_last() -> None:
    config = named("ConfigMap", "settings", data={"A": "config", "B": "config", "ORDER_PORT": "mine"})
    secret = named("Secret", "pass", data={"B": base64.b64encode(b"secret").decode()})
    order = service("order", "10.96.7.7", {"port": 8080})
    env = env_of(
        config,
        secret,
        order,
        envFrom=[
            {"configMapRef": {"name": "settings"}},
            {"secretRef": {"name": "pass"}},
            {"prefix": "S_", "secretRef": {"name": "pass"}},
            {"configMapRef": {"name": "missing", "optional": True}},
        ],
        env=[
            {"name": "A", "value": "env"},
            {"name": "K", "valueFrom": {"secretKeyRef": {"name": "pass", "key": "B"}}},
            {
                "name": "N",
                "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "Z", "optional": True}},
            },
        ],
    )
    assert (env["A"], env["B"], env["S_B"], env["K"], env["ORDER_PORT"]) == (
        "env",
        "secret",
        "secret",
        "secret",
        "mine",
    )
    assert "N" not in env


def test_services_as_variables() -> None:
    ports = ({"name": "http-api", "port": 8080}, {"name": "dns", "port": 53, "protocol": "UDP"})
    objects = (
        API,
        service("order-api", "10.96.7.7", *ports),
        service("headless", "None", {"port": 1}),
        service("other", "10.96.7.8", {"port": 80}, namespace="elsewhere"),
    )
    env = env_of(*objects)
    assert env == {
        "KUBERNETES_SERVICE_HOST": "10.96.0.1",
        "KUBERNETES_SERVICE_PORT": "443",
        "KUBERNETES_SERVICE_PORT_HTTPS": "443",
        "KUBERNETES_PORT": "tcp://10.96.0.1:443",
        "KUBERNETES_PORT_443_TCP": "tcp://10.96.0.1:443",
        "KUBERNETES_PORT_443_TCP_PROTO": "tcp",
        "KUBERNETES_PORT_443_TCP_PORT": "443",
        "KUBERNETES_PORT_443_TCP_ADDR": "10.96.0.1",
        "ORDER_API_SERVICE_HOST": "10.96.7.7",
        "ORDER_API_SERVICE_PORT": "8080",
        "ORDER_API_SERVICE_PORT_HTTP_API": "8080",
        "ORDER_API_SERVICE_PORT_DNS": "53",
        "ORDER_API_PORT": "tcp://10.96.7.7:8080",
        "ORDER_API_PORT_8080_TCP": "tcp://10.96.7.7:8080",
        "ORDER_API_PORT_8080_TCP_PROTO": "tcp",
        "ORDER_API_PORT_8080_TCP_PORT": "8080",
        "ORDER_API_PORT_8080_TCP_ADDR": "10.96.7.7",
        "ORDER_API_PORT_53_UDP": "udp://10.96.7.7:53",
        "ORDER_API_PORT_53_UDP_PROTO": "udp",
        "ORDER_API_PORT_53_UDP_PORT": "53",
        "ORDER_API_PORT_53_UDP_ADDR": "10.96.7.7",
    }
    unlinked = env_of(*objects, of=pod(enableServiceLinks=False))
    assert unlinked == {key: value for key, value in env.items() if key.startswith("KUBERNETES")}


def test_references_to_what_was_set_before() -> None:
    env = env_of(
        API,
        env=[
            {"name": "HOST", "value": "order"},
            {"name": "URL", "value": "http://$(HOST):$(PORT)/$$(HOST)"},
            {"name": "PORT", "value": "8080"},
            {"name": "API", "value": "$(KUBERNETES_SERVICE_HOST)"},
            {"name": "RAW", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['x']"}}},
        ],
        of={**pod(), "metadata": {**pod()["metadata"], "labels": {"x": "$(HOST)"}}},
    )
    assert env["URL"] == "http://order:$(PORT)/$(HOST)"
    assert env["API"] == "10.96.0.1"
    assert env["RAW"] == "$(HOST)"
    assert all_expanded(["$(HOST)", "$HOST", "$(NONE)", "$$"], env) == ["order", "$HOST", "$(NONE)", "$"]
    assert expanded("$(open", env) == "$(open"


def test_keys_that_are_no_names_are_skipped_with_an_event() -> None:
    config = named("ConfigMap", "settings", data={"good": "1", "2nd": "2", "a b": "3"})
    spec = {"name": "main", "envFrom": [{"configMapRef": {"name": "settings"}}]}
    store: Any = Objects(config)
    assert environment(store, pod(), spec, 28) == {"good": "1"}
    assert skipped_names(store, pod(), spec, 28) == [
        "Keys [2nd, a b] from the EnvFrom configMap shop/settings were skipped since they are considered invalid"
        " environment variable names."
    ]
    assert environment(store, pod(), spec, 32)["2nd"] == "2"
    assert skipped_names(store, pod(), spec, 32) == []
