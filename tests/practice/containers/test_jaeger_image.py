"""jaegertracing/all-in-one: takes Zipkin's spans, finds traces, and shows who called whom."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.practice.containers.container_room import ContainerRoom, Started

NOW = int(time.time() * 1e6) - 5_000_000
TRACE = "80f198ee56343ba864fe8b2a57d3eff7"


def span(
    identity: str, parent: str, service: str, at: int, long: int, kind: str = "SERVER", **tags: str
) -> dict[str, Any]:
    app, _, namespace = service.partition(".")
    return {
        "traceId": TRACE,
        "id": identity,
        **({"parentId": parent} if parent else {}),
        "name": f"{app}.{namespace}.svc.cluster.local:9080/*",
        "kind": kind,
        "timestamp": NOW + at,
        "duration": long,
        "localEndpoint": {"serviceName": "envoy", "ipv4": "10.244.1.2"},
        "tags": {
            "istio.canonical_service": app,
            "istio.namespace": namespace,
            "http.status_code": "200",
            **tags,
        },
    }


SPANS = [
    span("0000000000000001", "", "productpage.default", 0, 9000),
    span("0000000000000002", "0000000000000001", "productpage.default", 1000, 7000, "CLIENT"),
    span(
        "0000000000000002", "0000000000000001", "reviews.default", 1500, 6000, shared="x"
    ),  # shares its client's id
    span(
        "0000000000000003",
        "0000000000000002",
        "reviews.default",
        2000,
        3000,
        "CLIENT",
        **{"http.status_code": "503"},
    ),
    span("0000000000000004", "0000000000000003", "ratings.default", 2500, 2000),
]


async def _jaeger(room: ContainerRoom, base: str = "/jaeger") -> Started:
    env = {"COLLECTOR_ZIPKIN_HOST_PORT": ":9411", "QUERY_BASE_PATH": base}
    started = await room.run("jaegertracing/all-in-one:1.23", name="jaeger", env=env)
    await room.until(lambda: room.runtime.container(started.id).pod.listener(9411))
    return started


async def asked(room: ContainerRoom, server: Started, path: str, base: str = "/jaeger") -> Any:
    return json.loads((await room.request(server, f"{base}/api/{path}", 16686)).body)


async def sent(room: ContainerRoom, server: Started, spans: object) -> int:
    posted = await room.request(server, "/api/v2/spans", 9411, method="POST", body=json.dumps(spans))
    return posted.status


async def test_there_is_nothing_at_first(room: ContainerRoom) -> None:
    server = await _jaeger(room, "/")
    page = await room.request(server, "/", 16686)
    assert b"Jaeger UI" in page.body
    assert "모의 화면".encode() in page.body
    assert (await asked(room, server, "services", ""))["data"] == []
    assert (await room.request(server, "/", 14269)).status == 200


async def test_spans_become_traces(room: ContainerRoom) -> None:
    server = await _jaeger(room)
    assert (await room.request(server, "/", 16686)).header("location") == "/jaeger/"
    assert await sent(room, server, SPANS) == 202
    assert (await asked(room, server, "services"))["data"] == [
        "productpage.default",
        "ratings.default",
        "reviews.default",
    ]
    listed = (await asked(room, server, "operations?service=ratings.default"))["data"]
    assert listed == [{"name": "ratings.default.svc.cluster.local:9080/*", "spanKind": "server"}]
    (trace,) = (await asked(room, server, f"traces/{TRACE}"))["data"]
    names = {number: each["serviceName"] for number, each in trace["processes"].items()}
    by_id = {each["spanID"]: each for each in trace["spans"]}
    assert len(by_id) == 5

    def parent_of(one: dict[str, Any]) -> str:
        above = by_id[one["references"][0]["spanID"]]
        return f"{names[above['processID']]} {next(tag['value'] for tag in above['tags'] if tag['key'] == 'span.kind')}"

    assert [(names[each["processID"]], parent_of(each)) for each in trace["spans"][1:]] == [
        ("productpage.default", "productpage.default server"),
        ("reviews.default", "productpage.default client"),
        ("reviews.default", "reviews.default server"),
        ("ratings.default", "reviews.default client"),
    ]
    called = (await asked(room, server, "dependencies"))["data"]
    assert called == [
        {"parent": "productpage.default", "child": "reviews.default", "callCount": 1},
        {"parent": "reviews.default", "child": "ratings.default", "callCount": 1},
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("service=reviews.default", 1),
        ("service=nobody", 0),
        ("service=ratings.default&operation=other", 0),
        (f"service=reviews.default&tags={quote(json.dumps({'http.status_code': '503'}))}", 1),
        (f"service=reviews.default&tags={quote(json.dumps({'error': 'true'}))}", 1),
        (f"service=ratings.default&tags={quote(json.dumps({'error': 'true'}))}", 0),
        ("service=productpage.default&minDuration=8ms", 1),
        ("service=productpage.default&minDuration=10ms", 0),
        ("service=ratings.default&maxDuration=1.5ms", 0),
        ("service=ratings.default&end=BEFORE", 0),
        ("service=ratings.default&start=BEFORE&limit=5", 1),
    ],
)
async def test_traces_are_found(room: ContainerRoom, query: str, count: int) -> None:
    server = await _jaeger(room)
    await sent(room, server, SPANS)
    query = query.replace("BEFORE", str(NOW - 1_000_000))
    assert len((await asked(room, server, f"traces?{query}"))["data"]) == count


async def test_what_it_refuses(room: ContainerRoom) -> None:
    server = await _jaeger(room)
    assert await sent(room, server, {"no": "list"}) == 400
    assert await sent(room, server, [{"id": "x"}]) == 400
    assert (await asked(room, server, "traces/00ff"))["errors"] == [{"code": 404, "msg": "trace not found"}]
    assert (await asked(room, server, "traces"))["errors"][0]["msg"] == "parameter 'service' is required"
    assert (
        "invalid duration"
        in (await asked(room, server, "traces?service=a&minDuration=soon"))["errors"][0]["msg"]
    )


async def test_what_is_of_this_machine_alone_is_not_shown(room: ContainerRoom) -> None:
    server = await _jaeger(room)
    tags = {
        "service.name": "order.shop",
        "upstream_cluster": "10.244.1.2;inbound|80||",
        "peer.address": "/tmp/x/in-10.244.1.2-80",
    }
    await sent(room, server, [span("0000000000000001", "", "envoy.default", 0, 10, **tags)])
    assert (await asked(room, server, "services"))["data"] == ["order.shop"]
    (trace,) = (await asked(room, server, "traces?service=order.shop"))["data"]
    shown = {tag["key"]: tag["value"] for tag in trace["spans"][0]["tags"]}
    assert shown["upstream_cluster"] == "inbound|80||"
    assert not shown.keys() & {"service.name", "peer.address"}


async def test_jaeger_2_is_configured_by_a_file(room: ContainerRoom) -> None:
    """As the addons of newer Istio releases run it."""
    started = await room.run("jaegertracing/jaeger:2.14.0", "--config", "/none.yaml", name="second")
    await room.until(lambda: room.runtime.container(started.id).pod.listener(13133))
    assert (await room.request(started, "/status", 13133)).status == 200
    assert room.runtime.container(started.id).pod.listener(9411)
