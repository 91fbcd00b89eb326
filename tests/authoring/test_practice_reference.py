"""docs/practice-cluster.md is what the code says, and names what really is there."""

from __future__ import annotations

import re

from runner.authoring import practice_reference
from runner.practice.containers.common_programs import COMMON
from runner.practice.containers.image_catalogue import find


def test_the_page_is_up_to_date():
    assert practice_reference.FILE.read_text() == practice_reference.written(), "run `make docs`"


def test_every_image_that_it_names_is_known():
    table = practice_reference.written().partition("## Images")[2].partition("## Commands")[0]
    names = re.findall(r"`([^`*, ]+)`", table)
    assert "nginx" in names
    for name in names:
        full = (
            name
            if name.partition("/")[0].count(".")
            else f"docker.io/{name if '/' in name else 'library/' + name}"
        )
        assert not find(f"{full}:latest").is_stand_in, name


def test_every_program_of_ours_is_in_it():
    page = practice_reference.written()
    assert [name for name in COMMON if not name.startswith("_") and f"`{name}`" not in page] == []
