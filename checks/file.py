"""A file or folder of the learner's."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, Finding, LooksAt, Outcome, Verdict, World
from checks.diagnosis.folders import folder_gone, similar_path
from checks.object_fields import ABSENT, absent, exists
from checks.phrase import Phrase, phrase
from checks.schema_rules import alone
from checks.sentences import Sentence, gone, quoted
from checks.sentences import exists as described

PIECE, MOST_READ = 1024 * 1024, 256 * 1024 * 1024
"""Bytes of a file that are read at a time, and that `contains` looks at."""

ALWAYS_THERE = frozenset({"", ".", "~", "$HOME", "/tmp"})  # noqa: S108
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class File(Check):
    """A file or folder exists in the lab's workspace (or wherever the path says)."""

    model_config = ConfigDict(json_schema_extra=alone("contains", "folder", true=("executable",)))

    subject: ClassVar[str] = "file"
    examples: ClassVar[str] = """
- {file: istio-1.11.3/bin/istioctl, executable: true}
- {file: manifests/web.yaml, contains: "replicas: 3"}
"""
    interval: ClassVar[float | None] = 1.0

    file: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4096,
            pattern=r"^[^\x00]+$",
            description="The path. ~ and $HOME may be used.",
        ),
    ]
    base: Annotated[
        Literal["workspace", "folder"],
        Field(
            description="Where a relative path starts: the lab's workspace, or the folder the learner is in."
        ),
    ] = "workspace"
    folder: Annotated[
        bool | None, Field(description="true: it must be a folder; false: it must be a file.")
    ] = None
    executable: Annotated[bool, Field(description="It must be an executable file.")] = False
    contains: Annotated[str | None, Field(min_length=1, description="Text that must be in the file.")] = None
    absent: Annotated[bool, ABSENT] = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        about_a_file = self.executable or self.contains is not None
        if self.absent and (about_a_file or self.folder is not None):
            raise PydanticCustomError("absent_alone", "what must not exist can't have anything in it")
        if self.folder and about_a_file:
            raise PydanticCustomError("folder", "a folder can't be executable or contain text")
        return self

    def describe(self) -> Phrase:
        wanted = []
        if self.executable:
            wanted.append(phrase("can be run"))
        if self.contains is not None:
            wanted.append(phrase("contains: {text}", text=self.contains))
        if not wanted:
            wanted.append(absent() if self.absent else exists())
        template = phrase("Folder {path}: {wanted}", path=self.file, wanted=tuple(wanted))
        return (
            template if self.folder else phrase("File {path}: {wanted}", path=self.file, wanted=tuple(wanted))
        )

    def sentence(self, *, under_place: bool = False) -> Sentence:
        what = (
            phrase("The folder {path}", path=self.file)
            if self.folder
            else phrase("The file {path}", path=self.file)
        )
        if self.absent:
            return gone(what)
        if self.contains is not None:
            return Sentence(
                phrase("{what} must contain {text}", what=what, text=quoted(self.contains)),
                phrase("{what} contains {text}", what=what, text=quoted(self.contains)),
            )
        if self.executable:
            return Sentence(
                phrase("{what} must be executable", what=what), phrase("{what} is executable", what=what)
            )
        return described(what)

    @property
    def looks_at(self) -> LooksAt:
        return LooksAt.FOLDER

    def never_fails(self) -> Phrase | None:
        if self.file.rstrip("/") in ALWAYS_THERE and not self.absent:
            return phrase("this folder always exists: {path}", path=self.file)
        return None

    async def evaluate(self, world: World) -> Outcome:
        expected = self.describe()
        path = _resolved(self.file, world, self.base)
        if path is None:
            return Outcome(
                Verdict.FAILED, expected, phrase("A variable in the path is not set: {path}", path=self.file)
            )
        if self.absent:
            mode = _mode(path, follow=False)  # a link that leads nowhere is there, too
            verdict = Verdict.PASSED if mode is None else Verdict.FAILED
            return Outcome(
                verdict, expected, absent() if mode is None else phrase("Still there: {path}", path=str(path))
            )
        mode = _mode(path)
        if mode is None:
            return Outcome(Verdict.FAILED, expected, phrase("Does not exist: {path}", path=str(path)))
        wrong = self._wrong(path, mode)
        return (
            Outcome(Verdict.FAILED, expected, wrong) if wrong else Outcome(Verdict.PASSED, expected, exists())
        )

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        path = _resolved(self.file, world, self.base)
        if path is None or self.absent or _mode(path) is not None:
            return ()
        gone = folder_gone(world) if self.base == "folder" else None
        finding = gone or similar_path(path)
        return (finding,) if finding else ()

    def _wrong(self, path: Path, mode: int) -> Phrase | None:
        is_folder = stat.S_ISDIR(mode)
        if is_folder and (self.folder is False or self.executable or self.contains is not None):
            return phrase("A folder, not a file: {path}", path=str(path))
        if self.folder and not is_folder:
            return phrase("A file, not a folder: {path}", path=str(path))
        if self.executable and not os.access(path, os.X_OK):
            return phrase("Can't be run (not executable): {path}", path=str(path))
        if self.contains is not None and not _has(path, mode, self.contains):
            return phrase("The text is not in the file: {path}", path=str(path))
        return None


def _resolved(written: str, world: World, base: str) -> Path | None:
    """The path meant, in the learner's environment; None if it names a variable that isn't set."""
    environment = world.workspace.environment
    path = _with_variables(_with_home(written), environment)
    start = world.workspace.root if base == "workspace" else world.workspace.folder
    return None if path is None else start / path


def _with_home(written: str) -> str:
    return f"$HOME{written[1:]}" if written == "~" or written.startswith("~/") else written


def _with_variables(written: str, environment: Mapping[str, str]) -> str | None:
    names = [first or second for first, second in _VARIABLE.findall(written)]
    if any(not environment.get(name) for name in names):
        return None
    return _VARIABLE.sub(lambda found: environment[found[1] or found[2]], written)


def _mode(path: Path, *, follow: bool = True) -> int | None:
    """The kind and permissions of what is at `path`, None if nothing is. Raises CannotRead."""
    try:
        return path.stat(follow_symlinks=follow).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _has(path: Path, mode: int, text: str) -> bool:
    """Whether the text is in the file. Raises CannotRead, also if it is in none of what is read and there is more."""
    if not stat.S_ISREG(mode):  # a pipe or a device would block
        return False
    wanted = text.encode("utf-8", "surrogatepass")
    end, seen = b"", 0
    try:
        with path.open("rb") as stream:
            while seen < MOST_READ and (piece := stream.read(PIECE)):
                if wanted in (stretch := end + piece):
                    return True
                end, seen = stretch[-len(wanted) :], seen + len(piece)
            if stream.read(1):
                raise CannotRead(
                    "limit", phrase("The file is longer than the check reads: {path}", path=str(path))
                )
    except OSError as error:
        raise _unreadable(path, error) from error
    return False


def _unreadable(path: Path, error: OSError) -> CannotRead:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return CannotRead("forbidden", phrase("{path} can't be read: {reason}", path=str(path), reason=reason))
