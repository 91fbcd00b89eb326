"""The small parts that read a lab, each at the value where its answer turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.labs import library, prerequisites
from runner.labs.lab_problems import (
    MOST_COMPARED,
    MOST_KEPT,
    MOST_REPORTED,
    LabErrors,
    Problem,
    add,
    first_of,
    nearest,
    nearest_name,
)
from runner.labs.lab_rules import broken_rules
from runner.labs.lab_variables import default_of, machine
from runner.labs.languages import _files, _languages, _names_files
from runner.labs.load import load, shown
from runner.labs.model import Variable
from runner.labs.scalars import plain_value, surprise
from runner.labs.shape import TextAt
from runner.labs.source import MOST_DEPTH, read_nodes
from runner.labs.text import escaped, substituted, unknown_variables
from runner.labs.verdicts import in_words, is_echo, path_of
from runner.labs.yaml_errors import syntax_problem
from runner.labs.yaml_nodes import Place, locate
from runner.words import phrase

FILE = Path("lab.yaml")


# problems ------------------------------------------------------------------------------------------------------


def problem(line: int | None = None, col: int | None = None, words: str = "x", **more: Any) -> Problem:
    return Problem(FILE, line, col, phrase("{words}", words=words), **more)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (problem(), "lab.yaml: x"),
        (problem(2), "lab.yaml:2: x"),
        (problem(2, 3), "lab.yaml:2:3: x"),
        (problem(2, 3, hint=phrase("y")), "lab.yaml:2:3: x (y)"),
        (problem(2, 3, rule="r"), "lab.yaml:2:3: x [r]"),
        (problem(2, 3, hint=phrase("y"), rule="r"), "lab.yaml:2:3: x (y) [r]"),
        (problem(words="x" * 200), "lab.yaml: " + "x" * 200),
        (problem(words="x" * 201), "lab.yaml: " + "x" * 200 + "…"),
    ],
)
def test_a_problem_in_one_line(made: Problem, said: str) -> None:
    assert made.render() == said


@pytest.mark.parametrize(
    ("number", "told", "more"),
    [
        (MOST_REPORTED, MOST_REPORTED, None),
        (MOST_REPORTED + 1, MOST_REPORTED, "lab.yaml: … and 1 more"),
        (MOST_KEPT - 1, MOST_REPORTED, "lab.yaml: … and 899 more"),
        (MOST_KEPT, MOST_REPORTED, "lab.yaml: … and 900+ more"),
    ],
)
def test_of_many_problems_the_first_are_told(number: int, told: int, more: str | None) -> None:
    problems: list[Problem] = []
    for line in range(number, 0, -1):
        add(problems, problem(line))
        problems.append(problems[-1])  # each is told once
        problems.pop()
    found = first_of([*problems, problems[0]])
    assert [each.line for each in found[:told]] == list(range(1, told + 1))
    assert [each.render() for each in found[told:]] == ([more] if more else [])


def test_no_more_problems_are_kept_than_are_counted() -> None:
    problems: list[Problem] = []
    for line in range(MOST_KEPT + 2):
        add(problems, problem(line))
    assert len(problems) == MOST_KEPT
    assert [each.line for each in first_of([problem(1), problem(), problem(None, 3), problem(1, 2)])] == [
        None, None, 1, 1,
    ]  # fmt: skip
    assert [each.col for each in LabErrors([problem(1, 2), problem(1), problem()]).problems] == [
        None,
        None,
        2,
    ]


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("depl", ["deployment"], None),
        ("DEPLOY_MENT", ["deployment"], "deployment"),
        ("not-contains", ["not_contains"], "not_contains"),
        ("x" * 100, ["x" * 100], "x" * 100),
        ("x" * 101, ["x" * 100], None),
        ("abc", ["zzzz"] * (MOST_COMPARED - 1) + ["abc"], "abc"),
        ("abc", ["zzzz"] * MOST_COMPARED + ["abc"], None),
    ],
)
def test_what_a_mistyped_name_stands_for(name: str, known: list[str], meant: str | None) -> None:
    assert nearest_name(name, known) == meant
    hint = nearest(name, known)
    assert (hint.render() if hint else None) == (f"did you mean {meant}?" if meant else None)


def test_how_near_a_name_must_be() -> None:
    assert nearest_name("abcde", ["abxyz"], cutoff=0.4) == "abxyz"
    assert nearest_name("abcde", ["abxyz"]) is None
    assert nearest_name("abcde", ["abcxy"]) == "abcxy"


# rules, variables ----------------------------------------------------------------------------------------------


def test_rules_of_what_is_no_lab_are_not_broken() -> None:
    assert list(broken_rules([], "x")) == []
    assert list(broken_rules({"steps": "x", "cleanup": []}, "x")) == []
    broken = {
        "steps": [1, {"id": 2}, {"id": 2}, {"id": "a", "checks": 3}],
        "cleanup": {"checks": [{"quiz": "?"}]},
    }
    assert list(broken_rules(broken, "x")) == []


def test_ids_of_questions_are_unique_in_the_whole_lab() -> None:
    ask = {"quiz": "?", "id": "q"}
    data = {"steps": [{"id": "q", "checks": [ask]}], "cleanup": {"checks": [{"pods": 1}, ask]}}
    assert [path for path, _ in broken_rules(data, "x")] == [("cleanup", "checks", 1, "id")]


@pytest.mark.parametrize(
    ("written", "at", "value"),
    [
        ({}, "arm64", None),
        ({"default": "a"}, "arm64", "a"),
        ({"default": ""}, "arm64", ""),
        ({"choices": ["a", "b"]}, "arm64", "a"),
        ({"choices": ["a", "b"], "default": "b"}, "arm64", "b"),
        ({"from": "machine"}, "arm64", "arm64"),
        ({"from": "machine", "default": "a"}, "arm64", "arm64"),
        ({"from": "machine", "default": "a"}, "", "a"),
        ({"from": "machine", "pattern": ".*", "default": "a"}, "", "a"),
        ({"from": "machine"}, "", None),
        ({"from": "machine", "choices": ["a", "b"]}, "arm64", "a"),
    ],
)
def test_the_value_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, written: dict[str, Any], at: str, value: str | None
) -> None:
    monkeypatch.setattr("platform.machine", lambda: at)
    assert machine() == at
    assert default_of(Variable.model_validate(written)) == value


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"replicas": "a\nb"}, "the value of replicas is too long, or has characters that can't be seen"),
        ({"replicas": "a" * 251}, "the value of replicas is too long, or has characters that can't be seen"),
        ({"replicas": ""}, "'' is not a value of replicas: without a pattern of its own it may have"),
        ({"istio_version": ""}, "'' is not a value of istio_version; all of it must match"),
        ({"colour": "red"}, "(one of: istio_version, replicas)"),
    ],
)
def test_what_is_said_of_a_value(lab: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(LabErrors) as caught:
        load(lab, given)
    assert said in caught.value.problems[0].render()
    assert len(caught.value.problems) == 1


# values and characters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1" * 15, False),
        ("1" * 16, True),
        ("1" * 200, True),
        ("1" * 201, False),
        ("1." + "1" * 15, False),
        ("1." + "1" * 16, True),
    ],
)
def test_how_long_a_number_may_be(text: str, told: bool) -> None:
    assert (surprise(text) is not None) is told
    assert isinstance(plain_value(text), str) is (told or len(text) > 200)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("x", 1),
        ("x" * 255, 1),
        ("x" * 256, 2),
        ("[x, x]", 3),
        ("a: x", 2),
        ("a: &a [1, 2]\nb: *a", 7),
        ("a: &a " + "x" * 256 + "\nb: *a", 5),
        ("[*a]", 2),
    ],
)
def test_how_many_values_are_counted(text: str, most: int) -> None:
    problems: list[Problem] = []
    assert read_nodes(text, FILE, problems, most) is not None
    assert read_nodes(text, FILE, problems, most - 1) is None
    assert problems[-1].message.render() == f"too many values: at most {most - 1} in a file"


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("[" * MOST_DEPTH + "]" * MOST_DEPTH, True),
        ("[" * (MOST_DEPTH + 1) + "]" * (MOST_DEPTH + 1), False),
        ("a: &a " + "[" * (MOST_DEPTH - 2) + "]" * (MOST_DEPTH - 2) + "\nb: [*a]", True),
        ("a: &a " + "[" * (MOST_DEPTH - 1) + "]" * (MOST_DEPTH - 1) + "\nb: [*a]", False),
        ("a: &a " + "[" * (MOST_DEPTH - 1) + "]" * (MOST_DEPTH - 1) + "\nb: *a", True),
        ("a: &a " + "[x, " * (MOST_DEPTH - 1) + "x" + "]" * (MOST_DEPTH - 1) + "\nb: [*a]", False),
    ],
)
def test_how_deep_values_may_be(text: str, fits: bool) -> None:
    problems: list[Problem] = []
    assert (read_nodes(text, FILE, problems) is not None) is fits
    assert [each.message.render() for each in problems] == (
        [] if fits else [f"nested too deeply: at most {MOST_DEPTH} levels"]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: \ufeff", "1:4: a character that can't be seen (U+FEFF) does not belong here"),
        ("%TAG ! x:\n---\na: 1", "1:1: directives (%YAML, %TAG) are not read: leave the line out"),
        ("~: 1", "1:1: the key ~ is not text to YAML: put it in quotes"),
        (
            ": 1",
            "1:1: this does not fit what stands above: look at the indentation, and at quotes within quotes",
        ),
        ("?\n: 1", "1:2: the key ? is not text to YAML: put it in quotes"),
        ("true: 1", "1:1: the key true is not text to YAML: put it in quotes"),
        ("'true': 1", ""),
        ("1: 1", ""),
        ("'<<': 1", ""),
        ("a: 'yes'", ""),
        ("a: |\n  yes", ""),
        ("a: b\r\nc: d\r\n", ""),
        ("a: b\rc", "1:5: a character that can't be seen (U+000D) does not belong here"),
        ("a: 1\n---\n", "2:1: a second document begins here (---): a lab is one document"),
        ("---\na: 1", ""),
        ("&a b: 1\n*a : 2", "2:1: the key b is there twice, first in line 1"),
        ("a: &x true\n*x : 2", ""),
        ("&x a: 1\nb: *x", ""),
        ("'", "1:1: the quote that is opened here is not closed as it should be"),
        ("a: 1\nb: 'x\n\n", "2:4: the quote that is opened here is not closed as it should be"),
        ("a: [\n", "1:4: a comma or a closing bracket is missing; the bracket was opened in line 1"),
        (
            "a: 1\nb: [x\nc: {{x}}\n",
            "3:2: a comma or a closing bracket is missing; the bracket was opened in line 2",
        ),
        ("a: [", "1:4: a comma or a closing bracket is missing; the bracket was opened in line 1"),
        (
            "a:\n  b: {x: [1,\n\n",
            "2:10: a comma or a closing bracket is missing; the bracket was opened in line 2",
        ),
        ("a: [\n  b,, c]", "2:5: a value is missing before ,; the bracket was opened in line 1"),
        ("a: {b: [}", "1:9: a comma or a closing bracket is missing; the bracket was opened in line 1"),
        ("a: [{b: c ]", "1:11: a comma or a closing bracket is missing; the bracket was opened in line 1"),
        (
            "a: [b {{x}} y, {c}} ]",
            "1:7: within brackets or braces, a text with {{…}} in it must be in quotes",
        ),
        ("a\nb: 1", "2:2: a colon and a space within a text: put the whole text in quotes"),
        (
            "a: 1\nb\n",
            "2:1: a key without its colon, or a text that goes on in a second line: put it in quotes",
        ),
        (
            "a:\n  - b\n c",
            "3:2: this does not fit what stands above: look at the indentation, and at quotes within quotes",
        ),
        ("a:\n\t- b", "2:1: a tab: YAML is indented with spaces"),
        ("a: `b", "1:4: a text can't begin with `: put it in quotes"),
    ],
)
def test_what_is_said_of_a_text(text: str, said: str) -> None:
    problems: list[Problem] = []
    read_nodes(text, FILE, problems)
    assert [each.render() for each in problems] == ([f"lab.yaml:{said}"] if said else [])


def test_what_the_parser_says_without_a_place_or_in_words_of_its_own() -> None:
    assert syntax_problem(yaml.YAMLError("odd\n thing"), "a", FILE) == Problem(
        FILE, None, None, phrase("not YAML: {reason}", reason="odd thing")
    )
    mark = yaml.Mark("x", 0, 0, 2, None, 0)
    odd = yaml.MarkedYAMLError(problem="an odd thing", problem_mark=mark)
    assert syntax_problem(odd, "a\nb\nc", FILE).render() == "lab.yaml:1:3: not YAML: an odd thing"
    beyond = yaml.MarkedYAMLError(problem="an odd thing", problem_mark=yaml.Mark("x", 0, 3, 2, None, 0))
    assert syntax_problem(beyond, "a\nb\nc", FILE).render() == "lab.yaml:3:1: not YAML: an odd thing"
    assert syntax_problem(beyond, "", FILE).render() == "lab.yaml:1:1: not YAML: an odd thing"


def test_where_a_value_is() -> None:
    root = read_nodes("a:\n  - b: c\n  - d\n", FILE, [])
    assert root is not None
    assert locate(root, ()) == Place(1, 1)
    assert locate(root, ("a", 0, "b")) == Place(2, 8)
    assert locate(root, ("a", 0, "b"), key=True) == Place(2, 5)
    assert locate(root, ("a", 1), key=True) == Place(3, 5)
    assert locate(root, ("a", 2)) == Place(2, 3)
    assert locate(root, ("a", "b")) == Place(2, 3)
    assert locate(root, ("x", "y")) == Place(1, 1)


# texts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "as_it_is", "with_values"),
    [
        ("plain { }", "plain { }", "plain { }"),
        ("{{a}} {{ b }}", r"\{{a}} \{{ b }}", "1 {{ b }}"),
        (r"\{{a}}", r"\\{{a}}", "{{a}}"),
        ("{{.a}} {{range a}}", "{{.a}} {{range a}}", "{{.a}} {{range a}}"),
    ],
)
def test_variables_in_a_text(text: str, as_it_is: str, with_values: str) -> None:
    assert substituted(text, {"a": "1"}) == with_values
    assert escaped(text) == as_it_is
    assert substituted(as_it_is, {"a": "1"}) == text


def test_the_variables_that_nobody_declared() -> None:
    assert list(unknown_variables("{{a}} {{b}} \\{{c}} {{ d }}", {"a": 1})) == [(6, "b"), (19, "d")]
    assert list(unknown_variables("{a}", {})) == []


def at(**by_language: str) -> TextAt:
    return TextAt((), Place(1, 1), by_language or None, frozenset(by_language), "", False)


def test_the_languages_of_a_lab_are_those_of_half_of_its_texts() -> None:
    assert _languages([at(en="a", ko="b"), at(en="a")]) == ["en", "ko"]
    assert _languages([at(en="a", ko="b"), at(en="a"), at(en="a")]) == ["en"]
    assert _languages([at(en="a", ko="b"), at(), at()]) == ["en", "ko"]
    assert _languages([at(English="a", pt_BR="b")]) == []
    assert _languages([]) == []


def test_the_files_of_a_text() -> None:
    assert _files(
        ["a.en.md", "a.ko.md", "b.en.md", "a.md", "a.xyz1.md", "a.en.txt", "aa.en.md"], "text/a"
    ) == ["en", "ko"]
    assert (_names_files("text/a"), _names_files("a b"), _names_files("")) == (True, False, False)


# what models say -----------------------------------------------------------------------------------------------

DATA = {"steps": [{"checks": [{"namespace": "A"}, {"service": {"service": 1}}]}], "tools": {"service": ["x"]}}


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        ((), ()),
        (("steps", 0, "checks", 0, "namespace", "namespace"), ("steps", 0, "checks", 0, "namespace")),
        (("steps", 0, "checks", 0, "namespace", "labels"), ("steps", 0, "checks", 0)),
        (
            ("steps", 0, "checks", 1, "service", "service", "service"),
            ("steps", 0, "checks", 1, "service", "service"),
        ),
        (("steps", 1), ("steps",)),
        (("steps", "x"), ("steps",)),
        (("tools", "service", 0), ("tools", "service", 0)),
        (("steps", 0, "dict[str,str]", "checks"), ("steps", 0, "checks")),
    ],
)
def test_where_an_error_is_in_the_file(loc: tuple[str | int, ...], path: tuple[str | int, ...]) -> None:
    assert path_of(loc, DATA) == path


def test_the_type_of_a_check_is_left_out_at_its_place_only() -> None:
    assert path_of(("checks", 0, "namespace", "namespace"), {"checks": [{"namespace": "A"}]}) == (
        "checks",
        0,
        "namespace",
    )
    within = {"checks": [{"service": {"service": 1}}]}
    assert path_of(("checks", 0, "service", "service"), within) == ("checks", 0, "service")
    assert path_of(("namespace", "namespace"), {"namespace": {"namespace": 1}}) == ("namespace", "namespace")


@pytest.mark.parametrize(
    ("error", "path", "broken", "echo"),
    [
        ({"type": "x", "loc": ("a",)}, ("a",), set(), False),
        ({"type": "x", "loc": ("a",)}, ("a",), {("a",)}, True),
        ({"type": "missing", "loc": ("a", "b")}, ("a",), {("a", "b")}, True),
        ({"type": "x", "loc": ("a", "b")}, ("a", "b"), {("a",)}, True),
        ({"type": "x", "loc": ("a",)}, ("a",), {("a", "b")}, False),
        ({"type": "x", "loc": ("a",)}, ("a",), {()}, True),
        ({"type": "too_short", "loc": ("a",), "input": [1], "ctx": {"min_length": 1}}, ("a",), set(), True),
        ({"type": "too_short", "loc": ("a",), "input": [], "ctx": {"min_length": 1}}, ("a",), set(), False),
        ({"type": "too_short", "loc": ("a",), "input": "xx", "ctx": {"min_length": 1}}, ("a",), set(), False),
        ({"type": "too_long", "loc": ("a",), "input": [1], "ctx": {"min_length": 1}}, ("a",), set(), False),
    ],
)
def test_what_is_but_an_echo(error: Any, path: tuple[str, ...], broken: set[Any], echo: bool) -> None:
    assert is_echo(error, path, broken) is echo


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            {"type": "string_pattern_mismatch", "input": "x" * 80, "ctx": {"pattern": "^y$"}},
            "x" * 80 + " does not fit; wanted: ^y$",
        ),
        (
            {"type": "string_pattern_mismatch", "input": "x" * 81, "ctx": {"pattern": "^y$"}},
            "x" * 79 + "… does not fit; wanted: ^y$",
        ),
        ({"type": "string_too_short", "ctx": {}}, "the text is empty"),
        ({"type": "string_too_long", "ctx": {"max_length": 3}}, "the text is too long: at most 3 characters"),
        ({"type": "greater_than_equal", "input": 0, "ctx": {"ge": 1}}, "too small: 0; at least 1"),
        ({"type": "greater_than", "input": 0, "ctx": {"gt": 0.0}}, "too small: 0; more than 0"),
        ({"type": "less_than_equal", "input": 9, "ctx": {"le": 8.0}}, "too large: 9; at most 8"),
        ({"type": "too_short", "ctx": {"min_length": 1}}, "too few; at least 1"),
        ({"type": "too_long", "ctx": {"max_length": 20}}, "too many; at most 20"),
        ({"type": "other", "msg": "odd"}, "not as it must be: odd"),
        (
            {"type": "key_name", "ctx": {"key": "entr", "name": "enter", "parts": "[ent, r]"}},
            "entr is no key's name: did you mean enter? To have these letters typed, write them in two: [ent, r]",
        ),
        ({"type": "jmespath", "ctx": {"reason": phrase("why")}}, "not a JMESPath expression: why"),
    ],
)
def test_what_the_models_say_in_words(error: Any, said: str) -> None:
    assert in_words({"msg": "", **error}).render() == said


# where labs are ------------------------------------------------------------------------------------------------


def test_a_folder_is_shown_relative_to_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a") == Path("a")
    assert shown(Path("a/b")) == Path("a/b")
    assert shown(tmp_path.parent / "elsewhere") == tmp_path.parent / "elsewhere"


def test_how_deep_labs_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("top", "1/two", "1/2/three", "1/2/3/four", ".hidden/lab", "1/two/within"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "lab.yaml").touch()
    names = [each.name for each in library.labs_near(tmp_path)]
    assert names == ["three", "two", "top"]
    assert library.labs_near(tmp_path / "top") == [tmp_path / "top"]
    assert library.labs_near(tmp_path / "nowhere") == []
    monkeypatch.setattr(library, "MOST_FOLDERS", 3)
    assert [each.name for each in library.labs_near(tmp_path)] == []
    monkeypatch.setattr(library, "MOST_FOLDERS", 5)
    assert [each.name for each in library.labs_near(tmp_path)] == ["three"]
    monkeypatch.setattr(library, "MOST_FOLDERS", 100)
    monkeypatch.setattr(library, "MOST_OF_A_SHELF", 2)
    assert [each.name for each in library.labs_near(tmp_path)] == ["three", "two"]


def test_so_many_labs_come_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab: Path
) -> None:
    monkeypatch.setattr(prerequisites, "MOST", 2)
    plain = (lab / "lab.yaml").read_text()
    before = ["", "one", "two", "three"]
    for name, after in zip(("one", "two", "three", "four"), before, strict=True):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "lab.yaml").write_text(
            plain.replace("after: another-lab\n", f"after: {after}\n" if after else "").replace(
                "text: text/first", 'text: {en: "a b", ko: "a b"}'
            )
        )
    assert [each.id for each in prerequisites.earlier(load(tmp_path / "three"))] == ["one", "two"]
    with pytest.raises(prerequisites.EarlierProblem, match="in a circle: four → three → two → one"):
        prerequisites.earlier(load(tmp_path / "four"))
    assert prerequisites.nearest_to("thre", tmp_path / "one") == "three"
    assert prerequisites.nearest_to("istio-instal", tmp_path / "one") == "istio-install"
    assert prerequisites.nearest_to("zzzzzzzz", tmp_path / "one") is None
