"""Which words of a text are taken for a term of the glossary."""

from __future__ import annotations

import pytest
from textual.content import Content

from runner.tui.widgets.anchors import spans
from runner.tui.widgets.terms import Terms

NAMES = {
    "Pod": "Pod", "pod": "Pod", "파드": "Pod", "service mesh": "mesh", "서비스 메시": "mesh", "서비스": "Service",
    "ClusterIP": "ClusterIP", "istiod": "istiod", "proxy": "proxy",
}  # fmt: skip


def marked(*texts: str) -> list[str]:
    terms = Terms(NAMES)
    lines = [terms.mark(Content(text)) for text in texts]
    return [line.plain[span.start : span.end] for line in lines for span, _ in spans(line)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("파드를 지우면 파드가 다시 생깁니다", ["파드"]),  # the first use only
        ("이 파드입니다", ["파드"]),
        ("파드에서는 파드들이", ["파드"]),
        ("마이크로서비스와 서비스어카운트", []),  # parts of longer words
        ("서비스 메시(Service Mesh)는", ["서비스 메시"]),  # the longer name
        ("서비스는 서비스 메시와", ["서비스", "서비스 메시"]),
        ("타입이 ClusterIP라서", ["ClusterIP"]),
        ("Pods and services", ["Pods"]),
        ("proxies", []),
        ("A pod-like thing, podman, a pod", ["pod"]),
        ("Service mesh", ["Service mesh"]),  # at the beginning of a sentence
        ("deployment/istiod istiod.istio-system", []),
        ("istiod.", ["istiod"]),
    ],
)
def test_words_are_found_as_they_are_written(text, wanted):
    assert marked(text) == wanted


def test_a_page_marks_each_term_once():
    assert marked("a pod", "another pod", "파드") == ["pod"]


def test_without_a_glossary_nothing_is_marked():
    assert Terms({}).mark(Content("a pod")) == Content("a pod")
