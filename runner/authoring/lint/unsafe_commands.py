"""Commands whose effect is not repeatable or not complete."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runner.authoring.lint.lint_context import Advice, Draft
from runner.authoring.lint.quoting import unquoted
from runner.labs.model import Command
from runner.words import phrase

_SLOW = re.compile(
    r"\b((istioctl|helm|linkerd|cilium|flux|argocd)\s+(\S+\s+)*?(install|upgrade)|kind\s+create|minikube\s+start"
    r"|k3d\s+cluster\s+create|docker\s+(build|pull|push)|kubectl\s+(wait|rollout\s+status|drain)|git\s+clone"
    r"|curl\b.*\|\s*.*sh\b|curl\s.*-\S*[LO]|wget|apt(-get)?\s+(install|update|upgrade)|pip3?\s+install|npm\s+(ci|install)"
    r"|mvn|gradlew?|sleep\s+\d{3,})\b"
)
_OWN_LIMIT = re.compile(r"--(\w+-)?timeout[= ]")
_EDITORS = re.compile(r"\bkubectl\s+edit\b|^\s*(sudo\s+)?(vi|vim|nano|emacs)\s")
_ASKS = re.compile(
    r"\bistioctl\s+install\b(?!.*(\s-y\b|--skip-confirmation))|\bapt(-get)?\s+install\b(?!.*\s-y)"
)


def unquoted_variable(draft: Draft) -> Iterator[Advice]:
    """`rm -r $DIR/x` is something else where DIR is empty or has a space in it."""
    for path, command in draft.commands():
        for name in unquoted(command.command):
            yield Advice(
                path,
                phrase("a variable without quotes: {name}", name=name),
                phrase("put it in double quotes, for example: {example}", example=f'"{name}"'),
            )


def no_timeout(draft: Draft) -> Iterator[Advice]:
    """A command that may take minutes is stopped after the default timeout of two."""
    for path, command in draft.commands():
        waits = slow(command.command)
        if waits and "timeout" not in command.model_fields_set:
            yield Advice(
                path,
                phrase("this may be slow, and has no timeout: {what}", what=waits),
                phrase("set a timeout, for example: {example}", example="timeout: 10m"),
            )


def slow(line: str) -> str:
    """What of a command line may take minutes; "" if nothing does, or where it has a limit of its own."""
    waits = _SLOW.search(line)
    return " ".join(waits[0].split()) if waits and not _OWN_LIMIT.search(line) else ""


def asks_in_vain(draft: Draft) -> Iterator[Advice]:
    """A question without an answer, an editor without keys: the command hangs when it is run."""
    for path, command in draft.commands():
        if _EDITORS.search(command.command) and not command.keys and not _patched(command):
            yield Advice(
                path,
                phrase("this opens an editor, and no keys are provided to type into it"),
                phrase("add keys: […]"),
            )
        elif _ASKS.search(command.command) and not command.answers:
            yield Advice(
                path,
                phrase("this asks a question, and no answer is provided"),
                phrase("add answers: […], or -y"),
            )


def _patched(command: Command) -> bool:
    """Whether something else is the editor, or the output is only looked at."""
    return "EDITOR=" in command.command


def empty_solution(draft: Draft) -> Iterator[Advice]:
    """A solution that is the same as the step's commands, or nothing."""
    for index, step in enumerate(draft.lab.steps):
        if step.solution is None:
            continue
        path = ("steps", index, "solution")
        if not step.solution:
            yield Advice(path, phrase("the solution has no commands"))
        elif step.solution == step.run:
            yield Advice(path, phrase("the solution is the same as run"), phrase("remove it"))
