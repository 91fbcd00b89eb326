"""The pod that istiod makes of a pod, as Istio 1.11.3 and later versions do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runner.practice.containers.istiod.injected_owner import owner_of
from runner.practice.containers.istiod.injection_policy import inject_required
from runner.practice.containers.istiod.injection_settings import InjectionSettings, settings_of
from runner.practice.containers.istiod.pod_injection import injected, patch_of
from runner.practice.containers.istiod.workload_injection import injected_workload

Json = dict[str, Any]

MESH = "defaultConfig: {discoveryAddress: 'istiod.istio-system.svc:15012'}\nenablePrometheusMerge: true\n"


def settings(
    tag: str = "1.11.3", mesh: str = MESH, config: str = "policy: enabled", **proxy: Any
) -> InjectionSettings:
    values = {"global": {"hub": "docker.io/istio", "tag": tag, "proxy": proxy}}
    return settings_of(mesh, json.dumps(values), config, tag=tag)


def pod(annotations: Json | None = None, labels: Json | None = None, **container: Any) -> Json:
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "ratings-v1-7bdd9d86bb",
        "controller": True,
    }
    meta = {
        "generateName": "ratings-v1-7bdd9d86bb-",
        "labels": {"app": "ratings", "version": "v1", "pod-template-hash": "7bdd9d86bb", **(labels or {})},
        "ownerReferences": [owner],
        **({"annotations": annotations} if annotations else {}),
    }
    main = {
        "name": "ratings",
        "image": "ratings",
        "ports": [{"containerPort": 9080, "protocol": "TCP"}],
        **container,
    }
    return {"metadata": meta, "spec": {"containers": [main], "volumes": [{"name": "token"}]}}


def proxy_of(made: Json, field: str = "containers") -> Json:
    (found,) = [each for each in made["spec"][field] if each["name"] == "istio-proxy"]
    return dict(found)


def variables(container: Json) -> Json:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_the_sidecar_of_1_11() -> None:
    made = injected(pod(), settings(), "shop")
    meta, spec = made["metadata"], made["spec"]
    assert meta["labels"] | {"pod-template-hash": ""} == {
        "app": "ratings", "version": "v1", "pod-template-hash": "", "security.istio.io/tlsMode": "istio",
        "service.istio.io/canonical-name": "ratings", "service.istio.io/canonical-revision": "v1",
    }  # fmt: skip
    assert meta["annotations"]["kubectl.kubernetes.io/default-container"] == "ratings"
    assert meta["annotations"]["prometheus.io/port"] == "15020"
    assert json.loads(meta["annotations"]["sidecar.istio.io/status"]) == {
        "initContainers": ["istio-init"], "containers": ["istio-proxy"],
        "volumes": ["istio-envoy", "istio-data", "istio-podinfo", "istio-token", "istiod-ca-cert"],
        "imagePullSecrets": None, "revision": "default",
    }  # fmt: skip
    assert [each["name"] for each in spec["containers"]] == ["ratings", "istio-proxy"]
    (init,) = spec["initContainers"]
    assert init["image"] == "docker.io/istio/proxyv2:1.11.3"
    assert init["args"] == ["istio-iptables", "-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*",
                            "-x", "", "-b", "*", "-d", "15090,15021,15020"]  # fmt: skip
    proxy = proxy_of(made)
    assert proxy["args"] == [
        "proxy", "sidecar", "--domain", "$(POD_NAMESPACE).svc.cluster.local", "--proxyLogLevel=warning",
        "--proxyComponentLogLevel=misc:error", "--log_output_level=default:info", "--concurrency", "2",
    ]  # fmt: skip
    given = variables(proxy)
    assert given["ISTIO_META_OWNER"] == "kubernetes://apis/apps/v1/namespaces/shop/deployments/ratings-v1"
    assert given["ISTIO_META_POD_PORTS"] == '[\n    {"containerPort":9080,"protocol":"TCP"}\n]'
    assert given["PROXY_CONFIG"] == "{}\n"
    assert proxy["resources"]["limits"] == {"cpu": "2", "memory": "1Gi"}
    assert [each["name"] for each in spec["volumes"]][-1] == "token"
    assert spec["securityContext"] == {"fsGroup": 1337}


def test_probes_go_to_the_agent() -> None:
    ready = {
        "httpGet": {"path": "/health", "port": "http", "scheme": "HTTPS"},
        "periodSeconds": 7,
        "timeoutSeconds": 2,
    }
    ports = [{"name": "http", "containerPort": 9080}]
    made = injected(
        pod(ports=ports, readinessProbe=ready, livenessProbe={"exec": {"command": ["x"]}}), settings(), "shop"
    )
    main = made["spec"]["containers"][0]
    assert main["readinessProbe"] == {
        "httpGet": {"path": "/app-health/ratings/readyz", "port": 15020, "scheme": "HTTP"},
        "periodSeconds": 7,
        "timeoutSeconds": 2,
    }
    assert main["livenessProbe"] == {"exec": {"command": ["x"]}}
    asked = json.loads(variables(proxy_of(made))["ISTIO_KUBE_APP_PROBERS"])
    assert asked == {
        "/app-health/ratings/readyz": {
            "httpGet": {"path": "/health", "port": 9080, "scheme": "HTTPS"}, "timeoutSeconds": 2,
        }
    }  # fmt: skip
    left = injected(
        pod({"sidecar.istio.io/rewriteAppHTTPProbers": "false"}, ports=ports, readinessProbe=ready),
        settings(),
        "s",
    )
    assert left["spec"]["containers"][0]["readinessProbe"] == ready


def test_annotations_of_a_pod() -> None:
    given = {
        "sidecar.istio.io/proxyCPU": "50m",
        "sidecar.istio.io/proxyMemoryLimit": "512Mi",
        "sidecar.istio.io/proxyImage": "example.com/proxy:1",
        "traffic.sidecar.istio.io/excludeOutboundPorts": "3306",
        "traffic.sidecar.istio.io/excludeInboundPorts": "7070",
        "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true\nproxyMetadata: {A: b}\n",
    }
    made = injected(pod(given), settings(), "shop")
    assert [each["name"] for each in made["spec"]["containers"]] == ["istio-proxy", "ratings"]
    proxy = proxy_of(made)
    assert proxy["resources"] == {"requests": {"cpu": "50m"}, "limits": {"memory": "512Mi"}}
    assert proxy["image"] == "example.com/proxy:1"
    assert proxy["lifecycle"] == {"postStart": {"exec": {"command": ["pilot-agent", "wait"]}}}
    assert variables(proxy)["A"] == "b"
    init = made["spec"]["initContainers"][0]
    assert init["args"][-4:] == ["-d", "15090,15021,7070,15020", "-o", "3306"]
    with pytest.raises(ValueError, match="could not parse"):
        injected(pod({"proxy.istio.io/config": "a: ["}), settings(), "shop")


def test_native_sidecars() -> None:
    made = injected(pod(), settings("1.28.0"), "shop")
    assert [each["name"] for each in made["spec"]["containers"]] == ["ratings"]
    assert [each["name"] for each in made["spec"]["initContainers"]] == ["istio-init", "istio-proxy"]
    proxy = proxy_of(made, "initContainers")
    assert proxy["restartPolicy"] == "Always" and proxy["startupProbe"]["failureThreshold"] == 600
    assert "preStop" in proxy["lifecycle"]
    usual = injected(pod({"sidecar.istio.io/nativeSidecar": "false"}), settings("1.28.0"), "shop")
    assert [each["name"] for each in usual["spec"]["containers"]] == ["ratings", "istio-proxy"]


def test_a_gateway_asks_for_its_proxy_by_the_image_auto() -> None:
    asked = pod({"inject.istio.io/templates": "gateway"})
    asked["spec"]["containers"] = [
        {"name": "istio-proxy", "image": "auto", "env": [{"name": "A", "value": "b"}]}
    ]
    made = injected(asked, settings(), "istio-system")
    assert "initContainers" not in made["spec"]
    (proxy,) = made["spec"]["containers"]
    assert proxy["image"] == "docker.io/istio/proxyv2:1.11.3" and proxy["args"][:2] == ["proxy", "router"]
    assert variables(proxy)["A"] == "b" and variables(proxy)["POD_NAME"]
    assert made["metadata"]["labels"]["istio.io/rev"] == "default"
    with pytest.raises(ValueError, match='requested template "none" not found'):
        injected(pod({"inject.istio.io/templates": "none"}), settings(), "istio-system")


@pytest.mark.parametrize(
    ("annotations", "labels", "config", "wanted"),
    [
        ({}, {}, "policy: enabled", True),
        ({}, {}, "policy: disabled", False),
        ({"sidecar.istio.io/inject": "false"}, {}, "policy: enabled", False),
        ({"sidecar.istio.io/inject": "yes"}, {}, "policy: disabled", True),
        (
            {},
            {"job": "x"},
            "policy: enabled\nneverInjectSelector: [{matchExpressions: [{key: job, operator: Exists}]}]",
            False,
        ),
        ({}, {"job": "x"}, "policy: disabled\nalwaysInjectSelector: [{matchLabels: {job: x}}]", True),
    ],
)
def test_who_is_injected(annotations: Json, labels: Json, config: str, wanted: bool) -> None:
    asked = pod(annotations, labels)
    assert inject_required(asked, settings(config=config), "shop") is wanted
    assert not inject_required(asked, settings(config=config), "kube-system")
    asked["spec"]["hostNetwork"] = True
    assert not inject_required(asked, settings(config=config), "shop")


def test_what_made_a_pod() -> None:
    assert owner_of(pod()).name == "ratings-v1"
    job = {"apiVersion": "batch/v1", "kind": "Job", "name": "backup-1638316800", "controller": True}
    found = owner_of({"metadata": {"generateName": "backup-1638316800-", "ownerReferences": [job]}})
    assert (found.kind, found.name) == ("CronJob", "backup")
    assert owner_of({"metadata": {"name": "alone"}}).kind == "Pod"


def test_the_patch_makes_the_pod() -> None:
    before = pod()
    after = injected(before, settings(), "shop")
    assert {each["path"] for each in patch_of(before, after)} == {
        "/metadata/labels", "/metadata/annotations", "/spec/containers", "/spec/initContainers", "/spec/volumes",
        "/spec/securityContext",
    }  # fmt: skip


def test_kube_inject() -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]},
    }
    warnings: list[str] = []
    made = injected_workload({**deployment, "spec": {"template": template}}, settings(), warnings.append)
    assert len(made["spec"]["template"]["spec"]["containers"]) == 2
    assert injected_workload(made, settings(), warnings.append) == made
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {}}
    assert injected_workload(service, settings(), warnings.append) == service
    assert warnings == ['===> Skipping injection because "web" has injected "istio-proxy" sidecar already\n']
