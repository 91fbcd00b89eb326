"""Traffic: what is counted, what passes, and what never does."""

from __future__ import annotations

import pytest
from fake_world import FORBIDDEN, NAMESPACE, FakeWeb, FakeWorld, make
from pydantic import ValidationError

from checks.base import CannotRead, LooksAt, ObjectRef, TrafficAnswer, TrafficSample, Verdict
from checks.registry import look
from checks.traffic import REST, Traffic

SERVICE = make("Service", "web", "shop", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
RUNS = {"containerStatuses": [{"name": "app", "state": {"running": {}}}]}
SIEGE = make(
    "Pod", "siege", "shop", labels={"app": "siege"}, spec={"containers": [{"name": "app"}]}, status=RUNS
)


def answers(number, status=200, seconds=0.1, matched=(), problem=""):
    return [TrafficAnswer(status, seconds, frozenset(matched), problem)] * number


class Answering(FakeWeb):
    """Answers with the next of its samples; notes what was asked for."""

    def __init__(self, *samples):
        super().__init__()
        self.samples, self.asked = list(samples), []

    async def traffic(self, request, rest):
        self.asked.append((request, rest))
        sample = self.samples.pop(0) if len(self.samples) > 1 else self.samples[0]
        if isinstance(sample, CannotRead):
            raise sample
        return sample if isinstance(sample, TrafficSample) else TrafficSample(tuple(sample), 1.0, "external")


def check(**more):
    return Traffic.model_validate({"traffic": {"service": "web", "in": "shop", "port": 80}, **more})


async def outcome_of(asked, *samples, objects=()):
    web = Answering(*samples)
    made = FakeWorld(NAMESPACE, make("Namespace", "shop", None), SERVICE, SIEGE, *objects, web=web)
    return await look(asked, made), web


@pytest.mark.parametrize(
    ("asked", "got", "verdict", "words"),
    [
        ({}, answers(50), Verdict.PASSED, "50 requests in 1.0 s: status 200: 50"),
        (
            {},
            answers(49) + answers(1, 404),
            Verdict.FAILED,
            "50 requests in 1.0 s: status 200: 49, status 404: 1",
        ),
        ({}, answers(49) + answers(1, 503), Verdict.FAILED, "status 503: 1"),
        ({}, answers(50, 503), Verdict.PENDING, "status 503: 50"),
        (
            {},
            answers(50, 0, problem="Connection refused"),
            Verdict.PENDING,
            "50 requests in 1.0 s: no answer: 50 (Connection refused)",
        ),
        ({"status": {503: "some", 200: "some"}}, answers(1, 503) + answers(49), Verdict.PASSED, ""),
        ({"status": {503: "some", 200: "some"}}, answers(50), Verdict.FAILED, ""),
        (
            {"status": {"5xx": {"max": "10%"}, "200": "some"}},
            answers(45) + answers(5, 500),
            Verdict.PASSED,
            "",
        ),
        (
            {"status": {"5xx": {"max": "10%"}, "200": "some"}},
            answers(44) + answers(6, 500),
            Verdict.FAILED,
            "",
        ),
        ({"status": {"no-answer": "all"}}, answers(50, 0), Verdict.PASSED, ""),
        ({"status": {"no-answer": "all"}}, answers(49, 0) + answers(1), Verdict.FAILED, ""),
        ({"status": {500: "50%", 200: "50%"}}, answers(170, 500) + answers(180), Verdict.PASSED, ""),
        ({"status": {500: "50%", 200: "50%"}}, answers(350), Verdict.FAILED, ""),
        (
            {"share": {"v2": "10%"}},
            answers(20, matched=["v2"]) + answers(180),
            Verdict.PASSED,
            "200 requests in 1.0 s: status 200: 200, v2: 20 (10 %)",
        ),
        ({"share": {"v2": "10%"}}, answers(200), Verdict.FAILED, "v2: 0 (0 %)"),
        (
            {"share": {"v2": "10%"}},
            answers(100, matched=["v2"]) + answers(100),
            Verdict.FAILED,
            "v2: 100 (50 %)",
        ),
        ({"share": {"v2": "all"}}, answers(49, matched=["v2"]) + answers(1), Verdict.FAILED, "v2: 49 (98 %)"),
        ({"share": {"v2": "none"}}, answers(50), Verdict.PASSED, ""),
        ({"share": {"v2": "none"}}, answers(50, 0), Verdict.PENDING, ""),
        ({"availability": "99%"}, answers(99) + answers(1, 503), Verdict.PASSED, "availability: 99 %"),
        ({"availability": "99%"}, answers(98) + answers(2, 0), Verdict.FAILED, "availability: 98 %"),
        (
            {"availability": {"max": "80%"}},
            answers(70) + answers(30, 0),
            Verdict.PASSED,
            "availability: 70 %",
        ),
        ({"availability": {"max": "80%"}}, answers(50, 0), Verdict.PENDING, ""),
        (
            {"latency": {"p50": {"min": 7, "max": "8s"}, "p95": {"max": 9}}},
            answers(45, seconds=7.2) + answers(5, seconds=8.5),
            Verdict.PASSED,
            "p50: 7.2 s, p95: 8.5 s",
        ),
        (
            {"latency": {"p95": {"max": 1}}},
            answers(40, seconds=0.1) + answers(10, seconds=3),
            Verdict.FAILED,
            "",
        ),
    ],
)
async def test_what_is_counted_and_what_it_comes_to(asked, got, verdict, words):
    count = {"requests": len(got)} if "availability" in asked else {}
    outcome, web = await outcome_of(check(**asked, **count), got)
    assert outcome.verdict is verdict, outcome.found.render()
    assert words in outcome.found.render()
    [(request, rest)] = web.asked
    assert (request.count, rest) == (len(got), REST)


async def test_where_chance_may_have_decided_more_requests_do():
    first = answers(32, matched=["v2"]) + answers(168)  # 16 %: more than usual for 10 %
    outcome, web = await outcome_of(
        check(share={"v2": "10%"}), first, answers(60, matched=["v2"]) + answers(540)
    )
    assert (outcome.verdict, [request.count for request, _ in web.asked]) == (Verdict.PASSED, [200, 600])
    assert outcome.found.render() == "800 requests in 2.0 s: status 200: 800, v2: 92 (11.5 %)"
    assert web.asked[1][1] == 0.0
    outcome, _ = await outcome_of(
        check(share={"v2": "10%"}), first, answers(110, matched=["v2"]) + answers(490)
    )
    assert outcome.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"share": {"v2": "10%"}},
        {"status": {500: "none"}},
        {"availability": {"max": "50%"}},
        {"share": {"v": "none"}},
    ],
)
async def test_nothing_passes_without_an_answer(asked):
    for got in ([], answers(1, 0)):
        outcome, _ = await outcome_of(check(**asked), got)
        assert outcome.verdict is Verdict.PENDING


