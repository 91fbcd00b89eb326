"""What proxies report, counted with Istio's labels; and how it is written and read."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from runner.practice.containers.telemetry.exposition_format import (
    InvalidFormat,
    number_text,
    read_samples,
    written,
)
from runner.practice.containers.telemetry.proxied_request import ProxiedRequest, Workload
from runner.practice.containers.telemetry.proxy_metrics import MOST_SERIES, ProxyMetrics
from runner.practice.containers.telemetry.relabeling import Rule, relabel
from runner.practice.containers.telemetry.sample_store import MOST_SAMPLES, SampleStore

ENTRY = ProxiedRequest(
    "uid",
    "source",
    Workload("siege", "shop", "siege", "v1", "siege", "v1", cluster="Kubernetes"),
    Workload("order", "shop", "order", "v1", "order", "v1", cluster="Kubernetes"),
    "order.shop.svc.cluster.local",
    "order",
    "shop",
    code=200,
    duration=12.0,
    response_bytes=300,
)


def test_requests_are_counted_by_their_labels() -> None:
    metrics = ProxyMetrics()
    for _ in range(3):
        metrics.record(ENTRY)
    metrics.record(replace(ENTRY, code=504, flags="UT", duration=3000))
    samples, about = read_samples(metrics.text("uid"))
    found = {
        (dict(labels)["__name__"], dict(labels).get("response_code"), dict(labels).get("le")): (
            dict(labels),
            value,
        )
        for labels, value in samples
    }
    labels, value = found["istio_requests_total", "200", None]
    assert value == 3
    assert (
        labels
        | {
            "reporter": "source",
            "source_workload": "siege",
            "destination_service": "order.shop.svc.cluster.local",
            "destination_service_name": "order",
            "response_flags": "-",
            "connection_security_policy": "unknown",
            "request_protocol": "http",
            "destination_principal": "unknown",
        }
        == labels
    )
    assert found["istio_requests_total", "504", None][0]["response_flags"] == "UT"
    assert found["istio_request_duration_milliseconds_bucket", "200", "10"][1] == 0
    assert found["istio_request_duration_milliseconds_bucket", "200", "25"][1] == 3
    assert found["istio_request_duration_milliseconds_sum", "504", None][1] == 3000
    assert found["istio_response_bytes_bucket", "200", "+Inf"][1] == 3
    assert about["istio_requests_total"].kind == "counter"
    assert metrics.text("another") == ""
    metrics.forget("uid")
    assert metrics.text("uid") == ""


def test_the_servers_proxy_knows_of_mutual_tls() -> None:
    metrics = ProxyMetrics()
    metrics.record(replace(ENTRY, reporter="destination", mutual_tls=True))
    assert 'connection_security_policy="mutual_tls"' in metrics.text("uid")


def test_connections_are_counted_without_codes() -> None:
    metrics = ProxyMetrics()
    metrics.record(replace(ENTRY, protocol="tcp", request_bytes=10, response_bytes=20))
    text = metrics.text("uid")
    assert "response_code=" not in text
    values = {dict(labels)["__name__"]: value for labels, value in read_samples(text)[0]}
    assert values == {
        "istio_tcp_connections_opened_total": 1,
        "istio_tcp_connections_closed_total": 1,
        "istio_tcp_sent_bytes_total": 20,
        "istio_tcp_received_bytes_total": 10,
    }


def test_the_number_of_series_is_bounded() -> None:
    metrics = ProxyMetrics()
    for number in range(MOST_SERIES + 5):
        metrics.record(replace(ENTRY, labels=(("path", str(number)),)))
    assert metrics.total("uid") == MOST_SERIES
    store = SampleStore()
    for number in range(MOST_SAMPLES * 2):
        store.add((("__name__", "x"),), float(number), 1.0)
    assert store.sample_count() <= MOST_SAMPLES + 61


def test_the_text_format_is_read_as_it_is_written() -> None:
    labels = (("__name__", "x"), ("path", 'a "quoted\\\n'))
    samples, _ = read_samples(written("x", labels[1:], 2.5) + "\n# a comment\n\ny 1e3 1700000000000\nz NaN\n")
    assert samples[0] == (labels, 2.5)
    assert samples[1] == ((("__name__", "y"),), 1000)
    assert math.isnan(samples[2][1])
    with pytest.raises(InvalidFormat, match="expected label name"):
        read_samples("<html>")


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.5, "0.5"), (math.inf, "+Inf"), (math.nan, "NaN"), (1e22, "1e+22"), (2.5e-05, "0.000025")]
)  # fmt: skip
def test_numbers_are_written_as_go_does(value: float, text: str) -> None:
    assert number_text(value) == text


def test_relabeling() -> None:
    address = {"regex": r"([^:]+)(?::\d+)?;(\d+)", "replacement": "$1:$2", "target_label": "__address__"}
    rules = [
        Rule.of({"action": "keep", "regex": True, "source_labels": ["scrape"]}),
        Rule.of({"source_labels": ["__address__", "port"], **address}),
        Rule.of({"action": "labelmap", "regex": "__meta_label_(.+)"}),
        Rule.of({"action": "labeldrop", "regex": "port|scrape"}),
    ]
    labels = {"scrape": "true", "__address__": "10.244.0.5:80", "port": "15020", "__meta_label_app": "order"}
    assert relabel(labels, rules) == {
        "__address__": "10.244.0.5:15020",
        "__meta_label_app": "order",
        "app": "order",
    }
    assert relabel({**labels, "scrape": "false"}, rules) is None
    with pytest.raises(ValueError, match="unknown relabel action"):
        Rule.of({"action": "nope"})
