"""A prompt of the lab's bash that came without its marks, because something changed PROMPT_COMMAND: seen, and put right."""

from __future__ import annotations

import asyncio
import shlex

from runner.shell.live_shell import CTRL_C, SURE_WITHIN, LiveBash
from runner.shell.prompt import Stage
from runner.shell.typed_ahead import SURE


def is_unmarked(bash: LiveBash) -> bool:
    """Whether a bash waits for a line without having said so."""
    if (
        bash.prompt.stage not in (Stage.RUNNING, Stage.LEAVING)
        or not bash.terminal.by_key
        or bash.shown.modes.alternate
    ):
        return False
    return bash.terminal.foreground_name == "bash"


async def clear_unmarked(bash: LiveBash) -> None:
    """Come to an empty line at a prompt without marks: what is typed before that goes into the line that was there."""
    pressed = asyncio.get_running_loop().time()
    bash.prompt.drawn_unmarked = False
    bash.write(CTRL_C)

    def drawn() -> bool:  # its end may be marked all the same, if the learner's PS1 still has that
        answered = bash.terminal.last_output > pressed and bash.terminal.quiet_for() > SURE
        return bash.ready or bash.prompt.drawn_unmarked or answered

    await bash.pulse.until(drawn, SURE_WITHIN)


async def put_marks_back(bash: LiveBash) -> bool:
    """Source the marks into the bash that lost them; keeps $?."""
    bash.prompt.prompts = 0
    bash.terminal.write(f" . {shlex.quote(str(bash.scripts.recover))}\r".encode())
    return await bash.pulse.until(lambda: bash.prompt.prompts > 0 and bash.ready, 3)
