"""Services that are open or closed by mistake, and the mesh behind a page. Each rule at its edges."""

from __future__ import annotations

import json

import pytest
from fake_world import FORBIDDEN, make
from service_world import service, world

from checks.diagnosis.exposure import APPLIED, not_open, opened_by_mistake, still_open
from checks.diagnosis.istio import has_sidecar, no_traces

# open, and closed


@pytest.mark.parametrize(
    ("kind", "told"),
    [("LoadBalancer", True), ("NodePort", True), ("ClusterIP", False), ("ExternalName", False)],
)
def test_a_service_that_should_stay_inside(kind, told):
    finding = opened_by_mistake(service(kind=kind))
    assert (finding is not None) is told
    assert not told or finding.evidence == f"type: {kind}"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (service({"app": "web"}, kind="LoadBalancer", name="web-metrics"), True),
        (service({"app": "other"}, kind="LoadBalancer", name="other"), False),
        (service({"app": "other"}, kind="LoadBalancer", name="istiod"), True),
        (service({"app": "web"}, kind="ClusterIP", name="web-metrics"), False),
        (service({"app": "web"}, kind="NodePort", name="istiod"), False),
        (service({"app": "web"}, kind="LoadBalancer"), False),
    ],
)
async def test_another_service_was_opened_instead(other, told):
    finding = await not_open(world(other), service({"app": "web"}))
    assert (finding and (finding.rule, finding.about.name)) == (
        ("wrong-service-opened", other["metadata"]["name"]) if told else None
    )


async def test_services_without_selectors_are_not_the_same():
    assert await not_open(world(service(kind="LoadBalancer", name="other")), service()) is None
    assert await not_open(world(service({}, kind="LoadBalancer", name="other")), service({})) is None


INSIDE = json.dumps({"spec": {"type": "ClusterIP"}})


def event(reason="EnsuredLoadBalancer", kind="Service", name="web", **uid):
    return make(
        "Event", "e", type="Normal", reason=reason, involvedObject={"kind": kind, "name": name, **uid}
    )


def setter(manager, field="f:type"):
    return {"manager": manager, "fieldsV1": {"f:spec": {field: {}}}}


@pytest.mark.parametrize(
    ("kind", "applied", "managers", "events", "told"),
    [
        ("ClusterIP", INSIDE, [], [event()], True),
        ("ClusterIP", INSIDE, [], [event("DeletedLoadBalancer", uid="u1")], True),
        ("ClusterIP", INSIDE, [], [event("Other"), event()], True),
        ("ClusterIP", INSIDE, [], [event(kind="Pod"), event(name="x"), event(uid="u2")], False),
        ("ClusterIP", INSIDE, [], [event("Other")], False),
        ("ClusterIP", INSIDE, [], [], False),
        ("NodePort", INSIDE, [], [event()], False),
        ("ClusterIP", json.dumps({"spec": {"type": "LoadBalancer"}}), [], [event()], False),
        ("ClusterIP", "{", [], [event()], False),
        ("ClusterIP", "", [], [event()], False),
        ("ClusterIP", INSIDE, [setter("kubectl-client-side-apply")], [event()], True),
        ("ClusterIP", INSIDE, [setter("kubectl-edit")], [event()], False),
        ("ClusterIP", INSIDE, [setter("kubectl-edit"), setter("kubectl-client-side-apply")], [event()], True),
        ("ClusterIP", INSIDE, [setter("kubectl-edit", "f:ports")], [event()], True),
    ],
)
async def test_a_file_that_was_applied_again_closed_it(kind, applied, managers, events, told):
    made = service(
        {"app": "web"}, kind=kind, uid="u1", managedFields=managers, annotations={APPLIED: applied}
    )
    finding = await not_open(world(made, *events), made)
    assert (finding and finding.rule) == ("opening-undone" if told else None)
    assert await not_open(world(made, *events, Event=FORBIDDEN), made) is None


KIALI = make("ConfigMap", "kiali", data={"config.yaml": "auth:\n  strategy: anonymous\n"})


