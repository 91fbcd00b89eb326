"""Commands that do not end by themselves: the step waits for them until their time is up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from checks.command import Command as CommandCheck
from checks.exec import Exec
from runner.authoring.lint.bash_syntax import Kubectl, Statement, here_documents, kubectl, statements
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.model import Command
from runner.words import Phrase, phrase

_SHELLS = frozenset({"sh", "bash", "ash", "zsh", "dash", "fish"})
_DIALOGUES = _SHELLS | {"mysql", "psql", "redis-cli", "mongo", "mongosh", "python", "python3", "node", "irb"}
"""Programs that, called without anything to do, wait for somebody to type."""
_FOREVER = re.compile(r"\bwhile\s+(true|:|\[\s*1\s*\]|\[\[\s*1\s*\]\])\s*[;\n]|\bfor\s*\(\(\s*;\s*;\s*\)\)")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"")
_LEAVES = re.compile(r"\b(break|exit|return|timeout)\b")

LATER = phrase(
    "run it in the background with &, or limit it with timeout, for example: {example}",
    example="timeout 30 …",
)
ONCE = phrase(
    "print the state once, or wait for a condition: {example}",
    example="kubectl wait --for=…, kubectl rollout status",
)
BACKGROUND = phrase("run it in the background: {example}", example="… > /dev/null 2>&1 &")
INSIDE = phrase("give it a command to run, for example: {example}", example="kubectl exec POD -- ls /")
COUNTED = phrase("limit the count, for example: {example}", example="ping -c 3")


def endless_command(draft: Draft) -> Iterator[Advice]:
    """What waits for Ctrl-C, or for somebody who types."""
    for path, command in draft.commands():
        yield from (Advice(path, *each) for each in endless(command.command, command))
    for path, check in draft.checks():
        if isinstance(check, CommandCheck | Exec):
            line = check.line if isinstance(check, Exec) else check.command
            yield from (Advice(path, *each) for each in endless(line))


def endless(line: str, command: Command | None = None) -> Iterator[tuple[Phrase, Phrase]]:
    """What of a command line does not end by itself, and what to write in its place."""
    typed = command is not None and bool(command.keys or command.answers)
    own = _QUOTED.sub("''", here_documents(line)[0])  # not the command of a container
    if _FOREVER.search(own) and not _LEAVES.search(own) and not own.rstrip().endswith("&"):
        yield phrase("this does not end by itself: {command}", command=_short(line)), LATER
        return
    for each in statements(line):
        if each.background or each.limited:
            continue
        hint = _endless(each, typed)
        if hint is not None:
            yield phrase("this does not end by itself: {command}", command=_short(each.text)), hint


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _endless(each: Statement, typed: bool) -> Phrase | None:
    call = kubectl(each)
    if call is not None:
        return _kubectl(call, each, typed)
    rule = _PROGRAMS.get(each.program)
    return rule(each, typed) if rule else None


def _cut(each: Statement) -> bool:
    """Whether what takes its output ends it after some lines."""
    program, *options = each.piped_to or ("",)
    return program == "head" or (
        program == "grep" and any(re.match(r"-\w*[mq]|--(max-count|quiet)", o) for o in options)
    )


def _kubectl(call: Kubectl, each: Statement, typed: bool) -> Phrase | None:
    verb, flags = call.verb, call.flags
    if verb == "get" and flags & {"w", "watch", "watch-only"}:
        return None if _cut(each) else ONCE
    if verb == "logs" and flags & {"f", "follow"}:
        return (
            None
            if _cut(each)
            else phrase("remove {option}: the command then prints the current log and ends", option="-f")
        )
    if verb in ("port-forward", "proxy"):
        return BACKGROUND
    if verb == "attach":
        return INSIDE
    inside = verb in ("exec", "run", "debug") and flags & {"t", "tty"} and flags & {"i", "stdin"}
    if inside and not each.fed and not typed:
        waits = _waits(call.behind) if call.behind is not None else verb != "exec" or _waits(call.words[2:])
        return INSIDE if waits else None
    return None


def _waits(words: tuple[str, ...]) -> bool:
    """Whether a program in a container is one that waits for somebody to type."""
    name = words[0].rpartition("/")[2] if words else "sh"
    if name in _SHELLS:
        return all(word.startswith("-") and "c" not in word for word in words[1:])
    return name in _DIALOGUES and len(words) == 1


def _follows(letters: str, *long: str) -> Callable[[Statement, bool], Phrase | None]:
    option = re.compile(rf"-[0-9A-Za-z]*[{letters}][0-9A-Za-z]*")

    def rule(each: Statement, _typed: bool) -> Phrase | None:
        options = [word for word in each.words[1:] if word.startswith("-")]
        found = any(option.fullmatch(word) or word.partition("=")[0] in long for word in options)
        ended = any(word.startswith("--pid") for word in options) or _cut(each)
        return LATER if found and not ended else None

    return rule


def _without(pattern: str, hint: Phrase) -> Callable[[Statement, bool], Phrase | None]:
    """Endless unless one of its options fits the pattern."""
    ends = re.compile(pattern)
    return lambda each, _typed: None if any(ends.fullmatch(word) for word in each.words[1:]) else hint


def _pager(each: Statement, typed: bool) -> Phrase | None:
    return None if typed else phrase("print it: {example}", example="cat, kubectl … | head")


def _dialogue(each: Statement, typed: bool) -> Phrase | None:
    return INSIDE if not typed and not each.fed and _waits((each.program, *each.words[1:])) else None


def _container(each: Statement, typed: bool) -> Phrase | None:
    words = each.words[1:]
    if words[:1] == ("logs",) and any(re.fullmatch(r"-\w*f\w*|--follow", word) for word in words):
        return LATER
    opened = words[:1] in (("exec",), ("run",)) and any(
        re.fullmatch(r"-\w*(it|ti)\w*", word) for word in words
    )
    shell = bool(words) and words[-1].rpartition("/")[2] in _SHELLS
    return INSIDE if opened and shell and not typed and not each.fed else None


def _first(*verbs: str) -> Callable[[Statement, bool], Phrase | None]:
    return lambda each, _typed: BACKGROUND if any(word in verbs for word in each.words[1:3]) else None


def _cat(each: Statement, typed: bool) -> Phrase | None:
    reads = [word for word in each.words[1:] if not word.startswith("-") or word == "-"]
    if reads or each.fed or typed:
        return None
    return phrase("provide its input, for example: {example}", example="cat > FILE <<'EOF'")


_PROGRAMS: dict[str, Callable[[Statement, bool], Phrase | None]] = {
    "watch": _without(r"-\w*g\w*|--chgexit", ONCE),
    "tail": _follows("fF", "--follow"),
    "journalctl": _follows("f", "--follow"),
    "stern": _without(r"--no-follow", LATER),
    "top": _without(r"-\w*n\S*", LATER),
    "htop": _pager,
    "k9s": _pager,
    "less": _pager,
    "more": _pager,
    "man": _pager,
    "ping": _without(r"-\w*[cw]\S*", COUNTED),
    "sleep": lambda each, _typed: LATER if each.words[1:2] and each.words[1].startswith("inf") else None,
    "yes": lambda each, _typed: None if each.piped_to else LATER,
    "cat": _cat,
    "docker": _container,
    "podman": _container,
    "istioctl": _first("dashboard", "dash", "d"),
    "minikube": _first("tunnel", "dashboard"),
    "linkerd": _first("dashboard"),
    **dict.fromkeys(sorted(_DIALOGUES), _dialogue),
}
