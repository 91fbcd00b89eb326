"""The shell's state on disk: written by bash at every prompt, read back here, restored in the next shell."""

from __future__ import annotations

import logging
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from runner.inherited import proper
from runner.paths import write_private
from runner.shell.declared import Variable, parse
from runner.shell.shell_model import SavedState

_LOG = logging.getLogger(__name__)

DUMP, VARIABLES, BASELINE, RESTORE = "dump", "variables", "baseline", "restore.bash"
_END = "# end\n"

_OURS = re.compile(r"__labgate_|BASH_FUNC_")
_SHELL_ONLY = frozenset(["PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4"])
_BASHS_OWN = frozenset(
    """
    _ COLUMNS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD HISTCONTROL HISTFILE HISTFILESIZE
    HISTSIZE HOSTNAME HOSTTYPE IFS LINENO LINES MACHTYPE MAILCHECK OPTARG OPTERR OPTIND OSTYPE PIPESTATUS PPID PWD
    RANDOM REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM TERM TIMEFORMAT TMOUT UID
    """.split()  # noqa: SIM905  # a list of forty quoted words reads worse
)
_BASH_PREFIX = ("BASH", "COMP_", "READLINE_")


def read_saved_state(state: Path) -> SavedState | None:
    """The folder and exported variables of the last prompt; None if there was none.

    The environment is as programs see it, without what only the prompt needs.
    """
    variables = _read(state / DUMP) or _read(state / VARIABLES)
    if not variables:
        return None
    environment = exported(variables)
    folder = environment.get("PWD") or next((v.value for v in variables if v.name == "PWD"), None)
    return SavedState(Path(folder), environment) if folder else None


def exported(variables: Mapping[str, Variable] | Iterator[Variable] | list[Variable]) -> dict[str, str]:
    """What a program started from the shell gets."""
    every = variables.values() if isinstance(variables, Mapping) else variables
    return proper(
        {
            variable.name: variable.value
            for variable in every
            if variable.exported and variable.value is not None and variable.name not in _SHELL_ONLY
            if not _OURS.match(variable.name)
        }
    )


def keep(state: Path) -> None:
    """Keep the dump that bash has just finished, in case the next one is cut short.

    If the disk is full, the previous one stays and the shell goes on.
    """
    text = _complete(state / DUMP)
    if text is None:
        return
    try:
        write_private(state / VARIABLES, text + _END)
    except OSError as problem:
        _LOG.warning("the shell's state is not kept: %s", problem)


def restore_script(state: Path, folder: Path) -> str:
    """A script that goes to `folder` and brings back what the learner had set, changed or unset.

    Compared with what the shell had before the learner (the baseline), so that what the machine or the lab
    gives again (a new KUBECONFIG, another SSH_AUTH_SOCK) is not overwritten by an old value.
    """
    lines = [f"builtin cd -- {shlex.quote(str(folder))}"]
    baseline, last = _read(state / BASELINE), _read(state / DUMP) or _read(state / VARIABLES)
    if baseline and last:
        before, after = _by_name(baseline), _by_name(last)
        lines += [_assignment(after[name]) for name in after if _differs(before.get(name), after[name])]
        there = {variable.name for variable in last}
        lines += [
            f"builtin unset -v {name}" for name in before if name not in there and before[name].exported
        ]
    return "\n".join(lines) + "\n"


def _by_name(variables: list[Variable]) -> dict[str, Variable]:
    return {variable.name: variable for variable in variables if _is_learners(variable)}


def _is_learners(variable: Variable) -> bool:
    name = variable.name
    if _OURS.match(name) or name in _SHELL_ONLY or name in _BASHS_OWN or name.startswith(_BASH_PREFIX):
        return False
    if variable.value is None or set(variable.flags) - {"-", "x"}:  # arrays, integers, read-only ones
        return False
    return name != "PATH" or shutil.which("sh", path=variable.value) is not None  # a broken PATH is not kept


def _differs(before: Variable | None, after: Variable) -> bool:
    return before is None or before.value != after.value or before.exported != after.exported


def _assignment(variable: Variable) -> str:
    # builtins, because a plain assignment to a read-only variable would end the whole script
    word = "builtin export" if variable.exported else "builtin declare -g"
    return f"{word} {variable.name}={shlex.quote(variable.value or '')}"


def _read(path: Path) -> list[Variable] | None:
    text = _complete(path)
    return None if text is None else parse(text)


def _complete(path: Path) -> str | None:
    """The file's text without its end mark; None if it is not there or was cut short."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None
    return text[: -len(_END)] if text.endswith(_END) else None
