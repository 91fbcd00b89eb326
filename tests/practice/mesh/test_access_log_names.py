"""What Envoy is asked to write of a request is what the runtime reads."""

from __future__ import annotations

import json
from dataclasses import fields

from runner.practice.containers.mesh.access_log_entry import AccessLogEntry, entry_of
from runner.practice.mesh.translation.access_log import ACCESS_LOG_FIELDS


def test_the_names_of_both_sides_are_the_same() -> None:
    filled_in = {"proxy", "direction", "line", "proxy_address", "peer_address"}
    assert {field.name for field in fields(AccessLogEntry)} == {*ACCESS_LOG_FIELDS} | filled_in


def test_an_entry_is_without_the_prefixes_of_proxies() -> None:
    line = {
        **dict.fromkeys(ACCESS_LOG_FIELDS), "proxy": "sleep.default", "direction": "outbound", "code": 503, "flags": "UH",
        "cluster": "10.244.0.5;outbound|8000||httpbin.default.svc.cluster.local", "route": "10.244.0.5;default",
        "line": '[…] "GET / HTTP/1.1" 503 UH 10.244.0.5;outbound|8000||httpbin.default.svc.cluster.local\n',
    }  # fmt: skip
    entry = entry_of(json.dumps(line).encode())
    assert entry is not None
    assert (entry.code, entry.flags, entry.route) == (503, "UH", "default")
    assert entry.line == '[…] "GET / HTTP/1.1" 503 UH outbound|8000||httpbin.default.svc.cluster.local'


def test_what_is_no_entry_is_none() -> None:
    assert entry_of(b"[2021-10-01][warning] a line of Envoy's own\n") is None
    assert entry_of(b'{"code": 200}') is None
