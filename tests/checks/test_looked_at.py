"""How much is looked at for a finding, at most: bytes of a file, files of a folder."""

from __future__ import annotations

import hashlib

import pytest
from shell_world import KIALI, asked

from checks.diagnosis.editors import edited_nothing
from checks.diagnosis.folders import similar_path

EDIT = "kubectl edit svc kiali -n istio-system"
REFUSED = 'error: no valid changes were saved\nA copy of your changes has been stored to "{file}"\n'


@pytest.mark.parametrize(("more", "rule"), [(0, "edit-hit-names"), (1, "edit-refused")])
async def test_a_copy_is_read_to_256_kibibytes(tmp_path, more, rule):
    text = "\nNodePort:"
    (tmp_path / "copy").write_text("#" * (256 * 1024 - len(text) + more) + text)
    ran = (EDIT, 1, REFUSED.format(file=tmp_path / "copy"))
    assert (await edited_nothing(asked(tmp_path, KIALI, ran))).rule == rule


@pytest.mark.parametrize(("more", "concerns"), [(0, True), (1, False)])
def test_a_manifest_is_read_to_512_kibibytes(tmp_path, more, concerns):
    text = "\n  name: kiali"
    (tmp_path / "one.yaml").write_text("#" * (512 * 1024 - len(text) + more) + text)
    question = asked(tmp_path, KIALI, ("kubectl apply -f one.yaml", 0, ""))
    assert question.concerns(*question.newest()) is concerns


@pytest.mark.parametrize(("number", "concerns"), [(200, True), (201, False)])
def test_two_hundred_manifests_of_a_folder_are_read(tmp_path, number, concerns):
    folder = tmp_path / "folder"
    folder.mkdir()
    for each in range(number):
        (folder / f"{each}.yaml").write_text("name: other\n")
    *_, last = folder.iterdir()  # in the order of the file system
    last.write_text("name: kiali\n")
    question = asked(tmp_path, KIALI, ("kubectl apply -f folder", 0, ""))
    assert question.concerns(*question.newest()) is concerns


@pytest.mark.parametrize(("number", "found"), [(2000, True), (2001, False)])
def test_two_thousand_names_of_a_folder_are_compared(tmp_path, number, found):
    for each in range(number):
        (tmp_path / hashlib.sha256(str(each).encode()).hexdigest()).touch()
    *_, last = tmp_path.iterdir()
    assert (similar_path(tmp_path / f"{last.name}x") is not None) is found
