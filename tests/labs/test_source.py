"""The bounds of what is read as YAML: a lab file is untrusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner.labs.lab_problems import Problem
from runner.labs.scalars import plain_value, surprise
from runner.labs.source import MOST_DEPTH, MOST_NODES, read_nodes
from runner.labs.yaml_nodes import List, Mapping, Scalar

FILE = Path("lab.yaml")


def messages(text: str) -> list[str]:
    problems: list[Problem] = []
    read_nodes(text, FILE, problems)
    return [problem.render().removeprefix("lab.yaml:") for problem in problems]


def test_places():
    problems: list[Problem] = []
    root = read_nodes("a:\n  - 실습: 1.20\n    b: c\n", FILE, problems)
    assert isinstance(root, Mapping) and not problems
    items = root.entries["a"][1]
    assert isinstance(items, List)
    first = items.items[0]
    assert isinstance(first, Mapping)
    place, value = first.entries["실습"]
    assert isinstance(value, Scalar)
    assert (place.line, place.col) == (2, 5)
    assert (value.place.line, value.place.col, value.value, value.text) == (2, 9, 1.2, "1.20")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("0", 0),
        ("1.20", 1.2),
        ("1.11.3", "1.11.3"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("", None),
        ("y", "y"),
        ("v1", "v1"),
        ("8080:80", "8080:80"),
        ("9" * 16, "9" * 16),
    ],
)
def test_what_an_unquoted_value_means(text, value):
    assert plain_value(text) == value
    assert type(plain_value(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "No", "ON", "off", "12:30:00", "22:22", "0755", "0o17", "0x1F", "0b1", "1_000"),
        *("1e3", ".5", "5.", ".inf", "-.inf", ".NaN", "2026-01-01", "2026-01-01T10:00:00Z", "9" * 16),
    ],
)
def test_surprises(text):
    assert surprise(text) is not None
    assert messages(f'a: "{text}"') == []
    assert len(messages(f"a: {text}")) == 1


@pytest.mark.parametrize(
    "text", ["1.11.3", "1.20", "y", "n", "v1", "-", "no way", "8080:80", "1.2.3-rc0", "+"]
)
def test_no_surprise(text):
    assert surprise(text) is None


def test_billion_laughs():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    [problem] = messages("\n".join(lines))
    assert f"too many values: at most {MOST_NODES} in a file" in problem


def test_depth():
    assert messages("[" * 5000) == [f"1:{MOST_DEPTH + 1}: nested too deeply: at most {MOST_DEPTH} levels"]
    nested = "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 60))
    assert "nested too deeply" in messages(f"a0: &a0 [x]\n{nested}")[0]


def test_an_alias_within_itself():
    assert messages("a: &a [*a]") == ["1:8: *a stands within itself"]


def test_an_alias_is_the_value_it_stands_for():
    problems: list[Problem] = []
    root = read_nodes("a: &x [1]\nb: *x\n&k c: 1\n*k : 2\n", FILE, problems)
    assert isinstance(root, Mapping)
    assert root.entries["a"][1] == root.entries["b"][1]
    assert [problem.render() for problem in problems] == [
        "lab.yaml:4:1: the key c is there twice, first in line 3"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: the file is empty: it must say what the lab is"),
        ("# nothing\n", "1:1: the file is empty: it must say what the lab is"),
        ("\ufeffa: 1", "1:1: the file begins with a byte order mark: save it as UTF-8 without BOM"),
        ("a: 1\nb: x\x00y\n", "2:5: a character that can't be seen (U+0000) does not belong here"),
        ("a: x\x1b[1m", "1:5: a character that can't be seen (U+001B) does not belong here"),
        ('a: "\\0"', "1:4: a control character (U+0000) can't be in a lab"),
        ('"a\\x07": 1', "1:1: a control character can't be in a key"),
        ("%YAML 1.1\n---\na: 1", "1:1: directives (%YAML, %TAG) are not read: leave the line out"),
        ("a: !x 1", "1:4: tags (!x) are not read: put text that begins with ! in quotes"),
        ("a: !!python/object:os.system [x]", "1:4: tags (tag:yaml.org,2002:python/object:os.system) are not "
         "read: put text that begins with ! in quotes"),
        ("a: [kubectl get {{x}} -o yaml]", "1:17: within brackets or braces, a text with {{…}} in it must be in quotes"),
        ("a: [1\nb: 2", "2:2: a comma or a closing bracket is missing; the bracket was opened in line 1"),
        ("a:\n  b: 1\n c: 2\n", "3:2: this does not fit what stands above: look at the indentation, and at "
         "quotes within quotes"),
        ("a: {{b}}", "1:5: a value that begins with { or [ must be in quotes"),
        ("? [a]\n: 1", "1:3: a value that begins with { or [ must be in quotes"),
    ],
)  # fmt: skip
def test_what_is_refused(text, problem):
    assert messages(text) == [problem]
