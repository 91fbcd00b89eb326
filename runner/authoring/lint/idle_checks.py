"""Checks that say nothing: they hold whatever the learner does, or look at words instead of at the cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import singledispatch
from typing import Any

from checks.base import CannotRead, Check
from checks.command import Command
from checks.environment import Environment
from checks.expressions import NotWorkedOut, value_of
from checks.file import File
from checks.namespace import NamespaceCheck
from checks.patterns import compiled
from checks.quiz import Quiz
from checks.resource import Resource
from checks.service import Service
from checks.tool import Tool
from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import Phrase, phrase

ALWAYS_SET = frozenset({"HOME", "KUBECONFIG", "LOGNAME", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "USER"})
"""Variables that every shell of a lab has."""
ALWAYS_THERE = frozenset({"bash", "cat", "cd", "cp", "echo", "env", "grep", "ls", "sed", "sh", "test"})
"""Programs without which there is no shell to learn in."""
OF_EVERY_CLUSTER = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
KINDS_OF_EVERY_CLUSTER = frozenset({"APIService", "ClusterRole", "Namespace", "Node", "ServiceAccount"})
SOME_EVERYWHERE = frozenset(("v1", kind) for kind in ("ConfigMap", "Endpoints", "Pod", "Service"))
"""What every cluster has in one of its namespaces, by apiVersion and kind."""

_SUCCEEDS = re.compile(r"(\|\||;|\n|^)\s*(true|:|exit\s+0|(echo|printf)\b[^|&;]*)\s*$")
_PRINTS_OBJECTS = re.compile(r"^\s*(sudo\s+)?kubectl\b.*\b(get|describe)\b")


def check_cannot_fail(draft: Draft) -> Iterator[Advice]:
    """A check that holds before the work proves nothing."""
    for path, check in draft.checks():
        reason = never_fails(check)
        if reason is not None:
            yield Advice(path, phrase("this check can't fail: {reason}", reason=reason))


def step_without_check(draft: Draft) -> Iterator[Advice]:
    for index, step in enumerate(draft.lab.steps):
        if not step.checks:
            yield Advice(
                ("steps", index),
                phrase("the step has no check: it passes when its commands have run, whatever they did"),
                phrase("say what must hold afterwards, or ask a question (quiz)"),
            )


def nothing_new(draft: Draft) -> Iterator[Advice]:
    """All that the step checks was checked before it."""
    seen: list[Check] = []
    for index, step in enumerate(draft.lab.steps):
        if step.checks and all(check in seen for check in step.checks):
            yield Advice(
                ("steps", index, "checks"),
                phrase("every check of this step is one of an earlier step: it passes before it is begun"),
            )
        seen += step.checks


def absent_from_the_start(draft: Draft) -> Iterator[Advice]:
    """What must be gone must have been there, and nothing in the lab says so."""
    wanted: set[tuple[str, object, object]] = set()
    for path, check in draft.checks():
        name = _named(check)
        if not getattr(check, "absent", False):
            wanted.add(name)
        elif name not in wanted and path[0] == "steps":
            yield Advice(
                path,
                phrase("this holds before the work: no earlier check wants to have it there"),
                phrase("check in an earlier step that it exists"),
            )


def looks_at_output(draft: Draft) -> Iterator[Advice]:
    """What kubectl prints changes with its version; what it prints about does not."""
    for path, check in draft.checks():
        if isinstance(check, Command) and _PRINTS_OBJECTS.search(check.command):
            yield Advice(
                path,
                phrase(
                    "this looks at what kubectl prints, once every {seconds} s",
                    seconds=round(check.interval or 0),
                ),
                phrase(
                    "look at the object itself: deployment, service, pods, or resource with where or matches"
                ),
            )


LONG = 60
"""Characters of JSON that a learner may still read as what is asked of them."""


def matches_without_title(draft: Draft) -> Iterator[Advice]:
    """The whole wanted object as one line of JSON: nothing to read, and it gives the answer away."""
    for path, check in draft.checks():
        if not isinstance(check, Resource) or check.matches is None or check.title or check.hidden:
            continue
        if _leaves(check.matches) > 1 and len(json.dumps(check.matches, ensure_ascii=False)) > LONG:
            yield Advice(
                (*path, "matches"),
                phrase("without a title the learner reads what is wanted as one line of JSON"),
                phrase(
                    "say in words what must be so, as in: {example}",
                    example="title: {en: MODE comes from the ConfigMap c, ko: MODE를 컨피그맵 c에서 가져옴}",
                ),
            )


def _leaves(value: Any) -> int:
    """How many values are wanted."""
    if isinstance(value, Mapping):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list | tuple) else 1


def _named(check: Check) -> tuple[str, str, str]:
    """Which thing a check is about: its kind, name and namespace."""
    kind = getattr(check, "resource", check.subject)
    name = check.name if isinstance(check, Resource) else getattr(check, check.subject)
    return str(kind).lower(), str(name), str(getattr(check, "namespace", None))


@singledispatch
def never_fails(check: Check) -> Phrase | None:
    """Why this check can't but hold; None where it can fail as far as can be told from its own words."""
    image = getattr(check, "image", None)
    if isinstance(image, str) and _matches_anything(image):
        return phrase("its pattern fits everything: {pattern}", pattern=image)
    return None


