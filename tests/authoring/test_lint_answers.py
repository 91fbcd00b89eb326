"""Answers that stand where the learner reads before answering, and those that may."""

from __future__ import annotations

import pytest

from tests.authoring.test_lint import LAB, rules, write

QUIZ = """[{quiz: Which?, id: q, choices: [{id: a, text: app=web, correct: true}, {id: b, text: app=db}]}]"""


@pytest.mark.parametrize(
    ("text", "hint", "reported"),
    [
        ("Do it.", "The selector is app=web.", 1),
        ("Answer app=web.", "Look.", 1),
        ("Answer app=web.", "It is app=web.", 2),
        ("The Service selects app=web.", "Look.", 0),
        ("Do it.", "It is app=web or app=db.", 0),
        ("Do it.", "Compare my-app=web-1.", 0),
        ("Find the answer to the question below. The pods have app=web.", "Look.", 0),
    ],
)
def test_a_choice_that_is_given_away(tmp_path, text, hint, reported):
    lab = LAB.replace("[{namespace: shop}]", QUIZ)
    lab = lab.replace("en: Do it.", f'en: "{text}"').replace("en: Try again.", f'en: "{hint}"')
    assert rules(write(tmp_path, lab)).count("answer-in-text") == reported


def test_a_later_hint_may_say_more(tmp_path):
    lab = LAB.replace("[{namespace: shop}]", QUIZ)
    lab = lab.replace("다시 해 보세요.}", "다시 해 보세요.}, {en: It is app=web., ko: app=web입니다.}")
    assert rules(write(tmp_path, lab)) == []


def test_a_challenge_may_have_its_solution_in_the_last_hint(tmp_path):
    hints = "{en: Look., ko: 보세요.}, {en: kubectl create namespace shop, ko: kubectl create namespace shop을 하세요}"
    lab = LAB.replace("run:", "solution:").replace("{en: Try again., ko: 다시 해 보세요.}", hints)
    assert rules(write(tmp_path, lab)) == []
