"""A lab's glossary: which files it is read from, and what is wrong with them, with the place."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from runner.authoring.json_schemas import glossary_schema
from runner.labs.glossary import Glossary
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load

LAB = """\
format: 1
title: {en: A lab, ko: 실습}
summary: {en: Short., ko: 짧게.}
minutes: 5
level: beginner
steps:
  - {id: one, title: {en: One, ko: 하나}, text: {en: A Pod., ko: 파드.}, run: [ls]}
"""
POD = "{en: The smallest thing that runs., ko: 실행되는 가장 작은 단위.}"


def lab_with(tmp_path: Path, own: str = "", course: str = "") -> Path:
    folder = tmp_path / "course" / "lab"
    folder.mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    for where, words in ((folder, own), (folder.parent, course)):
        if words:
            (where / "glossary.yaml").write_text(words)
    return folder


def term(name: str, definition: str = POD, more: str = "") -> str:
    return f"  - name: {name}\n    definition: {definition}\n{more}"


def glossary(*terms: str) -> str:
    return "format: 1\nterms:\n" + "".join(terms)


def problems(folder: Path) -> list[str]:
    with pytest.raises(LabErrors) as refused:
        load(folder)
    return [problem.render() for problem in refused.value.problems]


def test_a_lab_without_one_explains_nothing(tmp_path):
    assert load(lab_with(tmp_path)).glossary == Glossary()


def test_names_and_aliases_stand_for_a_term_in_each_language(tmp_path):
    words = glossary(term("{en: Pod, ko: 파드}", more="    aliases: [pods]\n"))
    found = load(lab_with(tmp_path, own=words)).glossary
    assert found.names("ko") == {"파드": "Pod", "pods": "Pod"}
    assert found.names("en") == {"Pod": "Pod", "pods": "Pod"}
    pod = found.term("Pod")
    assert pod is not None
    assert pod.definition["ko"] == "실행되는 가장 작은 단위."
    assert found.term("Service") is None


def test_a_lab_words_its_course_s_terms_anew(tmp_path):
    course = glossary(term("{en: Pod, ko: 파드}"), term("Kiali"))
    own = glossary(term("pod", "{en: Here something else., ko: 여기서는 다른 뜻.}"))
    found = load(lab_with(tmp_path, own=own, course=course)).glossary
    assert [each.key for each in found.terms] == ["pod", "Kiali"]


def test_a_file_of_that_name_above_that_is_something_else_is_left_alone(tmp_path):
    assert load(lab_with(tmp_path, course="- just\n- a list\n")).glossary == Glossary()
    assert load(lab_with(tmp_path / "b", course="words: {a: b}\n")).glossary == Glossary()


@pytest.mark.parametrize(
    ("words", "line", "said"),
    [
        (glossary(term("Pod", "{en: Only English.}")), 4, "the text is missing for: ko"),
        (glossary(term("Pod", "Words.", "    say: x\n")), 5, "unknown key: say"),
        (glossary(term("Pod"), term("pod")), 5, "the term is explained twice: pod"),
        (
            glossary(term("Pod"), term("Kiali", more="    aliases: [pod]\n")),
            7,
            "pod already stands for the term Pod",
        ),
        (glossary(term("Pod", more="    aliases: [Pod]\n")), 5, "this is a name of the term already: Pod"),
        ("format: 1\n", 1, "the key is missing: terms"),
        ("format: 2\nterms: []\n", 1, "this Labgate reads labs of format 1, not 2"),
        (glossary("  - name: Pod\n"), 3, "the key is missing: definition"),
        ("- Pod\n", 1, "a glossary has the keys format and terms"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, words, line, said):
    found = problems(lab_with(tmp_path, own=words))
    assert any(each.endswith(said) or f"{said} " in each for each in found), found
    assert any(f"glossary.yaml:{line}:" in each for each in found), found


def test_a_course_s_glossary_that_is_not_yaml_is_reported(tmp_path):
    broken = glossary(term("Pod")).replace("\n", "\n  a: b: c\n", 1) + "  a: b: c\n"
    found = problems(lab_with(tmp_path, course=broken))
    assert any("course/glossary.yaml:" in each for each in found), found


def test_a_course_s_glossary_is_held_to_the_same(tmp_path):
    found = problems(lab_with(tmp_path, course=glossary(term("Pod", "{en: Only English.}"))))
    assert any("course/glossary.yaml:4:" in each and "missing for: ko" in each for each in found), found


@pytest.mark.parametrize("file", sorted(Path("labs").glob("**/glossary.yaml")), ids=str)
def test_an_editor_finds_nothing_wrong_with_ours(file):
    jsonschema.validate(yaml.safe_load(file.read_text()), glossary_schema())


def test_our_own_labs_explain_their_terms():
    basics = load(Path("labs/kubernetes-basics")).glossary
    istio = load(Path("labs/istio-install")).glossary
    assert basics.names("ko")["서비스"] == "Service"
    assert "서비스" not in istio.names("ko")  # there it is a program
    assert len(istio.terms) >= 25
    for each in (*basics.terms, *istio.terms):
        assert each.definition.keys() == {"en", "ko"}
