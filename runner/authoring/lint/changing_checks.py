"""Checks whose commands change the cluster: they run again and again, and change it each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checks.command import Command
from checks.exec import Exec
from checks.path_state import beginning
from runner.authoring.lint.bash_syntax import Statement, kubectl, statements
from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import phrase

_VERBS = frozenset(
    """
    apply create delete patch edit scale autoscale label annotate run expose set replace drain cordon uncordon taint
    """.split()  # noqa: SIM905  # a list of twenty quoted words reads worse
)
_ROLLOUT = frozenset({"restart", "undo", "pause", "resume"})
_HELM = frozenset({"install", "upgrade", "uninstall", "delete", "rollback"})
_OF_FILES = frozenset("rm rmdir mv cp touch mkdir ln chmod chown truncate dd tee kill killall pkill".split())  # noqa: SIM905
_SQL = re.compile(
    r"\b(insert\s+into|update\s+\w+\s+set|delete\s+from|drop\s|create\s+(table|database)|truncate\s)", re.I
)
_WRITES = re.compile(r"(?<![0-9&<>-])>{1,2}(?!&)\s*(?!/dev/(null|stdout|stderr|tcp/))[\w/.$]")
MOST_READ = 100_000
"""Characters of a script that are read."""


def check_changes_cluster(draft: Draft) -> Iterator[Advice]:
    """A check must only read: what it changes is not the learner's work."""
    for path, check in draft.checks():
        if not isinstance(check, Command):
            continue
        for line in (check.command, *_scripts(check.command, draft.folder)):
            found = next((each for each in statements(line) if changes(each)), None)
            if found is not None:
                yield Advice(
                    path,
                    phrase(
                        "this check changes the cluster each time that it runs: {command}",
                        command=" ".join(found.text.split())[:120],
                    ),
                    phrase(
                        "put it under run or setup and check its result; for a trial run: {option}",
                        option="--dry-run=server",
                    ),
                )
                break


def check_changes_container(draft: Draft) -> Iterator[Advice]:
    """What a command leaves in a container, the next look finds there."""
    for path, check in draft.checks():
        if isinstance(check, Exec) and changes_container(check.line):
            yield Advice(
                path,
                phrase(
                    "this check changes the container each time that it runs: {command}",
                    command=" ".join(check.line.split())[:120],
                ),
                phrase("put it under run or setup and check its result"),
            )


def changes_container(line: str) -> bool:
    """Whether a command line for a container writes files, ends processes or changes a database there."""
    unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "x", line)
    if _WRITES.search(unquoted) or _SQL.search(line):
        return True
    return any(each.program in _OF_FILES for each in statements(line))


def changes(each: Statement) -> bool:
    """Whether a command changes objects of the cluster."""
    call = kubectl(each)
    if call is None:
        verb = next((word for word in each.words[1:] if not word.startswith("-")), "")
        if each.program == "helm":
            return verb in _HELM and "--dry-run" not in " ".join(each.words)
        return each.program == "istioctl" and verb in ("install", "uninstall", "upgrade")
    if call.values.get("dry-run", "none") not in ("none", "false"):
        return False
    second = call.words[1] if len(call.words) > 1 else ""
    if call.verb == "rollout":
        return second in _ROLLOUT
    if call.verb == "create" and second == "token":
        return False
    if call.verb in ("label", "annotate") and ("list" in call.flags or "local" in call.flags):
        return False
    return call.verb in _VERBS and "help" not in call.flags


def _scripts(command: str, folder: Path) -> Iterator[str]:
    """The lab's own shell scripts that a command names."""
    for name in re.findall(r"[\w./-]+\.sh\b", command):
        relative = name.partition("LABGATE_LAB_FOLDER")[2] or name
        file = folder / relative.lstrip("/")
        try:
            if file.is_file() and file.resolve().is_relative_to(folder.resolve()):
                yield beginning(file, MOST_READ).decode(errors="replace")
        except OSError:
            continue
