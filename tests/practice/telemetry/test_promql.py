"""PromQL against values that were computed by hand, and examples of Prometheus' documentation."""

from __future__ import annotations

import math

import pytest

from runner.practice.containers.telemetry.promql.parsed_query import parse_query
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.promql.query_evaluator import instant_query, range_query
from runner.practice.containers.telemetry.sample_store import SampleStore
from tests.practice.telemetry.series_fixture import asked, stored, vector

REQUESTS = {
    'http_requests{job="api",instance="0",group="production"}': "0+10x10",
    'http_requests{job="api",instance="1",group="production"}': "0+20x10",
    'http_requests{job="api",instance="0",group="canary"}': "0+30x10",
    'http_requests{job="app",instance="0",group="production"}': "0+50x10",
}


@pytest.fixture
def requests() -> SampleStore:
    return stored(REQUESTS, step=300)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("http_requests", 4),
        ('http_requests{job="api"}', 3),
        ('http_requests{job!="api"}', 1),
        ('http_requests{job=~"a.*",group=~"can.+"}', 1),
        ('http_requests{job=~"ap"}', 0),  # an expression is for the whole value
        ('http_requests{job!~"ap."}', 0),
        ('http_requests{job!~"app"}', 3),
        ('{__name__=~"http_.*",instance="1"}', 1),
        ('http_requests{nothing=""}', 4),
        ('http_requests{instance="1" or job="app"}', 2),
    ],
)
def test_selectors(requests: SampleStore, query: str, count: int) -> None:
    assert len(vector(requests, query, 3000)) == count


def test_an_old_sample_is_none_and_offset_looks_back(requests: SampleStore) -> None:
    assert vector(requests, 'http_requests{instance="1"}', 3000 + 299)
    assert not vector(requests, 'http_requests{instance="1"}', 3000 + 300)
    (value,) = vector(requests, 'http_requests{instance="1"} offset 10m', 3000).values()
    assert value == 160
    (value,) = vector(requests, 'http_requests{instance="1"} @ 300', 3000).values()
    assert value == 20


def test_a_counter_is_extrapolated_to_the_ends_of_its_range() -> None:
    """Samples every 15 s from 0: of the minute before 70 s there are those of 15, 30, 45 and 60: 45 of 60 seconds."""
    store = stored({"x": "0+15x10"}, step=15)
    assert asked(store, "rate(x[1m])", 60) == {(): pytest.approx(1.0)}
    assert asked(store, "increase(x[1m])", 70) == {(): pytest.approx(60.0)}
    assert asked(store, "irate(x[1m])", 70) == {(): pytest.approx(1.0)}
    assert asked(store, "rate(x[10s])", 70) == {}


def test_a_counter_is_not_extrapolated_below_zero_and_survives_a_restart() -> None:
    """One that begins within the range: 1, 2, 3 at 60, 75, 90; its zero would have been at 45."""
    store = SampleStore()
    for time, value in ((60, 1), (75, 2), (90, 3)):
        store.add((("__name__", "x"),), time, value)
    # sampled 30 s, +2; to the start: 15/2, not more than 30 * 1/2 = 15; to the end: 0
    assert asked(store, "increase(x[2m])", 90) == {(): pytest.approx(2 * (30 + 7.5) / 30)}
    reset = stored({"x": "10 20 30 5 15"}, step=15)
    # 10 -> 30 is 20, then 5 and 10 more; 60 s in range of 75: the counter's zero would be 17 s before
    assert asked(reset, "increase(x[1m])", 60) == {(): pytest.approx((10 + 5 + 10) * (45 + 15) / 45)}
    assert asked(reset, "resets(x[2m])", 60) == {(): 1.0}
    assert asked(reset, "changes(x[2m])", 60) == {(): 4.0}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("delta(t[2m])", 4 * (105 + 15) / 105),
        ("idelta(t[2m])", 2.0),
        ("avg_over_time(t[1m])", 4.5),
        ("min_over_time(t[1m])", 1.0),
        ("max_over_time(t[1m])", 7.0),
        ("sum_over_time(t[1m])", 18.0),
        ("count_over_time(t[1m])", 4.0),
        ("last_over_time(t[1m])", 7.0),
        ("quantile_over_time(0.5, t[1m])", 5.0),
        ("stddev_over_time(t[30s])", 1.0),
        ("present_over_time(t[1m])", 1.0),
    ],
)
def test_functions_over_time(query: str, value: float) -> None:
    store = stored({"t": "2 3 4 3 2 1 5 5 7"}, step=15)
    (found,) = vector(store, query, 120).values()
    assert found == pytest.approx(value)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(http_requests)", {"": 1100.0}),
        ("sum by (job) (http_requests)", {'{job="api"}': 600.0, '{job="app"}': 500.0}),
        ("sum without (instance, group) (http_requests)", {'{job="api"}': 600.0, '{job="app"}': 500.0}),
        ("avg by (job) (http_requests)", {'{job="api"}': 200.0, '{job="app"}': 500.0}),
        ("min(http_requests)", {"": 100.0}),
        ("max(http_requests)", {"": 500.0}),
        ("count by (group) (http_requests)", {'{group="production"}': 3.0, '{group="canary"}': 1.0}),
        ("quantile(0.5, http_requests)", {"": 250.0}),
        ('count_values("v", http_requests > 250)', {'{v="300"}': 1.0, '{v="500"}': 1.0}),
        ("group(http_requests)", {"": 1.0}),
        ('stddev(http_requests{job="api"})', {"": pytest.approx(math.sqrt(20000 / 3))}),
    ],
)
def test_aggregations(requests: SampleStore, query: str, expected: dict[str, float]) -> None:
    assert vector(requests, query, 3000) == expected


