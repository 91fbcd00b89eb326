"""Answers for those who read them without kubectl: indented JSON, metrics; and what old versions require."""

from __future__ import annotations

import json
import re

import aiohttp
import pytest

from runner.practice.kinds import registry_of
from runner.practice.machinery.openapi_types import definitions

MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.mark.parametrize(
    ("path", "agent", "indented"),
    [
        (MAPS, "curl/7.88.1", True),
        (MAPS, "Wget/1.21", True),
        (MAPS, "Mozilla/5.0 (X11; Linux)", True),
        (MAPS, "kubectl/v1.32.4", False),
        (f"{MAPS}?pretty=true", "kubectl/v1.32.4", True),
        (f"{MAPS}?pretty=false", "curl/7.88.1", False),
        (f"{MAPS}/nowhere", "curl/7.88.1", True),
        ("/apis/apps/v1", "curl/7.88.1", True),
        ("/version", "kubectl/v1.32.4", True),
        ("/openapi/v2", "curl/7.88.1", False),
    ],
)
async def test_json_is_indented_for_people(http, path, agent, indented):
    async with http.get(path, headers={"User-Agent": agent}) as response:
        text = await response.text()
    assert text.startswith('{\n  "') == indented
    assert json.loads(text)


async def test_a_stream_is_not_indented(http):
    path = f"{MAPS}?watch=true&timeoutSeconds=1"
    async with http.get(path, headers={"User-Agent": "curl/7.88.1"}) as response:
        line = await response.content.readline()
    assert json.loads(line)["type"] == "ADDED"


async def test_metrics_count_what_there_is(http):
    async with http.get("/metrics") as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await response.text()
    assert re.search(r'(?m)^apiserver_storage_objects\{resource="namespaces"\} 4$', text)
    assert '\nkubernetes_build_info{major="1",minor="32",git_version="v1.32.0+practice"' in text
    assert float(re.search(r"(?m)^process_cpu_seconds_total (.*)$", text)[1]) > 0
    async with http.get("/metrics", headers={"Impersonate-User": "ann"}) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("name", "beta", "stable"),
    [
        ("io.k8s.api.certificates.{}.CertificateSigningRequestSpec", {"request"}, {"request", "signerName"}),
        (
            "io.k8s.api.admissionregistration.{}.ValidatingWebhook",
            {"name", "clientConfig"},
            {"name", "clientConfig", "sideEffects", "admissionReviewVersions"},
        ),
    ],
)
def test_an_old_version_requires_no_more_than_it_did(name, beta, stable):
    found = definitions(registry_of("1.20"))
    assert set(found[name.format("v1beta1")]["required"]) == beta
    assert set(found[name.format("v1")]["required"]) == stable


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"metadata": {"labels": "invalid"}}, "cannot restore map from string"),
        ({"metadata": {"annotations": 1}}, "cannot restore map from int64"),
        ({"spec": {"ports": "all"}}, "cannot restore slice from string"),
        ({"spec": "none"}, "cannot restore struct from: string"),
        ({"spec": {"type": True}}, "unrecognized type: string"),
    ],
)
async def test_a_patch_that_makes_a_wrong_type_is_reported_as_by_the_converter(http, patch, words):
    path = "/api/v1/namespaces/default/services/kubernetes"
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    async with http.patch(path, data=json.dumps(patch), headers=headers) as response:
        assert response.status == 422
        message = (await response.json())["message"]
    assert message.endswith(words), message


async def test_a_resource_version_of_zero_is_none(http):
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "zero"}, "data": {"a": "1"}}
    async with http.post(MAPS, json=made) as response:
        assert response.status == 201
    for version, code in (("0", 200), ("1", 409)):
        made["metadata"]["resourceVersion"] = version
        async with http.put(f"{MAPS}/zero", json=made) as response:
            assert response.status == code
    beta = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    async with http.post(path, json={**beta, "metadata": {"name": "zero"}}) as response:
        assert response.status == 201
    body = {**beta, "metadata": {"name": "zero", "resourceVersion": "0"}}
    async with http.put(f"{path}/zero", json=body) as response:
        assert response.status == 422  # a kind whose updates say what they replace
        assert "must be specified for an update" in (await response.json())["message"]


@pytest.mark.parametrize("part", ["resourceAttributes", "nonResourceAttributes"])
async def test_a_review_of_a_wrong_type_is_refused(cluster, part):
    path = f"{cluster.server}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {cluster.token}"}) as session:
        answer = await session.post(path, json={"spec": {part: 5}}, ssl=False)
        assert answer.status == 400
        assert "json: cannot unmarshal number into Go struct field" in (await answer.json())["message"]
