"""Values that another run can't have become no checks; what can be asked of another run does."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from runner.authoring.record.fleeting import is_fleeting, prefix_of, steady
from runner.world.everything import Key
from tests.authoring.record.recordings import (
    cluster,
    config,
    deployment,
    namespace,
    places,
    ran,
    recording,
    service,
)
from tests.authoring.record.test_compose import SHOP, lab_of

RESTARTED = "kubectl.kubernetes.io/restartedAt"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (RESTARTED, "2026-11-30T10:51:12Z"),
        ("at", "1796034672"),
        ("at", "1796034672123456789"),
        ("at", "Mon Nov 30 10:51:12 UTC 2026"),
        ("stamp", "20261130T105112"),
        ("owner", "c0ffee00-1111-4222-8333-444455556666"),
        ("checksum/config", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("image", "nginx@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("nodePort", 31234),
        ("clusterIP", "10.96.0.9"),
        ("host", "10.96.12.7"),
        ("host", "http://10.96.12.7:80/x"),
        ("token", "eyJhbGciOiJSUzI1NiIsImtpZCI6"),
        ("caBundle", "LS0tLS1CRUdJTg=="),
        ("pod", "web-6d4b75cb6d-hx9zq"),
        ("nodeName", "worker-1"),
        ("observedGeneration", 4),
    ],
)
def test_what_another_run_cannot_have(name, value):
    assert is_fleeting(name, value, "kubectl apply -f x.yaml")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "nginx:1.27"),
        ("app", "web-front"),
        ("version", "1.11.3"),
        ("date", "2026-11-30"),
        ("replicas", 3),
        ("port", 8080),
        ("enabled", True),
        ("gone", None),
        ("clusterIP", "None"),
        ("memory", "134217728"),
        ("a", "b" * 30),
    ],
)
def test_what_it_can(name, value):
    assert not is_fleeting(name, value, "kubectl apply -f x.yaml")


def test_what_somebody_wrote_was_chosen():
    typed = (
        "kubectl patch svc web -p '{\"nodePort\":30080}'\nkubectl annotate pod a since=2026-11-30T00:00:00Z"
    )
    assert not is_fleeting("nodePort", 30080, typed)
    assert is_fleeting("nodePort", 3008, typed)
    assert not is_fleeting("since", "2026-11-30T00:00:00Z", typed)


def test_what_is_left_of_a_partial_object():
    found = {
        "metadata": {"annotations": {RESTARTED: "2026-11-30T10:51:12Z", "team": "a"}},
        "spec": {
            "clusterIPs": ["10.96.0.7"],
            "ports": [{"name": "http", "nodePort": 31000}, {"name": "b", "port": 80}],
        },
    }
    rest = steady(found, "")
    assert rest.kept == {
        "metadata": {"annotations": {"team": "a"}},
        "spec": {"ports": [{"name": "b", "port": 80}]},
    }
    assert rest.left_out == [("metadata", "annotations", RESTARTED)]


@pytest.mark.parametrize(
    ("name", "meta", "typed", "prefix"),
    [
        ("some-x7k2p", {"generateName": "some-"}, "kubectl create -f x", "some-"),
        ("node-debugger-worker-hx9zq", {}, "kubectl debug node/worker", "node-debugger-worker-"),
        ("job-1796034672", {}, "kubectl create job job-$(date +%s)", "job-"),
        ("tmp-6111", {}, "kubectl run tmp-$RANDOM", "tmp-"),
        ("tmp-6111", {}, "kubectl run tmp-6111", ""),
        ("web-front", {}, "kubectl apply -f .", ""),
        ("web-v2", {}, "kubectl apply -f .", ""),
        ("kafka-2024", {}, "kubectl apply -f .", ""),
    ],
)
def test_names_that_another_run_cannot_have(name, meta, typed, prefix):
    obj = {"metadata": {"name": name, **meta}}
    assert prefix_of(Key("Pod", "shop", name), obj, typed) == prefix


def restarted(at: str, generation: int) -> dict[str, Any]:
    found = copy.deepcopy(deployment("web"))
    found["metadata"]["generation"] = generation
    found["spec"]["template"]["metadata"]["annotations"] = {RESTARTED: at}
    return found


async def test_a_restart_is_known_by_its_annotation_and_another_one_by_the_generation(tmp_path: Path) -> None:
    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl create deploy web"), cluster(SHOP, deployment("web"))),
            (ran("kubectl rollout restart deploy web"), cluster(SHOP, restarted("2026-11-30T10:51:12Z", 2))),
            (ran("kubectl rollout restart deploy web"), cluster(SHOP, restarted("2026-11-30T10:52:40Z", 3))),
        ),
        tmp_path,
    )
    first, second = (step["checks"] for step in lab["steps"][2:])
    web = {"resource": "Deployment", "api": "apps/v1", "name": "web", "in": "shop"}
    assert first == [{**web, "where": f'spec.template.metadata.annotations."{RESTARTED}"'}]
    assert second == [{**web, "where": "metadata.generation > `2`"}]


async def test_a_port_that_was_handed_out_is_no_check_and_one_that_was_chosen_is(tmp_path: Path) -> None:
    def open_at(port: int) -> dict[str, Any]:
        found = service("web", kind="NodePort")
        found["spec"]["ports"] = [{"name": "http", "port": 80, "nodePort": port}]
        return found

    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl expose deploy web"), cluster(SHOP, service("web"))),
            (ran('kubectl patch svc web -p \'{"spec":{"type":"NodePort"}}\''), cluster(SHOP, open_at(31999))),
            (ran("kubectl patch svc web -p '{\"nodePort\":30080}'"), cluster(SHOP, open_at(30080))),
        ),
        tmp_path,
    )
    opened, chosen = (step["checks"] for step in lab["steps"][2:])
    assert opened == [{"service": "web", "in": "shop", "type": "NodePort"}]
    assert chosen[0]["matches"]["spec"]["ports"] == [{"name": "http", "nodePort": 30080}]
    assert "31999" not in str(lab)


async def test_a_generated_name_is_in_no_check_no_title_and_no_id(tmp_path: Path) -> None:
    some = config("some-x7k2p")
    some["metadata"]["generateName"] = "some-"
    lab = await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP)),
            (ran("kubectl create -f some.yaml"), cluster(SHOP, some)),
        ),
        tmp_path,
    )
    step = lab["steps"][1]
    assert (step["id"], step["title"]["en"]) == ("create-some", "Create ConfigMap some-…")
    where = "[?starts_with(metadata.name, 'some-')]"
    assert step["checks"] == [{"resource": "ConfigMap", "in": "shop", "where": where}]


async def test_a_variable_that_a_command_filled_is_only_there(tmp_path: Path) -> None:
    lab = await lab_of(
        recording(
            (ran("export POD=$(kubectl get pods -o name)"), cluster(), places(POD="pod/web")),
            (ran("export COLOUR=blue"), cluster(), places(POD="pod/web", COLOUR="blue")),
        ),
        tmp_path,
    )
    assert [step["checks"] for step in lab["steps"]] == [
        [{"environment": "POD"}],
        [{"environment": "COLOUR", "equals": "blue"}],
    ]


async def test_a_pods_name_that_was_copied_into_a_command_is_reported(tmp_path: Path) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-6d4b75cb6d-hx9zq", "namespace": "shop", "generateName": "web-6d4b75cb6d-"},
    }
    labelled = namespace("shop", a="b")
    await lab_of(
        recording(
            (ran("kubectl create ns shop"), cluster(SHOP, pod)),
            (ran("kubectl logs web-6d4b75cb6d-hx9zq; kubectl label ns shop a=b"), cluster(labelled, pod)),
        ),
        tmp_path,
    )
    assert (
        "Pod web-6d4b75cb6d-hx9zq in shop has a different name in each run"
        in (tmp_path / "made" / "lab.yaml").read_text()
    )
