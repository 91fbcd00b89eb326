"""How often chance is taken for a fault, and a fault for chance: computed exactly, and tried."""

from __future__ import annotations

import random
from math import comb, exp, log

import pytest

from checks import binomial
from checks.binomial import MORE, Answer, enough_for, judge

SHARES = (0.01, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9)


def probability(hits, of, share):
    return exp(log(comb(of, hits)) + hits * log(share) + (of - hits) * log(1 - share))


def verdicts(of, share, wanted):
    """The probabilities of the three answers to a first look at `share` where `wanted` is expected."""
    found = dict.fromkeys(Answer, 0.0)
    for hits in range(of + 1):
        found[judge(hits, of, wanted, last=False)] += probability(hits, of, share)
    return found


@pytest.mark.parametrize("share", SHARES)
def test_a_right_share_is_found_wrong_once_in_a_hundred_thousand_looks(share):
    count = enough_for(share)
    first = verdicts(count, share, share)
    assert first[Answer.NO] <= binomial.FIRST
    assert first[Answer.UNCLEAR] <= binomial.USUAL
    assert first[Answer.YES] >= 0.95
    whole = count * (1 + MORE)
    wrong = sum(
        probability(hits, whole, share)
        for hits in range(whole + 1)
        if judge(hits, whole, share, last=True) is Answer.NO
    )
    assert wrong <= binomial.LAST


@pytest.mark.parametrize("wanted", SHARES)
def test_a_share_ten_points_away_is_told_from_it(wanted):
    count = enough_for(wanted)
    for share in (wanted - 0.1, wanted + 0.1):
        if 0 < share < 1:
            assert verdicts(count, share, wanted)[Answer.YES] <= 0.05
            # and what is unclear is decided by the requests that are sent then
            whole = count * (1 + MORE)
            passes = sum(
                probability(hits, whole, share)
                for hits in range(whole + 1)
                if judge(hits, whole, wanted, last=True) is Answer.YES
            )
            assert passes < 0.03


@pytest.mark.parametrize(("share", "hits"), [(0.0, 0), (1.0, 50)])
def test_none_and_all_have_no_chance_in_them(share, hits):
    assert enough_for(share) == 50
    for last in (False, True):
        assert judge(hits, 50, share, last=last) is Answer.YES
        assert judge(abs(hits - 1), 50, share, last=last) is Answer.NO


@pytest.mark.parametrize("share", (0.1, 0.5))
def test_fifty_repetitions_of_twenty_checks_have_no_false_verdict(share):
    chance, count = random.Random(7), enough_for(share)
    for _ in range(50 * 20):
        hits = sum(chance.random() < share for _ in range(count))
        answer = judge(hits, count, share, last=False)
        if answer is Answer.UNCLEAR:
            hits += sum(chance.random() < share for _ in range(MORE * count))
            answer = judge(hits, count * (1 + MORE), share, last=True)
        assert answer is Answer.YES
