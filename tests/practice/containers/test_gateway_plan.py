"""What a Gateway of the Gateway API routes where, what it says of it, and that a proxy gets the same plan."""

from __future__ import annotations

from typing import Any

import pytest

from runner.practice.containers.image_programs.gateway_agent import configuration_of, from_configuration
from runner.practice.containers.image_programs.gateway_plan import (
    Cluster,
    attach,
    find_rule,
    planned_listeners,
)
from runner.practice.containers.image_programs.gateway_provisioning import proxy_image
from runner.practice.containers.image_programs.gateway_status import gateway_status, route_status
from runner.practice.containers.network_messages import Listener, Request, Response
from tests.practice.containers.container_room import ContainerRoom

CONTROLLER = "gateway.nginx.org/nginx-gateway-controller"
CLUSTER = Cluster(
    {("shop", "tea"): [80], ("shop", "coffee"): [80], ("other", "tea"): [80]},
    {"shop": {"team": "a"}, "other": {"team": "b"}},
)


def gateway(*listeners: dict[str, Any]) -> dict[str, Any]:
    made = [{"name": "http", "port": 80, "protocol": "HTTP", **each} for each in listeners or ({},)]
    return {"metadata": {"name": "gate", "namespace": "shop", "uid": "1"}, "spec": {"listeners": made}}


def route(
    *rules: dict[str, Any], hosts: Any = (), name: str = "r", home: str = "shop", **parent: Any
) -> dict[str, Any]:
    meta = {"name": name, "namespace": home, "creationTimestamp": f"2026-01-01T00:00:0{len(name)}Z"}
    spec: dict[str, Any] = {
        "parentRefs": [{"name": "gate", "namespace": "shop", **parent}],
        "rules": list(rules),
    }
    return {"metadata": meta, "spec": {**spec, **({"hostnames": list(hosts)} if hosts else {})}}


def to(name: str, *matches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "backendRefs": [{"name": name, "port": 80}],
        **({"matches": list(matches)} if matches else {}),
        **more,
    }


def path(value: str, kind: str = "PathPrefix", **more: Any) -> dict[str, Any]:
    return {"path": {"type": kind, "value": value}, **more}


def chosen(
    request: Request, *routes: dict[str, Any], of: dict[str, Any] | None = None, port: int = 80
) -> str | None:
    made = of or gateway()
    listeners = planned_listeners(made)
    for each in routes:
        attach(made, listeners, each, CLUSTER)
    listeners, _ = from_configuration(configuration_of(listeners, {}))  # as its proxy gets it
    found = find_rule(listeners, port, request.header("Host"), request)
    return found.backends[0].name if found else None


def get(target: str = "/", host: str = "a.example.com", method: str = "GET", **headers: str) -> Request:
    return Request(method, target, [("Host", host), *headers.items()])


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (get("/tea"), "tea"),
        (get("/tea/x?y=1"), "tea"),
        (get("/teapot"), "coffee"),
        (get("/tea/green"), "coffee"),
        (get("/exact"), "tea"),
        (get("/exact/x"), "coffee"),
        (get("/v1/orders"), "tea"),
        (get("/h"), "coffee"),
        (get("/h", version="two"), "tea"),
        (get("/q?v=1"), "coffee"),
        (get("/q?v=2"), "tea"),
        (get("/m"), "coffee"),
        (get("/m", method="POST"), "tea"),
    ],
)
def test_a_match_is_chosen_by_its_precision(request_, name):
    rules = [
        to("coffee", path("/")),
        to("tea", path("/tea")),
        to("coffee", path("/tea/green")),
        to("tea", path("/exact", "Exact")),
        to("tea", path("/v[0-9]/.*", "RegularExpression")),
        to("tea", path("/h", headers=[{"name": "Version", "value": "two"}])),
        to("tea", path("/q", queryParams=[{"name": "v", "value": "[23]", "type": "RegularExpression"}])),
        to("tea", path("/m", method="POST")),
    ]
    assert chosen(request_, route(*rules)) == name