def test_topk_keeps_the_elements_in_order(requests: SampleStore) -> None:
    assert list(vector(requests, "topk(2, http_requests)", 3000).values()) == [500, 300]
    assert list(vector(requests, "bottomk(2, http_requests)", 3000).values()) == [100, 200]
    assert list(vector(requests, "topk by (group) (1, http_requests)", 3000).values()) == [500, 300]
    assert list(vector(requests, "sort_desc(http_requests)", 3000).values()) == [500, 300, 200, 100]


ERRORS = {
    'errors{method="get",code="500"}': "24",
    'errors{method="get",code="404"}': "30",
    'errors{method="put",code="501"}': "3",
    'errors{method="post",code="500"}': "6",
    'errors{method="post",code="404"}': "21",
    'requests{method="get"}': "600",
    'requests{method="del"}': "34",
    'requests{method="post"}': "120",
}
"""The example of https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching."""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            'errors{code="500"} / ignoring(code) requests',
            {'{method="get"}': 0.04, '{method="post"}': 0.05},
        ),
        (
            "errors / ignoring(code) group_left requests",
            {
                '{code="500",method="get"}': 0.04,
                '{code="404",method="get"}': 0.05,
                '{code="500",method="post"}': 0.05,
                '{code="404",method="post"}': 0.175,
            },
        ),
        (
            'requests{method="post"} / on(method) group_right() errors{code="404"}',
            {'{code="404",method="post"}': 120 / 21},
        ),
        (
            'errors and on(method) requests{method="post"}',
            {'errors{code="500",method="post"}': 6, 'errors{code="404",method="post"}': 21},
        ),
        ("errors unless on(method) requests", {'errors{code="501",method="put"}': 3}),
        ('errors{code="501"} or requests{method="del"}', {'errors{code="501",method="put"}': 3, 'requests{method="del"}': 34}),
        ("requests > 100", {'requests{method="get"}': 600, 'requests{method="post"}': 120}),
        ('requests{method="get"} > bool 100', {'{method="get"}': 1}),
        ('2 * requests{method="del"}', {'{method="del"}': 68}),
        ('100 < requests{method="get"}', {'requests{method="get"}': 600}),
        ('requests{method="del"} % 10', {'{method="del"}': 4}),
        ('-requests{method="del"} ^ 2', {'{method="del"}': -1156}),
        ('requests{method="del"} / 0', {'{method="del"}': math.inf}),
        (
            'label_replace(requests{method="del"}, "verb", "${1}ete", "method", "(.*)")',
            {'{method="del",verb="delete"}': 34},
        ),
        ('label_join(errors{code="501"}, "both", "-", "method", "code")', {'{both="put-501",code="501",method="put"}': 3}),
        ('absent(nothing{job="x"})', {'{job="x"}': 1}),
        ("absent(requests)", {}),
        ("vector(1)", {"": 1}),
        ('round(requests{method="del"} / 10)', {'{method="del"}': 3}),
        ("ceil(vector(1.2))", {"": 2}),
        ("floor(vector(-1.2))", {"": -2}),
        ("clamp(vector(7), 1, 5)", {"": 5}),
        ("abs(vector(-3))", {"": 3}),
    ],
)  # fmt: skip
def test_operators_and_functions(query: str, expected: dict[str, float]) -> None:
    found = vector(stored(ERRORS), query, 0)
    named = {key.replace("requests{", "requests{"): value for key, value in found.items()}
    assert {_bare(key, query): value for key, value in named.items()} == {
        key: pytest.approx(value) for key, value in expected.items()
    }


