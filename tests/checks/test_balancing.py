"""Why a load balancer gets no address: on every platform, and by the words of those who should make it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fake_world import NOW, FakeCluster, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Verdict
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
CHECK = ANY.validate_python({"service": "tracing", "in": "istio-system", "external": True})
LONG, NOW_JUST = 3600, 1


def service(name="tracing", seconds=LONG, number=80, namespace="istio-system", ingress=(), **metadata):
    made = make(
        "Service",
        name,
        namespace,
        spec={"type": "LoadBalancer", "ports": [{"name": "http", "port": number}]},
        status={"loadBalancer": {"ingress": list(ingress)} if ingress else {}},
    )
    made["metadata"] |= {"uid": f"{namespace}/{name}", "creationTimestamp": before(seconds), **metadata}
    return made


def before(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def node(name, provider="", **labels):
    return make("Node", name, None, labels=labels, spec={"providerID": provider} if provider else {})


def event(reason, message):
    about = {"kind": "Service", "name": "tracing", "uid": "istio-system/tracing"}
    when = before(5)
    return make(
        "Event",
        reason,
        type="Warning",
        reason=reason,
        message=message,
        lastTimestamp=when,
        involvedObject=about,
    )


async def reported(*objects):
    outcome = await look(CHECK, FakeWorld(*objects))
    assert outcome.verdict is Verdict.PENDING
    return outcome.findings


FORWARD = "kubectl port-forward -n istio-system service/tracing 8080:80"
PLATFORMS = [
    ([node("practice-worker", "practice://labgate/practice-worker")], "practice cluster", FORWARD),
    ([node("kind-control-plane", "kind://docker/kind/kind-control-plane")], "kind", "cloud-provider-kind"),
    (
        [node("minikube", **{"minikube.k8s.io/name": "minikube"})],
        "while `minikube tunnel`",
        "minikube tunnel",
    ),
    ([node("lab", **{"minikube.k8s.io/name": "lab"})], "while `minikube tunnel`", "minikube tunnel -p lab"),
    ([node("docker-desktop")], "Docker Desktop", FORWARD),
    ([node("k3d-lab-server-0", "k3s://k3d-lab-server-0")], "servicelb", FORWARD),
    ([node("pi", "k3s://pi")], "servicelb", FORWARD),
    ([node("lima-rancher-desktop", "k3s://lima-rancher-desktop")], "servicelb", FORWARD),
    ([node("ubuntu", **{"microk8s.io/cluster": "true"})], "MetalLB", "microk8s enable metallb"),
    ([node("master-1"), node("worker-1")], "Nothing in this cluster", FORWARD),
    ([], "Nothing in this cluster", FORWARD),
    ([node("ip-10", "aws:///eu-west-1a/i-0abc")], "cloud controller", FORWARD),
    ([node("gke-1", "gce://p/z/gke-1")], "cloud controller", FORWARD),
    ([node("aks-1", "azure:///subscriptions/1")], "cloud controller", FORWARD),
    ([node("nks-1", **{"ncloud.com/nks-nodepool": "a"})], "cloud controller", FORWARD),
    ([node("do-1", "digitalocean://1")], "cloud controller", FORWARD),
]


@pytest.mark.parametrize(("nodes", "cause", "command"), PLATFORMS)
async def test_nobody_gives_addresses(nodes, cause, command):
    (finding,) = await reported(service(), *nodes)
    assert (finding.rule, finding.field) == ("no-load-balancer", "status.loadBalancer")
    assert cause in finding.cause.render()
    assert finding.remedy.values["command"] == command
    assert finding.remedy.render().endswith(command)


@pytest.mark.parametrize(("nodes", "_cause", "_command"), PLATFORMS)
async def test_nothing_is_reported_while_it_may_be_on_its_way(nodes, _cause, _command):
    assert not await reported(service(seconds=NOW_JUST), *nodes)


async def test_the_time_counts_from_the_change_of_its_type():
    entry = {"manager": "kubectl-edit", "time": before(2), "fieldsV1": {"f:spec": {"f:type": {}}}}
    assert not await reported(service(managedFields=[entry]), *PLATFORMS[1][0])
    entry["time"] = before(20)
    assert await reported(service(managedFields=[entry]), *PLATFORMS[1][0])


async def test_a_cloud_at_work_has_minutes():
    at_work = {"finalizers": ["service.kubernetes.io/load-balancer-cleanup"]}
    cloud = node("ip-10", "aws:///eu-west-1a/i-0abc")
    assert not await reported(service(seconds=400, **at_work), cloud)
    (finding,) = await reported(service(seconds=700, **at_work), cloud)
    assert finding.rule == "balancer-slow"


SYNC = "Error syncing load balancer: failed to ensure load balancer: "


@pytest.mark.parametrize(
    ("reason", "message", "rule", "words"),
    [
        (
            "SyncLoadBalancerFailed",
            SYNC + "could not find any suitable subnets for creating the ELB",
            "no-subnet",
            "role/elb=1",
        ),
        (
            "CreatingLoadBalancerFailed",
            "Error creating load balancer (will retry): failed to ensure load balancer for service "
            "istio-system/tracing: could not find any suitable subnets for creating the ELB",
            "no-subnet",
            "role/elb=1",
        ),
        (
            "FailedBuildModel",
            "Failed build model due to unable to resolve at least one subnet",
            "no-subnet",
            "role/elb=1",
        ),
        (
            "SyncLoadBalancerFailed",
            SYNC + 'error creating load balancer: "InvalidSubnet: VPC vpc-1 has no internet gateway"',
            "no-internet-gateway",
            "gateway",
        ),
        (
            "SyncLoadBalancerFailed",
            SYNC + "googleapi: Error 403: Quota 'IN_USE_ADDRESSES' exceeded. Limit: 8.0 in region x.",
            "balancer-quota",
            "quota",
        ),
        (
            "SyncLoadBalancerFailed",
            SYNC + "TooManyLoadBalancers: Exceeded quota of account 1",
            "balancer-quota",
            "quota",
        ),
        (
            "SyncLoadBalancerFailed",
            SYNC
            + "AccessDenied: User x is not authorized to perform: elasticloadbalancing:CreateLoadBalancer",
            "balancer-forbidden",
            "permissions",
        ),
        (
            "AllocationFailed",
            'Failed to allocate IP for "istio-system/tracing": no available IPs',
            "address-pool-empty",
            "ipaddresspools",
        ),
        (
            "AllocationFailed",
            'Failed to allocate IP for "istio-system/tracing": ["10.0.0.1"] is not allowed in config',
            "address-not-allowed",
            "loadBalancerIP",
        ),
        ("SyncLoadBalancerFailed", SYNC + "something new", "balancer-refused", "retries automatically"),
    ],
)
async def test_what_the_controller_reported(reason, message, rule, words):
    (finding,) = await reported(service(seconds=NOW_JUST), event(reason, message))
    assert (finding.rule, finding.source) == (rule, f"event {reason}")
    assert words in finding.remedy.render()
    assert finding.evidence.endswith(message[-40:])


def svclb(namespace="kube-system", of="istio-system"):
    labels = {
        "svccontroller.k3s.cattle.io/svcname": "tracing",
        "svccontroller.k3s.cattle.io/svcnamespace": of,
    }
    message = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    scheduled = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    status = {"phase": "Pending", "conditions": [scheduled]}
    return make("Pod", "svclb-tracing-x", namespace, labels=labels, status=status)


GATEWAY = service("istio-ingressgateway", ingress=[{"ip": "172.18.0.2"}])


@pytest.mark.parametrize("pod", [svclb(), svclb("istio-system", of="")])
async def test_k3s_has_given_the_port_away(pod):
    (finding,) = await reported(service(seconds=NOW_JUST), pod, GATEWAY, node("pi", "k3s://pi"))
    assert finding.rule == "balancer-port-taken"
    assert (
        "80 is already in use by the load balancer of Service istio-ingressgateway" in finding.cause.render()
    )
    assert (finding.about.kind, finding.field) == ("Pod", "status.conditions[0].message")
    assert not await reported(service(seconds=NOW_JUST), svclb(of="default"), GATEWAY, node("pi", "k3s://pi"))


async def test_docker_desktop_has_given_the_port_away():
    holder = service("istio-ingressgateway", ingress=[{"hostname": "localhost"}])
    (finding,) = await reported(service(seconds=NOW_JUST), holder, node("docker-desktop"))
    assert finding.rule == "balancer-port-taken"
    assert "localhost" in finding.evidence
    other = service("istio-ingressgateway", number=8080, ingress=[{"hostname": "localhost"}])
    assert not await reported(service(seconds=NOW_JUST), other, node("docker-desktop"))


async def test_where_the_nodes_can_not_be_read_the_service_itself_reports():
    from fake_world import FORBIDDEN

    cluster = FakeCluster([service()], Node=FORBIDDEN)
    outcome = await look(CHECK, FakeWorld(cluster=cluster))
    assert [finding.rule for finding in outcome.findings] == ["no-load-balancer"]
