"""Services that nobody is behind: selectors, ports, workloads. Each rule at its edges."""

from __future__ import annotations

import json

import pytest
from fake_world import make
from service_world import service, world

from checks.diagnosis.endpoint_causes import (
    nobody_behind,
    port_named_otherwise,
    port_not_declared,
    port_without_name,
    scaled_to_zero,
    selects_nothing,
)
from checks.diagnosis.ways import forwarding


def workload(labels, kind="Deployment", name="web", replicas=1, **more):
    return make(kind, name, spec={"replicas": replicas, "template": {"metadata": {"labels": labels}}}, **more)


def pod(labels, name="web-1", ports=(), **more):
    return make(
        "Pod", name, labels=labels, spec={"containers": [{"name": "a", "ports": list(ports)}]}, **more
    )


def patch_of(finding):
    """What the remedy's kubectl patch sends."""
    return json.loads(finding.remedy.values["command"].partition(" -p ")[2].strip("'"))


# selectors


@pytest.mark.parametrize(
    ("selector", "objects", "selector_wanted"),
    [
        ({"app": "web"}, [workload({"app": "wep"})], {"app": "wep"}),
        ({"app": "web"}, [pod({"app": "wep"})], {"app": "wep"}),
        ({"app": "web"}, [workload({"name": "web"})], {"app": None, "name": "web"}),
        ({"app": "web"}, [workload({"app": "wep", "tier": "x"})], {"app": "wep"}),
        ({"app": "web", "tier": "front"}, [workload({"app": "web", "tier": "frond"})], {"app": "web", "tier": "frond"}),
        ({"app": "web", "tier": "front"}, [workload({"app": "web"})], None),  # half of it is missing
        ({"app": "web", "v": "1", "tier": "x"}, [workload({"app": "web", "v": "1"})], {"app": "web", "v": "1", "tier": None}),
        ({"app": "web"}, [workload({"app": "database"})], None),
        ({"app": "abcde"}, [workload({"app": "abcxy"})], {"app": "abcxy"}),  # just alike enough
        ({"app": "abcdef"}, [workload({"app": "abcxyz"})], None),
        ({"app": "web"}, [workload({"app": "web"})], None),  # its pods are to come
        ({"app": "web"}, [workload({"app": "wep"}, going=True)], None),
        ({"app": "web"}, [pod({"app": "wep"}, going=True)], None),
        ({"app": "web"}, [workload({"app": "wep"}, kind="DaemonSet")], {"app": "wep"}),
        ({"app": "web"}, [pod({"app": "web"}), workload({"app": "wep"})], None),
        ({"app": "web"}, [], None),
        ({}, [workload({"app": "wep"})], None),
        (None, [workload({"app": "wep"})], None),
        ({"app": "web"}, [workload({"app": "wxb"}, name="far"), workload({"app": "webb"}, name="near")], {"app": "webb"}),
        ({"app": "w" * 63}, [workload({"app": "w" * 62 + "x"})], {"app": "w" * 62 + "x"}),
        ({"app": "w" * 63}, [workload({"app": "w" * 64})], None),  # no label value
    ],
)  # fmt: skip
async def test_a_selector_that_selects_nothing(selector, objects, selector_wanted):
    finding = await selects_nothing(world(*objects), service(selector))
    assert (finding and patch_of(finding)["spec"]["selector"]) == selector_wanted
    assert (finding and finding.rule) == (selector_wanted and "selector-matches-nothing")


