"""Files and folders of somebody else's making, however large they are and whatever they turn out to be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.path_state import NotAFile, beginning, inside


def test_of_a_file_no_more_than_its_beginning_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.write(b"abc")
        file.truncate(1 << 40)
    assert beginning(large, 4) == b"abc\0"


@pytest.mark.timeout(20)
def test_what_has_no_end_or_never_begins_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    for name in ("pipe", "zeros"):
        with pytest.raises(NotAFile):
            beginning(tmp_path / name, 4)
    with pytest.raises(OSError, match="pipe/x"):
        beginning(tmp_path / "pipe" / "x", 4)


def test_a_folder_is_looked_through_in_order_and_within_bounds(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a", "c/d/e"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "c" / "up").symlink_to("..")
    found = [path.relative_to(tmp_path).as_posix() for path in inside(tmp_path, 100)]
    assert found == ["a", "b", "b/1", "b/2", "c", "c/d", "c/d/e", "c/up"]
    assert len(list(inside(tmp_path, 5))) == 5
    assert not list(inside(tmp_path / "absent", 5))
