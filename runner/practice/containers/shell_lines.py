"""Whether what was typed so far is a whole command, or more lines must follow."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from runner.practice.containers.script_structure import HEREDOC, substituted, tokens, without_heredocs, words

if TYPE_CHECKING:
    from bashkit import Bash

_BEFORE_A_COMMAND = frozenset({"do", "then", "else", "if", "while", "until", "{", "!", "IFS="})
_OPEN = ("unexpected end of file", "unexpected EOF", "unterminated")
_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\$|(?:&&|\|\||\|)\s*$")


def is_open(bash: Bash, script: str) -> bool:
    """Whether it ends within a quote, a loop, a here-document, or after a word that another command follows."""
    from bashkit import BashError

    try:
        bash.analyze(script)
    except BashError as error:
        return any(words in str(error) for words in _OPEN)
    if _GOES_ON.search(script.removesuffix("\n")):
        return True
    return has_open_heredoc(script)


def is_whole(bash: Bash, script: str) -> bool:
    """Whether it is a script that can be read."""
    from bashkit import BashError

    try:
        bash.analyze(script)
    except BashError:
        return False
    return not is_open(bash, f"{script}\n")


def has_open_heredoc(script: str) -> bool:
    """Whether the lines of a here-document must follow."""
    wanted: list[tuple[str, bool]] = []
    for line in script.split("\n"):
        if wanted:
            word, tabs = wanted[0]
            if (line.lstrip("\t") if tabs else line) == word:
                wanted.pop(0)
            continue
        wanted = [(found[3], bool(found[1])) for found in HEREDOC.finditer(line)]
    return bool(wanted)


def has_output_elsewhere(script: str) -> bool:
    """Whether what its commands write goes to a pipe or a file, so that programs see no terminal there."""
    before = ""
    for word in words(script):
        if word in ("|", "|&", "&>", "&>>") or (word in (">", ">>", ">|") and before != "2"):
            return True
        before = word
    return False


def with_read_prompts(script: str) -> str:
    """With `printf` before each `read -p PROMPT`: bashkit does not show it."""
    found = tokens(without_heredocs(script))
    for index in reversed(range(len(found))):
        before = found[index - 1] if index else None
        begins = before is None or before.is_operator or before.text in _BEFORE_A_COMMAND
        if found[index].text != "read" or found[index].is_operator or not begins:
            continue
        for option, shown in pairwise(found[index + 1 :]):
            if option.is_operator or shown.is_operator:
                break
            if re.fullmatch(r"-[a-zA-Z]*p", option.text):
                at = found[index].at
                script = f"{script[:at]}printf %s {script[shown.at : shown.end]} && {script[at:]}"
                break
    return script


def may_be_merged(script: str) -> bool:
    """Whether its two outputs may be one: bashkit would have errors go where only the output does, into a pipe, or `$(…)`."""
    found = list(words(script))
    return not any(word in ("|", "|&") or "`" in word or "$(" in word for word in found) and not any(
        before.endswith("$") and word == "(" for before, word in pairwise(found)
    )


_PAGER = re.compile(r"\|\s*(less|more)\b[^|;&<>\n]*\s*$")


def pager_at_the_end(script: str) -> str | None:
    """The pager that what a script writes goes to: its own output is the terminal."""
    found = _PAGER.search(script)
    return found[1] if found else None


_NAMES = r"\\.|\$0(?!\d)|\$\{0(?=[}#%:/])|\$\$"
_NAME = re.compile(rf"'[^']*'|\"(?:\\.|[^\"\\])*\"|{_NAMES}", re.DOTALL)
_NAME_IN_QUOTES = re.compile(_NAMES, re.DOTALL)
_REAL_NAMES = {"$0": "${BASH_ARGV0}", "${0": "${BASH_ARGV0"}


def with_name(script: str, pid: int) -> str:
    """With BASH_ARGV0 for `$0`, and the process's number for `$$`: bashkit does not let us set them."""
    if not any(each in script for each in ("$0", "${0", "$$")):
        return script
    names = {**_REAL_NAMES, "$$": str(pid)}

    def named(found: re.Match[str]) -> str:
        text = found[0]
        return names.get(text) or (_NAME_IN_QUOTES.sub(named, text) if text[0] == '"' else text)

    return substituted(script, _NAME, named)