@pytest.mark.parametrize(("seconds", "told"), [(2.9, False), (2, False), (3, True), (4, True)])
async def test_pods_may_come_seconds_after_their_service(seconds, told):
    found = await selects_nothing(
        world(workload({"app": "wep"})), service({"app": "web"}, seconds=int(seconds))
    )
    assert (found is not None) is told


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ([workload({"app": "web", "v": "1"}, replicas=0)], True),
        ([workload({"app": "web"}, kind="StatefulSet", replicas=0)], True),
        ([workload({"app": "web"}, kind="DaemonSet", replicas=0)], False),
        ([workload({"app": "web"}, replicas=1)], False),
        ([workload({"app": "other"}, replicas=0)], False),
        ([workload({"app": "other"}, replicas=0), workload({"app": "web"}, name="b", replicas=0)], True),
        ([workload({"app": "web"}, replicas=0), pod({"app": "web"})], False),
    ],
)
async def test_a_workload_behind_a_service_that_runs_no_pods(objects, told):
    finding = await scaled_to_zero(world(*objects), service({"app": "web"}))
    assert (finding is not None) is told
    assert not told or finding.remedy.values["command"].endswith("-n istio-system --replicas=1")
    for nothing in ({}, None):
        assert await scaled_to_zero(world(*objects), service(nothing)) is None


async def test_the_workload_comes_before_the_selector():
    asleep, alike = workload({"app": "web"}, replicas=0), workload({"app": "wep"}, name="b")
    found = await nobody_behind(world(asleep, alike), service({"app": "web"}))
    assert [each.rule for each in found] == ["scaled-to-zero"]
    assert await nobody_behind(world(), service({"app": "web"})) == ()


@pytest.mark.parametrize("selector", [None, {}])
async def test_nobody_is_behind_a_service_without_a_selector(selector):
    unplaced = {"type": "PodScheduled", "status": "False", "message": "Insufficient cpu"}
    behind = pod({"app": "web"}, status={"phase": "Pending", "conditions": [unplaced]})
    assert await nobody_behind(world(behind), service(selector)) == ()
    assert [each.rule for each in await nobody_behind(world(behind), service({"app": "web"}))] == ["no-room"]


# ports