@never_fails.register
def _(check: Command) -> Phrase | None:
    if check.output is not None and _matches_anything(check.output):
        return phrase("its pattern fits everything: {pattern}", pattern=check.output)
    judges_words = check.contains is not None or check.output is not None or check.not_contains is not None
    if check.exit_code == 0 and not judges_words and _SUCCEEDS.search(check.command):
        return phrase("the command ends with 0 whatever happens: {command}", command=check.command)
    return None


@never_fails.register
def _(check: Environment) -> Phrase | None:
    if check.matches is not None and _matches_anything(check.matches):
        return phrase("its pattern fits everything: {pattern}", pattern=check.matches)
    only_set = check.contains is None and check.equals is None and check.matches is None
    if only_set and check.environment in ALWAYS_SET:
        return phrase("every shell has this variable: {name}", name=check.environment)
    return None


@never_fails.register
def _(check: File) -> Phrase | None:
    if check.file.rstrip("/") in ("", ".", "~", "$HOME", "/tmp") and not check.absent:  # noqa: S108
        return phrase("this folder is always there: {path}", path=check.file)
    return None


@never_fails.register
def _(check: NamespaceCheck) -> Phrase | None:
    if check.namespace in OF_EVERY_CLUSTER and not check.labels and not check.absent:
        return phrase("every cluster has this namespace: {namespace}", namespace=check.namespace)
    return None


@never_fails.register
def _(check: Resource) -> Phrase | None:
    if check.where is not None and _true_of_nothing(check.where):
        return phrase(
            "its expression is true of an object that has nothing in it: {where}", where=check.where
        )
    says_more = check.where or check.matches or check.count or check.names or check.selector or check.absent
    if says_more:
        return None
    anywhere = (
        check.name is None and check.namespace is None and (check.api, check.resource) in SOME_EVERYWHERE
    )
    if anywhere or (check.name is None and check.resource in KINDS_OF_EVERY_CLUSTER):
        return phrase("every cluster has some of this kind: {kind}", kind=check.resource)
    if check.resource == "Namespace" and check.name in OF_EVERY_CLUSTER:
        return phrase("every cluster has this namespace: {namespace}", namespace=check.name)
    return None


@never_fails.register
def _(check: Service) -> Phrase | None:
    plain = not (check.ports or check.external or check.absent) and check.type in (None, "ClusterIP")
    if (check.service, check.namespace) == ("kubernetes", "default") and plain:
        return phrase("every cluster has this Service: {service}", service="kubernetes")
    return None


@never_fails.register
def _(check: Tool) -> Phrase | None:
    if check.tool in ALWAYS_THERE and check.version is None:
        return phrase("every shell has this program: {tool}", tool=check.tool)
    return None


@never_fails.register
def _(check: Quiz) -> Phrase | None:
    if check.choices and all(choice.correct for choice in check.choices):
        return phrase("every choice is correct")
    if check.answer is not None and _matches_anything(check.answer):
        return phrase("its pattern fits everything: {pattern}", pattern=check.answer)
    return None


def _matches_anything(pattern: str) -> bool:
    """Whether a regular expression is found in any text: in nothing, and in words that nobody would ask for."""
    return all(compiled(pattern).found_in(text) for text in ("", "\x00", "zq#7 §"))


def _true_of_nothing(expression: str) -> bool:
    def holds(value: Any) -> bool:
        try:
            return bool(value_of(expression, value))
        except (NotWorkedOut, CannotRead):
            return False

    return holds({}) and holds([])
