"""What a recording consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.world.everything import Everything

FOLDER = "folder"
"""The stamp of a folder among Places.files."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed while a command ran."""

    answers: tuple[tuple[str, str], ...] = ()
    """(question, answer) each: the question as it stood on the screen."""
    hidden: tuple[str, ...] = ()
    """Questions whose answers were not shown, such as passwords; the answers are kept nowhere."""
    keys: tuple[str, ...] = ()
    """What went into a full-screen program, as lab.yaml has it."""
    unasked: tuple[str, ...] = ()
    """Lines that were typed where nothing was asked: into `cat`, or ahead."""
    interrupted: bool = False
    """Whether Ctrl-C was pressed."""
    lost: int = 0
    """Keys that have no name, and movements of the mouse."""
    masked: bool = False
    """Whether something that looks like a secret was taken out."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command line that ended. `output` is its beginning and end, secrets masked."""

    line: str
    exit_code: int | None
    seconds: float
    folder: str
    """Where it ran."""
    output: str = ""
    typed: Typed = Typed()
    masked: bool = False
    """Whether the line itself had a secret in it."""


@dataclass(frozen=True, slots=True)
class Places:
    """The workspace at one moment. `environment` has exported variables, those with secrets masked."""

    folder: str
    files: Mapping[str, str]
    """By path in the workspace: FOLDER, or a file's size and time."""
    environment: Mapping[str, str]
    programs: frozenset[str] = frozenset()
    """Programs in folders of the PATH that were not on it in the beginning."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How everything was when a command had ended; the first has none, and one at the end may have none."""

    ran: Ran | None
    cluster: Everything
    places: Places


@dataclass(frozen=True, slots=True)
class Beginning:
    """On what the recording is made."""

    workspace: Path
    practice: bool
    target: str
    version: str = ""
    """Of the cluster."""
    lab: str = ""
    """The folder of the lab whose stand-ins are used; "" for none."""
    after: str = ""
    """The lab whose work was there before; "" for none."""


@dataclass(slots=True)
class Recording:
    """All of it, in order. There is always a first moment."""

    beginning: Beginning
    moments: list[Moment] = field(default_factory=list)
    written: bool = False
    """Whether a lab was made of it."""

    @property
    def commands(self) -> int:
        return sum(moment.ran is not None for moment in self.moments)
