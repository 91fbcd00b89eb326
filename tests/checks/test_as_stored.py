"""Objects as a real API server stores them, where a check could hold for the wrong reason, or never."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, FakeCluster, FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Verdict
from checks.image_names import image_fits
from checks.quantities import quantity, same_quantity
from checks.registry import AnyCheck, look

ANY = TypeAdapter(AnyCheck)
IN = {"in": "istio-system"}
PASSED, FAILED, PENDING, ERROR = Verdict.PASSED, Verdict.FAILED, Verdict.PENDING, Verdict.ERROR


async def expect(check, objects, verdict, message="", **cluster):
    world = FakeWorld(cluster=FakeCluster([NAMESPACE, *objects], **cluster))
    outcome = await look(ANY.validate_python({**check, **IN}), world)
    found = outcome.found.render()
    assert (outcome.verdict, message in found) == (verdict, True), found


# images


@pytest.mark.parametrize(
    ("wanted", "image"),
    [
        ("nginx", "nginx"),
        ("nginx", "nginx:1.27"),
        ("nginx", "docker.io/library/nginx:1.27"),
        ("nginx", "mirror.example:5000/library/nginx:1.27"),
        ("docker.io/nginx", "nginx:1.27"),
        ("index.docker.io/library/nginx", "nginx"),
        ("nginx:1.27", "nginx:1.27"),
        ("nginx:1.27", "docker.io/nginx:1.27@sha256:" + "a" * 64),
        ("nginx:latest", "nginx"),
        ("pilot:1.11.3", "docker.io/istio/pilot:1.11.3"),
        ("istio/pilot", "docker.io/istio/pilot:1.11.3"),
        ("/pilot:", "docker.io/istio/pilot:1.11.3"),
        (":1.11.3", "docker.io/istio/pilot:1.11.3"),
        ("@sha256:" + "a" * 64, "nginx@sha256:" + "a" * 64),
        ("localhost:5000/web", "localhost:5000/web:dev"),
        ("registry:5000/web:dev", "registry:5000/web:dev"),
        (r"nginx:1\.2\d", "nginx:1.27"),
        ("nginx.*alpine$", "nginx:1.27-alpine"),
    ],
)
def test_an_image_is_the_one_that_is_named(wanted, image):
    assert image_fits(wanted, image)


@pytest.mark.parametrize(
    ("wanted", "image"),
    [
        ("nginx:1.2", "nginx:1.27"),
        ("nginx:1.27", "nginx:1.27-alpine"),
        ("nginx", "nginx-unprivileged:1.27"),
        ("nginx", "bitnami/nginx-exporter"),
        ("nginx:1.27", "nginx"),
        ("nginx:latest", "nginx@sha256:" + "a" * 64),
        ("nginx@sha256:" + "a" * 64, "nginx@sha256:" + "b" * 64),
        ("library/nginx", "bitnami/nginx"),
        ("docker.io/nginx", "quay.io/nginx"),
        ("docker.io/pilot", "istio/pilot"),
        ("quay.io/kiali/kiali", "kiali/kiali"),
        ("ginx", "nginx"),
        ("1.27", "nginx:1.27"),
        (":1.2", "nginx:1.27"),
    ],
)
def test_an_image_is_not_one_whose_name_only_begins_so(wanted, image):
    assert not image_fits(wanted, image)


def workload(kind, spec=None, status=None, **template):
    spec = {
        "replicas": 2,
        "template": {"spec": {"containers": [{"image": "nginx:1.27"}], **template}},
        **(spec or {}),
    }
    return make(kind, "web", spec=spec, status=status or {})


@pytest.mark.parametrize(
    ("init", "verdict"),
    [
        ([{"name": "wait", "image": "busybox:1.36"}], FAILED),
        ([{"name": "log", "image": "busybox:1.36", "restartPolicy": "Always"}], PASSED),  # a sidecar
    ],
)
async def test_init_containers_that_end_are_not_what_runs(init, verdict):
    await expect(
        {"deployment": "web", "image": "busybox"}, [workload("Deployment", initContainers=init)], verdict
    )


# workloads

DONE = {
    "observedGeneration": 2,
    "replicas": 2,
    "updatedReplicas": 2,
    "readyReplicas": 2,
    "availableReplicas": 2,
}


@pytest.mark.parametrize(
    ("spec", "status", "verdict", "message"),
    [
        ({}, {}, PASSED, "2 of 2"),
        ({}, {"availableReplicas": 1}, PENDING, "1 of 2"),
        ({}, {"availableReplicas": None}, PENDING, "0 of 2"),
        (
            {},
            {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3},
            PENDING,
            "old replicas still to stop: 1",
        ),
        ({}, {"replicas": 3}, PENDING, "old replicas still to stop: 1"),
        ({}, {"observedGeneration": None}, PENDING, "has not applied"),
        ({"replicas": None}, {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, PASSED, "1 of 1"),
        ({"replicas": 3}, {"updatedReplicas": 2}, PENDING, "updated replicas: 2 of 3"),
    ],
)
async def test_a_deployment_is_ready_when_nothing_of_it_is_left_to_do(spec, status, verdict, message):
    status = {key: value for key, value in {**DONE, **status}.items() if value is not None}
    await expect(
        {"deployment": "web", "ready": True}, [workload("Deployment", spec, status)], verdict, message
    )


async def test_scaling_down_to_nothing_takes_until_nothing_is_left():
    check = {"deployment": "web", "ready": True, "replicas": 0}
    await expect(
        check, [workload("Deployment", {"replicas": 0}, DONE)], PENDING, "old replicas still to stop: 2"
    )
    await expect(check, [workload("Deployment", {"replicas": 0}, {"observedGeneration": 2})], PASSED)


@pytest.mark.parametrize(
    ("replicas", "asked", "verdict"),
    [(None, 1, PASSED), (None, 2, FAILED), (0, 0, PASSED), (0, 1, FAILED), (3, 3, PASSED), (3, 2, FAILED)],
)
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_a_workload_that_does_not_say_asks_for_one(kind, replicas, asked, verdict):
    spec = {} if replicas is None else {"replicas": replicas}
    await expect({kind.lower(): "web", "replicas": asked}, [make(kind, "web", spec=spec)], verdict)


SET = {
    "observedGeneration": 2,
    "replicas": 2,
    "readyReplicas": 2,
    "availableReplicas": 2,
    "updatedReplicas": 2,
}


@pytest.mark.parametrize(
    ("spec", "status", "verdict", "message"),
    [
        ({}, {}, PASSED, "2 of 2"),
        ({}, {"availableReplicas": None}, PASSED, "2 of 2"),  # Kubernetes 1.21
        ({"minReadySeconds": 30}, {"availableReplicas": None}, PENDING, "0 of 2"),
        ({"minReadySeconds": 30}, {"availableReplicas": 1}, PENDING, "1 of 2"),
        ({"minReadySeconds": 30}, {"readyReplicas": 1}, PENDING, "1 of 2"),
        ({"minReadySeconds": 30}, {}, PASSED, "2 of 2"),
        ({}, {"readyReplicas": None}, PENDING, "0 of 2"),
        ({"replicas": 1}, {}, PENDING, "old replicas still to stop: 1"),
        ({}, {"updateRevision": "b", "updatedReplicas": 2}, PENDING, "2 of 2"),
        ({"partition": 1}, {"updateRevision": "b", "updatedReplicas": 1}, PASSED, ""),
        (
            {"partition": 1},
            {"updateRevision": "b", "updatedReplicas": None},
            PENDING,
            "updated replicas: 0 of 1",
        ),
        ({"partition": 5}, {"updateRevision": "b", "updatedReplicas": None}, PASSED, ""),
        (
            {"type": "OnDelete"},
            {"updateRevision": "b", "updatedReplicas": 1},
            FAILED,
            "until they are deleted",
        ),
        ({"type": "OnDelete"}, {"updateRevision": "b"}, PASSED, ""),
        ({"type": "OnDelete"}, {"updatedReplicas": None}, PASSED, ""),  # never changed
    ],
)
async def test_a_statefulset_is_ready_when_all_of_it_is_available_and_new(spec, status, verdict, message):
    rolling = {"rollingUpdate": {"partition": spec["partition"]}} if "partition" in spec else {}
    strategy = {"type": spec.get("type", "RollingUpdate"), **rolling}
    spec = {key: value for key, value in spec.items() if key not in ("partition", "type")}
    status = {"currentRevision": "a", "updateRevision": "a", **SET, **status}
    status = {key: value for key, value in status.items() if value is not None}
    obj = workload("StatefulSet", {**spec, "updateStrategy": strategy}, status)
    await expect({"statefulset": "web", "ready": True}, [obj], verdict, message)


NODES = {
    "observedGeneration": 2,
    "desiredNumberScheduled": 2,
    "updatedNumberScheduled": 2,
    "numberAvailable": 2,
}


@pytest.mark.parametrize(
    ("check", "strategy", "status", "verdict", "message"),
    [
        ({"replicas": 2}, "RollingUpdate", {}, PASSED, ""),
        ({"replicas": 3}, "RollingUpdate", {}, FAILED, "replicas: 2"),
        ({"replicas": 2}, "RollingUpdate", {"observedGeneration": 1}, PENDING, "has not applied"),
        ({"replicas": 2}, "RollingUpdate", {"observedGeneration": None}, PENDING, "has not applied"),
        ({"ready": True}, "RollingUpdate", {"observedGeneration": 1}, PENDING, "has not applied"),
        ({"ready": True}, "OnDelete", {"updatedNumberScheduled": None}, FAILED, "until they are deleted"),
        ({"ready": True}, "OnDelete", {}, PASSED, ""),
        (
            {"ready": True},
            "RollingUpdate",
            {"updatedNumberScheduled": None},
            PENDING,
            "updated replicas: 0 of 2",
        ),
    ],
)
async def test_a_daemonset_is_not_judged_by_what_was_counted_before_the_change(
    check, strategy, status, verdict, message
):
    status = {key: value for key, value in {**NODES, **status}.items() if value is not None}
    obj = make("DaemonSet", "web", spec={"updateStrategy": {"type": strategy}}, status=status)
    await expect({"daemonset": "web", **check}, [obj], verdict, message)


async def test_a_work_queue_asks_for_no_number_of_completions():
    queue = make("Job", "web", spec={"parallelism": 3}, status={"succeeded": 1})
    await expect({"job": "web", "replicas": 1}, [queue], FAILED, "none")
    await expect({"job": "web", "ready": True}, [queue], PENDING, "completions: 1 of 1")
    await expect({"job": "web", "replicas": 3}, [make("Job", "web", spec={"completions": 3})], PASSED)


# Services

SERVICE = make(
    "Service",
    "web",
    spec={"type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP"}]},
)
HEADLESS = make("Service", "web", spec={"clusterIP": "None", "selector": {"app": "web"}})
ALONE = make("Service", "web", spec={"type": "ClusterIP", "ports": [{"port": 80}]})
CHECK = {"service": "web", "endpoints": True}


def pod(name, *ips, ready=True, **parts):
    status = {
        "phase": "Running",
        "podIP": ips[0],
        "podIPs": [{"ip": ip} for ip in ips],
        "conditions": [{"type": "Ready", "status": "True" if ready else "False", **parts.pop("why", {})}],
    }
    return make("Pod", name, labels={"app": "web"}, spec={"containers": [{}]}, status=status, **parts)


ONE = ({"name": "", "port": 8080, "protocol": "TCP"},)


def endpoint_slice(name, *addresses, ready=True, service="web", ports=ONE, **more):
    conditions = {"serving": True, "terminating": False} if ready is None else {"ready": ready, **more}
    return make(
        "EndpointSlice", name, labels={"kubernetes.io/service-name": service},
        endpoints=[{"addresses": [each], "conditions": conditions} for each in addresses] or None,
        ports=list(ports) or None,
    )  # fmt: skip


def endpoints(*ips, ports=({"port": 8080},)):
    return make("Endpoints", "web", subsets=[{"addresses": [{"ip": ip} for ip in ips], "ports": list(ports)}])


@pytest.mark.parametrize(
    ("objects", "verdict"),
    [
        ([SERVICE, pod("a", "10.1.0.1"), endpoints("10.1.0.1")], PASSED),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1")], PASSED),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1", ready=None)], PASSED),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s"), endpoint_slice("t", "10.1.0.1")], PASSED),
        ([SERVICE, pod("a", "10.1.0.1", "fd00::1"), endpoint_slice("s", "fd00::1")], PASSED),
        (
            [SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1", ready=False, serving=True)],
            PENDING,
        ),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1", service="other")], PENDING),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.4.5.6")], PENDING),  # made by hand
        ([SERVICE, pod("a", "10.1.0.1"), endpoints("10.4.5.6")], PENDING),
        ([SERVICE, endpoints("10.4.5.6")], FAILED),
        # publishNotReadyAddresses: its endpoints are called ready, its pods are not
        ([SERVICE, pod("a", "10.1.0.1", ready=False), endpoint_slice("s", "10.1.0.1")], PENDING),
        ([SERVICE, pod("a", "10.1.0.1", going=True), endpoint_slice("s", "10.1.0.1")], PENDING),
        # without a selector, whoever made the Service says who stands behind it
        ([ALONE, endpoint_slice("s", "10.4.5.6")], PASSED),
        ([ALONE, endpoints("10.4.5.6")], PASSED),
        ([ALONE, endpoint_slice("s", "10.4.5.6", ready=False)], PENDING),
        ([ALONE, endpoint_slice("s")], PENDING),
        # of no port of the Service's: traffic for it goes nowhere
        ([ALONE, endpoint_slice("s", "10.4.5.6", ports=[{"name": "other", "port": 1}])], PENDING),
        ([ALONE, endpoints("10.4.5.6", ports=[{"name": "other", "port": 1}])], PENDING),
        ([SERVICE, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1", ports=[])], PENDING),
        ([HEADLESS, pod("a", "10.1.0.1"), endpoint_slice("s", "10.1.0.1", ports=[])], PASSED),
        ([ALONE], PENDING),
        ([make("Service", "web", spec={"type": "ExternalName", "externalName": "a.b"})], FAILED),
    ],
)
async def test_who_stands_ready_behind_a_service(objects, verdict):
    await expect(CHECK, objects, verdict)


async def test_endpoints_that_may_not_be_read_are_made_good_by_the_other_kind():
    there = [SERVICE, pod("a", "10.1.0.1"), endpoints("10.1.0.1"), endpoint_slice("s", "10.1.0.1")]
    await expect(CHECK, there, PASSED, EndpointSlice=FORBIDDEN)
    await expect(CHECK, there, PASSED, Endpoints=FORBIDDEN)
    await expect(CHECK, there, ERROR, Endpoints=FORBIDDEN, EndpointSlice=FORBIDDEN)


DNS = make(
    "Service", "web",
    spec={"ports": [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
                    {"name": "log", "port": 514, "protocol": "UDP"}, {"port": 80}]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("ports", "verdict"),
    [
        ([53], PASSED),
        (["53/TCP", "53/UDP", "dns:53/UDP", "dns-tcp:53", 80, "80/TCP"], PASSED),
        ([514], FAILED),
        (["514/UDP"], PASSED),
        (["dns:53"], FAILED),
        (["80/UDP"], FAILED),
        (["514/SCTP"], FAILED),
    ],
)
async def test_a_port_is_one_of_its_protocol(ports, verdict):
    await expect({"service": "web", "ports": ports}, [DNS], verdict, "514/UDP" if verdict is FAILED else "")


async def test_a_page_is_on_a_tcp_port():
    world = FakeWorld(DNS)
    outcome = await look(ANY.validate_python({"http": {"service": "web", "port": 514, **IN}}), world)
    assert (outcome.verdict, "log:514/UDP" in outcome.found.render()) == (FAILED, True)


# pods

GATED = {
    "reason": "ReadinessGatesNotReady",
    "message": 'corresponding condition of pod readiness gate "x/y" does not exist.',
}


async def test_a_pod_whose_readiness_gate_is_not_met_is_not_ready():
    waits = pod("a", "10.1.0.1", ready=False, why=GATED)
    await expect({"pods": 1}, [waits], PENDING, "a (ReadinessGatesNotReady)")
    await expect({"pods": 1, "ready": False}, [waits], PASSED)


# partial objects and conditions


def status(**fields):
    return make("Deployment", "web", spec={"replicas": 0, "paused": None}, status=fields)


@pytest.mark.parametrize(
    ("partial", "obj", "verdict"),
    [
        ({"spec": {"replicas": 0}, "status": {"availableReplicas": 0}}, status(observedGeneration=1), PASSED),
        ({"status": {"availableReplicas": 0}}, status(availableReplicas=1), FAILED),
        ({"status": {"conditions": [], "message": "", "done": False, "more": {}}}, status(a=1), PASSED),
        ({"status": {"availableReplicas": None}}, status(a=1), PASSED),
        ({"status": {"availableReplicas": 1}}, status(a=1), FAILED),
        ({"status": {"load": {"used": 0}}}, status(load={"a": 1}), PASSED),
        (
            {"status": {"parts": [{"name": "a", "restarts": 0}]}},
            status(parts=[{"name": "b"}, {"name": "a"}]),
            PASSED,
        ),
        (
            {"status": {"parts": [{"name": "a", "restarts": 0}]}},
            status(parts=[{"name": "a", "restarts": 2}]),
            FAILED,
        ),
        ({"status": {"availableReplicas": 0}}, make("Deployment", "web"), FAILED),  # it has no status
        ({"spec": {"minReadySeconds": 0}}, status(), FAILED),  # a default may be behind what is not set
        ({"spec": {"status": {"a": 0}}}, make("Deployment", "web", spec={"status": {}}), FAILED),
    ],
)
async def test_a_status_has_no_zeros(partial, obj, verdict):
    await expect(
        {"resource": "Deployment", "api": "apps/v1", "name": "web", "matches": partial}, [obj], verdict
    )


@pytest.mark.parametrize(
    ("wanted", "stored", "same"),
    [
        ("1024Mi", "1Gi", True),
        (0.5, "500m", True),
        (1, "1", True),
        ("1000m", "1", True),
        ("1e3", "1k", True),
        ("1G", "1Gi", False),
        ("100m", "1", False),
        (True, "1", False),
        ("one", "one", False),
        ("1e99999", "1", False),
    ],
)
async def test_a_quantity_is_its_amount(wanted, stored, same):
    assert same_quantity(wanted, stored) is same
    template = {"spec": {"containers": [{"name": "a", "resources": {"limits": {"memory": stored}}}]}}
    partial = {"spec": {"containers": [{"resources": {"limits": {"memory": wanted}}}]}}
    equal = same or wanted == stored
    check = {"resource": "Pod", "name": "a", "matches": partial}
    await expect(check, [make("Pod", "a", **template)], PASSED if equal else FAILED)


async def test_what_is_no_quantity_is_compared_as_it_is_written():
    check = {"resource": "ConfigMap", "name": "a", "matches": {"data": {"memory": "1024Mi"}}}
    await expect(check, [make("ConfigMap", "a", data={"memory": "1Gi"})], FAILED)
    assert quantity("1Gi") == 1024**3
    assert quantity(None) is quantity("") is quantity("Gi") is quantity([1]) is None


@pytest.mark.parametrize(
    ("where", "verdict"),
    [
        ("[].status.ready", FAILED),  # [true, false]
        ("[].status.there", PASSED),  # [true, true]
        ("[].status.nothing", FAILED),
        ("[?status.ready].metadata.name", PASSED),
        ("[*].[status.nothing]", PASSED),  # a list of lists has something in it
        ("[[0].status.nothing]", FAILED),  # [null]
        ("{a: [0].status.nothing}", FAILED),  # {a: null}
        ("{a: [0].status.ready, b: [0].status.nothing}", PASSED),
        ("[].status.number", PASSED),
    ],
)
async def test_a_list_is_true_where_all_of_it_is(where, verdict):
    objects = [
        make("Pod", "a", status={"ready": True, "there": True, "number": 1}),
        make("Pod", "b", status={"ready": False, "there": True}),
    ]
    await expect({"resource": "Pod", "where": where}, objects, verdict)


async def test_a_partial_object_is_reported_by_its_fields_and_not_by_the_answer():
    env = [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "mode"}}}]
    partial = {
        "spec": {"template": {"spec": {"containers": [{"env": env}]}}},
        "metadata": {"labels": {"a": "b"}},
    }
    check = ANY.validate_python(
        {"resource": "Deployment", "api": "apps/v1", "name": "web", "matches": partial, **IN}
    )
    outcome = await look(check, FakeWorld(workload("Deployment")))
    expected, found = outcome.expected.render(), outcome.found.render()
    assert "spec.template.spec.containers, metadata.labels.a as the step asks" in expected
    assert found == "spec.template.spec.containers[0].env: not set; the step asks for something else there"
    assert not any(word in expected + found for word in ("MODE", "configMapKeyRef", "mode"))
