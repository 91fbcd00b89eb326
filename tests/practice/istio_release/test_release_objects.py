"""What an installation of Istio consists of, by version, profile and settings; and the folder of a download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.practice.containers.istiod.config_validation import validated
from runner.practice.containers.istiod.injection_settings import settings_of
from runner.practice.istio_release.api_fields import messages, unknown_fields
from runner.practice.istio_release.release_objects import all_objects
from runner.practice.istio_release.release_settings import CURRENT, FIRST, BadSetting, read_settings
from runner.practice.istio_release.stand_in_download import make_download

Json = dict[str, Any]


def made(version: str, *given: str) -> dict[tuple[str, str], Json]:
    return {
        (each["kind"], each["metadata"]["name"]): each for each in all_objects(read_settings(version, given))
    }


def test_settings_reach_the_objects() -> None:
    found = made(
        FIRST, "profile=demo", "hub=example.com/istio", "values.global.proxy.logLevel=debug",
        "components.pilot.k8s.replicaCount=2",
        "meshConfig.outboundTrafficPolicy.mode=REGISTRY_ONLY", "components.egressGateways[0].enabled=false",
    )  # fmt: skip
    mesh = yaml.safe_load(found["ConfigMap", "istio"]["data"]["mesh"])
    assert (
        mesh["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"} and mesh["accessLogFile"] == "/dev/stdout"
    )
    data = found["ConfigMap", "istio-sidecar-injector"]["data"]
    settings = settings_of("", data["values"], data["config"], tag=FIRST)
    assert settings.proxy("logLevel") == "debug" and settings.proxy("resources")["requests"] == {
        "cpu": "10m",
        "memory": "40Mi",
    }
    istiod = found["Deployment", "istiod"]["spec"]
    assert istiod["replicas"] == 2
    assert istiod["template"]["spec"]["containers"][0]["image"] == f"example.com/istio/pilot:{FIRST}"
    assert ("Deployment", "istio-egressgateway") not in found and (
        "Deployment",
        "istio-ingressgateway",
    ) in found


def test_a_revision_has_names_of_its_own() -> None:
    found = made(CURRENT, "revision=canary", "profile=minimal")
    webhooks = found["MutatingWebhookConfiguration", "istio-sidecar-injector-canary"]["webhooks"]
    assert {each["clientConfig"]["service"]["name"] for each in webhooks} == {"istiod-canary"}
    assert json.dumps(webhooks).count('"canary"') >= 2
    assert found["Service", "istiod-canary"]["spec"]["selector"]["istio.io/rev"] == "canary"
    assert ("Deployment", "istiod") not in found
    mesh = yaml.safe_load(found["ConfigMap", "istio-canary"]["data"]["mesh"])
    assert mesh["defaultConfig"]["discoveryAddress"] == "istiod-canary.istio-system.svc:15012"


def test_versions_differ() -> None:
    first, now = made(FIRST, "profile=demo"), made(CURRENT, "profile=demo")
    assert first["PodDisruptionBudget", "istiod"]["apiVersion"] == "policy/v1beta1"
    assert now["PodDisruptionBudget", "istiod"]["apiVersion"] == "policy/v1"
    assert not [name for kind, name in now if kind == "EnvoyFilter"]
    assert ("ValidatingWebhookConfiguration", "istiod-default-validator") in now
    assert "extensionProviders" in yaml.safe_load(now["ConfigMap", "istio"]["data"]["mesh"])
    assert made(FIRST)["HorizontalPodAutoscaler", "istiod"]["apiVersion"] == "autoscaling/v2beta1"


@pytest.mark.parametrize("given", ["profile=none", "hub", "=x"])
def test_settings_that_cannot_be(given: str) -> None:
    with pytest.raises(BadSetting):
        read_settings(FIRST, [given])


@pytest.mark.parametrize("version", [FIRST, CURRENT])
def test_the_samples_of_a_download_are_what_istio_takes(tmp_path: Path, version: str) -> None:
    make_download(version, tmp_path)
    minor = int(version.split(".")[1])
    names = set()
    for path in sorted((tmp_path / "samples").rglob("*.y*ml")):
        text = path.read_text(encoding="utf-8")
        assert text.lower().startswith("# practice stand-in") and "@" not in text.replace("@type", ""), path
        for obj in yaml.safe_load_all(text):
            if obj is None:
                continue
            names.add(f"{obj['kind']}/{obj['metadata']['name']}")
            if obj["kind"] in messages():
                assert not validated(obj, (1, minor)).errors, path
                assert not unknown_fields(obj["kind"], obj.get("spec") or {}, minor), path
    assert {"Deployment/productpage-v1", "Deployment/httpbin", "Deployment/sleep", "Deployment/fortio-deploy",
        "Gateway/bookinfo-gateway",
            "Deployment/helloworld-v2", "Deployment/recommendation-v2",
        "AuthorizationPolicy/allow-nothing"} <= names  # fmt: skip
    assert (tmp_path / "bin" / "istioctl").stat().st_mode & 0o111
    assert version in (tmp_path / "STAND-IN.md").read_text(encoding="utf-8")