HTTP, METRICS = {"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}


@pytest.mark.parametrize(
    ("ports", "offered", "field", "value"),
    [
        ([{"port": 80, "targetPort": "htp"}], [HTTP, METRICS], "spec.ports[0].targetPort", "http"),
        ([{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": "metric"}], [HTTP, METRICS],
         "spec.ports[1].targetPort", "metrics"),
        ([{"port": 80, "targetPort": "web"}], [HTTP], "spec.ports[0].targetPort", "http"),
        ([{"port": 80, "targetPort": "web"}], [{"containerPort": 8080}], "spec.ports[0].targetPort", 8080),
        ([{"port": 80, "targetPort": "web"}], [HTTP, METRICS], "spec.ports[0].targetPort", None),
        ([{"port": 80, "targetPort": "web"}], [], "spec.ports[0].targetPort", None),
        ([{"port": 80, "targetPort": "8080"}], [HTTP], None, None),
        ([{"port": 80, "targetPort": 8080}, {"port": 81}], [HTTP], None, None),
        ([{"port": 80, "targetPort": "http"}], [HTTP], None, None),
    ],
)  # fmt: skip
async def test_a_target_port_that_no_container_has(ports, offered, field, value):
    behind = pod({"app": "web"}, ports=offered)
    finding = await port_without_name(world(behind), service({"app": "web"}, ports))
    assert (finding and finding.field) == field
    if finding:
        patch = patch_of(finding) if "command" in finding.remedy.values else None
        assert (patch and patch[0]["value"]) == value
        listed = ", ".join(f"{each.get('name', '-')}={each['containerPort']}" for each in offered) or "-"
        target = ports[int(field[len("spec.ports[")])]["targetPort"]
        assert finding.evidence == f"targetPort: {target}; ports of pod web-1: {listed}"
    assert (
        await port_without_name(
            world(pod({"app": "web"}, ports=offered, going=True)), service({"app": "web"}, ports)
        )
        is None
    )
    assert await port_without_name(world(), service({"app": "web"}, ports)) is None


@pytest.mark.parametrize(
    ("ports", "offered", "value"),
    [
        ([{"port": 80, "targetPort": 8000}], [METRICS, HTTP], 8080),
        ([{"port": 81, "targetPort": 1}, {"port": 80, "targetPort": 8000}], [HTTP], 8080),
        ([{"port": 80}], [HTTP], 8080),
        ([{"port": 80}], [{"containerPort": 80}], None),
        ([{"port": 80, "targetPort": 8080}], [HTTP], None),
        ([{"port": 80, "targetPort": "http"}], [METRICS], None),
        ([{"port": 81, "targetPort": 8000}], [HTTP], None),
    ],
)
async def test_a_target_port_that_no_container_declares(ports, offered, value):
    finding = await port_not_declared(
        world(pod({"app": "web"}, ports=offered)), service({"app": "web"}, ports), 80
    )
    assert (finding and patch_of(finding)[0]["value"]) == value
    if finding:
        index = len(ports) - 1
        assert (finding.field, patch_of(finding)[0]["path"]) == (
            f"spec.ports[{index}].targetPort",
            f"/spec/ports/{index}/targetPort",
        )
        assert finding.cause.values["ports"] == ", ".join(
            sorted(str(each["containerPort"]) for each in offered)
        )
    assert await port_not_declared(world(), service({"app": "web"}, ports), 80) is None
    assert (
        await port_not_declared(
            world(pod({"app": "web"}, ports=offered, going=True)), service({"app": "web"}, ports), 80
        )
        is None
    )


async def test_a_target_port_on_which_nothing_listens_where_nothing_is_declared():
    wrong = service({"app": "web"}, [{"port": 80, "targetPort": 8000}])
    finding = await port_not_declared(world(pod({"app": "web"}, ports=[])), wrong, 80)
    assert (finding.rule, finding.field) == ("nothing-listens", "spec.ports[0].targetPort")
    assert "8000" in finding.cause.render()
    assert await port_not_declared(world(), wrong, 80) is None


A, B = {"name": "http", "port": 80}, {"name": "grpc", "port": 90}


@pytest.mark.parametrize(
    ("ports", "wanted", "rule", "patch"),
    [
        ([A, B], ["http:80"], None, None),
        ([A, B], ["80"], None, None),
        ([A, B], ["grpc:90", "web:80"], "port-name-differs", {"op": "add", "path": "/spec/ports/0/name", "value": "web"}),
        ([B, {"port": 80}], ["web:80"], "port-name-differs", {"op": "add", "path": "/spec/ports/1/name", "value": "web"}),
        ([A, B], ["grpc:91"], "port-number-differs", {"op": "replace", "path": "/spec/ports/1/port", "value": 91}),
        ([A, B], ["web:70"], None, None),
        ([{**A, "protocol": "UDP"}], ["http:81"], None, None),
        ([], ["http:80"], None, None),
    ],
)  # fmt: skip
def test_a_port_with_another_name_or_number(ports, wanted, rule, patch):
    finding = port_named_otherwise(service(ports=ports), wanted)
    assert (finding and finding.rule) == rule
    assert (finding and patch_of(finding)) == (patch and [patch])
    assert (
        not finding
        or patch["path"].replace("/spec/ports/", "spec.ports[").replace("/", "].") == finding.field
    )
    if rule == "port-name-differs":
        there = ports[int(patch["path"].split("/")[3])]
        assert finding.evidence == f"port: 80, name: {there.get('name', '-')}"


@pytest.mark.parametrize(
    ("ports", "port", "command"),
    [
        ([{"port": 80}], None, "8080:80"),
        ([{"port": 1023}], None, "9023:1023"),
        ([{"port": 1024}], None, "1024:1024"),
        ([{"port": 20001}], 443, "8443:443"),
        ([{"name": "x"}, {"port": 81}, {"port": 82}], None, "8081:81"),
        ([], None, "8080:80"),
    ],
)
def test_a_port_forward_to_a_port_that_anybody_may_open(ports, port, command):
    assert (
        forwarding(service(ports=ports), port)
        == f"kubectl port-forward -n istio-system service/web {command}"
    )
    assert "-n default " in forwarding({"kind": "Service", "metadata": {"name": "web"}}, 80)
