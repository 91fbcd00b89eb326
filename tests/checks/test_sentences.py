"""What each check asks for, said to a learner in both languages: nothing of the check's notation."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from fake_world import FakeWorld, make
from pydantic import TypeAdapter

from checks.base import Check
from checks.permission_words import resource_name, task
from checks.registry import CHECKS, AnyCheck
from checks.resource import Resource
from checks.sentences import quoted_pattern
from runner.words import translate

ANY: TypeAdapter[Check] = TypeAdapter(AnyCheck)
RESOURCE = {"resource": "Service", "name": "kiali", "in": "istio-system"}
SAID: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"namespace": "basics"},
        "Namespace basics must exist",
        "basics 네임스페이스가 있어야 합니다",
        "basics 네임스페이스가 있습니다",
    ),
    (
        {"deployment": "istiod", "in": "istio-system", "ready": True, "image": "/pilot:"},
        "Deployment istiod in istio-system must be ready, with the image pilot",
        "istio-system의 istiod 디플로이먼트가 준비되어야 합니다 (이미지 pilot)",
        "istio-system의 istiod 디플로이먼트가 준비되었습니다 (이미지 pilot)",
    ),
    (
        {"deployment": "web", "in": "shop", "image": r"^nginx:1\.2[67]$"},
        "Deployment web in shop must run the image that the step asks for",
        "shop의 web 디플로이먼트가 이 단계의 이미지를 사용해야 합니다",
        "shop의 web 디플로이먼트가 이 단계의 이미지를 사용합니다",
    ),
    (
        {"pods": {"min": 1}, "in": "shop"},
        "At least 1 pod in shop must be ready",
        "shop의 파드 1개 이상이 준비되어야 합니다",
        "shop의 파드 1개 이상이 준비되었습니다",
    ),
    (
        RESOURCE | {"where": "spec.type == 'LoadBalancer'"},
        "Service kiali in istio-system: type must be LoadBalancer",
        "istio-system의 kiali 서비스: type은 LoadBalancer여야 합니다",
        "istio-system의 kiali 서비스: type은 LoadBalancer입니다",
    ),
    (
        RESOURCE | {"where": "spec.type == 'LoadBalancer' && spec.ports[?port == `80`]"},
        "Service kiali in istio-system must be as the step asks",
        "istio-system의 kiali 서비스가 이 단계의 설명대로여야 합니다",
        "istio-system의 kiali 서비스가 이 단계의 설명대로입니다",
    ),
    (
        {"resource": "ConfigMap", "in": "shop", "names": ["a", "b", "c", "d", "e"]},
        "ConfigMap a, b, c and 2 more in shop must exist",
        "shop의 컨피그맵 a, b, c 외 2개가 있어야 합니다",
        "shop의 컨피그맵 a, b, c 외 2개가 있습니다",
    ),
    (
        {"resource": "MutatingWebhookConfiguration", "name": "x", "where": "length(webhooks) >= `4`"},
        "MutatingWebhookConfiguration x: number of webhooks must be at least 4",
        "x MutatingWebhookConfiguration: webhooks 개수는 4 이상이어야 합니다",
        "x MutatingWebhookConfiguration: webhooks 개수는 4 이상입니다",
    ),
    (
        {
            "can": {"verb": "list", "resource": "pods", "in": "shop"},
            "as": "system:serviceaccount:shop:viewer",
        },
        "ServiceAccount viewer must be allowed to list pods in shop",
        "viewer 서비스어카운트에게 shop의 파드 목록 보기 권한이 있어야 합니다",
        "viewer 서비스어카운트에게 shop의 파드 목록 보기 권한이 있습니다",
    ),
]


@pytest.mark.parametrize(("written", "english", "wanted", "so"), SAID, ids=lambda each: str(each)[:40])
def test_a_check_is_a_sentence_before_it_is_so_and_after(
    written: dict[str, Any], english: str, wanted: str, so: str
) -> None:
    said = ANY.validate_python(written).sentence()
    assert said.wanted.render() == english
    assert translate(said.wanted, "ko") == wanted
    assert translate(said.so, "ko") == so


@pytest.mark.parametrize(
    ("verb", "resource", "english", "korean"),
    [
        ("create", "namespaces", "create namespaces", "네임스페이스 만들기"),
        ("delete", "deployments.apps", "delete deployments", "디플로이먼트 지우기"),
        (
            "watch",
            "deployments.example.org",
            "watch deployments.example.org",
            "deployments.example.org 지켜보기",
        ),
        ("escalate", "roles", "escalate roles", "롤 escalate"),
    ],
)
def test_a_permission_is_named_by_what_it_allows(verb: str, resource: str, english: str, korean: str) -> None:
    allowed = task(verb, resource_name(resource))
    assert (allowed.render(), translate(allowed, "ko")) == (english, korean)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^customer => v1", "“customer => v1”"),
        (r"^200$", "“200”"),
        (r"user 'root'@'[0-9.]+' \(using password: NO\)", "“user 'root'@'…' (using password: NO)”"),
        (r"^ready in \d+\.\d{1,3} s", "“ready in ….… s”"),
        (r"v1.*v2", "“v1…v2”"),
        ("v1|v2", "what the step asks for"),
        ("(a)", "what the step asks for"),
        ("a+b", "what the step asks for"),
        ("a{2}", "what the step asks for"),
        (r"\bready", "what the step asks for"),
        ("a$b", "what the step asks for"),
        ("[0-9]+", "what the step asks for"),
    ],
)
def test_a_pattern_that_is_nearly_a_text_is_shown_as_one(pattern: str, words: str) -> None:
    assert quoted_pattern(pattern).render() == words


def test_under_a_heading_the_place_is_not_said_again() -> None:
    check = ANY.validate_python({"deployment": "istiod", "in": "istio-system", "ready": True})
    assert check.place == "istio-system"
    assert check.sentence(under_place=True).so.render() == "Deployment istiod is ready"


@pytest.mark.parametrize("subject", CHECKS)
def test_every_type_has_sentences_of_its_own_in_both_languages(subject: str) -> None:
    for written in yaml.safe_load(CHECKS[subject].examples):
        check = ANY.validate_python(written)
        said = check.sentence()
        for language in ("en", "ko"):
            words = {translate(said.wanted, language), translate(said.so, language)}
            assert len(words) == 2
            assert translate(check.describe(), language) not in words
            assert not any(
                "`" in each and subject not in ("command", "exec") for each in words
            )  # JMESPath, JSON
            assert not any("{" in each and subject != "command" for each in words)


async def test_what_was_found_is_said_without_the_notation() -> None:
    service = make("Service", "kiali", "shop", spec={"type": "ClusterIP", "ports": [{"port": 80}]})

    async def found(**more: Any) -> str | None:
        check = Resource.model_validate({"resource": "Service", "name": "kiali", "in": "shop", **more})
        world = FakeWorld(service)
        said = check.found_in_words((await check.evaluate(world)).found)
        return said and said.render()

    assert await found(where="spec.type == 'LoadBalancer'") == "type is ClusterIP"
    assert await found(where="length(spec.ports) > `1`") == "number of ports is 1"
    assert await found(where="spec.clusterIP == 'None'") == "clusterIP is not set"
    assert await found(where="status.availableReplicas >= `1`") == "availableReplicas is 0"
    assert await found(where="spec.type == 'LoadBalancer' || spec.ports[?port == `1`]") is None
    assert await found(matches={"spec": {"type": "LoadBalancer"}}) == "type is ClusterIP"
    assert await found(matches={"spec": {"ports": [{"port": 80}, {"port": 1}]}}) == "ports[1] is not set"
