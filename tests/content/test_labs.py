"""What the labs promise their readers: both languages, every variable used, hints, checks on every step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runner.labs.load import load
from tests.content.conftest import LAB_NAMES, LABS, read_lab
from tests.content.test_manifests import DEMO_ROWS

LANGUAGES = {"en", "ko"}
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
HANGUL = re.compile(r"[가-힣]")

STEPS = [(name, step) for name in LAB_NAMES for step in read_lab(name)["steps"]]
each_step = pytest.mark.parametrize(
    ("lab", "step"), STEPS, ids=[f"{lab}-{step['id']}" for lab, step in STEPS]
)
each_lab = pytest.mark.parametrize("lab", LAB_NAMES)


def texts(lab: str) -> list[Path]:
    return sorted((LABS / lab / "text").glob("*.md"))


def words(node: Any) -> Iterator[dict[str, str]]:
    """Every text by language anywhere in a lab file."""
    if isinstance(node, dict):
        if "en" in node or "ko" in node:
            yield node
        for value in node.values():
            yield from words(value)
    elif isinstance(node, list):
        for value in node:
            yield from words(value)


@each_lab
def test_the_loader_takes_it_without_a_complaint(lab: str) -> None:
    loaded = load(LABS / lab)
    assert loaded.id == lab
    assert loaded.cleanup and loaded.cleanup.checks
    for step in loaded.steps:
        shown = [step.text[language] for language in LANGUAGES]
        assert all(len(text) > 100 and not PLACEHOLDER.search(text) for text in shown), step.id


@each_lab
def test_every_word_is_in_both_languages(lab: str) -> None:
    found = list(words(read_lab(lab)))
    assert len(found) > 20
    for text in found:
        assert set(text) == LANGUAGES, text
        assert text["en"].strip() and text["ko"].strip(), text
        assert not HANGUL.search(text["en"]), text


@each_lab
def test_every_step_has_its_text_in_both_languages_and_no_file_is_left_over(lab: str) -> None:
    contents = read_lab(lab)
    names = [step["text"] for step in contents["steps"]] + [contents["cleanup"]["text"]]
    names += [contents["debrief"]] if "debrief" in contents else []
    wanted = {f"{name}.{language}.md" for name in names for language in LANGUAGES}
    assert {f"text/{path.name}" for path in texts(lab)} == wanted


@pytest.mark.parametrize(
    "path", [path for lab in LAB_NAMES for path in texts(lab)], ids=lambda p: f"{p.parts[-3]}-{p.name}"
)
def test_a_text_is_written_in_its_language(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    korean = len(HANGUL.findall(text))
    assert (korean > 60) if path.name.endswith(".ko.md") else korean == 0
    assert text.count("```") % 2 == 0


@each_step
def test_both_languages_show_the_same_commands(lab: str, step: dict[str, Any]) -> None:
    blocks = [
        re.findall(
            r"^```\n(.*?)^```", (LABS / lab / f"{step['text']}.{language}.md").read_text(), re.M | re.S
        )
        for language in ("en", "ko")
    ]
    commands = [
        [block for block in found if not HANGUL.search(block) and "<EXTERNAL" not in block]
        for found in blocks
    ]
    assert len(blocks[0]) == len(blocks[1])
    assert all(block in commands[0] for block in commands[1])


@each_step
def test_the_text_shows_every_command_that_the_step_runs(lab: str, step: dict[str, Any]) -> None:
    text = (LABS / lab / f"{step['text']}.en.md").read_text()
    for command in step.get("run", []):
        line = command if isinstance(command, str) else command["command"]
        assert line in text, line
        for key in command.get("keys", []) if isinstance(command, dict) else []:
            assert key == "enter" or key in text, key


@each_step
def test_a_step_has_checks_hints_and_a_lesson(lab: str, step: dict[str, Any]) -> None:
    assert step["checks"]
    assert 2 <= len(step["hints"]) <= 3
    assert step["learnt"]


@each_lab
def test_every_variable_is_used_and_every_placeholder_is_a_variable(lab: str) -> None:
    variables = set(read_lab(lab).get("variables", {}))
    written = [(LABS / lab / "lab.yaml").read_text(), *(path.read_text() for path in texts(lab))]
    assert {name for text in written for name in PLACEHOLDER.findall(text)} == variables


@each_lab
def test_both_languages_of_a_text_use_the_same_placeholders(lab: str) -> None:
    for path in (LABS / lab / "text").glob("*.en.md"):
        other = path.with_name(path.name.replace(".en.", ".ko."))
        used = [set(PLACEHOLDER.findall(one.read_text())) for one in (path, other)]
        assert used[0] == used[1], path.name


def test_the_lecture_is_in_the_lab() -> None:
    """Each command of the lecture, its corrections, and each row of its table."""
    folder = LABS / "istio-install"
    lab = (folder / "lab.yaml").read_text()
    everything = lab + "".join(path.read_text() for path in texts("istio-install"))
    for command in (
        "curl -L https://istio.io/downloadIstio | ISTIO_VERSION={{istio_version}} TARGET_ARCH={{arch}} sh -",
        "istioctl install --set profile=demo --set hub={{hub}}",
        "kubectl get ns",
        "kubectl apply -f samples/addons",
        "kubectl get all -n istio-system",
        "kubectl edit svc kiali -n istio-system",
        "kubectl edit svc tracing -n istio-system",
    ):
        assert command in lab
    assert lab.count(":%s/ClusterIP/LoadBalancer/g") == lab.count('":wq!"') == 2
    for message in (
        "gcr.io/istio-release",
        "December 2026",
        "kubecttl",
        "managedFields",
        "`✓`",
        "`✔`",
        "x86_64",
        "Service (0)",
    ):
        assert message in everything, message
    table = (folder / "text/mesh.ko.md").read_text()
    for row in ("라우팅 주체", "라우팅 구성요소", "로드 밸런싱", "네트워크", "트레이싱"):
        assert f"| **{row}** |" in table
    for job in ("Service Discovery", "Fault Tolerance", "Traffic Routing", "Security"):
        assert job in table


def test_the_install_step_asks_for_every_crd_of_the_profile() -> None:
    install = next(step for lab, step in STEPS if (lab, step["id"]) == ("istio-install", "install"))
    (asked,) = [
        check["names"] for check in install["checks"] if check.get("resource") == "CustomResourceDefinition"
    ]
    assert asked == sorted(row["name"] for row in DEMO_ROWS if row["kind"] == "CustomResourceDefinition")
    assert len(asked) == 13
