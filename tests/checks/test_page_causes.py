"""Pages without an answer, refusals of the API server, and the platform a load balancer is expected of: at their edges."""

from __future__ import annotations

import pytest
from fake_world import make

from checks.base import CannotRead, Reply
from checks.diagnosis.balancers import nobody_here, waits
from checks.diagnosis.page_causes import INTERNAL, no_answer, other_answer, url_without_answer
from checks.diagnosis.permissions import not_allowed
from checks.diagnosis.platform import Platform, minikube_profile, platform_of
from checks.phrase import phrase

HTTP, METRICS, GRPC = (
    {"name": "http", "port": 80, "nodePort": 31001},
    {"name": "http-metrics", "port": 90},
    {"name": "grpc", "port": 95},
)


def service(ingress=None, name="kiali", ports=(HTTP, METRICS), annotations=None, **spec):
    made = make("Service", name, spec={"type": "LoadBalancer", "ports": list(ports), **spec},
                status={"loadBalancer": {"ingress": [ingress] if ingress else []}})  # fmt: skip
    made["metadata"]["annotations"] = annotations
    return made


def failed(stage, *addresses, reason="unreachable", said="No response"):
    return CannotRead(reason, phrase(said), stage=stage, addresses=addresses)


def rule(finding):
    return finding and finding.rule


HOST, PUBLIC, PRIVATE = {"hostname": "lb.test"}, {"ip": "52.1.2.3"}, {"ip": "10.0.0.9"}
AMAZON = {"hostname": "k8s.elb.amazonaws.com"}


@pytest.mark.parametrize(
    ("ingress", "stage", "addresses", "expected"),
    [
        (HOST, "name", [], "name-not-known"),
        (PUBLIC, "name", [], None),
        (None, "name", [], None),
        (PUBLIC, "connect", [], "connection-swallowed"),
        (PUBLIC, "refused", [], None),
        (PUBLIC, "answer", [], None),
        (PUBLIC, "", [], None),
        (None, "connect", ["10.0.0.9"], None),
        (PRIVATE, "connect", [], "address-private"),
        (PRIVATE, "refused", [], "address-private"),
        (PRIVATE, "answer", [], "address-private"),
        (PRIVATE, "connect", ["52.1.2.3"], "connection-swallowed"),
        (HOST, "connect", ["10.0.0.9", "52.1.2.3"], "connection-swallowed"),
        (HOST, "connect", ["10.0.0.9", "10.0.0.8"], "address-private"),
        (HOST, "connect", ["fe80::1%eth0"], "address-private"),
        (HOST, "connect", ["127.0.0.1"], "connection-swallowed"),
        (HOST, "connect", ["nonsense"], "connection-swallowed"),
        (AMAZON, "connect", ["10.0.0.9"], "balancer-internal"),
        (HOST, "connect", [], "connection-swallowed"),
        (PUBLIC, "speech", [], None),
    ],
)
def test_a_service_that_gives_no_answer(ingress, stage, addresses, expected):
    finding = no_answer(service(ingress), 80, failed(stage, *addresses))
    assert rule(finding) == expected
    if expected in ("address-private", "balancer-internal"):
        assert (
            finding.field == f"status.loadBalancer.ingress[0].{'hostname' if 'hostname' in ingress else 'ip'}"
        )


@pytest.mark.parametrize("key", INTERNAL)
def test_every_annotation_that_makes_a_balancer_internal(key):
    finding = no_answer(service(HOST, annotations={key: INTERNAL[key]}), 80, failed("connect", "10.0.0.9"))
    assert rule(finding) == "balancer-internal"
    assert finding.evidence == f"lb.test: 10.0.0.9; {key}: {INTERNAL[key]}"
    assert "command" not in finding.remedy.values
    other = no_answer(service(HOST, annotations={key: "other"}), 80, failed("connect", "10.0.0.9"))
    assert rule(other) == "address-private"


def test_a_balancer_of_aws_without_a_class():
    finding = no_answer(service(AMAZON), 80, failed("connect", "10.0.0.9"))
    assert finding.evidence == "k8s.elb.amazonaws.com: 10.0.0.9; loadBalancerClass: -"


