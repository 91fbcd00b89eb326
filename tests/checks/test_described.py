"""What each check expects, in the words of a list."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from checks.registry import CHECKS, AnyCheck

ANY = TypeAdapter(AnyCheck)
DESCRIBED: list[tuple[dict[str, Any], str]] = [
    ({"can": {"verb": "get", "resource": "pods"}, "as": "dev"}, "dev may get pods"),
    (
        {"can": {"verb": "get", "resource": "pods", "name": "web", "in": "shop"}, "as": "dev"},
        "dev may get pods/web (namespace shop)",
    ),
    ({"can": {"verb": "get", "path": "/metrics"}, "as": "dev", "allowed": False}, "dev may not get /metrics"),
    (
        {"can": {"verb": "get", "resource": "pods", "in": "shop"}, "as": "dev", "allowed": False},
        "dev may not get pods (namespace shop)",
    ),
    ({"command": "ls"}, "ls: exit code 0"),
    (
        {"command": "ls", "exit_code": 1, "contains": "a", "output": "b", "not_contains": "c"},
        "ls: exit code 1, prints: a, prints something like: b, does not print: c",
    ),
    ({"environment": "A"}, "Environment variable A: is set"),
    ({"environment": "A", "equals": ""}, "Environment variable A: is: "),
    (
        {"environment": "A", "contains": "x", "matches": "y"},
        "Environment variable A: contains: x, matches: y",
    ),
    ({"event": "A"}, "Event A (namespace default)"),
    ({"event": "A", "kind": "Pod"}, "Event A (namespace default): about Pod"),
    ({"event": "A", "name": "web", "type": "Normal"}, "Event A (namespace default): about web, type: Normal"),
    (
        {"event": "A", "in": "shop", "kind": "Pod", "name": "web", "matches": "x"},
        "Event A (namespace shop): about Pod web, message: x",
    ),
    ({"file": "a"}, "File a: exists"),
    ({"file": "a", "absent": True}, "File a: does not exist"),
    ({"file": "a", "folder": True}, "Folder a: exists"),
    ({"file": "a", "folder": True, "absent": False}, "Folder a: exists"),
    ({"file": "a", "folder": False}, "File a: exists"),
    ({"file": "a", "executable": True, "contains": "x"}, "File a: can be run, contains: x"),
    (
        {"http": {"service": "web", "in": "shop", "port": 80}},
        "Page / of Service web, port 80 (namespace shop): status 200",
    ),
    (
        {"http": {"service": "web", "in": "shop", "port": 80}, "status": 404, "contains": "x"},
        "Page / of Service web, port 80 (namespace shop): status 404, contains: x",
    ),
    ({"http": {"url": "http://a/"}}, "http://a/: status 200"),
    ({"log": "x", "pod": "web"}, "Log of web (namespace default): x"),
    ({"log": "x", "selector": "a=b", "in": "shop", "container": "app"}, "Log of a=b/app (namespace shop): x"),
    ({"log": "x", "pod": "web", "previous": True}, "Log of web before its restart (namespace default): x"),
    ({"namespace": "a"}, "Namespace a: exists"),
    ({"namespace": "a", "absent": True}, "Namespace a: does not exist"),
    ({"namespace": "a", "labels": {"a": "b", "c": "d"}}, "Namespace a: labels: a=b, c=d"),
    ({"pods": 3}, "Namespace default: pods: 3, all ready"),
    ({"pods": 0, "in": "shop", "selector": "a=b"}, "Namespace shop: pods: 0, labels: a=b"),
    ({"pods": {"min": 1, "max": 3}, "ready": False}, "Namespace default: pods: 1 to 3"),
    (
        {"pods": {"min": 2}, "containers": 2, "selector": "a"},
        "Namespace default: pods: at least 2, all ready, containers in each: 2, labels: a",
    ),
    ({"pods": {"min": 3, "max": 3}}, "Namespace default: pods: 3, all ready"),
    ({"pods": {"max": 3}}, "Namespace default: pods: 1 to 3, all ready"),
    ({"quiz": "?", "id": "q", "answer": "x"}, "Question q: answered"),
    ({"resource": "Pod"}, "Pod: exists"),
    ({"resource": "Pod", "absent": True}, "Pod: does not exist"),
    ({"resource": "Pod", "name": "web"}, "Pod web: exists"),
    (
        {"resource": "Pod", "in": "shop", "name": "web", "matches": {"a": {"b": 1}, "c": 2}},
        "Pod web (namespace shop): exists, a.b, c as the step asks",
    ),
    ({"resource": "Pod", "count": 2, "names": ["a", "b"]}, "Pod: count: 2, names: a, b"),
    ({"resource": "Pod", "names": ["a"]}, "Pod: names: a"),
    ({"resource": "Pod", "count": {"min": 2}, "selector": "a=b"}, "Pod: count: at least 2, labels: a=b"),
    ({"resource": "Pod", "in": "shop", "where": "a"}, "Pod (namespace shop): exists, condition: a"),
    (
        {"resource": "Pod", "selector": "a", "absent": True, "matches": {"a": 1}},
        "Pod: does not exist, labels: a, a as the step asks",
    ),
    ({"service": "a"}, "Service a (namespace default): exists"),
    ({"service": "a", "absent": True}, "Service a (namespace default): does not exist"),
    (
        {"service": "a", "in": "shop", "type": "NodePort", "ports": [80, "dns:53/UDP"]},
        "Service a (namespace shop): type: NodePort, ports: 80, dns:53/UDP",
    ),
    ({"service": "a", "external": True}, "Service a (namespace default): external address assigned"),
    (
        {"service": "a", "external": True, "or_forwarded": True},
        "Service a (namespace default): external address assigned (or reached by port-forward)",
    ),
    ({"service": "a", "endpoints": True}, "Service a (namespace default): ready pods behind it"),
    (
        {
            "exec": ["ls", "/"],
            "pod": "a",
            "exit_code": 1,
            "contains": "x",
            "output": "y",
            "not_contains": "z",
        },
        "ls / in a (namespace default): exit code 1, prints: x, prints something like: y, does not print: z",
    ),
    (
        {
            "traffic": {"url": "http://a/"},
            "from": {"pod": "p"},
            "share": {"v": "1%"},
            "latency": {"p5": {"min": 1}},
        },
        "100 requests to http://a/, from pod p: v: 1 %, status 200: all, p5: at least 1 s",
    ),
    ({"metric": "up", "min": 1}, "Metric up: at least 1"),
    ({"metric": "up", "max": 2}, "Metric up: at most 2"),
    ({"metric": "up", "min": 0.5, "max": 2}, "Metric up: 0.5 to 2"),
    ({"trace": "web"}, "Traces of web: at least 1"),
    ({"trace": "web", "tags": {"a": "b"}, "count": 2}, "Traces of web with a=b: 2"),
    ({"tool": "a"}, "Tool a: on the PATH"),
    ({"tool": "a", "version": ">=1"}, "Tool a: on the PATH, version >=1"),
    ({"deployment": "a", "in": "shop"}, "Deployment a (namespace shop): exists"),
    ({"statefulset": "a", "in": "shop"}, "StatefulSet a (namespace shop): exists"),
    ({"daemonset": "a", "in": "shop"}, "DaemonSet a (namespace shop): exists"),
    ({"job": "a", "in": "shop"}, "Job a (namespace shop): exists"),
    ({"deployment": "a", "absent": True}, "Deployment a (namespace default): does not exist"),
    ({"deployment": "a", "ready": True}, "Deployment a (namespace default): ready"),
    (
        {"deployment": "a", "ready": True, "replicas": 0, "image": "x"},
        "Deployment a (namespace default): ready, replicas: 0, image: x",
    ),
    ({"deployment": "a", "replicas": 3}, "Deployment a (namespace default): exists, replicas: 3"),
    ({"deployment": "a", "image": "x"}, "Deployment a (namespace default): exists, image: x"),
]


@pytest.mark.parametrize(("written", "words"), DESCRIBED, ids=[words for _, words in DESCRIBED])
def test_what_is_expected(written: dict[str, Any], words: str) -> None:
    assert ANY.validate_python(written).describe().render() == words


def test_every_type_is_described() -> None:
    assert {subject for written, _ in DESCRIBED for subject in written if subject in CHECKS} == set(CHECKS)
