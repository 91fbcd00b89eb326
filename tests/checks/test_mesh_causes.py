"""Why Istio's rules have no effect, requests are 503 or 404, and sidecars are missing: each cause, and its absence."""

from __future__ import annotations

from typing import Any

import pytest

from checks.base import Object, Reply
from checks.diagnosis.gateway_causes import behind_gateway, gateway_causes
from checks.diagnosis.injection_causes import no_sidecar
from checks.diagnosis.mesh_objects import full_host
from checks.diagnosis.mtls_causes import mtls_causes
from checks.diagnosis.routing_causes import routing_causes
from checks.diagnosis.traffic_causes import service_meant
from checks.http import Http
from checks.traffic import Traffic
from tests.checks.fake_world import FORBIDDEN, FakeCluster, FakeWeb, FakeWorld, make

WEB = "web.shop.svc.cluster.local"


def made(kind: str, name: str, namespace: str = "shop", **spec: Any) -> Object:
    return make(kind, name, namespace, spec=spec)


def route(subset: str = "", host: str = "web", **more: Any) -> Object:
    destination = {"host": host, **({"subset": subset} if subset else {})}
    return {"route": [{"destination": destination}], **more}


def rules(
    *routes: Object, name: str = "web", namespace: str = "shop", hosts: Any = ("web",), **more: Any
) -> Object:
    return made("VirtualService", name, namespace, hosts=list(hosts), http=list(routes), **more)


def subsets(**labels: str) -> Object:
    found = [{"name": name, "labels": {"version": value}} for name, value in labels.items()]
    return made("DestinationRule", "web", host="web", subsets=found)


def pod(name: str = "web-1", sidecar: bool = True, **labels: str) -> Object:
    containers = [{"name": "web"}, *([{"name": "istio-proxy"}] if sidecar else [])]
    return make("Pod", name, "shop", labels={"app": "web", **labels}, spec={"containers": containers})


SERVICE = made("Service", "web", selector={"app": "web"}, ports=[{"port": 80, "name": "http"}])
OTHER = made("Service", "reviews", selector={"app": "reviews"}, ports=[{"port": 80}])
PODS = (pod(version="v1"), pod("web-2", version="v2"))


async def causes(*objects: Object, service: Object = SERVICE) -> list[str]:
    return [each.rule for each in await routing_causes(FakeWorld(SERVICE, OTHER, *PODS, *objects), service)]


@pytest.mark.parametrize(
    ("host", "full"),
    [
        ("web", WEB),
        ("web.shop", WEB),
        ("web.shop.svc", WEB),
        (WEB, WEB),
        ("*", "*"),
        ("*.shop.svc.cluster.local", "*.shop.svc.cluster.local"),
        ("www.example.com", "www.example.com"),
    ],
)
def test_a_host_in_full(host, full):
    assert full_host(host, "shop") == full


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ((), []),
        ((rules(route()),), []),
        ((rules(route("v1"), route("v2")), subsets(v1="v1", v2="v2")), ["route-behind-catch-all"]),
        ((rules(route("v1")), subsets(v1="v1")), []),
        ((rules(route(host="wep")),), ["route-to-no-service"]),
        ((rules(route(host="www.example.com")),), []),
        (
            (rules(route(host="db.shop.svc.cluster.local")), made("ServiceEntry", "db", hosts=["db.shop.svc.cluster.local"])),
            [],
        ),
        ((rules(route("v1")),), ["subset-unknown"]),
        ((rules(route("v3")), subsets(v1="v1")), ["subset-unknown"]),
        ((rules(route("v3")), subsets(v3="v3")), ["subset-without-pods"]),
        ((rules(route("v1", match=[{"headers": {"x": {"exact": "y"}}}]), route("v2")), subsets(v1="v1", v2="v2")), []),
        (
            (rules(route("v1", match=[{"uri": {"prefix": "/"}}]), route("v2")), subsets(v1="v1", v2="v2")),
            ["route-behind-catch-all"],
        ),
        ((rules(route("v1", match=[{"uri": {"prefix": "/a"}}]), route("v2")), subsets(v1="v1", v2="v2")), []),
        ((rules(route()), rules(route(), name="second")), ["virtual-service-shadowed"]),
        ((rules(route()), rules(route(), name="second", gateways=["gate"])), []),
        ((rules(route(), gateways=["gate"]),), ["virtual-service-for-gateways"]),
        ((rules(route(), gateways=["gate", "mesh"]),), []),
        ((rules(route(), namespace="default"),), ["virtual-service-elsewhere"]),
        ((rules(route(), namespace="default", hosts=["reviews"]),), []),
    ],
)  # fmt: skip
async def test_why_rules_do_not_do_what_they_should(objects, found):
    assert await causes(*objects) == found


