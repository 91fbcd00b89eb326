"""The state of the shell between two prompts, according to its marks."""

from __future__ import annotations

from enum import Enum, auto

from runner.shell.marks import Mark


class Stage(Enum):
    STARTING = auto()
    RUNNING = auto()
    LEAVING = auto()  # the command has ended, and what the learner has done before each prompt runs
    DRAWING = auto()  # the prompt has begun
    READY = auto()  # the prompt is drawn: a line can be typed
    ENDED = auto()


class Prompt:
    """Follows the marks. `begin` resets the counters for one typed line."""

    def __init__(self) -> None:
        self.stage = Stage.STARTING
        self.lost: tuple[str, ...] | None = None
        """What the lab needs and the shell does not have at this prompt (see pins); None if that is not known."""
        self.kept: tuple[str, ...] = ()
        """What was put back before this prompt."""
        self.own_file = False
        """Whether the machine's start-up file ended, so that the learner's own is next."""
        self.begin()

    def begin(self) -> None:
        self.commands = 0
        """How many commands have run (a pasted text may hold several)."""
        self.prompts = 0
        """How many prompts have begun."""
        self.code: int | None = None
        """The last command's exit code."""
        self.continued = 0
        """How many lines were not complete."""
        self.goes_on = False
        """The line is not complete (an open quote, a heredoc): bash shows its second prompt."""
        self.drawn_unmarked = False
        """A prompt was drawn that had not begun: the learner has unset PROMPT_COMMAND."""

    def see(self, mark: Mark) -> None:
        match mark.kind:
            case "C":
                self.stage = Stage.RUNNING
                self.commands += 1
                self.goes_on = False
                self.lost = None
            case "S":
                self.own_file = True
            case "D":
                self.code = int(mark.value) if mark.value.isdecimal() else None
                self.lost = None
                if self.stage is not Stage.STARTING:
                    self.stage = Stage.LEAVING
            case "G":
                kept, _, lost = mark.value.partition(",")
                self.kept, self.lost = tuple(kept.split()), tuple(lost.split())
            case "A":
                self.stage = Stage.DRAWING
                self.prompts += 1
                self.goes_on = self.drawn_unmarked = False
            case "B" if self.stage in (Stage.RUNNING, Stage.LEAVING):
                self.drawn_unmarked = True
            case "B" if self.stage is Stage.DRAWING:
                self.stage = Stage.READY
            case "P":
                self.goes_on = True
                self.continued += 1