def test_the_more_exact_host_and_then_the_older_route_goes_first():
    wild, exact, other = (
        route(to("coffee"), hosts=["*.example.com"]),
        route(to("tea"), hosts=["a.example.com"]),
        route(to("tea"), name="later"),
    )
    assert chosen(get(), wild, exact) == "tea"
    assert chosen(get(host="b.example.com:80"), wild, exact) == "coffee"
    assert chosen(get(host="example.org"), wild, exact) is None
    assert chosen(get(), other, route(to("coffee"), name="old")) == "coffee"


def test_a_listener_takes_what_fits_its_hostname_and_port():
    made = gateway({"name": "a", "hostname": "*.example.com"}, {"name": "b", "port": 8080})
    assert chosen(get(), route(to("tea"), hosts=["a.example.com"], sectionName="a"), of=made) == "tea"
    assert chosen(get(), route(to("tea"), hosts=["a.example.com"], sectionName="b"), of=made) is None
    assert chosen(get(), route(to("tea"), port=8080), of=made, port=8080) == "tea"
    assert chosen(get(host="x.org"), route(to("tea"), hosts=["x.org"], sectionName="a"), of=made) is None


def outcome(made: dict[str, Any], each: dict[str, Any], cluster: Cluster = CLUSTER) -> tuple[str, str]:
    (found,) = attach(made, planned_listeners(made), each, cluster)
    return found.accepted[0], found.resolved[0]


GRANT = {"metadata": {"namespace": "other"},
         "spec": {"from": [{"kind": "HTTPRoute", "namespace": "shop"}], "to": [{"kind": "Service"}]}}  # fmt: skip
FOREIGN = {"backendRefs": [{"name": "tea", "namespace": "other", "port": 80}]}
ALL = {"allowedRoutes": {"namespaces": {"from": "All"}}}
TEAM = {"allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "b"}}}}}


@pytest.mark.parametrize(
    ("made", "each", "found"),
    [
        (gateway(), route(to("tea")), ("Accepted", "ResolvedRefs")),
        (gateway(), route(to("milk")), ("Accepted", "BackendNotFound")),
        (gateway(), route(to("tea"), sectionName="https"), ("NoMatchingParent", "ResolvedRefs")),
        (gateway(), route(to("tea"), home="other"), ("NotAllowedByListeners", "ResolvedRefs")),
        (gateway(ALL), route(to("tea"), home="other"), ("Accepted", "ResolvedRefs")),
        (gateway(TEAM), route(to("tea"), home="other"), ("Accepted", "ResolvedRefs")),
        (gateway(TEAM), route(to("tea")), ("NotAllowedByListeners", "ResolvedRefs")),
        (gateway({"hostname": "a.org"}), route(to("tea"), hosts=["b.org"]), ("NoMatchingListenerHostname", "ResolvedRefs")),
        (gateway(), route(FOREIGN), ("Accepted", "RefNotPermitted")),
        (gateway(), route({"backendRefs": [{"name": "x", "kind": "Bucket"}]}), ("Accepted", "InvalidKind")),
    ],
)  # fmt: skip
def test_what_becomes_of_a_route(made, each, found):
    assert outcome(made, each) == found


def test_a_grant_allows_a_service_of_another_namespace():
    allowing = Cluster(CLUSTER.services, CLUSTER.namespaces, [GRANT])
    assert outcome(gateway(), route(FOREIGN), allowing) == ("Accepted", "ResolvedRefs")


def conditions(found: list[dict[str, Any]]) -> dict[str, str]:
    return {each["type"]: each["status"] for each in found}


def test_what_a_gateway_says_of_itself():
    made = gateway({}, {"name": "tls", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "cert"}]}},
                   {"name": "again"}, {"name": "tcp", "port": 9, "protocol": "TCP"})  # fmt: skip
    listeners = planned_listeners(made)
    attach(made, listeners, route(to("tea"), sectionName="http"), CLUSTER)
    status = gateway_status(
        made, listeners, [{"type": "IPAddress", "value": "127.1.2.3"}], {("shop", "cert")}
    )
    assert conditions(status["conditions"]) == {"Accepted": "True", "Programmed": "True"}
    shown = {
        each["name"]: (each["attachedRoutes"], conditions(each["conditions"])) for each in status["listeners"]
    }
    good = {"Accepted": "True", "Programmed": "True", "ResolvedRefs": "True", "Conflicted": "False"}
    assert shown["http"] == (1, good)
    assert shown["tls"] == (0, {**good, "ResolvedRefs": "False", "Programmed": "False"})
    assert shown["again"] == (0, {**good, "Accepted": "False", "Programmed": "False", "Conflicted": "True"})
    assert shown["tcp"] == (0, {**good, "Accepted": "False", "Programmed": "False"})
    waiting = gateway_status(made, listeners, [], set())
    assert conditions(waiting["conditions"]) == {"Accepted": "True", "Programmed": "False"}


