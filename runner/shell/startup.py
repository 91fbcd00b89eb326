"""Diagnoses a bash that does not reach its prompt, or not as the lab needs it: why, and which line of which start-up
file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.shell.prompt import Prompt
from runner.shell.pseudo_terminal import Terminal
from runner.words import Phrase, phrase

ASKED_FOR = 2.0
"""Seconds that a question stands unanswered before a start-up file is taken to wait for somebody."""
_QUESTION = re.compile(r"[?:>\])][ \t]*\Z")
_SYSTEM = ("/etc/bash.bashrc", "/etc/bashrc", "/etc/bash/bashrc")
_OWN = (".bashrc", ".bash_aliases", ".bash_profile", ".profile", ".bash_login")
_MOST_READ = 512 * 1024  # bytes of a start-up file
_SHOWN = 80  # characters of a line


def waits(terminal: Terminal, tail: str, full_screen: bool) -> bool:
    """Whether a start-up file waits for an answer that nobody gives: a question, a password, a program with the screen."""
    if terminal.quiet_for() < ASKED_FOR:
        return False
    asked = bool(_QUESTION.search(tail.rpartition("\n")[2]))
    return full_screen or asked or terminal.hidden_input or _at_prompt(terminal)


def _at_prompt(terminal: Terminal) -> bool:
    """Whether the bash itself reads keys: at a prompt, and not at the one that is looked for."""
    return terminal.open and terminal.by_key and terminal.foreground == terminal.pid


def why_no_prompt(terminal: Terminal, prompt: Prompt, tail: str, arguments: Sequence[str]) -> Phrase:
    """The state of a bash without a prompt, or without what the lab needs."""
    if prompt.lost:
        return phrase("{names} can't be set after it", names=", ".join(map(_plain, prompt.lost)))
    if not terminal.open:
        return phrase("it exits the shell")
    if replaced(terminal, arguments):
        return phrase("it replaces the shell with another program: {name}", name=terminal.name)
    if _at_prompt(terminal):
        return phrase("the lab can't set up the shell after it")
    if waits(terminal, tail, full_screen=False) or terminal.foreground != terminal.pid:
        output = tail.rpartition("\n")[2].strip() or terminal.foreground_name
        return phrase("it is waiting: {what}", what=output[-_SHOWN:])
    return phrase("it does not finish")


def replaced(terminal: Terminal, arguments: Sequence[str]) -> bool:
    """Whether the start-up file made it another program, or another bash."""
    if not terminal.open or terminal.name == "env":  # on its way to become a bash again: carry.bash
        return False
    return terminal.name != "bash" or not terminal.runs(arguments)


def culprits(own: bool, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The start-up file that was at work: the learner's own, or else the machine's."""
    if own:
        return (Path(environment.get("HOME", "~"), ".bashrc"),)
    return tuple(path for path in map(Path, _SYSTEM) if path.is_file())[:1] or (Path(_SYSTEM[0]),)


def line_that_sets(name: str, environment: Mapping[str, str]) -> str:
    """Where a start-up file sets that variable, or defines that alias or function: "~/.bashrc:3"; "" if none is seen."""
    kind, _, bare = name.rpartition(":")
    word = re.escape(bare)
    pattern = re.compile(
        {
            "alias": rf"^[^#]*\balias\b[^#]*\b{word}=",
            "function": rf"^\s*(function\s+)?{word}\s*(\(\)|\{{)",
        }.get(kind, rf"^[^#]*\b{word}\+?=")
    )
    home = Path(environment.get("HOME", "/nonexistent"))
    for file in (*(home / each for each in _OWN), *map(Path, _SYSTEM)):
        try:
            with file.open(errors="replace") as lines:
                text = lines.read(_MOST_READ)
        except OSError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                shown = f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)
                return f"{shown}:{number}"
    return ""


def put_back(names: Sequence[str], environment: Mapping[str, str]) -> list[Phrase]:
    """The notices about what was put back: only what somebody may wonder about."""
    message = []
    for name in names:
        kind, _, bare = name.rpartition(":")
        where = line_that_sets(name, environment)
        if name == "KUBECONFIG" and where:
            message.append(
                phrase(
                    "KUBECONFIG was changed ({where}) and has been set back to the lab's. To use "
                    "another cluster, specify its file in the command (kubectl --kubeconfig FILE) or "
                    "use another terminal.",
                    where=where,
                )
            )
        elif name == "KUBECONFIG":
            message.append(
                phrase(
                    "KUBECONFIG was changed and has been set back to the lab's. To use another "
                    "cluster, specify its file in the command (kubectl --kubeconfig FILE) or use "
                    "another terminal."
                )
            )
        elif name == "chosen":
            message.append(
                phrase(
                    "KUBECONFIG of this shell was changed: the commands that you type use the other "
                    "cluster. The commands that Labgate runs still use the lab's cluster."
                )
            )
        elif kind == "alias":
            message.append(
                phrase(
                    "The alias {name} is disabled in this shell, because the lab needs the program.",
                    name=bare,
                )
            )
        elif kind == "function":
            message.append(
                phrase(
                    "The function {name} is disabled in this shell, because the lab needs the program.",
                    name=bare,
                )
            )
    return message


def refusal(lost: Sequence[str] | None, environment: Mapping[str, str]) -> Phrase:
    """Why the runner does not type into this shell."""
    if not lost:
        return phrase(
            "Not run: can't confirm that this shell uses the lab's cluster. Type exit to get a new shell."
        )
    places = [place for name in lost if (place := line_that_sets(name, environment))]
    names = ", ".join(map(_plain, lost))
    if places:
        return phrase(
            "Not run: {names} can't be set to what the lab needs (see {places}), so the command "
            "could use another cluster. Type exit to get a new shell.",
            names=names,
            places=", ".join(places),
        )
    return phrase(
        "Not run: {names} can't be set to what the lab needs, so the command could use another "
        "cluster. Type exit to get a new shell.",
        names=names,
    )


def warning(lost: Sequence[str]) -> Phrase:
    """The message to a learner who goes on typing in such a shell."""
    return phrase(
        "{names} can't be set to what the lab needs: commands may use another cluster. Type exit to "
        "get a new shell.",
        names=", ".join(map(_plain, lost)),
    )


def _plain(name: str) -> str:
    """As a person says it: "kubectl" for "function:kubectl"."""
    return name.rpartition(":")[2]
