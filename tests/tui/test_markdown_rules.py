"""Emphasis beside Hangul, Hanja and kana; the shapes are those of public Korean texts about software."""

from __future__ import annotations

import pytest

from runner.tui.widgets.prose import inline


def reported(markdown: str) -> list[tuple[str, str]]:
    """What is emphasised in a paragraph, and how."""
    content = inline(markdown)
    return [(str(span.style), content.plain[span.start : span.end]) for span in content.spans]


@pytest.mark.parametrize(
    ("markdown", "strong"),
    [
        ("**서비스 메시(Service Mesh)**는 통신을 맡습니다.", ["서비스 메시(Service Mesh)"]),
        ("**SPA(SurgicalPhaseAnywhere)**는 **경보(Early Warning)**를 냅니다.",
         ["SPA(SurgicalPhaseAnywhere)", "경보(Early Warning)"]),
        ("코드로 정의하는 **IaC(Infrastructure as Code)**는 **IaC**입니다", ["IaC(Infrastructure as Code)", "IaC"]),
        ("우클릭하여 **\"Import Gradle Project\"**를 고릅니다", ["\"Import Gradle Project\""]),
        ("이것은 **\"어떻게 호출되었는가\"**를 봅니다", ["\"어떻게 호출되었는가\""]),
        ("여기서**“따옴표”**가 붙고, 이것은**(괄호)**입니다", ["“따옴표”", "(괄호)"]),
        ("**크기\\(바이트\\)**는 크기입니다", ["크기(바이트)"]),
        ("**개수**는 둘, **파드**마다", ["개수", "파드"]),
        ("**50%**까지, **99.9%**의", ["50%", "99.9%"]),
        ("**kubectl get pods -A**로", ["kubectl get pods -A"]),
        ("**注意：**請看，**「重要」**的", ["注意：", "「重要」"]),
        # as CommonMark has it
        ("a **bold**word and **(this)** too", ["bold", "(this)"]),
        ("**(not)**closed", []),
        ("별표 ** 는 그대로 ** 둡니다", []),
    ],
)  # fmt: skip
def test_bold_may_end_before_hangul(markdown: str, strong: list[str]) -> None:
    assert [words for style, words in reported(markdown) if style == "bold"] == strong
    assert ("**" in inline(markdown).plain) == (not strong)


def test_code_in_bold_ends_before_hangul() -> None:
    assert inline("**`New repository secret`**을 누릅니다").plain == "New repository secret을 누릅니다"


def test_other_emphasis_follows_the_same_rule() -> None:
    assert reported("*파드(Pod)*는 ~~도커(Docker)~~를") == [
        ("italic", "파드(Pod)"),
        ("strike", "도커(Docker)"),
    ]


def test_an_underscore_within_a_word_means_nothing() -> None:
    assert inline("ISTIO_VERSION과 TARGET_ARCH는").plain == "ISTIO_VERSION과 TARGET_ARCH는"
