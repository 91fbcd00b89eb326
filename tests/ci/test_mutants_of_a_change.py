"""`make mutants` without a file: which functions a change touches, committed or not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.mutants import _base, _changed, _functions

BEFORE = """\
ONE = 1


def first(a):
    b = a
    return b


class Some:
    def second(self):
        return 2

    async def third(self):
        return 3
"""


def git(*arguments: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *named, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On a branch that is main still: checks/some.py, and a file that is not measured."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git("init", "-q", "-b", "main")
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "some.py").write_text("")
    git("add", "-A")
    git("commit", "-qm", "empty")
    (tmp_path / "checks" / "some.py").write_text(BEFORE)
    (tmp_path / "other.py").write_text(BEFORE)
    git("add", "-A")
    git("commit", "-qm", "before")
    git("checkout", "-q", "-b", "branch")
    return tmp_path


def touched() -> list[str]:
    return [name.removeprefix("checks.") for name in sorted(_functions(_changed()))]


FIRST, SECOND, THIRD = "some.x_first__mutmut_*", "some.xǁSomeǁsecond__mutmut_*", "some.xǁSomeǁthird__mutmut_*"


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "functions"),
    [
        ("return b", "return a", [FIRST]),
        ("    b = a\n", "", [FIRST]),
        ("    return b\n", "", [FIRST]),
        ("return 2", "return 4", [SECOND]),
        ("return 3", "return 4", [THIRD]),
        ("ONE = 1", "ONE = 2", []),
        ("ONE = 1\n", "", []),
    ],
)
def test_the_functions_that_a_change_touches(
    repository: Path, committed: bool, old: str, new: str, functions: list[str]
) -> None:
    for name in ("checks/some.py", "other.py"):
        (repository / name).write_text(BEFORE.replace(old, new))
    if committed:
        git("commit", "-qam", "after")
    assert _changed() == ["checks/some.py"]
    assert touched() == functions


def test_what_is_committed_and_what_is_not_yet(repository: Path) -> None:
    some = repository / "checks" / "some.py"
    some.write_text(BEFORE.replace("return b", "return a"))
    git("commit", "-qam", "after")
    some.write_text(some.read_text().replace("return 3", "return 4"))
    assert touched() == [FIRST, THIRD]


def test_files_that_are_new_and_files_that_are_gone(repository: Path) -> None:
    (repository / "checks" / "new.py").write_text(BEFORE)
    (repository / "new.py").write_text(BEFORE)
    assert touched() == ["new.*"]
    (repository / "checks" / "some.py").unlink()
    assert touched() == ["new.*"]
    git("add", "-A")
    assert touched() == ["new.x_first__mutmut_*", "new.xǁSomeǁsecond__mutmut_*", "new.xǁSomeǁthird__mutmut_*"]


def test_on_main_itself_the_last_commit_is_the_change(repository: Path) -> None:
    git("checkout", "-q", "main")
    assert _base() == "HEAD~"
    assert touched() == [FIRST, SECOND, THIRD]
    (repository / "checks" / "some.py").write_text(BEFORE.replace("return b", "return a"))
    assert touched() == [FIRST]
    (repository / "checks" / "some.py").write_text(BEFORE)
    (repository / "checks" / "new.py").write_text(BEFORE)
    assert touched() == ["new.*"]