def test_a_balancer_of_awss_own_controller_is_internal_by_default():
    finding = no_answer(
        service(HOST, loadBalancerClass="service.k8s.aws/nlb"), 80, failed("connect", "10.0.0.9")
    )
    assert (finding.rule, finding.evidence) == (
        "balancer-internal",
        "lb.test: 10.0.0.9; loadBalancerClass: service.k8s.aws/nlb",
    )
    assert "internet-facing" in finding.remedy.values["command"]
    other = no_answer(service(HOST, loadBalancerClass="x"), 80, failed("connect", "10.0.0.9"))
    assert rule(other) == "address-private"


@pytest.mark.parametrize(("port", "node"), [(80, 31001), (90, "-"), (7, "-")])
def test_the_port_that_a_firewall_swallows(port, node):
    finding = no_answer(service(PUBLIC), port, failed("connect"))
    assert (finding.remedy.values["port"], finding.remedy.values["node"]) == (port, node)


@pytest.mark.parametrize("stage", ["speech", "tls"])
@pytest.mark.parametrize(
    ("port", "ports", "field", "use"),
    [
        (90, (HTTP, METRICS), "spec.ports[1].name", 80),
        (95, (GRPC, HTTP), "spec.ports[0].name", 80),
        (95, (GRPC, METRICS), "spec.ports[0].name", None),
        (95, (METRICS, {"name": "x"}, GRPC, {"name": "web", "port": 81}, HTTP), "spec.ports[2].name", 81),
        (80, (HTTP, METRICS), None, None),
        (96, ({"name": "telegrpcx", "port": 96},), None, None),
        (7, (HTTP, METRICS), None, None),
    ],
)
def test_a_port_that_no_browser_understands(stage, port, ports, field, use):
    finding = no_answer(service(PUBLIC, ports=ports), port, failed(stage))
    assert (finding and finding.field) == field
    assert (finding and finding.remedy.values.get("port")) == use


def reply(status, body=""):
    return Reply(status, body, "http://52.1.2.3/x", "external")


@pytest.mark.parametrize(
    ("answer", "port", "path", "expected"),
    [
        (reply(400, "Client sent an HTTP request to an HTTPS server."), 80, "/", "wants-https"),
        (reply(400, "bad"), 80, "/", None),
        (reply(404, "HTTP request to an HTTPS server"), 80, "/kiali", None),
        (reply(503, "upstream connect error"), 80, "/", "no-upstream"),
        (reply(503, "x"), 80, "/", None),
        (reply(502, "no healthy upstream"), 80, "/", None),
        (reply(404), 80, "/", "wrong-path"),
        (reply(404), 80, "/kiali/console", None),
        (reply(404), 90, "/kiali", "port-without-pages"),
        (reply(404), 7, "/", "wrong-path"),
        (reply(403), 80, "/", None),
    ],
)
def test_an_answer_that_is_not_the_page(answer, port, path, expected):
    finding = other_answer(service(PUBLIC), port, path, answer)
    assert rule(finding) == expected
    assert not finding or (finding.source, finding.about.name) == ("GET http://52.1.2.3/x", "kiali")
    assert not finding or finding.evidence == (answer.body or "404" if answer.status != 404 else "404")
    assert rule(other_answer(service(PUBLIC, name="grafana"), port, path, answer)) == (
        None if expected == "wrong-path" else expected
    )
    anywhere = other_answer(None, port, path, answer)
    assert rule(anywhere) == (expected if answer.status != 404 else None)
    assert not anywhere or anywhere.about is None


def test_what_a_404_says_is_quoted():
    assert other_answer(service(PUBLIC), 80, "/", reply(404, "no such page")).evidence == "404: no such page"


@pytest.mark.parametrize(
    ("url", "stage", "expected"),
    [
        ("http://x/", "name", "name-not-known"),
        ("https://x/", "tls", "speaks-http"),
        ("http://x/", "tls", None),
        ("https://x/", "connect", None),
    ],
)
def test_an_address_anywhere(url, stage, expected):
    finding = url_without_answer(url, failed(stage))
    assert rule(finding) == expected
    assert not finding or (finding.about, finding.source) == (None, f"GET {url}")