@pytest.mark.parametrize(
    ("objects", "about", "anonymous"),
    [
        ([], None, False),
        ([service()], None, False),
        ([service(kind="LoadBalancer", deletionTimestamp="x")], None, False),
        ([service(kind="LoadBalancer"), KIALI], "web", False),
        ([service(kind="LoadBalancer"), service(kind="LoadBalancer", name="kiali")], "kiali", False),
        ([service(kind="LoadBalancer"), service(kind="LoadBalancer", name="kiali"), KIALI], "kiali", True),
        ([service(kind="LoadBalancer", name="kiali"), make("ConfigMap", "kiali", data={"config.yaml": "strategy: token"})],
         "kiali", False),
    ],
)  # fmt: skip
async def test_what_is_still_open_costs_money(objects, about, anonymous):
    finding = await still_open(world(*objects), "istio-system")
    assert (finding and finding.about.name) == about
    if finding:
        assert finding.evidence.endswith("auth: strategy: anonymous") is anonymous
        assert ("password" in finding.cause.render()) is anonymous


async def test_a_configuration_that_may_not_be_read_is_not_anonymous():
    finding = await still_open(
        world(service(kind="LoadBalancer", name="kiali"), KIALI, ConfigMap=FORBIDDEN), "istio-system"
    )
    assert "password" not in finding.cause.render()


# the mesh


def meshed(namespace="default", field="containers", name="istio-proxy"):
    return make("Pod", "app", namespace, spec={field: [{"name": "app"}, {"name": name}]})


def istiod(image):
    containers = [{"image": "busybox"}, {"image": image}]
    return make(
        "Deployment",
        "istiod",
        labels={"app": "istiod"},
        spec={"template": {"spec": {"containers": containers}}},
    )


MESH = make("ConfigMap", "istio", data={"mesh": "defaultConfig: {}"})
OLD_WAY = make("ConfigMap", "istio", data={"mesh": "enableTracing: true"})
TRACING = make("Telemetry", "mesh", spec={"tracing": [{"providers": [{"name": "jaeger"}]}]})
METRICS_ONLY = make("Telemetry", "mesh", spec={"metrics": []})


def test_a_sidecar_is_among_the_containers_or_the_init_containers():
    assert [
        has_sidecar(each) for each in (meshed(), meshed(field="initContainers"), meshed(name="other"))
    ] == [True, True, False]


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ([], "nobody-in-the-mesh"),
        ([meshed("istio-system"), meshed(name="app2")], "nobody-in-the-mesh"),
        ([meshed(), MESH, istiod("istio/pilot:1.21.9")], None),
        ([meshed(), MESH, istiod("istio/pilot:1.22.0")], "tracing-not-configured"),
        ([meshed(), MESH, istiod("istio/pilot:v1.30.1")], "tracing-not-configured"),
        ([meshed(), MESH, istiod("istio/pilot:2.0.0")], "tracing-not-configured"),
        ([meshed(), MESH, istiod("istio/pilot:latest")], None),
        ([meshed(), MESH], None),
        ([meshed(), istiod("istio/pilot:1.22.0")], None),
        ([meshed(), OLD_WAY, istiod("istio/pilot:1.22.0")], None),
        ([meshed(), MESH, istiod("istio/pilot:1.22.0"), TRACING], None),
        ([meshed(), MESH, istiod("istio/pilot:1.22.0"), METRICS_ONLY], "tracing-not-configured"),
    ],
)
async def test_why_no_traces_come(objects, rule):
    for name, more in (
        ("tracing", {}),
        ("jaeger", {}),
        ("jaeger-query", {}),
        ("x", {"labels": {"app": "jaeger"}}),
    ):
        finding = await no_traces(world(*objects), service(name=name, **more))
        assert (finding and finding.rule) == rule
    assert await no_traces(world(*objects), service(name="x")) is None


async def test_a_version_of_istio_is_told_as_people_write_it():
    finding = await no_traces(world(meshed(), MESH, istiod("istio/pilot:1.22.3")), service(name="tracing"))
    assert finding.cause.values["version"] == "1.22"


@pytest.mark.parametrize("kind", ["Pod", "ConfigMap", "Deployment"])
async def test_what_may_not_be_read_is_not_told_of(kind):
    objects = (meshed(), MESH, istiod("istio/pilot:1.22.0"))
    assert await no_traces(world(*objects, **{kind: FORBIDDEN}), service(name="tracing")) is None
