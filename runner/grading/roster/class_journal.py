"""Results as they arrive, in a file that survives a killed run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from runner.grading.roster.class_model import Graded
from runner.paths import append_whole
from runner.words import NOT_JUDGED, UserError, phrase

VERSION = 1
"""Of a line of the file."""


class JournalProblem(UserError):
    """The file can't be used; `message` says why and what to do."""


class NotKept(JournalProblem):
    """A result could not be written, and nothing half of it is there."""

    exit_code = NOT_JUDGED


class Journal:
    """JSON lines: one learner's result each, with the digest of what was graded. A context manager.

    The last line of a learner counts. A torn last line, where a run was killed in the middle of it, is cut off.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        """`fresh`: forget what is in it. Raises JournalProblem, also if another run writes it; then nothing is lost."""
        self.path = path
        self._known: dict[str, tuple[str, Graded]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._lock()
            if fresh:
                os.ftruncate(self._file, 0)
            self._read()
        except OSError as error:
            raise JournalProblem(
                phrase(
                    "The results {file} can't be kept: {reason}. Choose another file with --results.",
                    file=path,
                    reason=error.strerror or str(error),
                )
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def known(self, learner: str, digest: str) -> Graded | None:
        """The result that is there already for this very job; None if there is no grade."""
        kept, graded = self._known.get(learner, ("", None))
        return graded if graded is not None and kept == digest and graded.is_graded else None

    def latest(self, learner: str) -> Graded | None:
        """The last result of a learner, whatever was graded then."""
        return self._known.get(learner, ("", None))[1]

    def add(self, graded: Graded, digest: str) -> None:
        """On disk when it returns. Raises NotKept."""
        data = {
            field.name: getattr(graded, field.name) for field in fields(graded)
        }  # asdict copies all that is in it
        line = json.dumps({"labgate_result": VERSION, "digest": digest, **data}, ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )
        try:
            append_whole(self._file, line + b"\n")
            os.fsync(self._file)
        except OSError as error:
            raise NotKept(
                phrase(
                    "The results {file} can't be written: {reason}. Make room, and give the same command again: "
                    "it goes on where this one ended.",
                    file=self.path,
                    reason=error.strerror or str(error),
                )
            ) from error
        self._known[graded.learner] = (digest, graded)

    def _lock(self) -> None:
        """Two runs with the same file would grade everybody twice."""
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalProblem(
                phrase(
                    "Another run is writing these results: {file}. Wait for it, or choose another file.",
                    file=self.path,
                )
            ) from None

    def _read(self) -> None:
        with open(self._file, "rb", closefd=False) as file:
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.ftruncate(self._file, len(whole))
        self._known = results(whole, self.path)


def read_results(path: Path) -> Mapping[str, Graded]:
    """The results of an earlier run by learner. Raises JournalProblem."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalProblem(
            phrase(
                "The results {file} can't be read: {reason}", file=path, reason=error.strerror or str(error)
            )
        ) from error
    return {learner: graded for learner, (_, graded) in results(content, path).items()}


def results(content: bytes, path: Path) -> dict[str, tuple[str, Graded]]:
    """Each learner's last (digest, result). Raises JournalProblem if the file is something else."""
    found: dict[str, tuple[str, Graded]] = {}
    for number, line in enumerate(content.splitlines(), 1):
        try:
            data: dict[str, Any] = json.loads(line)
            if data.pop("labgate_result") != VERSION:
                raise ValueError("version")
            digest = data.pop("digest")
            graded = Graded(**data)
            found[graded.learner] = (str(digest), graded)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise JournalProblem(
                phrase(
                    "{file}:{line}: this is no result of a class. Choose another file.",
                    file=path,
                    line=number,
                )
            ) from None
    return found
