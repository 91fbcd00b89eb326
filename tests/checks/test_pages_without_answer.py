"""Pages that give no answer, or another one: the host name, the way, the port, the path."""

from __future__ import annotations

import pytest
from fake_world import FakeWeb, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import CannotRead, Reply
from checks.phrase import phrase
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
PORTS = [
    {"name": "http", "port": 20001, "targetPort": 20001, "nodePort": 31001},
    {"name": "http-metrics", "port": 9090},
]
NLB = {"loadBalancerClass": "service.k8s.aws/nlb"}
HOSTNAME = {"hostname": "k8s-x.elb.eu-west-1.amazonaws.com"}
SCHEME = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}


def service(ingress=HOSTNAME, name="kiali", ports=PORTS, annotations=None, **spec):
    balanced = {"loadBalancer": {"ingress": [ingress] if ingress else []}}
    made = make("Service", name, spec={"type": "LoadBalancer", "ports": ports, **spec}, status=balanced)
    made["metadata"]["annotations"] = annotations or {}
    return made


def failed(stage, *addresses, reason="unreachable"):
    return CannotRead(reason, phrase("No response from there"), stage=stage, addresses=addresses)


async def reported(of, answer, port=20001, path="/kiali", **more):
    page = {"service": of["metadata"]["name"], "in": "istio-system", "port": port, "path": path}
    outcome = await look(ANY.validate_python({"http": page, **more}), FakeWorld(of, web=FakeWeb(answer)))
    assert not outcome.passed
    return [finding.rule for finding in outcome.findings], outcome.findings


@pytest.mark.parametrize(
    ("of", "answer", "rule", "evidence"),
    [
        (service(), failed("name"), "name-not-known", "hostname: k8s-x.elb"),
        (service(), failed("connect", "52.1.2.3", reason="timeout"), "connection-swallowed", "No response"),
        (service(**NLB), failed("connect", "10.0.3.4", reason="timeout"), "balancer-internal", "10.0.3.4"),
        (
            service(annotations=SCHEME),
            failed("connect", "10.0.3.4", reason="timeout"),
            "balancer-internal",
            "scheme: internal",
        ),
        (service({"ip": "172.18.0.5"}), failed("connect", reason="timeout"), "address-private", "172.18.0.5"),
    ],
)
async def test_an_address_that_can_not_be_reached(of, answer, rule, evidence):
    rules, findings = await reported(of, answer)
    assert rules == [rule]
    assert evidence in findings[0].evidence
    assert findings[0].field or findings[0].source


async def test_an_internal_balancer_of_aws_is_made_public_by_an_annotation():
    _, (finding,) = await reported(service(**NLB), failed("connect", "10.0.3.4", reason="timeout"))
    assert finding.remedy.values["command"] == (
        "kubectl annotate service kiali -n istio-system --overwrite "
        "service.beta.kubernetes.io/aws-load-balancer-scheme=internet-facing"
    )


@pytest.mark.parametrize("stage", ["", "refused", "answer", "api"])
async def test_a_server_that_only_starts_is_no_cause(stage):
    assert (await reported(service({"ip": "52.1.2.3"}), failed(stage, "52.1.2.3")))[0] == []
    assert (await reported(service({"ip": "127.0.0.1"}), failed(stage, "127.0.0.1")))[0] == []


def reply(status, body):
    return Reply(status, body, "http://52.1.2.3/x", "external")


GRPC = [{"name": "grpc-query", "port": 16685}, {"name": "http-query", "port": 80}]


@pytest.mark.parametrize(
    ("of", "port", "path", "answer", "rule", "remedy"),
    [
        (service(), 20001, "/", reply(404, "404 page not found"), "wrong-path", "/kiali"),
        (service(), 9090, "/kiali", reply(404, "404 page not found"), "port-without-pages", "port 20001"),
        (service(name="tracing", ports=GRPC), 16685, "/", failed("speech"), "port-without-pages", "port 80"),
        (service(), 20001, "/kiali", reply(503, "no healthy upstream"), "no-upstream", "pods"),
        (
            service(),
            20001,
            "/kiali",
            reply(400, "Client sent an HTTP request to an HTTPS server."),
            "wants-https",
            "https",
        ),
    ],
)
async def test_another_answer_than_the_page(of, port, path, answer, rule, remedy):
    rules, (finding,) = await reported(of, answer, port, path)
    assert rules == [rule]
    assert remedy in finding.remedy.render()


async def test_a_page_that_is_not_there_yet_is_no_cause():
    assert (await reported(service(), reply(404, "no such page")))[0] == []
    assert (await reported(service(), reply(503, "starting")))[0] == []


async def test_nobody_listens_where_the_service_sends():
    port = {"name": "http", "port": 80, "targetPort": 80}
    of = service(None, "web", [port], selector={"app": "web"})
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    containers = [{"name": "web", "ports": [{"containerPort": 8080}]}]
    pod = make("Pod", "web-1", labels={"app": "web"}, spec={"containers": containers}, status=ready)
    page = {"http": {"service": "web", "in": "istio-system", "port": 80}}
    words = phrase("The page can't be reached: {message}", message="dial tcp 10.1.0.5:80: connection refused")
    world = FakeWorld(of, pod, web=FakeWeb(CannotRead("unreachable", words, stage="api")))
    (finding,) = (await look(ANY.validate_python(page), world)).findings
    assert finding.rule == "target-port-not-declared"
    assert '"value": 8080' in finding.remedy.render()


@pytest.mark.parametrize(
    ("url", "stage", "rule"),
    [
        ("http://nowhere.test/", "name", "name-not-known"),
        ("https://kiali.test:20001/", "tls", "speaks-http"),
    ],
)
async def test_a_url(url, stage, rule):
    check = ANY.validate_python({"http": {"url": url}})
    (finding,) = (await look(check, FakeWorld(web=FakeWeb(failed(stage))))).findings
    assert (finding.rule, finding.about) == (rule, None)


async def test_a_forwarded_service_is_reported_as_that():
    of = service(None)
    check = {"service": "kiali", "in": "istio-system", "external": True, "or_forwarded": True}
    world = FakeWorld(of)
    assert not (await look(ANY.validate_python(check), world)).passed
    world.web.forwards["kiali", "istio-system"] = "127.0.0.1:43521"
    outcome = await look(ANY.validate_python(check), world)
    assert outcome.passed
    assert "no external address; reached by port-forward at 127.0.0.1:43521" in outcome.found.render()
    strict = {**check, "or_forwarded": False}
    assert not (await look(ANY.validate_python(strict), world)).passed
    with pytest.raises(ValueError, match="external: true"):
        ANY.validate_python({"service": "kiali", "or_forwarded": True})
