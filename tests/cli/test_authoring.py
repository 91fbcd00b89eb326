"""`labgate new`, `labgate lint` and `labgate docs`, as an instructor calls them."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_a_new_lab_lints_clean_and_works(labgate, tmp_path):
    made = labgate("new", "my-lab")
    assert made.returncode == 0, made.stderr
    assert "labgate prove my-lab" in made.stdout
    linted = labgate("lint", "my-lab")
    assert (linted.returncode, linted.stdout) == (0, "Labs: 1, errors: 0, warnings: 0\n")
    ran = labgate("grade", "my-lab", "--run", "--practice", "--yes")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_lab_is_never_made_over_another_one(labgate, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "lab.yaml").write_text("keep")
    refused = labgate("new", "mine")
    assert refused.returncode == 2
    assert "already exists: mine" in refused.stderr
    assert (tmp_path / "mine" / "lab.yaml").read_text() == "keep"


@pytest.mark.parametrize("name", ["My Lab", "-x", "실습", "x" * 41])
def test_a_name_that_no_lab_can_have(labgate, name):
    refused = labgate("new", "--", name)
    assert refused.returncode == 2
    assert "lowercase letters, digits and dashes" in refused.stderr


def test_lint_reports_advice_and_errors_apart(labgate, tmp_path):
    labgate("new", "my-lab")
    file = tmp_path / "my-lab" / "lab.yaml"
    good = file.read_text()
    file.write_text(good.replace("--image=nginx:1.27", "--image=nginx"))
    advised = labgate("lint", "my-lab")
    assert advised.returncode == 1
    assert "my-lab/lab.yaml:30:9: the image has no fixed version: nginx (pin the version" in advised.stdout
    file.write_text(good.replace("minutes: 10", "minutes: ten"))
    broken = labgate("lint", "my-lab")
    assert broken.returncode == 2
    assert "my-lab/lab.yaml:9:10: " in broken.stdout


def test_lint_without_a_name_takes_the_lab_it_stands_in_or_all(labgate, tmp_path):
    everything = labgate("lint")
    assert everything.returncode == 0, everything.stdout
    own = len(list((Path(__file__).parents[2] / "labs").glob("*/lab.yaml")))
    assert own > 1 and f"Labs: {own}," in everything.stdout


def test_lint_speaks_korean(labgate, tmp_path):
    labgate("new", "my-lab")
    assert "권고" in labgate("lint", "my-lab", "--language", "ko").stdout


def test_docs_report_of_all_and_of_one_thing(labgate):
    assert "### `deployment`" in labgate("docs").stdout
    message = labgate("docs", "Deployment").stdout
    assert "| `replicas` |" in message
    assert "| `points` |" in message
    refused = labgate("docs", "deploiment")
    assert refused.returncode == 2
    assert "Did you mean deployment?" in refused.stderr
