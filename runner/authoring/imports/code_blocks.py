"""What a block of code holds: commands, what a terminal showed, or a file's content.

A block of a shell (```bash) has commands, as far as its lines can be some; one of another language has none; one of no
language has commands where its first line is a prompt's or begins with a program that is known.
"""

from __future__ import annotations

import re

from runner.authoring.imports.logical import Logical, State, commands
from runner.authoring.imports.transcript import signs

SHELLS = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "shell-session",
        "shellsession",
        "terminal",
        "ksh",
        "cmd",
        "powershell",
    }
)
_SESSIONS = frozenset({"console", "shell-session", "shellsession", "terminal"})
_NO_LANGUAGE = frozenset({"", "plain", "text", "plaintext", "txt", "none"})
_KEY = re.compile(r"^(?:-\s+)?[\w./-]+:(?:\s|$)", re.MULTILINE)
_MANIFEST = re.compile(r"^apiVersion:\s*\S", re.MULTILINE)
_KIND = re.compile(r"^kind:\s*\S", re.MULTILINE)
_PROGRAM = re.compile(
    r"(?:\.{0,2}/|~/)?[A-Za-z_][\w./+-]*|\[\[?|!|\(|\{|\$\(.*|\$\{?\w+\}?.*|\"?\$\{?\w+.*|:"
)
_NO_PROGRAM = re.compile(r"^-|://|/$|:$|\.(?:ya?ml|json|txt|conf|md|html?|crt|key|log)$|^\d")
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*\+?=")


def manifest(content: str) -> bool:
    """Whether this is a whole manifest of Kubernetes."""
    return bool(_MANIFEST.search(content) and _KIND.search(content))


def yaml_like(content: str) -> bool:
    """Whether most lines are those of a YAML file, and none begins a command."""
    lines = [line for line in content.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and sum(1 for line in lines if _KEY.match(line.strip())) * 2 > len(lines)


def commands_of(info: str, content: str, line: int) -> list[Logical]:
    """The commands of a block whose first line has the number `line`; none if it holds something else.

    What stands behind prompts is taken without them, and what was printed between them is left out.
    """
    language = info.lower().strip("{}. ")
    if language not in SHELLS and language not in _NO_LANGUAGE:
        return []
    if manifest(content.split("<<", 1)[0]):
        return []
    prompted = _prompted(content, line)
    if prompted:
        return prompted
    if language in _SESSIONS and not _begins(content):
        return []
    if language in _NO_LANGUAGE and not _begins(content):
        return []
    if yaml_like(content.split("<<", 1)[0]):
        return []
    return _until_output(content, line)


def runnable(command: str) -> bool:
    """Whether the first word of a command can be a program's name: no path of a file, no option, no address."""
    words = [word for word in command.split() if not _ASSIGNMENT.match(word)]
    if not words:
        return bool(command.strip())  # assignments alone
    first = words[1] if words[0] in ("sudo", "time", "!", "nohup") and len(words) > 1 else words[0]
    return bool(_PROGRAM.fullmatch(first)) and not _NO_PROGRAM.search(first)


def _begins(content: str) -> bool:
    """Whether the first line that is no comment begins with a program that is known."""
    for line in content.split("\n"):
        text = line.strip()
        if text and not text.startswith("#"):
            return signs.starts_a_program(text) or bool(
                re.match(r"(?:k|for|while|if)\s|[A-Za-z_]\w*=\S+(?:\s|$)", text)
            )
    return False


def _prompted(content: str, first: int) -> list[Logical]:
    """The commands behind prompts; none if no line has one."""
    found, at, lines = list[Logical](), 0, content.split("\n")
    while at < len(lines):
        typed = None if lines[at].lstrip().startswith("#") else signs.prompt(lines[at], in_code=True)
        begun = first + at
        at += 1
        if typed is None or not typed.command:
            continue
        kept, state = [typed.command], State()
        state.feed(typed.command)
        while state.open and at < len(lines):
            more = signs.continued(lines[at])
            kept.append(more)
            state.feed(more)
            at += 1
        if not typed.command.startswith("#"):
            found.append(Logical("\n".join(kept).strip(), begun))
    return found


def _until_output(content: str, first: int) -> list[Logical]:
    """The commands of a block without prompts; of what was printed among them only what cannot be a command is left out."""
    found, printed = list[Logical](), False
    for each in commands(content, first):
        head = each.text.split("\n", 1)[0]
        if signs.table_head(head):
            printed = True
            continue
        if printed and not signs.starts_a_program(head):
            continue
        printed = False
        found.append(each)
    return found
