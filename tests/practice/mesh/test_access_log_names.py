"""What Envoy is asked to write of a request is what the runtime reads."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from runner.practice.containers.mesh.access_log_entry import AccessLogEntry, entry_of
from runner.practice.containers.mesh.mesh_span import PROXY_TAG
from runner.practice.mesh import access_log_format


def _json_format(**options: Any) -> dict[str, str]:
    logger = access_log_format.access_log("10.244.0.5", "outbound", text=True, **options)
    found: dict[str, str] = logger["typed_config"]["log_format"]["json_format"]
    return found


def test_the_names_of_both_sides_are_the_same() -> None:
    names = {field.name for field in fields(AccessLogEntry)}
    assert _json_format().keys() == names
    assert _json_format(tcp=True).keys() < names
    assert PROXY_TAG == access_log_format.PROXY_TAG


def test_an_entry_has_istios_line_of_text() -> None:
    line = {
        **dict.fromkeys(_json_format()),
        "proxy": "10.244.0.5", "direction": "outbound", "start": "2021-10-01T08:00:00.123Z", "protocol": "HTTP/1.1",
        "method": "GET", "path": "/status/200", "authority": "httpbin:8000", "code": 503, "flags": "UH",
        "details": "no_healthy_upstream", "received": 0, "sent": 19, "duration": 1, "request_id": "d1",
        "cluster": "10.244.0.5;outbound|8000||httpbin.default.svc.cluster.local", "local": "10.96.0.7:8000",
        "remote": "10.244.0.5:40000", "route": "default", "text": "true",
    }  # fmt: skip
    entry = entry_of(json.dumps(line).encode())
    assert entry is not None
    assert entry.text
    assert entry.started == 1633075200.123
    assert entry.line() == (
        '[2021-10-01T08:00:00.123Z] "GET /status/200 HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 1 - "-" "-" "d1" '
        '"httpbin:8000" "-" outbound|8000||httpbin.default.svc.cluster.local - 10.96.0.7:8000 10.244.0.5:40000 - default'
    )


def test_what_is_no_entry_is_none() -> None:
    assert entry_of(b"[2021-10-01][warning] a line of Envoy's own\n") is None
    assert entry_of(b'{"code": 200}') is None
