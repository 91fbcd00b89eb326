"""Answers that the learner can read before answering: in the step's text, or in its first hint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checks.quiz import Quiz
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.model import Step
from runner.labs.yaml_nodes import Path
from runner.words import phrase

_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_REVEALS = re.compile(
    r"\b(?:answer|answers|reply|choose|select|pick)\b|답(?:은|을|입니다|:)|정답|고르세요|선택하세요",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:to|the) (?:answer|question)s? (?:of|in|below|at|is asked)\b", re.IGNORECASE)
SHORT = 2
"""Letters of an answer that may stand in any sentence."""


def answer_in_text(draft: Draft) -> Iterator[Advice]:
    """A question whose answer is given away, a challenge whose solution is written above it."""
    for index, step in enumerate(draft.lab.steps):
        at: Path = ("steps", index)
        for check in step.checks:
            if isinstance(check, Quiz):
                yield from _of_question(at, step, check)
        if not step.run and step.solution:
            yield from _of_challenge(at, step)


def _of_question(at: Path, step: Step, quiz: Quiz) -> Iterator[Advice]:
    message = _given_away(step.text, quiz, asked_only=True)
    if message:
        yield Advice(
            (*at, "text"),
            phrase("the text gives the answer away: {answer}", answer=message),
            phrase("say where to find it; the answer itself can go into {key}", key="explain:"),
        )
    message = _given_away(step.hints[0], quiz, asked_only=False) if step.hints else ""
    if message:
        yield Advice(
            (*at, "hints", 0),
            phrase("the first hint gives the answer away: {answer}", answer=message),
            phrase("say where to look first; a later hint can say more"),
        )


def _given_away(texts: Mapping[str, str], quiz: Quiz, *, asked_only: bool) -> str:
    """The answer that one of the texts gives away, "" for none; `asked_only`: in a sentence that speaks of answering."""
    for language, words in texts.items():
        right, wrong = _answers(quiz, language)
        for sentence in _SENTENCE.split(words) if asked_only else [words]:
            speaks = not asked_only or (_REVEALS.search(sentence) and not _NOT_YET.search(sentence))
            if speaks and _reveals(sentence, right, wrong):
                return right[0]
    return ""


def _answers(quiz: Quiz, language: str) -> tuple[list[str], list[str]]:
    """The right answers and the wrong ones, as they may stand in a text of that language."""
    if quiz.choices:
        texts = [
            (each.correct, each.text.get(language) or next(iter(each.text.values()))) for each in quiz.choices
        ]
        return [text for right, text in texts if right], [text for right, text in texts if not right]
    return list(quiz.solution()), []


def _reveals(words: str, right: list[str], wrong: list[str]) -> bool:
    """Whether all that is right stands in the words, and nothing that is wrong does."""
    long_enough = all(len(each) > SHORT for each in right)
    return (
        bool(right)
        and long_enough
        and all(_stands(each, words) for each in right)
        and not any(_stands(each, words) for each in wrong)
    )


def _stands(answer: str, words: str) -> bool:
    alone = rf"(?<![\w-]){re.escape(' '.join(answer.split()))}(?![A-Za-z0-9_-])"
    return re.search(alone, " ".join(words.split()), re.IGNORECASE) is not None


def _of_challenge(at: Path, step: Step) -> Iterator[Advice]:
    places = [((*at, "text"), step.text), *(((*at, "hints", 0), hint) for hint in step.hints[:1])]
    for command in step.solution or ():
        line = " ".join(command.command.split())
        if len(line.split()) < 3:
            continue
        for path, texts in places:
            if any(line in " ".join(words.split()) for words in texts.values()):
                yield Advice(
                    path,
                    phrase("the text shows the solution: {command}", command=line[:100]),
                    phrase(
                        "the learner has to find it: move it to {key}, or make it the step's {run}",
                        key="solution:",
                        run="run:",
                    ),
                )
                return
