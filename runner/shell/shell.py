"""The learner's shell: the learner and the runner type into the same one."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from checks.base import Ran
from runner.shell import startup
from runner.shell.key_presses import KeyPresses
from runner.shell.live_shell import CTRL_C, LiveBash
from runner.shell.pins import Uses
from runner.shell.prompt import Stage
from runner.shell.running import Running
from runner.shell.shell_model import Answered, CommandEnd, CommandLike, Entered, Output, SavedState
from runner.shell.typed_ahead import SURE
from runner.shell.unmarked_prompt import clear_unmarked, is_unmarked, put_marks_back
from runner.words import Phrase, preferred_language, translate

_OPENS = 1.0  # seconds that a program is given to have drawn itself
_BUSY = 1.5  # seconds that another command is given to end before a line is refused


class Shell:
    """One persistent bash on a terminal of its own, whatever the learner's login shell is.

    `folder`: where the first one starts. `environment`: what it is given, besides what it saved before.
    `state`: the folder (0700) where it saves itself at every prompt. `transcript`: the file that what the
    learner saw is appended to. `size`: columns, rows. `revives`: whether a new one comes where it ends. `uses`:
    the programs of the lab, for which no alias and no function of the learner's stands. `prompt`: "own" shows the
    learner's own prompt, "lab" the lab's, in which `folder` is `~`; "": as LABGATE_PROMPT says, else the lab's.
    """

    grace = 2.0
    """Seconds that a command is given to end after each of Ctrl-C, Ctrl-\\, hang-up, kill."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        state: Path,
        transcript: Path,
        size: tuple[int, int] = (120, 40),
        revives: bool = True,
        uses: Uses = Uses(),  # noqa: B008  # frozen
        prompt: str = "",
    ) -> None:
        self._environment = environment
        self.workspace = folder
        """The lab's folder."""
        self._bash = LiveBash(folder, environment, state, transcript, size, revives, uses, prompt)
        self._turn = asyncio.Lock()
        self._running: Running | None = None
        self._presses: KeyPresses | None = None
        self._held = b""
        self._watchers: list[Callable[[Entered], None]] = []
        self._bash.entered = self._entered

    async def start(self) -> None:
        """Start the shell and wait for its prompt. Raises ShellProblem."""
        await self._bash.start()

    async def close(self) -> None:
        """End the shell and all that runs in its terminal."""
        await self._bash.close()

    async def run(
        self, command: CommandLike, *, slowly: bool = False
    ) -> AsyncGenerator[Output | Answered | CommandEnd, None]:
        """Type a command and yield what happens; the last is CommandEnd, when the shell can take the next one.

        `slowly`: keys for an editor are typed so that a person can follow; Ctrl-C leaves the rest to the learner.

        One at a time: a second call waits for the first. Where the iteration is given up, the command is
        interrupted. A line that the learner has half typed is cleared first.
        """
        async with self._turn:
            if not await self._clear_prompt():
                yield CommandEnd(None, 0.0, "not-run", self.foreground or self._bash.shown.last_line)
                return
            if not await self._bash.sure_prompt():  # it would reach another cluster
                message = self._text(startup.refusal(self._bash.prompt.lost, self._environment))
                self._bash.remark(message)
                yield Output(message)
                yield CommandEnd(None, 0.0, "not-run", message.strip())
                return
            self._running = Running(self._bash, command, self.grace, self._give_held, slowly=slowly)
            try:
                async with aclosing(self._running.follow()) as happenings:
                    async for happening in happenings:
                        yield happening
            finally:
                self._running = None
                self._give_held()

    async def press_keys(self, keys: Sequence[str]) -> None:
        """Type keys, slowly, into the program that reads key by key; nothing while others are being typed."""
        if self.typing:
            return
        self._presses = KeyPresses(self._bash, keys, slowly=True)
        try:
            await self._presses.press(_OPENS)
        finally:
            self._presses = None
            self._give_held()

    def _text(self, message: Phrase) -> str:
        return translate(message, preferred_language()) + "\r\n"

    async def _clear_prompt(self) -> bool:
        """Come to an empty line at a prompt; False if another program has the terminal."""
        bash = self._bash
        if not await bash.revived():
            return False

        def lost_marks() -> bool:
            return is_unmarked(bash) and bash.terminal.quiet_for() > SURE

        await bash.pulse.until(lambda: bash.at_rest or bash.prompt.goes_on or lost_marks(), _BUSY)
        if bash.prompt.goes_on or (bash.at_rest and bash.touched):
            bash.prompt.begin()
            await bash.interrupt_until(lambda: bash.prompt.prompts > 0 and bash.ready, self.grace)
            await bash.pulse.until(lambda: bash.ready or lost_marks(), _BUSY)
        if not bash.ready and lost_marks():
            await clear_unmarked(bash)
            return await put_marks_back(bash)
        return bash.at_rest

    # the learner's side

    def type(self, data: bytes) -> None:
        """Type the learner's keys. While a line is being typed for them theirs wait, except Ctrl-C."""
        if data == CTRL_C:
            self.interrupt()
        elif self.typing:
            self._held += data
        else:
            self._bash.write(data)

    def insert(self, text: str) -> bool:
        """Put text on the prompt without Enter, in place of a half-typed line; False if a program has the terminal."""
        if not self._bash.ready or self._running is not None:
            return False
        line = text.strip("\r\n").replace("\x1b", "").encode()
        if not text.isprintable():
            line = b"\x1b[200~" + line + b"\x1b[201~"
        clear = b"\x05\x15" if self._bash.touched else b""  # to the end of the line, and all of it away
        self._bash.write(clear + line)
        return True

    def choose_prompt(self, choice: str) -> None:
        """Whose prompt is shown from now on (see above). It comes at once where nothing is being typed, else with the next
        prompt.
        """
        self._bash.choose_prompt(choice)

    def reply(self, data: bytes) -> None:
        """Send what a terminal answers by itself (its size, its attributes): no key of the learner's."""
        self._bash.terminal.write(data)

    def interrupt(self) -> None:
        """Press Ctrl-C, before everything that waits to be typed."""
        self._held = b""
        if self._presses:
            self._presses.stopped = True
        if self._running:
            self._running.interrupted = True
            self._running.stop_keys()
        self._bash.interrupt()

    @property
    def columns(self) -> int:
        """Of the terminal that it prints into."""
        return self._bash.history.columns

    def resize(self, columns: int, rows: int) -> None:
        self._bash.resize((columns, rows))

    def subscribe(self, listener: Callable[[bytes], None]) -> Callable[[], None]:
        """Subscribe `listener` to every byte that the terminal shows; call the result to unsubscribe."""
        return self._bash.subscribe(listener)

    def watch(self, watcher: Callable[[Entered], None]) -> Callable[[], None]:
        """Subscribe to every line that the learner enters, once it has ended; call the result to unsubscribe.

        Not included: what is typed for them, and lines that bash's history does not keep.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def _entered(self, line: Entered) -> None:
        if self._running is None:
            for watcher in tuple(self._watchers):
                watcher(line)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the terminal."""
        return self._bash.size

    @property
    def edited(self) -> bytes:
        """What is shown of the line that is being edited, its prompt with it; b"" where none is.

        The shell draws it anew when the terminal's size changes, from its last row on.
        """
        return self._bash.edited

    @property
    def on_screen(self) -> bytes:
        """What was shown since the last prompt began, for a terminal that begins to listen only now."""
        return bytes(self._bash.shown.since_prompt)

    def _give_held(self) -> None:
        if self._held and not self.typing:
            self._bash.write(self._held)
            self._held = b""

    # what is known of it

    @property
    def typing(self) -> bool:
        """Whether something is being typed for the learner."""
        return self._presses is not None or (self._running is not None and self._running.holding)

    @property
    def ready(self) -> bool:
        """Whether the shell waits at its prompt."""
        return self._bash.ready

    @property
    def running(self) -> bool:
        """Whether a command line is running, or has just ended and its prompt has not begun."""
        return self._bash.prompt.stage in (Stage.RUNNING, Stage.LEAVING)

    @property
    def ended(self) -> bool:
        """Whether the shell has gone, and no new one has come yet."""
        return self._bash.prompt.stage is Stage.ENDED

    @property
    def goes_on(self) -> bool:
        """Whether the line is not complete yet: bash waits for more of it."""
        return self._bash.prompt.goes_on

    @property
    def turns(self) -> tuple[int, int, int]:
        """Commands that began, prompts, and further lines that were asked for; what is otherwise after an Enter."""
        prompt = self._bash.prompt
        return prompt.commands, prompt.prompts, prompt.continued

    @property
    def full_screen(self) -> bool:
        """Whether a program has the whole screen, with the lines before it put aside."""
        return self._bash.shown.modes.alternate

    @property
    def reads_keys(self) -> bool:
        """Whether a program has the terminal that reads key by key: an editor, a pager."""
        bash = self._bash
        if not self.running:
            return False
        return self.full_screen or (
            bash.terminal.by_key and bash.terminal.foreground not in (0, bash.terminal.pid)
        )

    @property
    def running_for(self) -> float:
        """Seconds since the last command began."""
        return self._bash.running_for

    @property
    def typed_into_program(self) -> str:
        """What was typed into the program that reads key by key, since the command began; its end where it is long."""
        return self._bash.typed_into_program.decode("utf-8", "replace")

    @property
    def unfinished(self) -> str:
        """What stands on the line that the terminal's cursor is in: a question, where a program asks one."""
        return self._bash.shown.tail.rpartition("\n")[2]

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until `holds()`, looked at whenever the shell moves; False if `seconds` passed."""
        return await self._bash.pulse.until(holds, seconds)

    @property
    def quiet_for(self) -> float:
        """Seconds since the terminal showed anything new."""
        return self._bash.terminal.quiet_for()

    @property
    def foreground(self) -> str:
        """The name of the program that has the terminal, "" at the shell's own prompt."""
        return "" if self._bash.ready else self._bash.terminal.foreground_name

    @property
    def foreground_line(self) -> str:
        """The words of the program that has the terminal, "" at the shell's own prompt."""
        return shlex.join(self._bash.terminal.foreground_words) if self.running else ""

    @property
    def password(self) -> bool:
        """Whether a password is being asked for: what is typed now is not shown."""
        return self._bash.terminal.hidden_input

    @property
    def saved(self) -> SavedState:
        """The folder and exported variables at the last prompt."""
        return self._bash.saved

    def remarks(self) -> Sequence[Phrase]:
        """Notices since this was last asked, which the terminal shows, too: a skipped start-up file, KUBECONFIG set back."""
        return self._bash.notices.take_unread()

    @property
    def history(self) -> Sequence[Ran]:
        """The commands that ended last, whoever typed them, the newest last; earlier shells' included.

        Not among them: lines that bash's history does not keep. Secrets are masked.
        """
        return self._bash.history.ran