async def test_answers_that_are_too_slow_to_be_counted_are_waited_for():
    outcome, _ = await outcome_of(check(), answers(20))
    assert outcome.verdict is Verdict.PENDING and "too slowly" in outcome.found.render()
    outcome, web = await outcome_of(check(seconds=10, rate=5, availability="100%"), answers(40))
    assert outcome.passed and web.asked[0][0].count == 50


async def test_it_is_sent_from_a_container_that_runs():
    for sender in ({"pod": "siege", "in": "shop"}, {"selector": "app=siege", "in": "shop"}):
        outcome, web = await outcome_of(check(**{"from": sender}), answers(50))
        request, _ = web.asked[0]
        assert outcome.passed
        assert (request.pod, request.pod_namespace, request.container) == ("siege", "shop", "app")
    waiting = make("Pod", "slow", "shop", spec={"containers": [{"name": "app"}]}, status={"phase": "Pending"})
    outcome, web = await outcome_of(check(**{"from": {"pod": "slow", "in": "shop"}}), [], objects=(waiting,))
    assert outcome.verdict is Verdict.PENDING and not web.asked
    outcome, _ = await outcome_of(check(**{"from": {"pod": "none", "in": "shop"}}), [])
    assert outcome.verdict is Verdict.FAILED and "Does not exist: Pod none" in outcome.found.render()
    bare = TrafficSample((), 0.1, "pod", no_client=True)
    outcome, _ = await outcome_of(check(**{"from": {"pod": "siege", "in": "shop"}}), bare)
    assert outcome.found.render() == "The container has neither curl nor wget: siege"
    assert outcome.verdict is Verdict.FAILED


