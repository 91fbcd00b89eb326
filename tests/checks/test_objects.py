"""Namespaces, pods, Services: what is right passes, what is wrong says what is wrong."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, UNREACHABLE, FakeCluster, FakeWorld, make
from pydantic import TypeAdapter, ValidationError

from checks.base import Verdict
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
IN = {"in": "istio-system"}


async def expect(check, world, verdict, message=""):
    outcome = await look(ANY.validate_python(check), world)
    found = outcome.found.render()
    assert (outcome.verdict, message in found) == (verdict, True), found


LABELLED = make(
    "Namespace", "shop", None, labels={"istio-injection": "enabled", "a": "b"}, status={"phase": "Active"}
)


@pytest.mark.parametrize(
    ("check", "world", "verdict", "message"),
    [
        ({"namespace": "shop"}, FakeWorld(LABELLED), Verdict.PASSED, "exists"),
        (
            {"namespace": "shop", "labels": {"istio-injection": "enabled"}},
            FakeWorld(LABELLED),
            Verdict.PASSED,
            "istio-injection=enabled",
        ),
        (
            {"namespace": "shop", "labels": {"istio-injection": "disabled"}},
            FakeWorld(LABELLED),
            Verdict.FAILED,
            "istio-injection=enabled",
        ),
        (
            {"namespace": "shop", "labels": {"team": "x"}},
            FakeWorld(LABELLED),
            Verdict.FAILED,
            "team is not set",
        ),
        ({"namespace": "shop"}, FakeWorld(), Verdict.FAILED, "Does not exist: Namespace shop"),
        (
            {"namespace": "shop"},
            FakeWorld(make("Namespace", "shop", None, going=True)),
            Verdict.FAILED,
            "Being deleted",
        ),
        (
            {"namespace": "shop", "absent": True},
            FakeWorld(make("Namespace", "shop", None, going=True)),
            Verdict.PENDING,
            "not gone yet",
        ),
        ({"namespace": "shop", "absent": True}, FakeWorld(), Verdict.PASSED, "does not exist"),
        ({"namespace": "shop", "absent": True}, FakeWorld(LABELLED), Verdict.FAILED, "Still exists"),
        (
            {"namespace": "shop", "absent": True},
            FakeWorld(cluster=FakeCluster(error=FORBIDDEN)),
            Verdict.ERROR,
            "not allow",
        ),
    ],
)
async def test_namespace(check, world, verdict, message):
    await expect(check, world, verdict, message)


def pod(name, *, ready=True, waiting=None, phase="Running", containers=1, app="kiali", ip="", **parts):
    status = {
        **({"podIP": ip, "podIPs": [{"ip": ip}]} if ip else {}),
        "phase": phase,
        "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
    }
    if waiting:
        status["containerStatuses"] = [{"state": {"waiting": {"reason": waiting}}}]
    spec = {"containers": [{"name": str(n)} for n in range(containers)], **parts.pop("spec", {})}
    return make("Pod", name, labels={"app": app}, spec=spec, status=status, **parts)


SIDECAR = {"initContainers": [{"name": "istio-proxy", "restartPolicy": "Always"}, {"name": "istio-init"}]}


@pytest.mark.parametrize(
    ("check", "pods", "verdict", "message"),
    [
        ({"pods": 2}, [pod("a"), pod("b")], Verdict.PASSED, "pods: 2, ready: 2"),
        ({"pods": {"min": 1}}, [pod("a"), pod("b")], Verdict.PASSED, "pods: 2"),
        ({"pods": {"max": 3}}, [], Verdict.FAILED, "pods: 0"),
        ({"pods": 2}, [pod("a")], Verdict.FAILED, "pods: 1, ready: 1"),
        ({"pods": 2}, [pod("a", ready=False)], Verdict.PENDING, "pods: 1, ready: 0"),
        ({"pods": 1}, [pod("a"), pod("b")], Verdict.FAILED, "pods: 2"),
        (
            {"pods": 1},
            [pod("a", ready=False, waiting="ContainerCreating")],
            Verdict.PENDING,
            "a (ContainerCreating)",
        ),
        (
            {"pods": 1},
            [pod("a", ready=False, waiting="ImagePullBackOff")],
            Verdict.FAILED,
            "a (ImagePullBackOff)",
        ),
        ({"pods": 1, "ready": False}, [pod("a", ready=False)], Verdict.PASSED, "pods: 1"),
        ({"pods": 1}, [pod("a"), pod("old", going=True), pod("job", phase="Succeeded")], Verdict.PASSED, ""),
        ({"pods": 1, "selector": "app=grafana"}, [pod("a"), pod("g", app="grafana")], Verdict.PASSED, ""),
        ({"pods": 1, "selector": "app=jaeger"}, [pod("a")], Verdict.FAILED, "pods: 0"),
        ({"pods": 1, "containers": 2}, [pod("a", containers=2)], Verdict.PASSED, ""),
        ({"pods": 1, "containers": 2}, [pod("a", spec=SIDECAR)], Verdict.PASSED, ""),
        ({"pods": 1, "containers": 2}, [pod("a")], Verdict.FAILED, "a (1)"),
        ({"pods": 0}, [], Verdict.PASSED, ""),
        ({"pods": 0}, [pod("a")], Verdict.FAILED, "Still there: a"),
        ({"pods": 0}, [pod("a", going=True)], Verdict.PENDING, "not gone yet"),
    ],
)
async def test_pods(check, pods, verdict, message):
    await expect({**check, **IN}, FakeWorld(NAMESPACE, *pods), verdict, message)


async def test_pods_in_a_namespace_that_is_not_there():
    await expect({"pods": 1, **IN}, FakeWorld(), Verdict.FAILED, "The namespace does not exist: istio-system")


@pytest.mark.parametrize("check", [{"pods": 1}, {"pods": 0}])
async def test_pods_that_cannot_be_read(check):
    await expect({**check, **IN}, FakeWorld(cluster=FakeCluster(error=UNREACHABLE)), Verdict.ERROR, "reached")


@pytest.mark.parametrize(
    "count", [{"min": 0}, {"min": 0, "max": 3}, {"min": 3, "max": 1}, True, "7", -1, {"mn": 1}]
)
def test_counts_that_check_nothing_are_refused(count):
    with pytest.raises(ValidationError):
        ANY.validate_python({"pods": count, **IN})


def service(type_="LoadBalancer", ingress=None, **parts):
    spec = {
        "type": type_,
        "selector": {"app": "kiali"},
        "ports": [{"name": "http", "port": 20001}, {"port": 9090}],
        **parts.pop("spec", {}),
    }
    return make("Service", "kiali", spec=spec, status={"loadBalancer": {"ingress": ingress or []}}, **parts)


KIALI = {"service": "kiali", **IN}
ADDRESS = [{"ip": "10.0.0.7"}]
PORTS = [{"name": "http", "port": 20001, "protocol": "TCP"}]
ENDPOINTS = make("Endpoints", "kiali", subsets=[{"addresses": [{"ip": "10.1.0.1"}], "ports": PORTS}])
NOT_READY = make("Endpoints", "kiali", subsets=[{"notReadyAddresses": [{"ip": "10.1.0.1"}], "ports": PORTS}])


@pytest.mark.parametrize(
    ("check", "objects", "verdict", "message"),
    [
        ({}, [service()], Verdict.PASSED, "LoadBalancer"),
        ({"type": "LoadBalancer"}, [service()], Verdict.PASSED, "LoadBalancer"),
        ({"type": "LoadBalancer"}, [service("ClusterIP")], Verdict.FAILED, "type: ClusterIP"),
        ({"type": "ClusterIP"}, [service(None)], Verdict.PASSED, "ClusterIP"),
        ({"external": True}, [service(ingress=ADDRESS)], Verdict.PASSED, "address: 10.0.0.7"),
        ({"external": True}, [service(ingress=[{"hostname": "a.elb"}])], Verdict.PASSED, "a.elb"),
        ({"external": True}, [service(ingress=[{}])], Verdict.PENDING, "not assigned yet"),
        ({"external": True}, [service()], Verdict.PENDING, "not assigned yet"),
        ({"external": True}, [service("ClusterIP")], Verdict.FAILED, "ClusterIP, no external address"),
        (
            {"external": True},
            [service("ClusterIP", spec={"externalIPs": ["10.0.0.9"]})],
            Verdict.FAILED,  # whoever wrote them: nobody assigned them
            "ClusterIP, no external address",
        ),
        (
            {"external": True},
            [service(spec={"externalIPs": ["10.0.0.9"]})],
            Verdict.PENDING,
            "not assigned yet",
        ),
        ({"external": True}, [service("NodePort", ADDRESS)], Verdict.FAILED, "NodePort, no external address"),
        ({"ports": [20001, "http:20001", 9090]}, [service()], Verdict.PASSED, ""),
        ({"ports": [80]}, [service()], Verdict.FAILED, "http:20001, 9090"),
        ({"ports": ["web:20001"]}, [service()], Verdict.FAILED, "http:20001"),
        ({"endpoints": True}, [service(), ENDPOINTS, pod("a", ip="10.1.0.1")], Verdict.PASSED, ""),
        ({"endpoints": True}, [service(), NOT_READY, pod("a")], Verdict.PENDING, "No ready pod"),
        ({"endpoints": True}, [service(), pod("a", app="other")], Verdict.FAILED, "selects: app=kiali"),
        ({}, [NAMESPACE], Verdict.FAILED, "Does not exist: Service kiali in namespace istio-system"),
        ({}, [], Verdict.FAILED, "The namespace does not exist"),
        ({}, [service(going=True)], Verdict.FAILED, "Being deleted"),
        ({"absent": True}, [], Verdict.PASSED, ""),
        ({"absent": True}, [service()], Verdict.FAILED, "Still exists"),
    ],
)
async def test_service(check, objects, verdict, message):
    await expect({**KIALI, **check}, FakeWorld(*objects), verdict, message)


@pytest.mark.parametrize(
    "bad",
    [
        {"ports": ["a:b"]},
        {"ports": [0]},
        {"ports": [99999]},
        {"ports": ["80/ICMP"]},
        {"type": "Loadbalancer"},
        {"absent": True, "external": True},
        {"prots": [80]},
    ],
)
def test_services_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValidationError):
        ANY.validate_python({**KIALI, **bad})
