"""Where labs come from besides Labgate's own: addresses, repositories, indexes, and what is kept of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.sources import index, kept, manage_sources, urls
from runner.labs.sources.git import fetch
from runner.labs.sources.kept import SourceProblem
from runner.labs.sources.manage_sources import Changed

LAB = """\
format: 1
title: Mine
summary: A lab.
minutes: 5
level: beginner
steps:
  - {id: one, title: One, text: "Just read. ", run: [echo WORDS]}
"""
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in {
        "AUTHOR_NAME": "a",
        "AUTHOR_EMAIL": "a@b",
        "COMMITTER_NAME": "a",
        "COMMITTER_EMAIL": "a@b",
    }.items():
        monkeypatch.setenv(f"GIT_{name}", value)
    monkeypatch.delenv("LABGATE_LABS", raising=False)
    return tmp_path / "home"


def put_lab(folder: Path, words: str = "hello") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lab.yaml").write_text(LAB.replace("WORDS", words))
    return folder


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main", str(folder))
        self.url = f"file://{folder}"

    def git(self, *arguments: str) -> str:
        where = ["-C", str(self.folder)] if self.folder.exists() else []
        done = subprocess.run(["git", *where, *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, words: str, at: str = "labs/mine") -> str:
        put_lab(self.folder / at, words)
        self.git("add", "-A")
        self.git("commit", "-qm", words)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


def ids() -> dict[str, library.LabEntry]:
    return {entry.id: entry for entry in library.available()}


# addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/team/labs.git",
        "https://me@example.org:8443/labs",
        "ssh://git@example.org:2222/labs.git",
        "git@example.org:team/labs.git",
        "example.org:labs",
        "file:///srv/labs.git",
    ],
)
def test_addresses_that_are_taken(url: str) -> None:
    assert urls.is_git(url)
    assert urls.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% /tmp/x",
        "ext::sh",
        "fd::17",
        "https::https://example.org/x",
        "--upload-pack=touch x",
        "-oProxyCommand=x:y",
        "ssh://-oProxyCommand=touch/x",
        "ssh://git@-oProxyCommand=touch/x",
        "ssh://-l@example.org/x",
        "git@-oProxyCommand=x:y",
        "git@example.org:-x",
        "ssh://example.org/-x",
        "http://example.org/x.git",
        "git://example.org/x",
        "ftp://example.org/x",
        "https://me:secret@example.org/x",
        "https://example.org",
        "https://[::1/x",
        "https://example.org:port/x",
        "https://exa mple.org/x",
        "https://example.org/x\n",
        "https://example.org/\x1b[2J",
        "",
        "x" * 3000,
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(SourceProblem):
        urls.checked(url)


def test_a_password_is_not_reported_again() -> None:
    with pytest.raises(SourceProblem) as caught:
        urls.checked("https://me:secret@example.org/x")
    assert "secret" not in caught.value.message.render()


@pytest.mark.parametrize(
    ("location", "url", "ref"),
    [
        ("https://example.org/labs.git@v1.2", "https://example.org/labs.git", "v1.2"),
        ("https://example.org/labs@feature/x", "https://example.org/labs", "feature/x"),
        ("https://me@example.org/labs", "https://me@example.org/labs", ""),
        ("git@example.org:labs", "git@example.org:labs", ""),
        ("git@example.org:labs@main", "git@example.org:labs", "main"),
        ("https://example.org/@team/labs", "https://example.org/@team/labs", ""),
    ],
)
def test_what_stands_behind_an_at_sign_is_the_ref(location: str, url: str, ref: str) -> None:
    assert urls.with_ref(location, "") == (url, ref)


@pytest.mark.parametrize(
    "ref", ["-f", "--upload-pack=x", "a..b", "a b", "a:b", "+x", "x.lock", "/x", "x/", "a//b", "@{1}"]
)
def test_refs_that_are_refused(ref: str) -> None:
    with pytest.raises(SourceProblem, match="branch, tag or commit"):
        urls.with_ref("https://example.org/x", ref)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://example.org/team/Mesh_Labs.git", "mesh-labs"),
        ("git@example.org:team/labs.git", "labs"),
        ("/home/me/course", "course"),
        ("https://example.org/all.yaml", "all"),
        ("/", ""),
    ],
)
def test_a_source_is_called_by_its_last_part(location: str, name: str) -> None:
    assert urls.name_of(location) == name


# folders -----------------------------------------------------------------------------------------------------


def test_a_folder_with_many_labs_is_always_as_it_is(tmp_path: Path) -> None:
    put_lab(tmp_path / "course" / "one")
    put_lab(tmp_path / "course" / "part" / "two")
    manage_sources.add(str(tmp_path / "course"))
    assert {"one", "two"} <= set(ids())
    assert ids()["one"].source == "course"
    assert not ids()["one"].built_in
    put_lab(tmp_path / "course" / "three")
    assert "three" in ids()
    manage_sources.remove("course")
    assert "one" not in ids()
    assert (tmp_path / "course" / "one").is_dir()


@pytest.mark.parametrize("named", ["", "/lab.yaml"])
def test_a_folder_that_is_one_lab(tmp_path: Path, named: str) -> None:
    folder = put_lab(tmp_path / "solo")
    manage_sources.add(f"{folder}{named}")
    assert ids()["solo"].path == folder


def test_what_is_no_source_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for location, expected in (
        (tmp_path / "empty", "There is no lab here"),
        (tmp_path / "none", "There is nothing here"),
    ):
        with pytest.raises(SourceProblem, match=expected):
            manage_sources.add(str(location))
    assert kept.known() == []


def test_names_that_clash_are_reported_and_the_others_are_found_by_their_full_name(tmp_path: Path) -> None:
    mine = put_lab(tmp_path / "course" / "istio-install")
    manage_sources.add(str(tmp_path / "course"))
    assert ids()["istio-install"].built_in
    assert [entry.full_name for entry in library.hidden()] == ["course/istio-install"]
    assert library.find("course/istio-install") == mine
    with pytest.raises(SourceProblem, match="already, as course"):
        manage_sources.add(str(tmp_path / "course"), name="again")
    put_lab(tmp_path / "other" / "course" / "two")
    with pytest.raises(SourceProblem, match="a source of this name already: course"):
        manage_sources.add(str(tmp_path / "other" / "course"))
    manage_sources.add(str(tmp_path / "other" / "course"), name="other")


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "-x", "UP", "x" * 41])
def test_names_that_can_not_be(tmp_path: Path, name: str) -> None:
    put_lab(tmp_path / "one")
    with pytest.raises(SourceProblem, match="A source's name has"):
        manage_sources.add(str(tmp_path / "one"), name=name)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "{}",
        "[1]",
        '[{"name": "x"}]',
        '[{"name": "../x", "kind": "git", "location": "x"}]',
        '[{"name": "x", "kind": "git", "location": "x", "checkouts": [{"name": "../..", "url": "x"}]}]',
        '[{"name": "x", "kind": "git", "location": "x", "checkouts": [{"name": "a", "url": "x", "folder": "/etc"}]}]',
        '[{"name": "x", "kind": "git", "location": 5}]',
    ],
)
def test_a_list_of_sources_that_makes_no_sense_is_left_out(home: Path, content: str) -> None:
    (home / "sources").mkdir(parents=True)
    (home / "sources" / "sources.json").write_text(content)
    assert kept.known() == []
    assert "istio-install" in ids()


# repositories ------------------------------------------------------------------------------------------------


@needs_git
def test_a_repository_is_fetched_without_history_and_by_branch_tag_or_commit(
    repository: Repository, tmp_path: Path
) -> None:
    first = repository.commit("first")
    repository.git("tag", "v1")
    second = repository.commit("second")
    repository.git("branch", "feature/x", first)
    for ref, commit in (("", second), ("main", second), ("v1", first), ("feature/x", first), (first, first)):
        into = tmp_path / "into"
        assert fetch(repository.url, ref, into) == commit
        assert not (into / ".git").exists()
        words = "second" if commit == second else "first"
        assert words in (into / "labs" / "mine" / "lab.yaml").read_text()
        shutil.rmtree(into)


@needs_git
@pytest.mark.parametrize("ref", ["nope", "0" * 40])
def test_a_ref_that_is_not_there_leaves_nothing_behind(
    repository: Repository, tmp_path: Path, ref: str
) -> None:
    repository.commit("first")
    with pytest.raises(SourceProblem, match="git can't fetch file://"):
        manage_sources.add(f"{repository.url}@{ref}")
    assert kept.known() == []
    assert sorted(each.name for each in kept.home().iterdir()) == ["lock"]


@needs_git
def test_nothing_of_a_repository_runs_or_leads_out_of_it(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "templates" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("post-checkout", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (hooks / name).chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(hooks.parent))
    (repository.folder / "out").symlink_to("/etc")
    repository.commit("first")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))  # as within a hook of git's own
    manage_sources.add(repository.url, name="repo")
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "elsewhere").exists()
    assert not (kept.home() / "repo" / "repo" / "out").is_symlink()


@needs_git
def test_an_update_brings_what_is_new_and_a_failed_one_costs_nothing(repository: Repository) -> None:
    first = repository.commit("first")
    manage_sources.add(repository.url, name="course")
    assert ids()["mine"].source == "course"
    second = repository.commit("second")
    [changed] = manage_sources.update([])
    assert isinstance(changed, Changed)
    assert changed.before is not None
    assert [each.commit for each in (*changed.before.checkouts, *changed.source.checkouts)] == [first, second]
    assert "second" in (ids()["mine"].path / "lab.yaml").read_text()
    repository.folder.rename(repository.folder.with_name("away"))
    [(source, problem)] = manage_sources.update(["course"])  # type: ignore[misc]
    assert (source.name, type(problem)) == ("course", SourceProblem)
    assert "second" in (ids()["mine"].path / "lab.yaml").read_text()
    with pytest.raises(SourceProblem, match="no source of this name: nope"):
        list(manage_sources.update(["nope"]))


@needs_git
def test_an_update_that_was_killed_between_old_and_new(repository: Repository) -> None:
    repository.commit("first")
    manage_sources.add(repository.url, name="course")
    (kept.home() / "course").rename(kept.home() / ".course.old")
    repository.folder.rename(repository.folder.with_name("away"))
    list(manage_sources.update([]))
    assert "mine" in ids()


@needs_git
def test_a_repository_that_is_one_lab_is_called_as_the_source_is(repository: Repository) -> None:
    repository.commit("first", at=".")
    manage_sources.add(repository.url, name="solo")
    assert ids()["solo"].path == kept.home() / "solo" / "solo"
    manage_sources.remove("solo")
    assert not (kept.home() / "solo").exists()


@needs_git
def test_a_folder_of_a_repository(repository: Repository) -> None:
    repository.commit("first", at="a/one")
    repository.commit("second", at="b/two")
    manage_sources.add(repository.url, name="course", folder="b")
    assert "two" in ids()
    assert "one" not in ids()
    with pytest.raises(SourceProblem, match="inside the repository"):
        manage_sources.add(repository.url, name="out", folder="../..")


def test_without_git_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SourceProblem, match="there is no git on the PATH"):
        manage_sources.add("https://example.org/labs.git")


def test_two_at_a_time_are_kept_apart(tmp_path: Path) -> None:
    put_lab(tmp_path / "one")
    with kept.changing(), pytest.raises(SourceProblem, match="Another Labgate"):
        manage_sources.add(str(tmp_path / "one"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_folder_that_can_not_be_written(tmp_path: Path, home: Path) -> None:
    put_lab(tmp_path / "one")
    home.mkdir()
    home.chmod(0o500)
    with pytest.raises(SourceProblem, match="can't be kept"):
        manage_sources.add(str(tmp_path / "one"))


# indexes -----------------------------------------------------------------------------------------------------


@needs_git
@pytest.mark.parametrize("written", ["yaml", "json"])
def test_an_index_names_repositories_and_folders(
    repository: Repository, tmp_path: Path, written: str
) -> None:
    repository.commit("first", at="labs/mesh")
    put_lab(tmp_path / "beside" / "lamp")
    entries = [
        {
            "name": "mesh-course",
            "title": "A mesh",
            "git": repository.url,
            "ref": "main",
            "folder": "labs/mesh",
        },
        {"name": "beside", "path": "beside"},
    ]
    file = tmp_path / f"all.{written}"
    text = json.dumps(entries)
    if written == "yaml":
        text = "".join(
            "- " + "\n  ".join(f"{key}: {value}" for key, value in entry.items()) + "\n" for entry in entries
        )
    file.write_text(text)
    manage_sources.add(str(file))
    assert (ids()["mesh"].source, ids()["lamp"].source) == ("all", "all")
    file.write_text(json.dumps(entries[1:]))
    list(manage_sources.update([]))
    assert "mesh" not in ids()
    assert not (kept.home() / "all").exists()


@needs_git
def test_one_dead_repository_of_an_index_costs_the_others_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("first")
    other = Repository(tmp_path / "other")
    other.commit("first", at="second")
    file = tmp_path / "all.yaml"
    file.write_text(f"- {{name: a, git: '{repository.url}'}}\n- {{name: b, git: '{other.url}'}}\n")
    assert manage_sources.add(str(file)).problems == ()
    repository.folder.rename(tmp_path / "away")
    other.commit("changed", at="second")
    [changed] = manage_sources.update([])
    assert isinstance(changed, Changed)
    assert len(changed.problems) == 1
    assert "changed" in (ids()["second"].path / "lab.yaml").read_text()
    assert "mine" in ids()


BAD = {
    "[]": "1:1: an index has 1 to 200 labs",
    "name: x": "1:1: an index is a list",
    "- x": "1:3: a lab of an index has keys",
    "- {git: 'https://h/x'}": "1:3: missing: name",
    "- {name: X, git: 'https://h/x'}": "1:10: a name has small letters",
    "- {name: x}": "1:3: a lab of an index has either git or path",
    "- {name: x, git: 'https://h/x', path: y}": "either git or path",
    "- {name: x, git: 'ext::sh'}": "1:18: Labs are not fetched from this address: ext::sh",
    "- {name: x, git: 'https://h/x', ref: '-f'}": "This can't be a branch, tag or commit: -f",
    "- {name: x, git: 'https://h/x', folder: ../..}": "the folder is outside of the repository",
    "- {name: x, git: [a]}": "1:18: a text is wanted here",
    "- {name: x, gti: 'https://h/x'}": "1:13: unknown key: gti (did you mean git?)",
    "- {name: x, path: y}\n- {name: x, path: z}": "2:3: there are two of this name: x",
    "- {name: x": "1:",
    "\n".join(f"- {{name: x{n}, path: y}}" for n in range(300)): "an index has 1 to 200 labs",
}


@pytest.mark.parametrize("text", BAD)
def test_an_index_that_is_wrong_is_reported_by_line_and_column(tmp_path: Path, text: str) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(text)
    with pytest.raises(LabErrors) as caught:
        index.of_file(file)
    assert BAD[text] in "\n".join(each.render() for each in caught.value.problems)


def test_an_index_that_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text("- {name: x, path: y}\n" + "#" * index.MOST_BYTES)
    with pytest.raises(LabErrors, match="too large"):
        index.of_file(file)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org/all.yaml", "needs https"),
        ("https://me:secret@example.org/all.yaml", "no index's address"),
        ("https://127.0.0.1:9/all.yaml", "can't be had"),
    ],
)
def test_an_index_on_the_web_that_can_not_be_had(url: str, expected: str) -> None:
    with pytest.raises(SourceProblem, match=expected):
        manage_sources.add(url)


def test_an_index_on_the_web(serve_index: Callable[..., str]) -> None:
    entries = index.of_web(serve_index(b"- {name: mesh, git: 'https://example.org/x', title: Mesh}\n"))
    assert entries == [index.Entry("mesh", "Mesh", "https://example.org/x")]
    with pytest.raises(LabErrors, match="can't name folders of your machine"):
        index.of_web(serve_index(b"- {name: mesh, path: /etc}\n"))
    with pytest.raises(SourceProblem, match="too large"):
        index.of_web(serve_index(b"#" * (index.MOST_BYTES + 10)))
    with pytest.raises(SourceProblem, match="not UTF-8"):
        index.of_web(serve_index(b"\xff\xfe"))
    with pytest.raises(SourceProblem, match="without https"):
        index.of_web(serve_index(b"", leads_to="http://127.0.0.1:9/other.yaml"))
