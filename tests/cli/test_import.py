"""`labgate import`, as an instructor calls it: what it makes works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "authoring" / "imports" / "data"


def test_an_imported_course_lints_and_holds(labgate):
    made = labgate("import", "killercoda", str(DATA / "course"))
    assert made.returncode == 0, made.stderr
    assert "step2.md:13: a second terminal or host (T2): kubectl proxy" in made.stderr
    assert "Created: course/first-pod/lab.yaml (steps: 5, commands: 4, checks: 4)" in made.stdout
    linted = labgate("lint", "course/first-pod", "course/services")
    *advice, count = linted.stdout.splitlines()
    assert (linted.returncode, count) == (1, "Labs: 2, errors: 0, warnings: 9")
    assert all(line.endswith("[to-do]") for line in advice)  # the notes that ask something of the author
    proved = labgate("prove", "course/first-pod", "--yes")  # so its verify scripts are run, and can fail
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_an_imported_transcript_holds(labgate):
    made = labgate("import", "transcript", str(DATA / "shop.txt"), "--to", "my/shop")
    assert made.returncode == 0, made.stderr
    proved = labgate("prove", "my/shop", "--yes")
    assert proved.returncode == 0, proved.stdout + proved.stderr


SEED = Path(__file__).parents[3] / "shared" / "seed" / "istio-lab.txt"


@pytest.mark.skipif(not SEED.is_file(), reason="the lecture's transcript is not here")
def test_the_transcript_that_the_istio_lab_began_with_holds(labgate):
    made = labgate("import", "transcript", str(SEED), "--to", "mesh", "--lab", "istio-install")
    assert made.returncode == 0, made.stderr
    assert "Created: mesh/lab.yaml (steps: 10, commands: 10, checks: 23)" in made.stdout
    proved = labgate("prove", "mesh", "--yes")
    assert proved.returncode == 0, proved.stdout + proved.stderr


def test_a_scenario_of_katacoda_goes_where_it_is_reported_to(labgate, tmp_path):
    made = labgate("import", "katacoda", str(DATA / "katacoda-scenario"), "--to", "vi", "--language", "ko")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "vi" / "text" / "write-it.ko.md").is_file()


@pytest.mark.parametrize("kind", ["killercoda", "katacoda", "transcript"])
def test_what_is_not_there(labgate, kind, tmp_path):
    refused = labgate("import", kind, "nothing")
    assert refused.returncode == 2
    assert "nothing" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("*/lab.yaml"))


def test_broken_json_is_reported_with_its_place_and_nothing_is_made(labgate, tmp_path):
    good, bad = tmp_path / "in" / "a", tmp_path / "in" / "b"
    good.mkdir(parents=True)
    bad.mkdir()
    (good / "index.json").write_text(json.dumps({"title": "Good"}))
    (bad / "index.json").write_text('{"title": "x",}')
    refused = labgate("import", "killercoda", "in", LABGATE_LANGUAGE="ko")
    assert refused.returncode == 2
    assert "in/b/index.json:1:15: JSON이 아닙니다" in refused.stderr
    assert list(tmp_path.glob("**/lab.yaml")) == []


def test_what_is_there_already_stays(labgate, tmp_path):
    (tmp_path / "shop").mkdir()
    refused = labgate("import", "transcript", str(DATA / "shop.txt"))
    assert refused.returncode == 2
    assert "This folder already exists: shop" in refused.stderr
