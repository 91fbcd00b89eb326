"""The shell's start-up scripts, written with their nonce and paths into the state folder."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from runner.paths import write_private
from runner.shell import saved
from runner.shell.pins import Pins

HISTORY = "history"
_NAMES = (
    "rc.bash",
    "rest.bash",
    "pins.bash",
    "prompt.bash",
    "ready.bash",
    "ps1.bash",
    "back.bash",
    "marks.bash",
    "recover.bash",
    "carry.bash",
    "carried.bash",
)
_MADE = (
    "carried",
    "carried.variables",
    "carried.mended",
    "carried.keys",
    "traps.DEBUG",
    "traps.RETURN",
    "traps.INT",
)
_STRICT = "strict"
_PROMPT = "prompt"
_PLACEHOLDER = re.compile(r"@([A-Z_]+)@")


class Scripts:
    """The scripts of one state folder. `nonce` is in every mark that they print. `bash`: what they are for.
    `workspace`: the folder that the prompt calls `~`."""

    def __init__(self, state: Path, nonce: str, pins: Pins, workspace: Path, prompt: str) -> None:
        self._state, self._nonce, self._pins, self._workspace = state, nonce, pins, workspace
        self.bash = Path("bash")
        self.prompt_choice = prompt
        """Whose prompt is shown: "own" is the learner's, "lab" ours; "": as LABGATE_PROMPT of the shell says."""

    @property
    def rc(self) -> Path:
        """What bash is started with (`--rcfile`)."""
        return self._state / "rc.bash"

    @property
    def recover(self) -> Path:
        """What puts the marks back into a shell that lost them."""
        return self._state / "recover.bash"

    @property
    def history(self) -> Path:
        return self._state / HISTORY

    @property
    def bare(self) -> str:
        """The PROMPT_COMMAND with which a bash starts that reads no start-up file by itself."""
        return f'unset -v PROMPT_COMMAND; declare +x HISTFILE; . {self._quoted("rc.bash")}; eval "${{PROMPT_COMMAND-}}"'

    def strictly(self, on: bool) -> None:
        """Whether the next prompts are for lines that are typed for the learner. Raises OSError."""
        if on:
            (self._state / _STRICT).touch(mode=0o600)
        else:
            (self._state / _STRICT).unlink(missing_ok=True)

    def choose_prompt(self, choice: str) -> None:
        """Whose prompt is shown from the next one on: see prompt_choice. Raises OSError."""
        self.prompt_choice = choice
        write_private(self._state / _PROMPT, choice + "\n")

    def write(self, folder: Path, *, own_rc: bool) -> None:
        """Write all, for a shell that is to start in `folder`; `own_rc`: after the learner's own ~/.bashrc."""
        self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state.chmod(0o700)
        self.strictly(False)
        self.choose_prompt(self.prompt_choice)
        write_private(self._state / saved.RESTORE, saved.restore_script(self._state, folder))
        for name in _NAMES:
            write_private(self._state / name, self._filled(name, own_rc))
        for name in (saved.DUMP, saved.BASELINE, HISTORY, *_MADE):
            (self._state / name).touch(mode=0o600)  # made here, because bash would use the learner's umask

    def _filled(self, name: str, own_rc: bool) -> str:
        text = resources.files("runner.shell").joinpath(name).read_text(encoding="utf-8")
        values = self._values(own_rc)
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    def _quoted(self, name: str) -> str:
        return shlex.quote(str(self._state / name))

    def _values(self, own_rc: bool) -> Mapping[str, str]:
        quoted = self._quoted
        prompt, traps = quoted("prompt.bash"), quoted("traps")
        command = (
            f"{{ . {prompt}; }} 2> /dev/null\n"
            '\\builtin eval "${__labgate_then-}"\n'
            f"{{ \\builtin trap -p DEBUG >| {traps}.DEBUG; \\builtin trap -p RETURN >| {traps}.RETURN; "
            f". {quoted('ready.bash')}; }} > /dev/null 2>&1\n"
            '{ \\builtin eval "${__labgate_traps-}"; } > /dev/null 2>&1'  # to bash-preexec no command of the learner's
        )
        interrupted = (
            f"{{ . {quoted('back.bash')}; . {quoted('marks.bash')}; "
            '\\builtin trap - INT; \\builtin kill -INT "$$"; } > /dev/null 2>&1'
        )
        marks = (
            "[[ -n ${__labgate_swapped-} || ${PROMPT_COMMAND[*]-} == *__labgate_then* ]] || "
            f"{{ . {quoted('marks.bash')}; }} 2> /dev/null"
        )
        return {
            **self._pins.filled(marks),
            "NONCE": self._nonce,
            "OWN_RC": "true" if own_rc else "false",
            "DUMP": quoted(saved.DUMP),
            "BASELINE": quoted(saved.BASELINE),
            "RESTORE": quoted(saved.RESTORE),
            "HISTORY": quoted(HISTORY),
            "MARKS": quoted("marks.bash"),
            "PINS": quoted("pins.bash"),
            "REST": quoted("rest.bash"),
            "CARRY": quoted("carry.bash"),
            "CARRIED": quoted("carried"),
            "AGAIN": shlex.quote(f". {quoted('carried.bash')}"),
            "BASH": shlex.quote(str(self.bash)),
            "STRICT": quoted(_STRICT),
            "PROMPT_TEXT": quoted("ps1.bash"),
            "PROMPT_CHOICE": quoted(_PROMPT),
            "WORKSPACE": shlex.quote(str(self._workspace)),
            "WORKSPACE_REAL": shlex.quote(str(self._workspace.resolve())),
            "TRAPS": traps,
            "BACK": quoted("back.bash"),
            "INTERRUPTED": shlex.quote(interrupted),
            "PROMPT_PATH": prompt,
            "PROMPT_COMMAND": shlex.quote(command),
        }
