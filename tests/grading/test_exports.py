"""What a learner takes along: each format, its words, that nothing in it acts, and that a change to signed data is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from runner.grading.exports import export_formats
from runner.grading.exports.attempt_json import attempt_json
from runner.grading.exports.attempt_markdown import attempt_markdown
from runner.grading.exports.attempt_page import attempt_page
from runner.grading.exports.certificate import certificate, certificate_page
from runner.grading.exports.export_formats import EXPORTS, ExportProblem, export
from runner.grading.exports.signing import NotSigned, signed, signer
from runner.labs.library import own_labs
from runner.labs.load import load
from runner.session.attempt_state import AttemptState
from runner.session.attempt_summary import AttemptSummary, summary
from runner.session.attempt_view import AttemptView
from runner.session.events import HintShown, LabStarted, StepPassed, StepReached
from runner.session.reducer import reduce

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script> & ##[group] `x` | ![a](b)"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def ended() -> AttemptSummary:
    lab = load(own_labs() / "kubernetes-basics")
    state = AttemptState()
    events = [
        LabStarted(lab.id, "practice/kubernetes-basics", "", "1.32.0", "a1", resumed=False),
        StepReached("namespace"),
        HintShown("namespace", 0),
        StepPassed("namespace", 1.0),
    ]
    for event in events:
        state = reduce(state, event, NOON)
    made = summary(AttemptView(lab, state, seconds=754.0))
    steps = [replace(made.steps[0], seconds=125.0), *made.steps[1:]]
    return replace(made, ended=NOON, steps=steps)


def test_markdown_has_each_step_with_its_time_and_the_help_taken():
    words = attempt_markdown(ended(), "Kim", "en")
    assert "# Kubernetes basics: the life of a Deployment" in words
    assert "- Time spent: 13 min (estimate: 25 min)" in words
    assert "|✓|1. A room of your own|done|2:05|hints: 1|" in words.replace(" | ", "|").replace(
        "| ", "|"
    ).replace(" |", "|")
    assert "- A namespace groups objects that belong together, and is deleted as a whole." in words
    assert "나만의 공간 만들기" in attempt_markdown(ended(), "김", "ko")


def test_a_bonus_is_said_once():
    lab = load(own_labs() / "istio-install")
    of = summary(AttemptView(lab, AttemptState()))
    assert "Bonus: Grafana |" in attempt_markdown(of, "", "en")
    assert "보너스: Grafana |" in attempt_markdown(of, "", "ko")
    plain = replace(of.steps[-1], title={"en": "Prometheus", "ko": "Prometheus"})
    assert "Prometheus (bonus) |" in attempt_markdown(replace(of, steps=[plain]), "", "en")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", EXPORTS)
def test_what_others_wrote_is_text_in_every_format(name, language):
    words = EXPORTS[name].render(ended(), EVIL, language)
    if name != "json":
        assert "<script>alert" not in words or (name == "markdown" and "\\<script" in words)
    if name == "json":
        assert json.loads(words)["learner"] == EVIL


def test_the_certificate_is_a_picture_with_the_name_in_a_size_that_has_room():
    for learner in ("Kim", "남궁 민수", "A" * 80, "Rosa <R> & Söhne"):
        root = ET.fromstring(certificate(ended(), learner, "ko"))
        texts = {"".join(each.itertext()): each for each in root.iter("{http://www.w3.org/2000/svg}text")}
        assert learner in texts
        size = float(texts[learner].get("font-size", "0"))
        assert 12 <= size <= 58
        assert size * 0.6 * len(learner) <= 1123
    assert "2026-01-01" in certificate(ended(), "Kim", "en")
    page = certificate_page(ended(), "Kim", "en")
    assert "@page{size:A4 landscape" in page
    assert "<svg" in page
    assert "default-src 'none'" in page


def test_the_page_needs_nothing_from_anywhere():
    page = attempt_page(ended(), "", "en")
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("default-src", "").replace("style-src", "")
    assert "2:05" in page


def test_a_signature_is_of_this_installation_and_breaks_with_any_change(home, monkeypatch, tmp_path):
    document = json.loads(attempt_json(ended(), "김철수", "ko"))
    other = json.loads(attempt_json(ended(), "Lee", "en"))
    assert signer(document) == signer(other)
    assert (home / "signing-key.pem").stat().st_mode & 0o077 == 0
    for change in ({"learner": "Lee"}, {"seconds": 1}, {"extra": 1}, {"signature": None}, {"signature": {}}):
        with pytest.raises(NotSigned):
            signer({**document, **change})
    with pytest.raises(NotSigned):
        signer({name: value for name, value in document.items() if name != "steps"})
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "another"))
    assert signer(json.loads(attempt_json(ended(), "김철수", "ko"))) != signer(document)


def test_what_is_signed_has_one_spelling_whatever_the_order():
    assert signer(dict(reversed(signed({"a": 1, "b": "é"}).items()))) == signer(signed({"a": 1, "b": "é"}))


def test_a_file_gets_a_name_that_is_free(tmp_path):
    paths = [export("markdown", ended(), "", "en", tmp_path) for _ in range(3)]
    assert [path.name for path in paths] == [
        "labgate-kubernetes-basics-report.md",
        "labgate-kubernetes-basics-report-2.md",
        "labgate-kubernetes-basics-report-3.md",
    ]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    with pytest.raises(ExportProblem, match="can't be written"):
        export("markdown", ended(), "", "en", tmp_path / "none")


def test_where_the_folder_is_not_the_learners_their_home_is_taken(tmp_path, monkeypatch, home):
    monkeypatch.setenv("HOME", str(tmp_path))
    inside = home / "attempts"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert export_formats._folder() == tmp_path
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.chdir(own)
    assert export_formats._folder() == own
