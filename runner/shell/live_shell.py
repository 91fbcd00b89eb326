"""The lab's running bash: its terminal, marks and listeners, and its restart when it ends."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from checks.path_state import is_dir
from runner.shell import saved, startup
from runner.shell.bash import find_bash
from runner.shell.command_history import History
from runner.shell.marks import Mark, MarkParser
from runner.shell.notices import Notices
from runner.shell.pins import Pins, Uses
from runner.shell.prompt import Prompt, Stage
from runner.shell.pseudo_terminal import Terminal
from runner.shell.pulse import Pulse
from runner.shell.shell_environment import shell_environment
from runner.shell.shell_model import CommandEnd, Entered, Hearer, Listener, SavedState, ShellProblem
from runner.shell.shown import RESET, Shown
from runner.shell.startup_scripts import Scripts
from runner.shell.transcript import Transcript
from runner.shell.typed import LastLine
from runner.shell.typed_ahead import Ahead
from runner.words import Phrase, phrase, preferred_language, translate

_LOG = logging.getLogger(__name__)

CTRL_C, CTRL_BACKSLASH = b"\x03", b"\x1c"
_FIRST_PROMPT = 20.0  # seconds for the learner's own start-up file
SURE_WITHIN = 5.0  # seconds for a further prompt
_SILENCE = 0.15  # seconds without output after which a prompt that has begun counts as drawn
_FRESH = 0.2  # seconds after a command's start in which a Ctrl-C may miss it
_PRESSES = 4  # of Ctrl-C, at most
_MOST_TYPED = 4096  # bytes kept of what is typed into an editor
_DEATHS = 3  # shells in a row that end by themselves before anybody typed


class LiveBash:
    """One bash after the other on a terminal of its own. Everything here runs on the event loop."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        state: Path,
        transcript: Path,
        size: tuple[int, int],
        revives: bool = True,
        uses: Uses = Uses(),  # noqa: B008  # frozen
        prompt: str = "",
    ) -> None:
        self._folder, self._environment, self._state = folder, dict(environment), state
        self._revives = revives
        self.size = size
        self._transcript_path = transcript
        self._transcript: Transcript | None = None
        self._nonce = secrets.token_hex(8)
        self.scripts = Scripts(state, self._nonce, Pins.of(environment, uses), folder, prompt)
        self.notices = Notices(self._environment)
        self._listeners: list[Listener] = []
        self._hearer: Hearer | None = None
        self.history = History(state, size[0])
        self._here = folder  # where the last prompt was
        self._line = LastLine()
        self._entered_line = ""
        self._ran = False  # whether a command ran since the last prompt
        self._saved: SavedState | None = None
        self._terminal: Terminal | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._starting = self._closing = False
        self._deaths = 0
        self._started = 0.0  # when the last command was, on the event loop's clock
        self.pulse, self.prompt = Pulse(), Prompt()
        self.entered: Callable[[Entered], None] | None = None
        """Called at a prompt with the line that ended."""
        self.touched = False
        """Whether keys were typed since the prompt was drawn."""
        self._ahead = Ahead()
        self.typed_into_program = b""
        self.shown = Shown()
        self.last_line = ""
        """The last line before the prompt."""

    async def start(self) -> None:
        """Start in the folder and with the variables of the last prompt, where the state folder knows one.

        Raises ShellProblem.
        """
        self._bash = find_bash(self._environment)
        self._transcript = self._transcript or Transcript(self._transcript_path, self.size[0])
        self.scripts.bash = self._bash
        self._starting = True
        system = own = True
        try:
            while True:
                why = await self._launch(system, own)
                if why is None:
                    return
                at_own = self.prompt.own_file
                await self.terminal.close()
                if not (system or own):
                    break
                files = ", ".join(map(str, startup.culprits(at_own, self._environment)))
                self.notices.add(
                    phrase("This shell was started without {file} ({why}).", file=files, why=why)
                )
                system, own = system and at_own, own and not at_own
        finally:
            self._starting = False
        self.notices.clear()
        raise ShellProblem(
            phrase(
                "The lab's shell did not show a prompt: {bash}. Start it in a terminal to see its messages.",
                bash=f"{self._bash} --rcfile {self.scripts.rc} -i",
            )
        )

    async def _launch(self, system: bool, own_rc: bool) -> Phrase | None:
        """None if a bash came to its first prompt, and has what the lab needs; else why not.

        A start-up file may hang, exit, or become another shell. `system`: with the machine's (what bash was built
        with), `own_rc`: with the learner's.
        """
        folder = self._start_folder()
        self.scripts.write(folder, own_rc=own_rc)
        self._parser = MarkParser(self._nonce)
        self.shown.begin()
        self.prompt = Prompt()
        self.touched, self._ahead = False, Ahead()
        arguments = [str(self._bash), "--rcfile", str(self.scripts.rc), "-i"]
        again = [str(self._bash), "--noprofile", "--norc", "-i"]
        environment = shell_environment(self._environment, self._bash)
        if not system:
            arguments = again
            environment |= {"PROMPT_COMMAND": self.scripts.bare, "HISTFILE": str(self.scripts.history)}
        self._terminal = Terminal(arguments, folder, environment, self.size, self._receive, self._end)

        def replaced() -> bool:
            return all(startup.replaced(self.terminal, each) for each in (arguments, again))

        def settled() -> bool:
            if self.ready or not self.terminal.open or replaced():
                return True
            return startup.waits(self.terminal, self.shown.tail, self.shown.modes.alternate)

        await self.pulse.until(settled, _FIRST_PROMPT)
        if self.ready and self.prompt.lost == ():
            return None
        return startup.why_no_prompt(
            self.terminal, self.prompt, self.shown.tail, again if replaced() else arguments
        )

    def _start_folder(self) -> Path:
        last = self.saved.folder
        return next((folder for folder in (last, self._folder, *last.parents) if is_dir(folder)), Path("/"))

    async def close(self) -> None:
        """Hang up; what was saved at the last prompt stays."""
        self._closing = True
        if self._restarting:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
        if self._terminal:
            await self._terminal.close()
        self.prompt.stage = Stage.ENDED
        self.pulse.beat()
        if self._transcript:
            self._transcript.close()

    def _end(self) -> None:
        """The shell has ended: `exit`, `set -e`, killed."""
        self.prompt.stage = Stage.ENDED
        if self._revives and not self._starting and not self._closing:
            self._restarting = asyncio.get_running_loop().create_task(self._start_again())
        self.pulse.beat()

    async def _start_again(self) -> None:
        self._deaths = 0 if self.touched else self._deaths + 1
        await self.terminal.close()
        if self._deaths >= _DEATHS:
            _LOG.error("the shell ends by itself again and again: %s", self.shown.tail)
            return
        notice = phrase(
            "The shell exited. A new one was started in the same folder: {folder}", folder=self.saved.folder
        )
        self._receive(b"\r\n" + RESET + translate(notice, preferred_language()).encode() + b"\r\n")
        try:
            await self.start()
        except (ShellProblem, OSError) as problem:
            _LOG.error("the shell ended and could not be started again: %s", problem)

    async def restart(self) -> None:
        """End this shell and bring up a new one."""
        await self.terminal.close()
        self._end()
        await self.revived()

    async def revived(self) -> bool:
        """Wait for the new shell where one is being started; False if there is none."""
        while self._restarting and not self._restarting.done():
            await asyncio.wait((self._restarting,))
        return self.prompt.stage is not Stage.ENDED

    # what comes out

    def _receive(self, data: bytes) -> None:
        for part in self._parser.feed(data):
            if isinstance(part, Mark):
                self._mark(part)
            else:
                self._show(part)
        self.pulse.beat()

    def _show(self, data: bytes) -> None:
        for listener in tuple(self._listeners):
            listener(data)
        text, tokens, words = self.shown.feed(data)
        if self._transcript:
            self._transcript.feed(tokens)
        if self.prompt.stage is Stage.RUNNING:
            self.history.feed(tokens)
        if self._hearer and self.prompt.stage is Stage.RUNNING and not self.prompt.drawn_unmarked:
            self._hearer(text, words)

    def _mark(self, mark: Mark) -> None:
        self.prompt.see(mark)
        if self._transcript:
            self._transcript.editing(self.prompt.stage is Stage.READY)
        self._ahead.see(mark)
        if mark.kind == "C":
            self.typed_into_program = b""
            self._started = asyncio.get_running_loop().time()
            if not self._ran:  # a pasted text may hold several
                self.history.begin(self._here)
            self._ran = True
        elif mark.kind == "P":
            self.shown.prompt_goes_on()
        elif mark.kind == "B" and self.prompt.stage is Stage.READY and not self.prompt.goes_on:
            self.shown.prompt_drawn()
        elif mark.kind == "L":
            self._entered_line = self._line.new(mark.value)
        elif mark.kind == "D":
            self.last_line = self.shown.last_line
        elif mark.kind == "F":
            self._here = Path(mark.value)
        elif mark.kind == "G":
            self.notices.look_at(self.prompt, starting=self._starting)
        elif mark.kind == "A":
            self.touched = self._ahead.half
            self.shown.prompt_begins()
            saved.keep(self._state)
            self._saved = None
            if self.shown.modes.alternate:
                self._show(RESET)
            self._report_line()
            self._report_notices()

    def _report_notices(self) -> None:
        """Show them at the prompt, where they are seen; if the start fails, the next shell shows them."""
        if self._starting and self.prompt.lost:
            return
        for notice in self.notices.take():
            self._show(translate(notice, preferred_language()).encode() + b"\r\n")

    async def sure_prompt(self) -> bool:
        """Whether the shell has what the lab needs at the prompt that it is at, and at the next.

        There is another prompt first where the learner chose another KUBECONFIG for what they type themselves, and where
        a hook was added behind ours, which ran after the last look.
        """
        if {"again", "chosen"} & set(self.prompt.kept):
            self.scripts.strictly(True)
            try:
                self.prompt.begin()
                self.terminal.write(b"\r")
                await self.pulse.until(lambda: self.prompt.prompts > 0 and self.ready, SURE_WITHIN)
            finally:
                self.scripts.strictly(False)
        return self.prompt.lost == () and "chosen" not in self.prompt.kept

    def remark(self, text: str) -> None:
        """Show a line that nobody printed, at a prompt; a new prompt comes after it."""
        self._show(b"\r\n" + text.encode())
        self.terminal.write(b"\x15\r")

    def _report_line(self) -> None:
        ran, self._ran = self._ran, False
        if not self._entered_line or not ran:
            return
        if self.prompt.code is not None:
            self.history.end(self._entered_line, self.prompt.code)
        if self.entered:
            seconds = asyncio.get_running_loop().time() - self._started
            self.entered(Entered(self._entered_line, CommandEnd(self.prompt.code, seconds)))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have every byte that the terminal shows given to `listener`; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def hear(self, hearer: Hearer | None) -> None:
        """Have what the running command prints given to `hearer`."""
        self._hearer = hearer

    @property
    def terminal(self) -> Terminal:
        assert self._terminal is not None, "start() comes first"
        return self._terminal

    def write(self, data: bytes, to_program: bool = False) -> None:
        """Type `data`. `to_program`: into a program that asks for it, so that it is no line for bash."""
        self.touched = True
        if self.prompt.stage is Stage.RUNNING and self.terminal.by_key:
            self.typed_into_program = (self.typed_into_program + data)[-_MOST_TYPED:]
        if not (to_program or (self.prompt.stage is Stage.RUNNING and self.terminal.by_key)):
            self._ahead.typed(data, asyncio.get_running_loop().time())
        if CTRL_C in data:
            self.terminal.forget_unsent()
            self._ahead.forget()
        self.terminal.write(data)

    def interrupt(self, presses: int = _PRESSES) -> None:
        """Press Ctrl-C; again, `presses` in all, where it fell between a command's start and its being ready for it.

        Bash has given the terminal to the command then, or is about to, and the signal hits neither.
        """
        fresh = asyncio.get_running_loop().time() - self._started < _FRESH
        missed = fresh or self.terminal.at_program
        self.write(CTRL_C)
        if missed and presses > 1 and self.prompt.stage is Stage.RUNNING:
            asyncio.get_running_loop().call_later(
                _FRESH, self._interrupt_again, self.prompt, self.prompt.commands, presses - 1
            )

    def _interrupt_again(self, prompt: Prompt, commands: int, presses: int) -> None:
        if self.prompt is prompt and prompt.commands == commands and prompt.stage is Stage.RUNNING:
            self.interrupt(presses)

    async def interrupt_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Press Ctrl-C until `holds()`; False if it never did."""
        for _ in range(_PRESSES):
            self.write(CTRL_C)
            if await self.pulse.until(holds, seconds / _PRESSES):
                return True
        return False

    @property
    def edited(self) -> bytes:
        """What is shown of the line that is being edited, its prompt with it; b"" where none is."""
        editing = self.prompt.stage is Stage.READY and self.terminal.by_key
        return self.shown.edited if editing else b""

    def resize(self, size: tuple[int, int]) -> None:
        if self.edited and size != self.size:
            self.shown.redrawn()  # readline does, at every change
        self.size = size
        if self._terminal:
            self._terminal.resize(size)
        self.history.resize(size[0])
        if self._transcript:
            self._transcript.resize(size[0])

    def choose_prompt(self, choice: str) -> None:
        """Whose prompt is shown (see startup_scripts.Scripts)."""
        try:
            self.scripts.choose_prompt(choice)
        except OSError as problem:
            _LOG.warning("the choice of the prompt is not kept: %s", problem)
        if self.at_rest and not self.touched:
            self.terminal.write(b"\r")

    @property
    def ready(self) -> bool:
        """Whether a line can be typed: a prompt is drawn, or began and nothing came after it."""
        if self.prompt.goes_on:
            return False
        stage = self.prompt.stage
        return stage is Stage.READY or (stage is Stage.DRAWING and self.terminal.quiet_for() > _SILENCE)

    @property
    def running_for(self) -> float:
        """Seconds since the last command began."""
        return asyncio.get_running_loop().time() - self._started

    @property
    def at_rest(self) -> bool:
        """Whether it is ready, and no line was entered that it is about to take: what is typed now comes next."""
        now = asyncio.get_running_loop().time()
        return self.ready and not self._ahead.comes(now, self.terminal.last_output)

    @property
    def saved(self) -> SavedState:
        """The folder and exported variables at the last prompt."""
        if self._saved is None:
            self._saved = saved.read_saved_state(self._state)
        return self._saved or SavedState(self._folder, self._environment)
