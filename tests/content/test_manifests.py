"""Every object of Istio 1.11.3's demo profile and addons is in the stand-ins: expected/ is the list of facts."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from runner.practice.istio_release.release_objects import MANIFESTS, all_objects
from runner.practice.istio_release.release_settings import read_settings
from runner.session.lab_environment import ISTIO_PROGRAMS
from tests.content.conftest import STANDINS, documents

EXPECTED = Path(__file__).parent / "expected"
ADDONS = MANIFESTS.parent / "samples" / "addons"
DEMO = read_settings("1.11.3", ["profile=demo"])

Row = dict[str, str]
Manifest = dict[str, Any]


def rows(name: str) -> list[Row]:
    with (EXPECTED / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


ADDON_ROWS, DEMO_ROWS = rows("addons.tsv"), rows("demo.tsv")
ADDON_OBJECTS = [(path.name, obj) for path in sorted(ADDONS.glob("*.yaml")) for obj in documents(path)]
DEMO_OBJECTS = all_objects(DEMO)
ADDON_PAIRS = [(row, obj) for row, (_, obj) in zip(ADDON_ROWS, ADDON_OBJECTS, strict=True)]
DEMO_PAIRS = list(zip(DEMO_ROWS, DEMO_OBJECTS, strict=True))


def identity(obj: Manifest) -> tuple[str, str, str, str]:
    meta = obj["metadata"]
    return obj["apiVersion"], obj["kind"], meta.get("namespace", "-"), meta["name"]


def wanted(row: Row) -> tuple[str, str, str, str]:
    return row["apiVersion"], row["kind"], row["namespace"], row["name"]


def of_kind(pairs: list[tuple[Row, Manifest]], kind: str) -> pytest.MarkDecorator:
    fitting = [pair for pair in pairs if pair[0]["kind"] == kind]
    return pytest.mark.parametrize(("row", "obj"), fitting, ids=[row["name"] for row, _ in fitting])


def shown_ports(service: Manifest) -> str:
    return ",".join(
        f"{port['name']}:{port['port']}->{port.get('targetPort', port['port'])}"
        for port in service["spec"]["ports"]
    )


def test_the_addons_are_the_25_objects_in_order() -> None:
    assert len(ADDON_ROWS) == 25
    assert [(name, *identity(obj)) for name, obj in ADDON_OBJECTS] == [
        (row["file"], *wanted(row)) for row in ADDON_ROWS
    ]


def test_the_demo_profile_is_the_59_objects_in_order() -> None:
    assert len(DEMO_ROWS) == 59
    assert [identity(obj) for obj in DEMO_OBJECTS] == [wanted(row) for row in DEMO_ROWS]


@of_kind(ADDON_PAIRS, "Service")
def test_an_addon_service_has_its_selector_ports_and_type(row: Row, obj: Manifest) -> None:
    ports, _, service_type = row["ports"].partition(" type=")
    assert shown_ports(obj) == ports
    assert obj["spec"].get("type", "(none: ClusterIP)") == service_type
    assert obj["spec"]["selector"] == json.loads(row["selector/labels"])


@of_kind(ADDON_PAIRS, "Deployment")
def test_an_addon_deployment_has_its_labels_images_and_probes(row: Row, obj: Manifest) -> None:
    labels = json.loads(row["selector/labels"])
    assert obj["spec"]["selector"]["matchLabels"] == labels
    assert labels.items() <= obj["spec"]["template"]["metadata"]["labels"].items()
    containers = obj["spec"]["template"]["spec"]["containers"]
    shown = [
        f"{one['name']}={one['image']} ready={json.dumps(one.get('readinessProbe', {}).get('httpGet', {}))}"
        for one in containers
    ]
    assert "; ".join(shown) == row["containers(images; readiness)"]


@of_kind(DEMO_PAIRS, "Service")
def test_a_demo_service_has_its_type_and_ports(row: Row, obj: Manifest) -> None:
    service_type, ports = row["detail"].split(" ")
    assert obj["spec"].get("type", "ClusterIP") == service_type.removesuffix("(default)")
    assert shown_ports(obj) == ports


@of_kind(DEMO_PAIRS, "Deployment")
def test_a_demo_deployment_has_its_containers_and_labels(row: Row, obj: Manifest) -> None:
    found = re.fullmatch(r"containers=(\[.*\]) labels=(\{.*\})", row["detail"])
    assert found
    names, labels = (json.loads(text.replace("'", '"')) for text in found.groups())
    template = obj["spec"]["template"]
    assert [one["name"] for one in template["spec"]["containers"]] == names
    assert labels.items() <= template["metadata"]["labels"].items()
    assert obj["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@of_kind(DEMO_PAIRS, "CustomResourceDefinition")
def test_a_crd_has_its_versions_and_short_names(row: Row, obj: Manifest) -> None:
    found = re.fullmatch(r"versions=(\[.*\]) short=(.*)", row["detail"])
    assert found
    versions, short = (json.loads(t.replace("'", '"').replace("None", "null")) for t in found.groups())
    assert [one["name"] for one in obj["spec"]["versions"]] == versions
    assert obj["spec"]["names"].get("shortNames") == short
    assert [one["storage"] for one in obj["spec"]["versions"]].count(True) == 1


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"])
def test_a_webhook_configuration_has_its_hooks_and_failure_policies(kind: str) -> None:
    (row, obj), *more = [pair for pair in DEMO_PAIRS if pair[0]["kind"] == kind]
    assert not more
    assert ";".join(f"{hook['name']}={hook['failurePolicy']}" for hook in obj["webhooks"]) == row["detail"]


def test_the_figures_of_istiod_and_the_gateways() -> None:
    deployments = {obj["metadata"]["name"]: obj for obj in DEMO_OBJECTS if obj["kind"] == "Deployment"}
    figures = {}
    for name, obj in deployments.items():
        (container,) = obj["spec"]["template"]["spec"]["containers"]
        probe, requests = container["readinessProbe"]["httpGet"], container["resources"]["requests"]
        figures[name] = (
            container["image"],
            probe["path"],
            probe["port"],
            requests["cpu"],
            requests["memory"],
        )
    assert figures == {
        "istiod": ("docker.io/istio/pilot:1.11.3", "/ready", 8080, "10m", "100Mi"),
        "istio-ingressgateway": ("docker.io/istio/proxyv2:1.11.3", "/healthz/ready", 15021, "10m", "40Mi"),
        "istio-egressgateway": ("docker.io/istio/proxyv2:1.11.3", "/healthz/ready", 15021, "10m", "40Mi"),
    }


def test_what_the_objects_refer_to_is_there() -> None:
    objects = [*DEMO_OBJECTS, *(obj for _, obj in ADDON_OBJECTS)]
    there = {(obj["kind"], obj["metadata"]["name"]) for obj in objects}
    for obj in objects:
        for kind, name in references(obj):
            assert (kind, name) in there, f"{identity(obj)} refers to {kind} {name}"


def references(obj: Manifest) -> list[tuple[str, str]]:
    if "roleRef" in obj:
        subjects = [(one["kind"], one["name"]) for one in obj["subjects"]]
        return [(obj["roleRef"]["kind"], obj["roleRef"]["name"]), *subjects]
    if obj["kind"] != "Deployment":
        return []
    pod = obj["spec"]["template"]["spec"]
    account = [("ServiceAccount", pod["serviceAccountName"])] if "serviceAccountName" in pod else []
    maps = [one["configMap"]["name"] for one in pod.get("volumes", []) if "configMap" in one]
    return [*account, *(("ConfigMap", name) for name in maps)]


def test_the_stand_ins_say_what_they_are() -> None:
    files = [
        *ADDONS.glob("*.yaml"),
        *MANIFESTS.rglob("*.yaml"),
        *ISTIO_PROGRAMS.iterdir(),
        STANDINS / "bin/curl",
    ]
    assert len(files) >= 15
    for path in files:
        assert "practice stand-in" in path.read_text(encoding="utf-8")[:300].lower(), path