@pytest.mark.parametrize(
    ("port", "found"),
    [
        ({"name": "tcp-web"}, ["port-not-http"]),
        ({"name": "web", "appProtocol": "tcp"}, ["port-not-http"]),
        ({"name": "web"}, []),
        ({"name": "http-web"}, []),
        ({}, []),
    ],
)
async def test_routes_for_http_need_a_port_of_http(port, found):
    service = made("Service", "web", selector={"app": "web"}, ports=[{"port": 80, **port}])
    assert await causes(rules(route()), service=service) == found


async def test_findings_say_where_and_what_to_do():
    (found,) = await routing_causes(
        FakeWorld(SERVICE, *PODS, rules(route("v11")), subsets(v1="v1", v2="v2")), SERVICE
    )
    assert (found.object, found.field) == (
        "virtualservice/web in shop",
        "spec.http[0].route[0].destination.subset",
    )
    assert found.evidence == "subset: v11" and "v1" in found.remedy.render()


async def test_nobody_is_blamed_where_the_rules_may_not_be_read():
    world = FakeWorld(cluster=FakeCluster([SERVICE, rules(route("v1"))], DestinationRule=FORBIDDEN))
    assert await routing_causes(world, SERVICE) == ()


# mutual TLS


def policy(mode: str, name: str = "default", namespace: str = "shop", **more: Any) -> Object:
    return made("PeerAuthentication", name, namespace, mtls={"mode": mode}, **more)


OF_WEB = {"selector": {"matchLabels": {"app": "web"}}}
TLS_OFF = made("DestinationRule", "off", host=WEB, trafficPolicy={"tls": {"mode": "DISABLE"}})


@pytest.mark.parametrize(
    ("objects", "client", "found"),
    [
        ((), pod("c", sidecar=False), None),
        ((policy("STRICT"),), pod("c", sidecar=False), "plaintext-refused"),
        ((policy("STRICT"),), pod("c"), None),
        ((policy("STRICT"),), None, None),
        ((policy("STRICT", namespace="istio-system"),), pod("c", sidecar=False), "plaintext-refused"),
        ((policy("STRICT", namespace="other"),), pod("c", sidecar=False), None),
        ((policy("STRICT", namespace="istio-system"), policy("PERMISSIVE")), pod("c", sidecar=False), None),
        ((policy("UNSET"), policy("STRICT", namespace="istio-system")), pod("c", sidecar=False), "plaintext-refused"),
        ((policy("PERMISSIVE"), policy("STRICT", "own", **OF_WEB)), pod("c", sidecar=False), "plaintext-refused"),
        ((policy("STRICT", "own", selector={"matchLabels": {"app": "db"}}),), pod("c", sidecar=False), None),
        ((policy("STRICT"), TLS_OFF), pod("c"), "mtls-mismatch"),
        ((policy("PERMISSIVE"), TLS_OFF), pod("c"), None),
    ],
)  # fmt: skip
async def test_who_goes_without_mutual_tls(objects, client, found):
    finding = await mtls_causes(FakeWorld(SERVICE, *PODS, *objects), SERVICE, client)
    assert (finding.rule if finding else None) == found


async def test_without_a_sidecar_nobody_asks_for_mutual_tls():
    world = FakeWorld(SERVICE, pod(sidecar=False), policy("STRICT"))
    assert await mtls_causes(world, SERVICE, pod("c", sidecar=False)) is None


# gateways


INGRESS = made(
    "Service",
    "istio-ingressgateway",
    "istio-system",
    selector={"istio": "ingressgateway"},
    ports=[{"port": 80}],
)
ROUTER = make(
    "Pod", "ingress-1", "istio-system", labels={"istio": "ingressgateway"},
    spec={"containers": [{"name": "istio-proxy", "args": ["proxy", "router"]}]},
    status={"conditions": [{"type": "Ready", "status": "True"}]},
)  # fmt: skip
GATE = made("Gateway", "gate", selector={"istio": "ingressgateway"}, servers=[{"hosts": ["*"]}])


@pytest.mark.parametrize(
    ("objects", "host", "found"),
    [
        ((), "", "no-gateway"),
        ((made("Gateway", "gate", selector={"istio": "ingress"}),), "", "gateway-selects-nothing"),
        ((GATE,), "", "nothing-behind-gateway"),
        ((GATE, rules(route(), gateways=["gates"])), "", "gateway-unknown"),
        ((GATE, rules(route(), gateways=["gate"], namespace="default")), "", "gateway-unknown"),
        ((GATE, rules(route(), gateways=["shop/gate"], namespace="default", hosts=["*"])), "", None),
        ((GATE, rules(route(), gateways=["gate"], hosts=["a.example.com"])), "", "host-wanted"),
        ((GATE, rules(route(), gateways=["gate"], hosts=["a.example.com"])), "127.0.0.1", "host-wanted"),
        ((GATE, rules(route(), gateways=["gate"], hosts=["a.example.com"])), "b.example.com", "other-host"),
        ((GATE, rules(route(), gateways=["gate"], hosts=["*.example.com"])), "b.example.com", None),
        ((GATE, rules(route(match=[{"uri": {"exact": "/a"}}]), gateways=["gate"], hosts=["*"])), "", "other-path"),
        ((GATE, rules(route(match=[{"uri": {"prefix": "/pro"}}]), gateways=["gate"], hosts=["*"])), "", None),
        ((GATE, rules(route(match=[{"uri": {"regex": "/x.*"}}]), gateways=["gate"], hosts=["*"])), "", None),
        ((GATE, rules(route(match=[{"headers": {}}]), gateways=["gate"], hosts=["*"])), "", None),
    ],
)  # fmt: skip
async def test_why_a_gateway_has_no_page(objects, host, found):
    finding = await gateway_causes(FakeWorld(INGRESS, ROUTER, *objects), INGRESS, host, "/productpage?u=test")
    assert (finding.rule if finding else None) == found


