"""Korean particles by the sound that a word ends with."""

from __future__ import annotations

import pytest

from checks.particles import particle
from checks.phrase import phrase
from runner.locale.update import catalogue_path, read


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("파드", "파드를"),
        ("네임스페이스", "네임스페이스를"),
        ("이미지 풀", "이미지 풀을"),
        # digits
        ("istio-1.11.3", "istio-1.11.3을"),
        ("1.12", "1.12를"),
        ("포트 80", "포트 80을"),
        ("8.5", "8.5를"),
        ("CVE-2024", "CVE-2024를"),
        # what Latin words are called
        ("nginx", "nginx를"),
        ("web", "web을"),
        ("kubectl", "kubectl을"),
        ("istio-system", "istio-system을"),
        ("istio-ingressgateway", "istio-ingressgateway를"),
        ("helm", "helm을"),
        ("docker", "docker를"),
        ("Deployment", "Deployment를"),
        ("ReplicaSet", "ReplicaSet을"),
        ("ConfigMap", "ConfigMap을"),
        ("CronJob", "CronJob을"),
        ("Secret", "Secret을"),
        ("Node", "Node를"),
        ("lab.yaml", "lab.yaml을"),
        ("values.json", "values.json을"),
        ("profile", "profile을"),
        ("name", "name을"),
        ("pipeline", "pipeline을"),
        ("ping", "ping을"),
        ("webhook", "webhook을"),
        ("curl", "curl을"),
        ("basics", "basics를"),
        ("default", "default를"),
        ("Kiali", "Kiali를"),
        ("HTTP", "HTTP를"),
        ("URL", "URL을"),
        ("CRD", "CRD를"),
        ("IP", "IP를"),
        ("XML", "XML을"),
        ("rm", "rm을"),
        # what stands behind the word is silent
        ("서비스 메시(Service Mesh)", "서비스 메시(Service Mesh)를"),
        ("Service Mesh(서비스 메시망)", "Service Mesh(서비스 메시망)를"),
        ("“web”", "“web”을"),
        ("`nginx`", "`nginx`를"),
        ("'파드'", "'파드'를"),
        ("(네임스페이스)", "(네임스페이스)를"),
        ("/opt/labs/", "/opt/labs/를"),
        ("50%", "50%를"),
        # nobody can tell
        ("", "을(를)"),
        ("→", "→을(를)"),
        ("集群", "集群을(를)"),
    ],
)
def test_the_object_marker_goes_with_the_last_sound(text: str, wanted: str) -> None:
    assert text + particle(text, "을/를") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("서울", "서울로"), ("부산", "부산으로"), ("kubectl", "kubectl로"), ("1.21", "1.21로"), ("1.20", "1.20으로"),
     ("shell", "shell로"), ("web", "web으로"), ("→", "→(으)로")],
)  # fmt: skip
def test_with_rieul_the_way_is_ro(text: str, wanted: str) -> None:
    assert text + particle(text, "으로/로") == wanted


@pytest.mark.parametrize(
    ("pair", "wanted"),
    [
        ("이/가", "web이 kiali가"),
        ("은/는", "web은 kiali는"),
        ("과/와", "web과 kiali와"),
        ("이라는/라는", "web이라는 kiali라는"),
    ],
)
def test_every_pair_has_the_consonant_s_form_first(pair: str, wanted: str) -> None:
    sentence = phrase("{a}{" + pair + "} {b}{" + pair + "}", a="web", b="kiali")
    assert sentence.render() == wanted


def test_a_value_is_never_taken_for_a_template() -> None:
    assert phrase("{a}{을/를}", a="{b}{은/는} 서울").render() == "{b}{은/는} 서울을"
    assert phrase("{{을/를}} {a}", a=1).render() == "{을/를} 1"


def test_a_value_that_is_a_phrase_and_a_list_are_read_as_they_are_reported() -> None:
    inner = phrase("{kind}{이/가} 없음", kind="Pod")
    assert phrase("“{why}”{을/를}", why=inner).render() == "“Pod가 없음”을"
    assert phrase("{names}{을/를}", names=("web", "nginx")).render() == "web, nginx를"


def test_no_sentence_leaves_the_choice_to_the_reader() -> None:
    both = (
        "을(를)",
        "를(을)",
        "이(가)",
        "가(이)",
        "은(는)",
        "는(은)",
        "과(와)",
        "와(과)",
        "(으)로",
        "(이)라",
        "(이)나",
    )
    left = [text for text in read(catalogue_path("ko")).values() if any(each in text for each in both)]
    assert not left
