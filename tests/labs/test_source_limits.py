"""Addresses, names and indexes of labs from elsewhere, each at the value where it is refused, and git that does not end."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runner.labs.lab_problems import LabErrors
from runner.labs.sources import git, index, kept, manage_sources, urls
from runner.labs.sources.kept import Checkout, Source, SourceProblem
from runner.words import phrase

HTTPS = "https://example.org/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "sources"


@pytest.mark.parametrize(
    ("fits", "too_long", "taken"),
    [
        (HTTPS.ljust(2000, "a"), HTTPS.ljust(2001, "a"), urls.checked),
        ("a" * 200, "a" * 201, urls.checked_ref),
    ],
)
def test_how_long_an_address_and_a_ref_may_be(fits: str, too_long: str, taken: Callable[[str], str]) -> None:
    assert taken(fits) == fits
    with pytest.raises(SourceProblem):
        taken(too_long)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a b:c",
        "host:a\nb",
        "https://h/a b",
        "https://h:99999/x",
        "https://h/",
        "ssh://h",
        "host:",
        "host",
        "https:///x",
    ],
)
def test_what_is_no_repositorys_address(url: str) -> None:
    with pytest.raises(SourceProblem):
        urls.checked(url)


@pytest.mark.parametrize(
    "url", ["https://[::1]/x", "ssh://me@[fe80::1]:22/x", "file:///x", "https://h:65535/x", "HTTPS://h/x"]
)
def test_what_is_one(url: str) -> None:
    assert urls.checked(url) == url


def test_a_long_address_is_not_told_in_full() -> None:
    with pytest.raises(SourceProblem) as caught:
        urls.checked("x" * 2001)
    assert caught.value.message.values["url"] == "x" * 200


@pytest.mark.parametrize(
    ("location", "is_git", "is_index"),
    [
        ("https://h/x", True, False),
        ("https://h/x.yaml", False, True),
        ("http://h/x.json", False, True),
        ("ssh://h/x.yml", True, False),
        ("HTTPS://h/X.YML", False, True),
        ("x.yaml", False, False),
        ("host:x", True, False),
        ("ext::sh", True, False),
        ("./x", False, False),
        ("https://h/x?y.yaml", True, False),
    ],
)
def test_what_an_address_is_of(location: str, is_git: bool, is_index: bool) -> None:
    assert (urls.is_git(location), urls.is_web_index(location)) == (is_git, is_index)


@pytest.mark.parametrize(
    ("location", "url", "ref"),
    [
        ("https://h/x@", "https://h/x@", ""),
        ("host:x@", "host:x@", ""),
        ("https://h/x@a@b", "https://h/x@a", "b"),
        ("file:///srv/x@v1", "file:///srv/x", "v1"),
        ("host:@x", "host:@x", ""),
    ],
)
def test_where_a_ref_is_not(location: str, url: str, ref: str) -> None:
    assert urls.with_ref(location, "") == (url, ref)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/a/" + "b" * 41, "b" * 40),
        ("/a/" + "b" * 39 + "--c", "b" * 39),
        ("/a/--B c--/", "b-c"),
        ("host:x.git", "x"),
        ("https://h/a:b?c", "a-b"),
        ("/a/b#c", "b-c"),
    ],
)
def test_the_name_of_a_source(location: str, name: str) -> None:
    assert urls.name_of(location) == name


@pytest.mark.parametrize(
    ("name", "fits"),
    [("a", True), ("a" * 40, True), ("a" * 41, False), ("a-", False), ("-a", False), ("", False)],
)
def test_which_names_a_source_may_have(name: str, fits: bool) -> None:
    assert (kept.NAME.fullmatch(name) is not None) is fits


# what is kept --------------------------------------------------------------------------------------------------


def test_sources_are_kept_as_they_are_and_for_oneself(home: Path) -> None:
    checkout = Checkout("a", HTTPS, "v1", "labs", "abc")
    sources = [
        Source("x", "git", HTTPS, "v1", "labs", (checkout,)),
        Source("y", "folder", "/y"),
        Source("z", "index", "/i", paths=("/p",)),
    ]
    with kept.changing():
        kept.save(sources)
    assert kept.known() == sources
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "lock").stat().st_mode) == 0o600
    assert [each.shelves for each in sources] == [[home / "x" / "a" / "labs"], [Path("/y")], [Path("/p")]]
    assert [kept.find(name) for name in "xyz"] == sources
    with pytest.raises(SourceProblem, match="There are: x, y, z"):
        kept.find("w")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1},
        {"location": 1},
        {"kind": 1},
        {"folder": "/etc"},
        {"folder": "../x"},
        {"paths": [1]},
        {"name": "x" * 41},
        {"other": 1},
    ],
)
def test_a_source_that_somebody_else_wrote_is_left_out(home: Path, wrong: dict[str, Any]) -> None:
    import json

    home.mkdir(parents=True)
    good: dict[str, Any] = {"name": "x", "kind": "git", "location": "y"}
    (home / "sources.json").write_text(json.dumps([good, {**good, **wrong}]))
    assert kept.known() == [Source("x", "git", "y")]


# indexes -------------------------------------------------------------------------------------------------------


def entries(number: int) -> str:
    return "\n".join(f"- {{name: x{each}, path: y}}" for each in range(number)) or "[]"


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (200, True), (201, False)])
def test_how_many_labs_an_index_may_have(tmp_path: Path, number: int, fits: bool) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(entries(number))
    if fits:
        assert len(index.of_file(file)) == number
        return
    with pytest.raises(LabErrors, match="an index has 1 to 200 labs"):
        index.of_file(file)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_how_large_an_index_may_be(serve_index: Callable[..., str], more: int, fits: bool) -> None:
    entry = b"- {name: mesh, git: 'https://example.org/x'}\n"
    url = serve_index(entry + b"#" * (1024 * 1024 - len(entry) + more))
    if fits:
        assert index.of_web(url) == [index.Entry("mesh", git="https://example.org/x")]
        return
    with pytest.raises(SourceProblem, match="too large, 1 MiB at most"):
        index.of_web(url)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{path: y}", "missing: name"),
        ("{name: X, path: y}", "a name has small letters, digits and dashes, 40 at most"),
        ("{name: x}", "a lab of an index has either git or path"),
        ("{name: x, path: y, git: 'https://h/x'}", "a lab of an index has either git or path"),
        ("{name: x, path: y, folder: /z}", "the folder is outside of the repository"),
        ("{name: x, path: y, folder: ../z}", "the folder is outside of the repository"),
        ("{name: x, git: 'ext::sh'}", "Labs are not fetched from this address"),
        ("{name: x, git: 'https://h/x', ref: -f}", "This can't be a branch, tag or commit"),
        ("{name: '', path: y}", "a text is wanted here"),
        ("x", "a lab of an index has keys"),
    ],
)
def test_what_is_wrong_with_an_entry(tmp_path: Path, entry: str, said: str) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(f"- {entry}\n")
    with pytest.raises(LabErrors) as caught:
        index.of_file(file)
    (problem,) = caught.value.problems
    assert said in problem.render()


# git -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (subprocess.TimeoutExpired("git", 300), f"git was not done after 300 s: {HTTPS}x"),
        (
            subprocess.CompletedProcess("git", 1, b"", b" one\n\n two\nthree\nfour\n"),
            f"git can't fetch {HTTPS}x: one / two / three",
        ),
        (subprocess.CompletedProcess("git", 128, b"", b" \n"), f"git can't fetch {HTTPS}x: 128"),
        (subprocess.CompletedProcess("git", 1, b"", b"x" * 501), f"git can't fetch {HTTPS}x: " + "x" * 500),
        (PermissionError(13, "Permission denied"), "can't be written"),
    ],
)
def test_git_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: Any, said: str
) -> None:
    asked: list[dict[str, Any]] = []

    def run(arguments: list[str], **options: Any) -> Any:
        asked.append(options)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/git")
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(SourceProblem) as caught:
        git.fetch(f"{HTTPS}x", "", tmp_path / "new")
    assert said in caught.value.message.render()
    assert not (tmp_path / "new").exists()
    assert (asked[0]["timeout"], asked[0]["check"], asked[0]["stdin"]) == (300.0, False, subprocess.DEVNULL)
    ours = {
        name: asked[0]["env"][name]
        for name in ("GIT_TERMINAL_PROMPT", "GIT_LFS_SKIP_SMUDGE", "GIT_ALLOW_PROTOCOL")
    }
    assert ours == {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    }
    assert set(asked[0]["env"]) <= {*os.environ, *ours, "LC_ALL"}


@pytest.mark.parametrize(("dead", "said"), [("ab", "a is dead"), ("b", ""), ("a", "")])
def test_of_an_index_without_a_lab_the_first_reason_is_told(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, dead: str, said: str
) -> None:
    def fetch(url: str, ref: str, into: Path) -> str:
        name = url[-1]
        if name in dead:
            raise SourceProblem(phrase("{name} is dead", name=name))
        into.mkdir(parents=True)
        (into / "lab.yaml").touch()
        return "abc"

    monkeypatch.setattr(manage_sources, "fetch", fetch)
    file = tmp_path / "all.yaml"
    file.write_text("".join(f"- {{name: {each}, git: 'https://h/{each}'}}\n" for each in "ab"))
    if said:
        with pytest.raises(SourceProblem, match=f"^{said}$"):
            manage_sources.add(str(file))
        assert (kept.known(), (home / "all").exists()) == ([], False)
        return
    changed = manage_sources.add(str(file))
    assert [each.render() for each in changed.problems] == [f"{each} is dead" for each in dead]
    assert [each.name for each in changed.source.checkouts] == [each for each in "ab" if each not in dead]
    assert kept.known() == [changed.source]
