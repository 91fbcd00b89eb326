"""What is easily got wrong about sources and texts: several of them, addresses near the limits, what a message names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runner.labs import library
from runner.labs.lab_files import _reason
from runner.labs.lab_problems import LabErrors
from runner.labs.languages import _file_names
from runner.labs.sources import index, kept, manage_sources, urls
from runner.labs.sources.kept import Source, SourceProblem
from runner.labs.yaml_errors import _indent
from tests.labs.test_sources import LAB, Repository, needs_git, put_lab

__all__ = ["LAB"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LABGATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AUTHOR_NAME", "COMMITTER_NAME"):
        monkeypatch.setenv(f"GIT_{name}", "a")
    for name in ("AUTHOR_EMAIL", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "a@b")
    monkeypatch.delenv("LABGATE_LABS", raising=False)
    yield tmp_path / "home"


@pytest.fixture
def three(tmp_path: Path) -> list[Repository]:
    """Three repositories, each a source."""
    made = []
    for name in ("first", "second", "third"):
        put_lab(tmp_path / name)
        repository = Repository(tmp_path / name)
        repository.git("add", "-A")
        repository.git("commit", "-qm", "one")
        manage_sources.add(repository.url, name="", ref="", folder="")
        made.append(repository)
    return made


def _change(repository: Repository) -> str:
    (repository.folder / "lab.yaml").write_text(LAB.replace("WORDS", "changed"))
    repository.git("commit", "-qam", "two")
    return repository.git("rev-parse", "HEAD").strip()


@needs_git
def test_one_source_of_several_is_updated_and_the_others_are_as_they_were(three):
    before = {source.name: source for source in kept.known()}
    new = _change(three[1])
    _change(three[2])
    list(manage_sources.update(["second"]))
    after = {source.name: source for source in kept.known()}
    assert list(after) == ["first", "second", "third"]
    assert after["second"].checkouts[0].commit == new
    assert (after["first"], after["third"]) == (before["first"], before["third"])


@needs_git
def test_a_source_that_fails_does_not_keep_the_next_from_being_updated(three):
    new = _change(three[2])
    three[0].folder.rename(three[0].folder.with_name("away"))
    done = list(manage_sources.update([]))
    assert [isinstance(each, tuple) for each in done] == [True, False, False]
    assert kept.find("third").checkouts[0].commit == new
    assert library.labs_near(kept.home() / "first"), "a source that can't be had keeps what it has"


@needs_git
def test_an_update_without_any_lab_in_it_says_so_and_a_new_source_leaves_nothing(tmp_path, three):
    (three[0].folder / "lab.yaml").rename(three[0].folder / "other.yaml")
    three[0].git("add", "-A")
    three[0].git("commit", "-qam", "none")
    [(source, problem)] = list(manage_sources.update(["first"]))
    assert source.name == "first"
    assert isinstance(problem, SourceProblem)
    with pytest.raises(SourceProblem):
        manage_sources.add(three[0].url, name="again", ref="", folder="")
    assert not (kept.home() / "again").exists()
    assert (kept.home() / "first").exists()


@pytest.mark.parametrize(("ref", "folder"), [("main", ""), ("", "labs")])
def test_a_ref_or_a_folder_is_for_repositories(tmp_path, ref, folder):
    put_lab(tmp_path / "here")
    with pytest.raises(SourceProblem, match="are for repositories"):
        manage_sources.add(str(tmp_path / "here"), name="", ref=ref, folder=folder)


def test_a_file_that_is_no_index_is_no_source(tmp_path):
    (tmp_path / "notes.txt").write_text("- name: x\n")
    with pytest.raises(SourceProblem, match="There is nothing here"):
        manage_sources.add(str(tmp_path / "notes.txt"), name="", ref="", folder="")


@pytest.mark.parametrize("url", ["-https://h/p", "--upload-pack=x", "ext::sh -c x", "https::x", "a::b"])
def test_what_git_would_take_for_an_option_or_a_helper_is_refused(url):
    with pytest.raises(SourceProblem):
        urls.checked(url)


@pytest.mark.parametrize("url", ["ssh://git@[2001:db8::1]/labs.git", "https://h:8443/labs.git"])
def test_an_address_with_colons_of_its_own_is_taken(url):
    assert urls.checked(url) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@host/labs.git", "https://host/labs.git"),
        ("https://me:secret@host:8443/labs.git", "https://host:8443/labs.git"),
        ("https://:secret@host/labs.git", "https://host/labs.git"),
    ],
)
def test_a_password_is_left_out_of_an_address_and_nothing_else(url, shown):
    assert urls._without_password(urlsplit(url)) == shown
    with pytest.raises(SourceProblem) as error:
        urls.checked(url)
    assert "secret" not in error.value.message.render()


@pytest.mark.parametrize(
    ("location", "meant"),
    [("HTTPS://host/labs", True), ("host:labs", True), ("labs", False), ("./a/b", False), ("x::y", True)],
)
def test_what_is_meant_as_a_repository(location, meant):
    assert urls.is_git(location) is meant


@pytest.mark.parametrize(
    "url", ["https://me@host/i.yaml", "https://host/i\u200b.yaml", "https://host/a b.yaml"]
)
def test_an_index_address_that_is_none_is_not_asked_for(url):
    with pytest.raises(SourceProblem, match="no index's address"):
        index._fetched(url)


@pytest.mark.parametrize("text", ["a: 1\n", "[]\n", "a: [\n", ""])
def test_an_index_that_is_no_list_is_refused(tmp_path, text):
    with pytest.raises(LabErrors) as error:
        index._read(text, tmp_path / "index.yaml", tmp_path)
    assert error.value.problems


def test_a_list_of_sources_that_is_no_list_has_none(home):
    (home / "sources").mkdir(parents=True)
    kept.save([Source("mine", "folder", "/labs")])
    [file] = home.rglob("sources.json")
    for content in ('{"a": {"name": "x"}}', "5", '"text"', "null"):
        file.write_text(content)
        assert kept.known() == []


def test_names_that_could_have_been_meant():
    beside = ["one.en.md", "one.ko.md", "two.x.en.md", "plain.md", "picture.en.png", "other"]
    assert _file_names(beside, "text/on") == ["text/one", "text/two.x"]


def test_why_a_file_is_not_read():
    assert _reason(PermissionError(13, "ignored")).render() == "the file can't be read: Permission denied"
    assert _reason(ValueError("embedded null byte")).render() == "the file can't be read: embedded null byte"
    assert _reason(OSError("no number")).render() == "the file can't be read: no number"
    assert "does not exist" in _reason(FileNotFoundError(2, "x")).render()


def test_the_indentation_of_a_line():
    assert [_indent(line) for line in ("  a", "\ta", "a", "  a b")] == ["  ", "\t", "", "  "]


def test_a_key_of_a_keyboard_written_as_text_is_asked_about_with_both_ways():
    from pydantic import ValidationError

    from runner.labs.model import Command

    with pytest.raises(ValidationError) as error:
        Command(command="vi x", keys=("<esc>",))
    assert error.value.errors()[0]["ctx"]["parts"] == "[<esc, >]"
