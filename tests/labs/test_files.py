"""Files that a lab must not make us read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runner.labs.lab_problems import LabErrors
from runner.labs.load import load


def messages(folder: Path) -> list[str]:
    with pytest.raises(LabErrors) as caught:
        load(folder)
    return [problem.render().removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_no_lab_file(tmp_path):
    assert messages(tmp_path / "nothing") == ["lab.yaml: the file does not exist"]


def test_a_link_out_of_the_lab(lab, tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    (lab / "text" / "first.en.md").unlink()
    (lab / "text" / "first.en.md").symlink_to(tmp_path / "secret.md")
    assert messages(lab) == ["text/first.en.md: the file is outside the lab's folder"]


def test_a_link_within_the_lab(lab):
    (lab / "text" / "first.en.md").unlink()
    (lab / "text" / "first.en.md").symlink_to("first.ko.md")
    assert load(lab).steps[0].text["en"] == load(lab).steps[0].text["ko"]


def test_links_in_a_ring(lab):
    (lab / "text" / "first.en.md").unlink()
    (lab / "text" / "first.en.md").symlink_to("first.en.md")
    assert len(messages(lab)) == 1


def test_a_pipe_in_place_of_a_file(lab):
    (lab / "lab.yaml").unlink()
    os.mkfifo(lab / "lab.yaml")
    assert messages(lab) == ["lab.yaml: this is not a file"]


def test_a_folder_in_place_of_a_file(lab):
    (lab / "lab.yaml").unlink()
    (lab / "lab.yaml").mkdir()
    assert len(messages(lab)) == 1


def test_too_large(lab):
    (lab / "lab.yaml").write_text("#" * (1024 * 1024 + 1))
    assert messages(lab) == ["lab.yaml: the file is too large: at most 1 MiB"]


def test_not_utf_8(lab):
    (lab / "lab.yaml").write_bytes("title: ok\nsummary: 실습".encode("euc-kr"))
    assert messages(lab) == ["lab.yaml:2:10: not UTF-8: save the file as UTF-8"]


def test_a_language_that_has_no_file(lab):
    (lab / "text" / "first.ko.md").unlink()
    assert messages(lab) == ["lab.yaml:21:11: there is no such file: text/first.ko.md"]


def test_an_empty_text_file(lab):
    (lab / "text" / "first.ko.md").write_text("\n")
    assert messages(lab) == ["text/first.ko.md:1:1: the text is empty"]


def test_a_folder_of_a_bad_name(lab):
    lab.rename(lab.parent / "My Lab")
    assert messages(lab.parent / "My Lab")[0].endswith(
        "My Lab: a lab's folder is named with small letters, digits and dashes: My Lab"
    )