def test_a_status_keeps_times_and_what_other_controllers_wrote():
    made, each = gateway(), route(to("tea"))
    first = route_status(each, attach(made, planned_listeners(made), each, CLUSTER), CONTROLLER)
    first["parents"][0]["conditions"][0]["lastTransitionTime"] = "2020-01-01T00:00:00Z"
    theirs = {"controllerName": "example.com/other", "parentRef": {"name": "x"}, "conditions": []}
    each["status"] = {"parents": [theirs, *first["parents"]]}
    again = route_status(each, attach(made, planned_listeners(made), each, CLUSTER), CONTROLLER)
    assert again["parents"] == [theirs, *first["parents"]]
    assert route_status(each, [], CONTROLLER)["parents"] == [theirs]


@pytest.mark.parametrize(
    ("controller", "proxy"),
    [
        ("ghcr.io/nginx/nginx-gateway-fabric:2.1.0", "ghcr.io/nginx/nginx-gateway-fabric/nginx:2.1.0"),
        (
            "ghcr.io/nginx/nginx-gateway-fabric:2.1.0@sha256:ab",
            "ghcr.io/nginx/nginx-gateway-fabric/nginx:2.1.0",
        ),
        ("host:5000/ngf", "host:5000/ngf/nginx"),
    ],
)
def test_the_image_of_the_proxy(controller, proxy):
    assert proxy_image(controller) == proxy


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}, "URI: /x?q=1"),
    ({"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/all"}}}, "URI: /all?q=1"),
    ({"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}, "https://a.example.com/tea/x?q=1"),
    ({"type": "RequestRedirect", "requestRedirect": {"hostname": "b.org", "port": 8443}}, "http://b.org:8443/tea/x?q=1"),
]  # fmt: skip


@pytest.mark.parametrize(("filter_", "shown"), FILTERS)
async def test_a_proxy_answers_by_what_its_controller_gives_it(room: ContainerRoom, filter_, shown):
    tea = await room.run("nginxdemos/hello:plain-text", name="tea")
    agent = await room.run("busybox", name="agent", command=["sleep", "600"])
    room.serve([80, 443], tea=tea, agent=agent)
    listeners = planned_listeners(made := gateway(ALL))
    cluster = Cluster({("default", "tea"): [80]}, {})
    attach(made, listeners, route(to("tea", path("/tea"), filters=[filter_]), home="default"), cluster)

    async def give(request: Request) -> Response:
        return Response(
            200 if request.path == "/gateways/shop/gate" else 404, (), configuration_of(listeners, {})
        )

    container = room.runtime.container(agent.id)
    container.pod.listen(container, 443, Listener(http=give, tls=True))
    environment = {"AGENT_ADDRESS": "agent", "GATEWAY": "shop/gate"}
    proxy = await room.run("ghcr.io/nginx/nginx-gateway-fabric/nginx:2.1.0", name="front", env=environment)
    await room.until(lambda: room.runtime.container(proxy.id).pod.listener(80))
    answer = await room.request(proxy, "/tea/x?q=1", headers={"Host": "a.example.com"})
    assert shown in (answer.header("Location") or answer.body.decode())
    assert (await room.request(proxy, "/coffee", headers={"Host": "a.example.com"})).status == 404
