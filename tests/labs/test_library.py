"""Finding labs."""

from __future__ import annotations

import pytest

from runner.labs import library


def test_our_own_labs_have_names():
    entries = {entry.id: entry for entry in library.available()}
    assert entries["istio-install"].built_in
    assert library.built_in(library.find("istio-install"))


def test_labs_of_others(monkeypatch, lab):
    monkeypatch.setenv("LABGATE_LABS", str(lab.parent))
    assert library.find("small-lab") == lab
    [entry] = [entry for entry in library.available() if entry.id == "small-lab"]
    assert not entry.built_in


def test_a_shelf_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("LABGATE_LABS", str(tmp_path / "nothing"))
    assert library.available()


def test_a_path(lab, monkeypatch):
    assert library.find(str(lab)) == lab
    assert library.find(str(lab / "lab.yaml")) == lab
    monkeypatch.chdir(lab.parent)
    assert library.find("small-lab").resolve() == lab.resolve()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("istio-instal", "There is no lab of this name: istio-instal; did you mean istio-install?"),
        ("zzz", "There is no lab of this name: zzz. There are: "),
        ("", "There is no lab of this name: . There are: "),
    ],
)
def test_no_such_lab(name, words):
    with pytest.raises(library.UnknownLab) as caught:
        library.find(name)
    assert caught.value.message.render().startswith(words)


def test_a_folder_that_is_no_lab(tmp_path):
    for path in ("./nowhere", "/no/where", "../nowhere/lab"):
        with pytest.raises(library.UnknownLab, match=r"The folder does not exist: "):
            library.find(path)
    with pytest.raises(library.UnknownLab, match=r"There is no lab\.yaml in this folder"):
        library.find(f"{tmp_path}/")