async def test_other_services_are_no_gateways():
    world = FakeWorld(SERVICE, *PODS, GATE)
    assert await gateway_causes(world, SERVICE, "", "/") is None
    assert await behind_gateway(world, SERVICE) == ()


async def test_a_page_that_is_404_or_503_at_the_gateway_is_explained():
    page = Http.model_validate(
        {"http": {"service": "istio-ingressgateway", "in": "istio-system", "port": 80, "path": "/"}}
    )
    world = FakeWorld(INGRESS, ROUTER, web=FakeWeb(Reply(404, "", "http://127.0.0.1/", "address")))
    assert [each.rule for each in await page.diagnose(world)] == ["no-gateway"]
    broken = rules(route("v9"), gateways=["gate"], hosts=["*"])
    gone = FakeWeb(Reply(503, "no healthy upstream", "http://127.0.0.1/", "address"))
    world = FakeWorld(INGRESS, ROUTER, SERVICE, GATE, *PODS, broken, web=gone)
    assert "subset-unknown" in [each.rule for each in await page.diagnose(world)]


# injection


@pytest.mark.parametrize(
    ("objects", "labels", "found"),
    [
        ((), {"istio-injection": "enabled"}, "Nothing injects sidecars: Istio is not installed in this cluster"),
        ((), {}, None),
        ((make("Deployment", "istiod", labels={"app": "istiod"}),), {"istio-injection": "enabled"},
         "Nothing injects sidecars: the webhook istio-sidecar-injector is missing, though istiod is there"),
    ],
)  # fmt: skip
async def test_where_nothing_injects(objects, labels, found):
    cluster = FakeCluster([make("Namespace", "shop", None, labels=labels), *objects])
    cluster.kinds |= {"MutatingWebhookConfiguration"}
    finding = await no_sidecar(FakeWorld(cluster=cluster), "shop", [pod(sidecar=False)])
    assert (finding.cause.render() if finding else None) == found


# requests of a check


SIEGE = make("Pod", "siege", "shop", spec={"containers": [{"name": "siege"}]},
             status={"phase": "Running", "containerStatuses": [{"name": "siege", "state": {"running": {}}, "ready": True}],
                     "conditions": [{"type": "Ready", "status": "True"}]})  # fmt: skip
INSIDE = {**SIEGE, "spec": {"containers": [{"name": "siege"}, {"name": "istio-proxy"}]}}
ENDPOINTS = make(
    "Endpoints", "web", "shop", subsets=[{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]
)


@pytest.mark.parametrize(
    ("client", "objects", "found"),
    [
        (SIEGE, (rules(route("v1")), subsets(v1="v1")), "client-outside-mesh"),
        (INSIDE, (rules(route("v1")), subsets(v1="v1")), None),
        (INSIDE, (rules(route("v9")), subsets(v1="v1")), "subset-unknown"),
        (SIEGE, (policy("STRICT"),), "plaintext-refused"),
        (SIEGE, (), None),
    ],
)
@pytest.mark.parametrize("target", [{"service": "web", "in": "shop", "port": 80}, {"url": "http://web:80/"}])
async def test_requests_that_go_elsewhere_are_explained(target, client, objects, found):
    check = Traffic.model_validate({"traffic": target, "from": {"pod": "siege", "in": "shop"}})
    ready = [{**each, "status": SIEGE["status"]} for each in PODS]
    answers = FakeWeb(Reply(503, "", "http://web/", "address"))
    world = FakeWorld(SERVICE, ENDPOINTS, client, *ready, *objects, web=answers)
    assert [each.rule for each in await check.diagnose(world)] == ([found] if found else [])


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("http://web", ("web", "shop")),
        ("http://web.other:80/x", ("web", "other")),
        (f"http://{WEB}/", ("web", "shop")),
        ("http://10.0.0.1:80/", None),
        ("http://www.example.com/", None),
        ("http://[", None),
    ],
)
def test_the_service_that_a_url_names(url, meant):
    assert service_meant(url, "shop") == meant
