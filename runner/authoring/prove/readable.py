"""What a learner must not be able to read: the texts of hidden checks, and the answers to questions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.base import Check
from checks.quiz import Quiz
from runner.authoring.prove.proof import Fault, place
from runner.labs.model import Lab
from runner.labs.yaml_nodes import Path
from runner.words import phrase

LONG = 6
"""Letters from which on a text stands for itself: shorter ones are in every sentence."""


def faults(lab: Lab) -> Iterator[Fault]:
    """Hidden words and written answers that stand in the lab's texts for the learner."""
    texts = dict(_texts(lab))
    for path, check in _checks(lab):
        if check.hidden:
            yield from _hidden(lab, path, check, texts)
        if isinstance(check, Quiz) and check.answer is not None:
            yield from _answer(path, check, texts)


def _hidden(lab: Lab, path: Path, check: Check, texts: dict[Path, str]) -> Iterator[Fault]:
    for words in (check.title, check.message, check.hint):
        for shown in (words or {}).values():
            for where, text in texts.items():
                if len(shown) >= LONG and shown in text:
                    yield Fault(
                        "hidden-readable",
                        where,
                        phrase("a text for the learner reveals a hidden check: {words}", words=shown),
                        phrase("the hidden check belongs to {place}", place=place(lab, path)),
                    )


def _answer(path: Path, check: Quiz, texts: dict[Path, str]) -> Iterator[Fault]:
    """The question itself must not answer; the step's text may (reading it is what the question asks for)."""
    (answer,) = check.solution()
    alone = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE)
    for where, text in texts.items():
        if where[: len(path)] == path and alone.search(text):
            yield Fault(
                "answer-readable",
                where,
                phrase("the question contains its own answer: {answer}", answer=answer),
                phrase("phrase the question so that the answer must be found"),
            )


def _checks(lab: Lab) -> Iterator[tuple[Path, Check]]:
    for number, step in enumerate(lab.steps):
        for index, check in enumerate(step.checks):
            yield ("steps", number, "checks", index), check


def _texts(lab: Lab) -> Iterator[tuple[Path, str]]:
    """What the learner reads before a step is done: not what is reported after answering (`explain`, `learnt`)."""
    for language, text in lab.summary.items():
        yield ("summary", language), text
    for number, step in enumerate(lab.steps):
        at: Path = ("steps", number)
        for name in ("title", "text"):
            for language, text in getattr(step, name).items():
                yield (*at, name, language), text
        for index, hint in enumerate(step.hints):
            for language, text in hint.items():
                yield (*at, "hints", index, language), text
        for index, check in enumerate(step.checks):
            if isinstance(check, Quiz) and not check.hidden:
                for language, text in check.quiz.items():
                    yield (*at, "checks", index, "quiz", language), text