# the API server refuses

SAID = 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop"'


@pytest.mark.parametrize(
    ("said", "command"),
    [
        (SAID, "kubectl auth can-i list pods -n shop"),
        (SAID.replace('"pods" in API group ""', '"deployments" in API group "apps"'),
         "kubectl auth can-i list deployments.apps -n shop"),
        (SAID.replace(' in the namespace "shop"', " at the cluster scope"), "kubectl auth can-i list pods --all-namespaces"),
        ("no", None),
    ],
)  # fmt: skip
def test_what_to_ask_for_is_read_off_the_refusal(said, command):
    finding = not_allowed(failed("", reason="forbidden", said=said))
    assert (finding.rule, finding.evidence, finding.about) == ("forbidden", said, None)
    assert finding.remedy.values.get("command") == command


@pytest.mark.parametrize(
    ("reason", "expected"), [("unauthorized", "unauthorized"), ("unreachable", None), ("timeout", None)]
)
def test_other_refusals(reason, expected):
    assert rule(not_allowed(failed("", reason=reason))) == expected


# the platform


def node(name="n", provider="", **labels):
    return make("Node", name, None, labels=labels, spec={"providerID": provider} if provider else {})


@pytest.mark.parametrize(
    ("made", "platform"),
    [
        (node("practice-a"), "practice"),
        (node("a", "practice://x"), "practice"),
        (node("docker-for-desktop"), "docker-desktop"),
        (node("desktop-control-plane", "kind://x"), "docker-desktop"),
        (node("minikube-m02"), "minikube"),
        (node("minikube-m03"), "unknown"),
        (node("minikube-m03", **{"minikube.k8s.io/name": "minikube"}), "minikube"),
        (node("k3d-x"), "unknown"),
        (node("k3d-x", **{"node.kubernetes.io/instance-type": "k3s"}), "k3d"),
        (node("pi", **{"node.kubernetes.io/instance-type": "k3s"}), "k3s"),
        (node("a", **{"microk8s.io/cluster": "false"}), "unknown"),
        (node("a", **{"eks.amazonaws.com/nodegroup": "x"}), "eks"),
        (node("a", "kind://x"), "kind"),
        (node("a", "gce://x"), "gke"),
        (node("a", "azure://x"), "aks"),
        (node("a", "x://y"), "cloud"),
        (node("a"), "unknown"),
    ],
)
def test_the_platform_by_a_node(made, platform):
    assert platform_of([node("plain"), made]) == platform
    other = "practice" if platform == "unknown" else platform
    assert platform_of([node("practice-a"), made]) == other


def test_no_node_tells_no_platform():
    assert platform_of([]) is Platform.UNKNOWN
    names = [node(**{"minikube.k8s.io/name": "minikube"}), node(), node(**{"minikube.k8s.io/name": "lab"})]
    assert (minikube_profile(names), minikube_profile(names[:2])) == ("lab", "")


CLOUDS = (Platform.EKS, Platform.GKE, Platform.AKS, Platform.NCP, Platform.CLOUD)
SECONDS = {
    "practice": 3,
    "kind": 3,
    "minikube": 10,
    "k3d": 10,
    "k3s": 10,
    "rancher-desktop": 10,
    "microk8s": 10,
    "docker-desktop": 30,
}


@pytest.mark.parametrize("platform", Platform)
def test_how_long_an_address_is_waited_for(platform):
    assert platform.is_cloud is (platform in CLOUDS)
    assert waits(platform, at_work=False) == SECONDS.get(platform, 120)
    assert waits(platform, at_work=True) == (600 if platform in CLOUDS else 120)


@pytest.mark.parametrize("platform", Platform)
def test_whoever_has_begun_is_told_of_first(platform):
    cause, remedy = nobody_here(platform, [], service(PUBLIC), at_work=True)
    assert "requested long ago" in cause.render()
    assert remedy.values["command"].startswith("kubectl port-forward")
    assert "requested long ago" not in nobody_here(platform, [], service(PUBLIC), at_work=False)[0].render()
