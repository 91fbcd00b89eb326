"""Server-side tables: the cells that kubectl shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runner.practice.kinds import BY_KEY, KINDS
from runner.practice.machinery.kind import Kind
from runner.practice.machinery.tables.cells import ago, cut, selector
from runner.practice.machinery.tables.custom_columns import custom_printer
from runner.practice.machinery.tables.jsonpath import find
from runner.practice.machinery.tables.server_table import table

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
META = {"name": "a", "creationTimestamp": "2026-01-10T11:58:50Z"}


def cells(
    resource: str, obj: dict[str, Any], columns: Sequence[dict[str, Any]] = (), **more: Any
) -> dict[str, Any]:
    """The one row by the names of its columns."""
    printer = BY_KEY[resource].printer if resource in BY_KEY else custom_printer(columns)
    drawn = table(printer, [{"metadata": META, **obj}], NOW, **more)
    names = [column["name"] for column in drawn["columnDefinitions"]]
    return dict(zip(names, drawn["rows"][0]["cells"], strict=True))


@pytest.mark.parametrize(
    ("seconds", "reported"),
    [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (605, "10m"),
        (179 * 60, "179m"),
        (3 * 3600 + 60, "3h1m"),
        (9 * 3600, "9h"),
        (49 * 3600, "2d1h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages(seconds: int, reported: str) -> None:
    assert ago(timedelta(seconds=seconds)) == reported


def container(name: str = "c", **state: Any) -> dict[str, Any]:
    return {"name": name, "ready": False, "restartCount": 0, "state": {}, **state}


def pod(*statuses: dict[str, Any], phase: str = "Running", **more: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": one["name"]} for one in statuses], **more.pop("spec", {})}
    return {"spec": spec, "status": {"phase": phase, "containerStatuses": list(statuses), **more}}


@pytest.mark.parametrize(
    ("obj", "ready", "status"),
    [
        (pod(phase="Pending"), "0/0", "Pending"),
        (pod(container(ready=True, state={"running": {}})), "1/1", "Running"),
        (pod(container(state={"waiting": {"reason": "ErrImagePull"}})), "0/1", "ErrImagePull"),
        (pod(container(state={"terminated": {"exitCode": 3}})), "0/1", "ExitCode:3"),
        (pod(container(state={"terminated": {"exitCode": 0, "signal": 9}})), "0/1", "Signal:9"),
        (
            pod(container(state={"terminated": {"exitCode": 0, "reason": "Completed"}}), phase="Succeeded"),
            "0/1",
            "Completed",
        ),
        (
            pod(
                container("a", ready=True, state={"running": {}}),
                container("b", state={"terminated": {"exitCode": 0, "reason": "Completed"}}),
                conditions=[{"type": "Ready", "status": "True"}],
            ),
            "1/2",
            "Running",
        ),
        (pod(phase="Failed", reason="Evicted"), "0/0", "Evicted"),
        (
            pod(
                container(),
                phase="Pending",
                spec={"initContainers": [{"name": "i"}, {"name": "j"}]},
                initContainerStatuses=[container("i", state={"running": {}})],
            ),
            "0/1",
            "Init:0/2",
        ),
        (
            pod(
                container(),
                phase="Pending",
                spec={"initContainers": [{"name": "i"}]},
                initContainerStatuses=[
                    container("i", state={"terminated": {"exitCode": 2, "reason": "Error"}})
                ],
            ),
            "0/1",
            "Init:Error",
        ),
        (
            pod(
                container(state={"terminated": {"exitCode": 0, "reason": "Completed"}}),
                phase="Succeeded",
                spec={"initContainers": [{"name": "i", "restartPolicy": "Always"}]},
                conditions=[{"type": "Initialized", "status": "True"}],
                initContainerStatuses=[
                    container("i", state={"terminated": {"exitCode": 143, "reason": "Error"}})
                ],
            ),
            "0/2",
            "Completed",
        ),
    ],
)
def test_what_a_pod_is_reported_to_do(obj: dict[str, Any], ready: str, status: str) -> None:
    found = cells("pods", obj)
    # A pod's containers are those of its spec, also where a test gives them apart.
    assert (found["Ready"], found["Status"]) == (ready, status)


def test_a_deleted_pod_is_terminating() -> None:
    obj = pod(container(ready=True, state={"running": {}}))
    obj["metadata"] = {**META, "deletionTimestamp": "2026-01-10T12:00:00Z"}
    assert cells("pods", obj)["Status"] == "Terminating"


def test_restarts_are_reported_with_their_time_since_22() -> None:
    last = {"terminated": {"finishedAt": "2026-01-10T11:55:00Z"}}
    obj = pod(container(restartCount=3, lastState=last, state={"running": {}}, ready=True))
    assert cells("pods", obj, minor=21)["Restarts"] == 3
    assert cells("pods", obj, minor=32)["Restarts"] == "3 (5m ago)"


def test_ended_pods_carry_a_condition() -> None:
    drawn = table(BY_KEY["pods"].printer, [{"metadata": META, **pod(phase="Succeeded")}], NOW)
    assert drawn["rows"][0]["conditions"][0]["type"] == "Completed"


def service(kind: str, **spec: Any) -> dict[str, Any]:
    ports = [{"port": 80, "protocol": "TCP"}]
    return {"spec": {"type": kind, "clusterIP": "10.0.0.9", "ports": ports, **spec}}


def test_services() -> None:
    assert cells("services", service("ClusterIP"))["External-IP"] == "<none>"
    assert cells("services", service("LoadBalancer"))["External-IP"] == "<pending>"
    given = service("LoadBalancer") | {"status": {"loadBalancer": {"ingress": [{"ip": "127.64.0.1"}]}}}
    assert cells("services", given)["External-IP"] == "127.64.0.1"
    node = service("NodePort", ports=[{"port": 80, "nodePort": 30080, "protocol": "TCP"}])
    assert cells("services", node)["Port(s)"] == "80:30080/TCP"
    name = cells("services", {"spec": {"type": "ExternalName", "externalName": "example.com"}})
    assert (name["Cluster-IP"], name["External-IP"], name["Port(s)"]) == ("<none>", "example.com", "<none>")


def test_columns_follow_the_version() -> None:
    assert "Status" not in cells("jobs.batch", {}, minor=22)
    assert cells("jobs.batch", {}, minor=32)["Status"] == "Running"
    assert "VolumeAttributesClass" in cells("persistentvolumeclaims", {}, minor=30)


def test_autoscaler_targets() -> None:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }
    obj = {
        "spec": {"metrics": [metric], "maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "w"}}
    }
    key = "horizontalpodautoscalers.autoscaling"
    assert cells(key, obj, minor=20)["Targets"] == "<unknown>/80%"
    assert cells(key, obj, minor=32)["Targets"] == "cpu: <unknown>/80%"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_every_kind_is_drawn_even_when_it_is_empty(kind: Kind) -> None:
    drawn = table(kind.printer, [{"metadata": META}], NOW)
    assert len(drawn["columnDefinitions"]) == len(drawn["rows"][0]["cells"])
    assert sum(column["format"] == "name" for column in drawn["columnDefinitions"]) == 1


def test_custom_columns() -> None:
    columns = [
        {"name": "Hosts", "type": "string", "jsonPath": ".spec.hosts"},
        {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        {"name": "Gone", "type": "string", "jsonPath": ".spec.gone"},
    ]
    conditions = [{"type": "Other", "status": "False"}, {"type": "Ready", "status": "True"}]
    obj = {"spec": {"hosts": ["a", "b"], "size": 3.0}, "status": {"conditions": conditions}}
    found = cells("things.example.com", obj, columns=columns)
    assert found == {
        "Name": "a",
        "Hosts": '["a","b"]',
        "Ready": "True",
        "Size": 3,
        "Since": "70s",
        "Gone": None,
    }
    assert list(cells("things.example.com", obj, columns=())) == ["Name", "Age"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".a.b", [1]),
        ("{.a.b}", [1]),
        ("$.a['b']", [1]),
        (r".a.x\.y/z", [2]),
        (".list[0].n", [1]),
        (".list[-1].n", [3]),
        (".list[*].n", [1, 2, 3]),
        (".list[0:2].n", [1, 2]),
        ('.list[?(@.k=="b")].n', [2]),
        (".list[?(@.n>1)].k", ["b", "c"]),
        (".nothing.at.all", []),
        (".list[9]", []),
        (".[[", []),
    ],
)
def test_paths(path: str, found: list[Any]) -> None:
    items = [{"k": k, "n": n} for n, k in enumerate("abc", 1)]
    assert find({"a": {"b": 1, "x.y/z": 2}, "list": items}, path) == found


def test_selectors_and_cut_lists() -> None:
    expressions = [
        {"key": "b", "operator": "In", "values": ["y", "x"]},
        {"key": "c", "operator": "DoesNotExist"},
    ]
    assert selector({"matchLabels": {"a": "1"}, "matchExpressions": expressions}) == "a=1,b in (x,y),!c"
    assert selector({}) == "<none>"
    assert cut(["a", "b", "c", "d", "e"], empty="-") == "a,b,c + 2 more..."
    assert cut([], empty="-") == "-"
