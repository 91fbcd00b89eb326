"""Where the shell is between two prompts, as its marks tell."""

from __future__ import annotations

from enum import Enum, auto

from runner.shell.marks import Mark


class Stage(Enum):
    STARTING = auto()
    RUNNING = auto()
    DRAWING = auto()  # the prompt has begun
    READY = auto()  # the prompt is drawn: a line can be typed
    ENDED = auto()


class Prompt:
    """Follows the marks. `begin` starts counting afresh, for one typed line."""

    def __init__(self) -> None:
        self.stage = Stage.STARTING
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
            case "D":
                self.code = int(mark.value) if mark.value.isdecimal() else None
            case "A":
                self.stage = Stage.DRAWING
                self.prompts += 1
                self.goes_on = self.drawn_unmarked = False
            case "B" if self.stage is Stage.RUNNING:
                self.drawn_unmarked = True
            case "B" if self.stage is Stage.DRAWING:
                self.stage = Stage.READY
            case "P":
                self.goes_on = True
                self.continued += 1
