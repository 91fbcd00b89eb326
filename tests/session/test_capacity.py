from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from checks.base import CannotRead, Verdict
from checks.phrase import phrase
from runner.labs.model import Capacity
from runner.session.capacity import examine, requested, shown


def node(name: str = "one", ready: str = "True", cpu: str = "2", memory: str = "4Gi", **spec: Any) -> Any:
    return {
        "metadata": {"name": name},
        "spec": spec,
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory},
            "conditions": [{"type": "Ready", "status": ready}],
        },
    }


def container(cpu: str | None = None, memory: str | None = None, **more: Any) -> Any:
    requests = {name: message for name, message in (("cpu", cpu), ("memory", memory)) if message}
    return {"resources": {"requests": requests}, **more}


def pod(*containers: Any, on: str | None = "one", phase: str = "Running", **spec: Any) -> Any:
    return {"spec": {"nodeName": on, "containers": list(containers), **spec}, "status": {"phase": phase}}


class Cluster:
    def __init__(self, nodes: Sequence[Any], pods: Sequence[Any] = (), refuses: str = "") -> None:
        self._objects = {"Node": nodes, "Pod": pods}
        self._refuses = refuses

    async def list(self, _version: str, kind: str) -> Sequence[Any]:
        if kind == self._refuses:
            raise CannotRead("forbidden", phrase("nodes may not be listed"))
        return self._objects[kind]


async def look(cluster: Any, cpu: str | None = None, memory: str | None = None) -> list[tuple[Verdict, str]]:
    outcomes = await examine(Capacity(cpu=cpu, memory=memory), cluster)
    return [(outcome.verdict, outcome.found.render()) for outcome in outcomes]


async def test_what_pods_requested_is_not_free() -> None:
    cluster = Cluster([node(), node("two")], [pod(container("500m", "1Gi"), container("1", "512Mi"))])
    assert await look(cluster, "2500m", "7Gi") == [
        (Verdict.PASSED, "2.5 of 4 free"),
        (Verdict.PENDING, "6.5Gi of 8Gi free"),
    ]


async def test_too_little_is_a_warning_with_a_way_out() -> None:
    (outcome,) = await examine(Capacity(cpu="1"), Cluster([node()], [pod(container("1900m"))]))  # type: ignore[arg-type]
    assert outcome.verdict is Verdict.PENDING
    assert outcome.found.render() == "100m of 2 free"
    assert "use the practice cluster" in outcome.findings[0].remedy.render()


@pytest.mark.parametrize(
    "unusable",
    [
        node("two", ready="False"),
        node("two", ready="Unknown"),
        node("two", unschedulable=True),
        node("two", taints=[{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]),
    ],
)
async def test_nodes_that_take_no_pods_do_not_count(unusable: Any) -> None:
    assert await look(Cluster([node(), unusable]), "1") == [(Verdict.PASSED, "2 of 2 free")]


async def test_no_node_at_all_is_reported() -> None:
    (outcome,) = await examine(Capacity(cpu="1"), Cluster([node(ready="False")]))  # type: ignore[arg-type]
    assert outcome.verdict is Verdict.PENDING
    assert outcome.findings[0].cause.render() == "No node of the cluster is ready for new pods."


@pytest.mark.parametrize(
    "elsewhere",
    [pod(container("1"), on=None), pod(container("1"), on="gone"), pod(container("1"), phase="Succeeded")],
)
async def test_pods_that_hold_nothing_do_not_count(elsewhere: Any) -> None:
    assert await look(Cluster([node()], [elsewhere]), "2") == [(Verdict.PASSED, "2 of 2 free")]


@pytest.mark.parametrize("kind", ["Node", "Pod"])
async def test_what_may_not_be_listed_is_not_judged(kind: str) -> None:
    assert await look(Cluster([node()], refuses=kind), "1", "1Gi") == [
        (Verdict.SKIPPED, "can't be judged: nodes may not be listed"),
        (Verdict.SKIPPED, "can't be judged: nodes may not be listed"),
    ]


def test_a_pod_requests_what_the_scheduler_counts() -> None:
    sidecar = container("100m", restartPolicy="Always")
    assert requested("cpu", pod(container("200m"), container("300m"))) == Fraction(1, 2)
    assert requested("cpu", pod(container("200m"), initContainers=[container("1")])) == 1
    assert requested("cpu", pod(container("200m"), initContainers=[sidecar, container("50m")])) == Fraction(
        3, 10
    )
    assert requested("cpu", pod(container("200m"), overhead={"cpu": "250m"})) == Fraction(45, 100)
    assert requested("cpu", pod(container("200m"), resources={"requests": {"cpu": "2"}})) == 2
    assert requested("memory", pod(container("200m"), container())) == 0


@pytest.mark.parametrize(
    ("name", "amount", "words"),
    [
        ("cpu", Fraction(19, 10), "1.9"),
        ("cpu", Fraction(2), "2"),
        ("cpu", Fraction(1, 4), "250m"),
        ("cpu", Fraction(-1), "0m"),
        ("memory", Fraction(3 * 2**29), "1.5Gi"),
        ("memory", Fraction(512 * 2**20), "512Mi"),
        ("memory", Fraction(0), "0"),
    ],
)
def test_amounts_are_shown_as_kubernetes_writes_them(name: str, amount: Fraction, words: str) -> None:
    assert shown(name, amount) == words