async def test_what_is_not_there_or_not_allowed_is_reported():
    nothing = Traffic.model_validate({"traffic": {"service": "no", "in": "shop", "port": 80}})
    outcome, web = await outcome_of(nothing, answers(50))
    assert "Does not exist: Service no" in outcome.found.render() and not web.asked
    outcome, _ = await outcome_of(check(traffic={"service": "web", "in": "shop", "port": 81}), answers(50))
    assert outcome.found.render() == "ports: 80"
    outcome, _ = await outcome_of(check(), FORBIDDEN)
    assert outcome.verdict is Verdict.ERROR
    nobody = make(
        "Deployment",
        "web",
        "shop",
        spec={"replicas": 0, "template": {"metadata": {"labels": {"app": "web"}}}},
    )
    outcome, _ = await outcome_of(check(), answers(50, 503), objects=(nobody,))
    assert [each.rule for each in outcome.findings] == ["scaled-to-zero"]


def test_its_words():
    asked = check(share={"v2": "10%", "v1": {"min": "80%"}}, **{"from": {"pod": "siege"}})
    assert asked.describe().render() == (
        "200 requests to / of Service web, port 80 (namespace shop), from pod siege: "
        "v2: 10 %, v1: at least 80 %, status 200: all"
    )
    assert asked.sentence().wanted.render() == (
        "Requests to Service web in shop must get these answers: “v2” in 10 %, “v1” in at least 80 %"
    )
    assert (asked.looks_at, asked.about()) == (LooksAt.TRAFFIC, ObjectRef("Service", "web", "shop"))
    url = Traffic.model_validate({"traffic": {"url": "http://a/"}, "latency": {"p9": {"max": 1}}})
    assert url.about() is None and "p9: at most 1 s" in url.describe().render()


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": {"v2": 10}},
        {"share": {"v2": "110%"}},
        {"share": {"(": "10%"}},
        {"share": {"v2": {"min": "20%", "max": "10%"}}},
        {"share": {"v2": {}}},
        {"status": {"600": "all"}},
        {"status": {200: "60%", 500: "60%"}},
        {"requests": 0},
        {"requests": 5000},
        {"seconds": 10},
        {"seconds": 10, "rate": 5, "requests": 5},
        {"seconds": 60, "rate": 50},
        {"latency": {"p100": {"max": 1}}},
        {"latency": {"p50": {}}},
        {"headers": {"a b": "c"}},
        {"headers": {"a": "b\r\nc: d"}},
        {"from": {}},
        {"timeout": 100},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        check(**wrong)


@pytest.mark.parametrize(
    ("asked", "vacuous"),
    [
        ({}, False),
        ({"share": {"v2": "none"}}, False),  # all answers are to be 200
        ({"status": {500: "none"}}, True),
        ({"status": {"5xx": {"max": "10%"}}}, True),
        ({"availability": {"max": "80%"}}, True),
        ({"availability": "0%"}, True),
        ({"status": {500: "none", 200: "some"}}, False),
        ({"status": {500: "none"}, "share": {"v2": "some"}}, False),
        ({"status": {500: "none"}, "latency": {"p50": {"max": 1}}}, False),
        ({"status": {"no-answer": "all"}}, False),
    ],
)
def test_what_would_hold_without_an_answer(asked, vacuous):
    assert check(**asked).passes_unanswered() is vacuous
