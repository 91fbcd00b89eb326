"""A bash command line as the simple commands that it has, as far as a reader needs them; nothing is expanded."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z_][\w-]*)\2")
_BEFORE = frozenset(
    {
        "sudo",
        "time",
        "nohup",
        "exec",
        "command",
        "env",
        "do",
        "then",
        "else",
        "if",
        "while",
        "until",
        "!",
        "{",
    }
)
"""Words after which another command begins."""
_ASSIGNS = re.compile(r"[A-Za-z_]\w*=")
_TAKES = re.compile(r"(\d*)(>>?|<|<<<)$")


@dataclass(frozen=True, slots=True)
class Statement:
    """One simple command: its words without quotes, redirections, assignments, `sudo` and the like."""

    words: tuple[str, ...]
    text: str
    """As it is written, without here-documents."""
    background: bool = False
    limited: bool = False
    """Whether timeout(1) is before it."""
    fed: bool = False
    """Whether its standard input is a pipe, a file or a here-document."""
    piped_to: tuple[str, ...] = ()
    """The words of the command that its output goes to."""

    @property
    def program(self) -> str:
        return self.words[0].rpartition("/")[2] if self.words else ""


@dataclass(frozen=True, slots=True)
class HereDocument:
    """What is between `<<EOF` and `EOF`; `plain` where bash puts nothing in for $names."""

    body: str
    plain: bool
    line: int
    """The line of the command that its first line is, from 0."""


def here_documents(command: str) -> tuple[str, list[HereDocument]]:
    """The command without its here-documents (their lines are empty), and those."""
    rest, found = list[str](), list[HereDocument]()
    lines = command.split("\n")
    at = 0
    while at < len(lines):
        rest.append(lines[at])
        at += 1
        for tabs, quote, word in _HEREDOC.findall(_without_comment(rest[-1])):
            first, body = at, list[str]()
            while at < len(lines) and (lines[at].lstrip("\t") if tabs else lines[at]).rstrip() != word:
                body.append(lines[at])
                at += 1
            at += 1
            rest.extend("" for _ in range(first, min(at, len(lines))))
            found.append(HereDocument("\n".join(body), bool(quote), first))
    return "\n".join(rest), found


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else line


def statements(command: str) -> list[Statement]:
    """The simple commands, in order; what is in $(…) stays a word of the command that it is in."""
    text, _ = here_documents(command)
    return list(_statements(text.replace("\\\n", " "), background=False))


def _statements(text: str, *, background: bool) -> Iterator[Statement]:
    parts = list(_split(text))
    in_background = _in_background(parts)
    for number, (part, ending) in enumerate(parts):
        behind = background or in_background[number]
        before = parts[number - 1][1] if number else ""
        inner = part.strip()
        if inner.startswith("(") and inner.endswith(")"):
            yield from _statements(inner[1:-1], background=behind)
            continue
        following = (
            _words(parts[number + 1][0])[0] if ending in ("|", "|&") and number + 1 < len(parts) else ()
        )
        words, limited, redirected = _words(part)
        if words:
            yield Statement(words, inner, behind, limited, redirected or before in ("|", "|&"), following)


def _in_background(parts: list[tuple[str, str]]) -> list[bool]:
    """Of each part whether the pipeline that it is in ends with &."""
    found: list[bool] = []
    for _, ending in reversed(parts):
        goes_on = ending in ("|", "|&", "&&", "||")
        found.append(bool(found) and found[-1] if goes_on else ending == "&")
    return found[::-1]


def _split(text: str) -> Iterator[tuple[str, str]]:
    """The parts between separators, each with the separator behind it."""
    start, at, depth, quote = 0, 0, 0, ""
    while at < len(text):
        sign = text[at]
        if quote:
            at += sign == "\\" and quote == '"'
            quote = "" if sign == quote else quote
        elif sign == "\\":
            at += 1
        elif sign in "'\"`":
            quote = sign
        elif sign == "#" and (at == 0 or text[at - 1] in " \t\n;"):
            newline = text.find("\n", at)
            end = len(text) if newline < 0 else newline
            text = text[:at] + text[end:]
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and sign in ";|&\n":
            if sign == "&" and (text[at - 1 : at] in ("<", ">") or text[at + 1 : at + 2] == ">"):
                at += 1
                continue
            ending = text[at : at + 2] if text[at : at + 2] in ("&&", "||", "|&", ";;") else sign
            yield text[start:at], ending
            at += len(ending)
            start = at
            continue
        at += 1
    yield text[start:], ""


def _words(part: str) -> tuple[tuple[str, ...], bool, bool]:
    """The words, whether timeout(1) limits them, and whether standard input is redirected."""
    try:
        words = shlex.split(part)
    except ValueError:
        words = part.split()
    kept, redirected = list[str](), False
    skip = False
    for word in words:
        if skip:
            skip = False
        elif found := _TAKES.fullmatch(word):
            skip, redirected = True, redirected or "<" in found[2]
        elif re.match(r"\d*[<>]|&>", word):
            redirected = redirected or word.lstrip("0123456789").startswith("<")
        else:
            kept.append(word)
    limited = False
    while kept:
        if kept[0] in _BEFORE or _ASSIGNS.match(kept[0]):
            kept = kept[1:]
        elif kept[0] == "timeout":
            limited, kept = True, _after_timeout(kept[1:])
        else:
            break
    return tuple(kept), limited, redirected


def _after_timeout(words: list[str]) -> list[str]:
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("-k", "-s") else words[1:]
    return words[1:]


@dataclass(frozen=True, slots=True)
class Kubectl:
    """A call of kubectl: its words that are no options, its options, and the command behind `--`."""

    words: tuple[str, ...]
    flags: frozenset[str]
    """Names of the options, short ones by their letter."""
    values: dict[str, str]
    behind: tuple[str, ...] | None

    @property
    def verb(self) -> str:
        return self.words[0] if self.words else ""


_TAKE_VALUE = frozenset(["n", "o", "l", "f", "L", "c", "s", "k", "p", "A"]) - {"A"}
_LONG_VALUE = frozenset(
    """
    namespace output selector filename label-columns container server kustomize context kubeconfig cluster user as image
    port target-port name type replicas patch field-selector sort-by tail since timeout for template overrides restart env
    labels from-literal from-file request-timeout address
    """.split()  # noqa: SIM905  # a list of thirty quoted words reads worse
)


def kubectl(statement: Statement) -> Kubectl | None:
    """The call, where the statement is one of kubectl (or of the alias k, or of oc)."""
    if statement.program not in ("kubectl", "k", "oc"):
        return None
    words, flags, values = list[str](), set[str](), dict[str, str]()
    rest = list(statement.words[1:])
    behind: tuple[str, ...] | None = None
    while rest:
        word = rest.pop(0)
        if word == "--":
            behind = tuple(rest)
            break
        if word.startswith("--"):
            name, given, value = word[2:].partition("=")
            if not given and name in _LONG_VALUE and rest:
                value = rest.pop(0)
            if value.lower() != "false":
                flags.add(name)
                values[name] = value
        elif word.startswith("-") and len(word) > 1:
            _short(word[1:], words[0] if words else "", rest, flags, values)
        else:
            words.append(word)
    return Kubectl(tuple(words), frozenset(flags), values, behind)


def _short(letters: str, verb: str, rest: list[str], flags: set[str], values: dict[str, str]) -> None:
    """`-wn shop`, `-it`, `-nshop`: letters up to the first that takes a value."""
    for at, letter in enumerate(letters):
        flags.add(letter)
        follows = letter == "f" and verb == "logs"
        if letter in _TAKE_VALUE and not follows and not (letter == "p" and verb == "logs"):
            values[letter] = letters[at + 1 :].lstrip("=") or (rest.pop(0) if rest else "")
            return
        if letters[at + 1 :].startswith("="):
            if letters[at + 2 :].lower() == "false":
                flags.discard(letter)
            return
