"""What Prometheus and the tracing backends answer, and what a check makes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_world import NAMESPACE, NOW, UNREACHABLE, FakeWeb, FakeWorld, make
from pydantic import ValidationError

from checks.base import CannotRead, LooksAt, ObjectRef, Reply, Verdict
from checks.metric import Metric
from checks.phrase import phrase
from checks.registry import look
from checks.trace import Trace


def service(name, port, namespace="istio-system"):
    return make("Service", name, namespace, spec={"selector": {"app": name}, "ports": [{"port": port}]})


class Console(FakeWeb):
    """Answers every path with the same; notes what was asked for."""

    def __init__(self, answer, status=200):
        super().__init__()
        self.asked: list[str] = []
        self._given, self._status = answer, status

    async def url(self, url, timeout):
        self.asked.append(url)
        if isinstance(self._given, CannotRead):
            raise self._given
        body = self._given if isinstance(self._given, str) else json.dumps(self._given)
        return Reply(self._status, body, url, "proxy")


async def outcome_of(check, answer, status=200, began=None):
    web = Console(answer, status)
    made = FakeWorld(NAMESPACE, service("prometheus", 9090), service("tracing", 80), web=web)
    made.began = began
    return await look(check, made), web


def vector(*values):
    result = [{"metric": {"code": str(at)}, "value": [1, value]} for at, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


@pytest.mark.parametrize(
    ("answer", "verdict", "found"),
    [
        (vector("12"), Verdict.PASSED, "value: {code=0} 12"),
        (vector("12", "3"), Verdict.FAILED, "value: {code=0} 12, {code=1} 3"),
        (vector("101"), Verdict.FAILED, "value: {code=0} 101"),
        (vector("NaN"), Verdict.FAILED, "value: {code=0} nan"),
        (vector(), Verdict.FAILED, "The query has no result: nothing like it was measured yet"),
        (
            {"status": "success", "data": {"resultType": "scalar", "result": [1, "10"]}},
            Verdict.PASSED,
            "value: 10",
        ),
        ({"status": "success", "data": {"result": [{"value": "x"}]}}, Verdict.FAILED, "What answers is not"),
        ({"status": "success"}, Verdict.FAILED, "What answers is not the interface"),
        ("<html>Grafana</html>", Verdict.FAILED, "What answers is not the interface"),
        ("[1]", Verdict.FAILED, "What answers is not the interface"),
    ],
)
async def test_the_value_of_a_query_is_in_its_range(answer, verdict, found):
    outcome, web = await outcome_of(
        Metric.model_validate({"metric": "sum(x) by (code)", "min": 10, "max": 100}), answer
    )
    assert outcome.verdict is verdict and found in outcome.found.render()
    assert web.asked == ["http://prometheus.istio-system:9090/api/v1/query?query=sum%28x%29+by+%28code%29"]


async def test_a_wrong_query_and_an_absent_prometheus_are_told():
    check = Metric.model_validate({"metric": "sum(", "min": 1})
    outcome, _ = await outcome_of(check, {"status": "error", "error": "parse error: unclosed"}, status=400)
    assert outcome.verdict is Verdict.FAILED and "parse error" in outcome.found.render()
    outcome, _ = await outcome_of(check, "no healthy upstream", status=503)
    assert outcome.verdict is Verdict.PENDING
    outcome, _ = await outcome_of(check, CannotRead("unreachable", phrase("refused")))
    assert outcome.verdict is Verdict.PENDING
    outcome, _ = await outcome_of(check, CannotRead("forbidden", phrase("no")))
    assert outcome.verdict is Verdict.ERROR
    elsewhere = check.model_copy(update={"prometheus": {"service": "prometheus", "in": "none", "port": 9090}})
    elsewhere = Metric.model_validate({**check.model_dump(by_alias=True), "prometheus": elsewhere.prometheus})
    outcome, web = await outcome_of(elsewhere, vector("1"))
    assert "namespace does not exist: none" in outcome.found.render() and not web.asked


def test_what_a_metric_check_can_be():
    check = Metric.model_validate({"metric": "up", "min": 1})
    assert (check.looks_at, check.about()) == (
        LooksAt.CLUSTER,
        ObjectRef("Service", "prometheus", "istio-system"),
    )
    assert check.sentence().wanted.render() == "The metric up must be at least 1"
    url = Metric.model_validate({"metric": "up", "max": 1, "prometheus": {"url": "http://p:9090"}})
    assert (url.looks_at, url.about()) == (LooksAt.WEB, None)
    assert Metric.model_validate({"metric": " vector(1)", "min": 1}).never_fails()
    assert not check.never_fails()
    for wrong in ({}, {"min": 2, "max": 1}, {"metric": " ", "min": 1}, {"min": float("nan")}):
        with pytest.raises(ValidationError):
            Metric.model_validate({"metric": "up", **wrong})


BEGAN = NOW - timedelta(minutes=5)
ZIPKIN = {
    "backend": "zipkin",
    "at": {"service": "tracing", "in": "istio-system", "port": 80, "path": "/zipkin/"},
}
TEMPO = {"backend": "tempo", "at": {"url": "http://tempo:3200"}}


@pytest.mark.parametrize(
    ("more", "answer", "count"),
    [
        ({}, {"data": [{"traceID": "a"}, {"traceID": "b"}], "errors": None}, 2),
        ({}, {"data": []}, 0),
        (ZIPKIN, [[{"id": "a"}], [{"id": "b"}]], 2),
        (ZIPKIN, [], 0),
        (TEMPO, {"traces": [{"traceID": "a"}], "metrics": {}}, 1),
        (TEMPO, {"metrics": {"inspectedBytes": "1"}}, 0),
        ({}, {"error": "x"}, None),
        (ZIPKIN, {"data": []}, None),
        (TEMPO, [], None),
    ],
)
async def test_traces_are_counted_as_each_backend_gives_them(more, answer, count):
    outcome, _ = await outcome_of(Trace.model_validate({"trace": "web.shop", **more}), answer)
    if count is None:
        assert outcome.verdict is Verdict.FAILED and "not the interface" in outcome.found.render()
        return
    assert outcome.found.render() == f"traces: {count}"
    assert outcome.passed is (count > 0)


@pytest.mark.parametrize(
    ("more", "path", "query"),
    [
        (
            {},
            "http://tracing.istio-system:80/jaeger/api/traces",
            {
                "service": "web.shop",
                "tags": '{"http.status_code": "503"}',
                "start": str(int((BEGAN - timedelta(seconds=2)).timestamp() * 1e6)),
                "end": str(int(NOW.timestamp() * 1e6)),
                "limit": "20",
            },
        ),
        (
            ZIPKIN,
            "http://tracing.istio-system:80/zipkin/api/v2/traces",
            {
                "serviceName": "web.shop",
                "annotationQuery": "http.status_code=503",
                "lookback": "302000",
                "limit": "20",
            },
        ),
        (
            TEMPO,
            "http://tempo:3200/api/search",
            {
                "tags": 'service.name="web.shop" http.status_code="503"',
                "start": str(int(BEGAN.timestamp()) - 2),
                "end": str(int(NOW.timestamp()) + 1),
                "limit": "20",
            },
        ),
    ],
)
async def test_traces_are_asked_for_since_the_step_began(more, path, query):
    check = Trace.model_validate({"trace": "web.shop", "tags": {"http.status_code": "503"}, **more})
    _, web = await outcome_of(check, {"data": []}, began=BEGAN)
    parts = urlsplit(web.asked[0])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == path
    assert {name: each[0] for name, each in parse_qs(parts.query).items()} == query


class Large(FakeWeb):
    """A Jaeger with 100 traces, of which a reply holds `most` before it is cut."""

    def __init__(self, most):
        super().__init__()
        self.limits: list[int] = []
        self._most = most

    async def url(self, url, timeout):
        limit = int(parse_qs(urlsplit(url).query)["limit"][0])
        self.limits.append(limit)
        body = json.dumps({"data": [{"traceID": str(each)} for each in range(min(limit, 100))]})
        cut = limit > self._most
        return Reply(200, body[:50] if cut else body, url, "proxy", cut=cut)


@pytest.mark.parametrize(
    ("count", "most", "asked", "found"),
    [
        ({"min": 1}, 50, [20], "traces: 20 or more"),
        ({"min": 1}, 10, [20, 1], "traces: 1 or more"),
        (3, 10, [20, 4], "traces: 4 or more"),
        ({"min": 1, "max": 30}, 50, [31], "traces: 31 or more"),
        ({"min": 150}, 200, [150], "traces: 100"),
    ],
)
async def test_no_more_traces_are_asked_for_than_decide_it(count, most, asked, found):
    web = Large(most)
    check = Trace.model_validate({"trace": "web.shop", "count": count})
    outcome = await look(check, FakeWorld(NAMESPACE, service("tracing", 80), web=web))
    assert (web.limits, outcome.found.render()) == (asked, found)
    assert outcome.verdict is (Verdict.PASSED if count == {"min": 1} else Verdict.FAILED)


async def test_traces_too_long_for_even_the_few_that_decide_it_are_not_judged():
    web = Large(1)
    check = Trace.model_validate({"trace": "web.shop", "count": {"min": 2}})
    outcome = await look(check, FakeWorld(NAMESPACE, service("tracing", 80), web=web))
    assert (web.limits, outcome.verdict) == ([20, 2], Verdict.ERROR)


def test_what_a_trace_check_can_be():
    check = Trace.model_validate({"trace": "web", "count": {"min": 2, "max": 3}})
    assert check.once and check.about() == ObjectRef("Service", "tracing", "istio-system")
    assert check.sentence().so.render() == "There are traces of web: 2 to 3"
    for wrong in ({"trace": "a b"}, {"tags": {"a b": "c"}}, {"tags": {"a": 'x"y'}}, {"backend": "other"}):
        with pytest.raises(ValidationError):
            Trace.model_validate({"trace": "web", **wrong})


async def test_a_backend_that_does_not_answer_is_waited_for():
    outcome, _ = await outcome_of(Trace.model_validate({"trace": "web"}), UNREACHABLE)
    assert outcome.verdict is Verdict.PENDING
