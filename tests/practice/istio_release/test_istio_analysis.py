"""`istioctl analyze`: its findings, in Istio's words."""

from __future__ import annotations

from typing import Any

import yaml

from runner.practice.istio_release.analysis.all_analysis import analyzed
from runner.practice.istio_release.analysis.analyzed_objects import AnalyzedObjects, host_matches

Json = dict[str, Any]

MESH = """
kind: Namespace
metadata: {name: default, labels: {istio-injection: enabled}}
---
kind: Service
metadata: {name: reviews, namespace: default}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
kind: Pod
metadata: {name: reviews-v1, namespace: default, labels: {app: reviews, version: v1}}
spec: {containers: [{name: reviews, image: r}, {name: istio-proxy, image: "docker.io/istio/proxyv2:1.11.3"}]}
---
kind: Pod
metadata: {name: gateway, namespace: istio-system, labels: {istio: ingressgateway}}
spec: {containers: [{name: istio-proxy, image: "docker.io/istio/proxyv2:1.11.3"}]}
---
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec: {selector: {istio: ingressgateway}, ports: [{name: http2, port: 80}]}
---
kind: DestinationRule
metadata: {name: reviews, namespace: default}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
"""


def found(text: str, minor: int = 11, namespace: str = "default", image: str = "") -> list[str]:
    objects = [each for part in (MESH, text) for each in yaml.safe_load_all(part) if each]
    return [
        each.shown(minor)
        for each in analyzed(AnalyzedObjects(objects, [namespace]), minor, proxy_image=image)
    ]


def test_a_mesh_in_which_all_is_well() -> None:
    assert found("") == []


def test_what_a_virtual_service_refers_to() -> None:
    text = """
kind: VirtualService
metadata: {name: reviews, namespace: default}
spec:
  hosts: [reviews]
  gateways: [mesh, shop]
  http:
  - route: [{destination: {host: reviews, subset: v9}}]
    mirror: {host: nobody}
"""
    assert found(text) == [
        'Error [IST0101] (VirtualService reviews.default) Referenced gateway not found: "shop"',
        'Error [IST0101] (VirtualService reviews.default) Referenced host+subset in destinationrule not found: "reviews+v9"',
        'Error [IST0101] (VirtualService reviews.default) Referenced mirror host not found: "nobody"',
        "Warning [IST0132] (VirtualService reviews.default) one or more host [reviews] defined in VirtualService"
        " default/reviews not found in Gateway default/shop.",
    ]
    assert found(text, minor=30)[0].startswith("Error [IST0101] (VirtualService default/reviews)")


def test_gateways() -> None:
    server = "{port: {number: %s, name: http, protocol: HTTP}, hosts: ['*']}"
    spec = f"spec: {{selector: {{istio: %s}}, servers: [{server}]}}"
    gateway = f"kind: Gateway\nmetadata: {{name: g, namespace: default}}\n{spec}"
    assert found(gateway % ("ingressgateway", 80)) == []
    assert found(gateway % ("ingressgateway", 8888)) == [
        "Warning [IST0104] (Gateway g.default) The gateway refers to a port that is not exposed on the workload (pod selector"
        " istio=ingressgateway; port 8888)"
    ]
    assert found(gateway % ("none", 80)) == [
        'Error [IST0101] (Gateway g.default) Referenced selector not found: "istio=none"'
    ]


def test_namespaces_and_pods() -> None:
    plain = "kind: Namespace\nmetadata: {name: shop}"
    assert found(plain, namespace="shop")[0].startswith(
        "Info [IST0102] (Namespace shop) The namespace is not enabled"
    )
    pod = "kind: Pod\nmetadata: {name: old, namespace: default%s}\nspec: {containers: [{name: c, image: i}]}"
    assert found(pod % "") == [
        "Warning [IST0103] (Pod old.default) The pod is missing the Istio proxy. This can often be resolved by restarting or"
        " redeploying the workload."
    ]
    assert found(pod % ", annotations: {sidecar.istio.io/inject: 'false'}") == []
    assert "IST0105" in found("", image="docker.io/istio/proxyv2:1.12.0")[0]


def test_services_and_annotations() -> None:
    service = "kind: Service\nmetadata: {name: web, namespace: default}\nspec: {ports: [{%s port: 80, targetPort: 8080}]}"
    assert found(service % "name: web,") == [
        "Info [IST0118] (Service web.default) Port name web (port: 80, targetPort: 8080) doesn't follow the naming convention"
        " of Istio port."
    ]
    for good in ("name: http-web,", "name: tcp,", "name: web, appProtocol: http,", "protocol: UDP,"):
        assert found(service % good) == []
    pod = "kind: Service\nmetadata: {name: a, namespace: default, annotations: {istio.io/nonsense: x}}\nspec: {}"
    assert found(pod) == ["Warning [IST0108] (Service a.default) Unknown annotation: istio.io/nonsense"]


def test_two_virtual_services_for_a_host_and_one_that_is_wrong() -> None:
    text = """
kind: VirtualService
metadata: {name: a, namespace: default}
spec: {hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}
---
kind: VirtualService
metadata: {name: b, namespace: default}
spec: {hosts: [reviews.default.svc.cluster.local], http: [{rout: []}]}
"""
    codes = [(line.split("]")[0][-7:], line.partition("(")[2].partition(")")[0]) for line in found(text)]
    assert ("IST0109", "VirtualService a.default") in codes and (
        "IST0109",
        "VirtualService b.default",
    ) in codes
    assert any('unknown field "rout" in spec.http[0]' in line for line in found(text))


def test_hosts_with_wildcards() -> None:
    assert host_matches("*.example.com", "a.example.com") and host_matches("a.example.com", "*.example.com")
    assert host_matches("*", "a") and not host_matches("*.example.com", "example.com")
