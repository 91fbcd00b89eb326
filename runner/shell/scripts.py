"""The shell's start-up scripts, written with their nonce and paths into the state folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from runner.paths import write_private
from runner.shell import saved

HISTORY = "history"


class Scripts:
    """The scripts of one state folder. `nonce` is in every mark that they print."""

    def __init__(self, state: Path, nonce: str) -> None:
        self._state, self._nonce = state, nonce

    @property
    def rc(self) -> Path:
        """What bash is started with (`--rcfile`)."""
        return self._state / "rc.bash"

    @property
    def marks(self) -> Path:
        """What puts the marks back into a shell that lost them."""
        return self._state / "marks.bash"

    def write(self, folder: Path, *, own_rc: bool) -> None:
        """Write all, for a shell that is to start in `folder`; `own_rc`: after the learner's own ~/.bashrc."""
        self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state.chmod(0o700)
        write_private(self._state / saved.RESTORE, saved.restore_script(self._state, folder))
        for name in ("rc.bash", "prompt.bash", "marks.bash"):
            write_private(self._state / name, self._filled(name, own_rc))
        for name in (saved.DUMP, saved.BASELINE, HISTORY):
            (self._state / name).touch(mode=0o600)  # made here, because bash would use the learner's umask

    def _filled(self, name: str, own_rc: bool) -> str:
        text = resources.files("runner.shell").joinpath(name).read_text(encoding="utf-8")
        for placeholder, value in self._values(own_rc).items():
            text = text.replace(f"@{placeholder}@", value)
        return text

    def _values(self, own_rc: bool) -> Mapping[str, str]:
        def quoted(name: str) -> str:
            return shlex.quote(str(self._state / name))

        prompt = quoted("prompt.bash")
        return {
            "NONCE": self._nonce,
            "OWN_RC": "true" if own_rc else "false",
            "DUMP": quoted(saved.DUMP),
            "BASELINE": quoted(saved.BASELINE),
            "RESTORE": quoted(saved.RESTORE),
            "HISTORY": quoted(HISTORY),
            "MARKS": quoted("marks.bash"),
            "PROMPT_PATH": prompt,
            "PROMPT_SOURCE": shlex.quote("{ . " + prompt + "; } 2> /dev/null"),
        }
