"""Values of a release, as helm reads them from files and the command line."""

from __future__ import annotations

import pytest

from runner.practice.helm.chart_values import LARGEST, given_values, merged_values
from runner.practice.helm.helm_error import HelmError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1", {"a": 1}),
        ("a=-1,b=01", {"a": -1, "b": "01"}),
        ("a=true,b=False", {"a": True, "b": "False"}),
        ("a=null", {"a": None}),
        ("a=", {"a": ""}),
        ("a.b.c=x", {"a": {"b": {"c": "x"}}}),
        ("a.b=1,a.c=2", {"a": {"b": 1, "c": 2}}),
        (r"a.b\.c/d=x", {"a": {"b.c/d": "x"}}),
        (r"a=x\,y", {"a": "x,y"}),
        ("a={x,1}", {"a": ["x", 1]}),
        ("a={}", {"a": []}),
        ("a[0].b=x,a[1].b=y", {"a": [{"b": "x"}, {"b": "y"}]}),
        ("a[1]=x", {"a": [{}, "x"]}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_what_is_set_on_the_command_line(text, values):
    assert given_values([], [text], []) == values


def test_text_stays_text():
    assert given_values([], [], ["a=1,b=true"]) == {"a": "1", "b": "true"}


@pytest.mark.parametrize("text", ["a", "=1", "a[x]=1", "a[100000]=1"])
def test_what_can_not_be_set(text):
    with pytest.raises(HelmError, match="failed parsing --set data"):
        given_values([], [text], [])


def test_files_are_under_what_is_set(tmp_path):
    (tmp_path / "one.yaml").write_text("a: {b: 1, c: 2}\n")
    (tmp_path / "two.yaml").write_text("a: {c: 3}\n")
    files = [str(tmp_path / name) for name in ("one.yaml", "two.yaml")]
    assert given_values(files, ["a.b=4"], []) == {"a": {"b": 4, "c": 3}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file or directory"),
        (b"[1]", "a map of values is expected"),
        (b"a: [", "failed to parse"),
        (b"\xff\xfe\x00", "open|failed to parse"),
        (b"#" * (LARGEST + 1), "larger than"),
        (b"[" * 5000, "failed to parse"),
    ],
    ids=["missing", "list", "broken", "binary", "large", "deep"],
)
def test_files_that_are_no_values(tmp_path, content, message):
    file = tmp_path / "values.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(HelmError, match=message):
        given_values([str(file)], [], [])


def test_null_takes_a_value_away_and_maps_are_merged():
    under = {"a": {"b": 1, "c": 2}, "d": [1, 2]}
    assert merged_values(under, {"a": {"b": None}, "d": [3]}) == {"a": {"c": 2}, "d": [3]}
    assert under == {"a": {"b": 1, "c": 2}, "d": [1, 2]}