def _bare(key: str, query: str) -> str:
    """label_replace keeps the name, which these examples leave out."""
    return key[key.index("{") :] if query.startswith("label_") else key


def test_scalars() -> None:
    store = stored(ERRORS)
    assert asked(store, "1 + 2 * 3 ^ 2", 0) == 19
    assert asked(store, "time()", 12.5) == 12.5
    assert asked(store, 'scalar(requests{method="get"})', 0) == 600
    assert math.isnan(asked(store, "scalar(requests)", 0))  # type: ignore[arg-type]
    assert asked(store, "1 > bool 2", 0) == 0
    assert asked(store, '"a text"', 0) == "a text"


def test_the_quantile_of_a_histogram_lies_within_its_bucket() -> None:
    """Of 10 requests 5 took up to 5 ms, 9 up to 10 ms, 10 up to 25 ms."""
    store = stored(
        {
            'd_bucket{le="5"}': "5",
            'd_bucket{le="10"}': "9",
            'd_bucket{le="25"}': "10",
            'd_bucket{le="+Inf"}': "10",
        }
    )
    assert asked(store, "histogram_quantile(0.5, d_bucket)", 0) == {(): 5.0}
    assert asked(store, "histogram_quantile(0.8, d_bucket)", 0) == {(): pytest.approx(5 + 5 * 3 / 4)}
    assert asked(store, "histogram_quantile(0.95, sum(d_bucket) by (le))", 0) == {
        (): pytest.approx(10 + 15 * 0.5)
    }
    assert math.isnan(next(iter(asked(store, "histogram_quantile(0.5, d_bucket * 0)", 0).values())))  # type: ignore[union-attr]


async def test_a_range_and_a_subquery(requests: SampleStore) -> None:
    ranges = await range_query(requests, parse_query("sum(http_requests)"), 0, 600, 300)
    assert ranges == [((), [(0, 0.0), (300, 110.0), (600, 220.0)])]
    assert asked(requests, "max_over_time(sum(http_requests)[10m:5m])", 900) == {(): 330.0}
    assert vector(requests, "max_over_time(rate(http_requests{job='app'}[10m])[20m:5m])", 3000).keys()
    found = instant_query(requests, parse_query('http_requests{job="app"}[11m]'), 600)
    assert isinstance(found, list)
    assert found[0][1] == [(0.0, 0.0), (300.0, 50.0), (600.0, 100.0)]


def test_a_series_that_has_ended_is_gone_at_once() -> None:
    store = stored({"up": "1 1 1"}, step=15)
    store.end([(("__name__", "up"),)], 45)
    assert vector(store, "up", 44)
    assert not vector(store, "up", 45)
    assert vector(store, "count_over_time(up[5m])", 60) == {"": 3}


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("sum(", "bad_data", 'invalid parameter "query": 1:1: parse error: unclosed left parenthesis'),
        ("rate(x)", "bad_data", "expected type matrix in call to function 'rate', got vector"),
        ("nope(x)", "bad_data", "unknown function with name 'nope'"),
        ("requests + on(nothing) errors", "execution", "many-to-many matching not allowed"),
        ("errors / on(method) requests", "execution", "many-to-one matching must be explicit"),
        ('rate({__name__=~".+"}[5m])', "execution", "same labelset"),
    ],
)
def test_what_a_query_is_refused_for(query: str, kind: str, message: str) -> None:
    store = stored({**ERRORS, 'other{method="del"}': "34 35", 'requests{method="del"}': "34 36"})
    with pytest.raises(
        QueryError, match=message.replace("(", r"\(").replace(")", r"\)").replace("+", r"\+")
    ) as found:
        asked(store, query, 60)
    assert found.value.kind == kind


async def test_too_many_points_are_refused(requests: SampleStore) -> None:
    with pytest.raises(QueryError, match="exceeded maximum resolution of 11,000 points"):
        await range_query(requests, parse_query("up"), 0, 12_000, 1)
