"""What Envoy says of a request or a connection once it is over, and Istio's line of text for it.

The names are those of the JSON that the mesh's configuration asks Envoy for (`mesh/access_log_format.py` of the API's process;
a test holds the two equal).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal


@dataclass(slots=True)
class AccessLogEntry:
    """One line of Envoy's access log. Durations are milliseconds; what there was not is "" or 0."""

    proxy: str
    """The address of the pod whose proxy reports."""
    direction: Literal["inbound", "outbound", "gateway"]
    start: str = ""
    """As in 2021-10-01T08:00:00.123Z."""
    protocol: str = ""
    """HTTP/1.1, HTTP/2; "" of a TCP connection."""
    method: str = ""
    path: str = ""
    authority: str = ""
    code: int = 0
    flags: str = ""
    """Envoy's response flags, as in "UH" or "UF,URX"; "" for none."""
    details: str = ""
    termination: str = ""
    transport_failure: str = ""
    received: int = 0
    """Bytes."""
    sent: int = 0
    duration: int = 0
    upstream_time: str = ""
    """x-envoy-upstream-service-time."""
    forwarded_for: str = ""
    user_agent: str = ""
    request_id: str = ""
    upstream: str = ""
    """The real address of the endpoint, as in 10.244.0.7:9080."""
    upstream_workload: str = ""
    """The endpoint's pod, as in reviews-v1-abc.default; "" where it is none."""
    cluster: str = ""
    """outbound|9080|v1|reviews.default.svc.cluster.local, without the proxy's prefix."""
    local: str = ""
    """The address that the client connected to."""
    remote: str = ""
    """The client's address."""
    sni: str = ""
    route: str = ""
    peer: str = ""
    """The client's SPIFFE identity, of a connection with mutual TLS that came in."""
    upstream_peer: str = ""
    """The server's SPIFFE identity, of a connection with mutual TLS that goes out."""
    peer_id: str = ""
    """What the client's proxy says of itself: sidecar~10.244.0.5~sleep-abc.default~default.svc.cluster.local."""
    grpc_status: str = ""
    request_type: str = ""
    """The request's Content-Type, by which gRPC is known."""
    text: bool = False
    """Whether the mesh's configuration wants it in the log of istio-proxy."""

    @property
    def started(self) -> float:
        """Seconds since 1970."""
        try:
            return datetime.strptime(self.start, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            return 0.0

    def line(self) -> str:
        """As Istio's default format has it (istio: pilot/pkg/networking/util, EnvoyTextLogFormat)."""
        request = f"{self.method or '-'} {self.path or '-'} {self.protocol or '-'}"
        return (
            f'[{self.start}] "{request}" {self.code} {self.flags or "-"} {self.details or "-"} '
            f'{self.termination or "-"} "{self.transport_failure or "-"}" {self.received} {self.sent} {self.duration} '
            f'{self.upstream_time or "-"} "{self.forwarded_for or "-"}" "{self.user_agent or "-"}" "{self.request_id or "-"}" '
            f'"{self.authority or "-"}" "{self.upstream or "-"}" {self._shown_cluster} {self._upstream_local} '
            f"{self.local or '-'} {self.remote or '-'} {self.sni or '-'} {self.route or '-'}"
        )

    @property
    def _shown_cluster(self) -> str:
        return self.cluster or "-"

    @property
    def _upstream_local(self) -> str:
        """Where its own connection to the endpoint begins: a port of the pod; towards its own application 127.0.0.6."""
        if not self.upstream:
            return "-"
        port = 32768 + hash((self.proxy, self.upstream)) % 28000
        return f"127.0.0.6:{port}" if self.direction == "inbound" else f"{self.proxy}:{port}"


_NUMBERS = ("code", "received", "sent", "duration")


def entry_of(line: bytes) -> AccessLogEntry | None:
    """The entry that a line of JSON is; None where it is none."""
    try:
        found: dict[str, Any] = json.loads(line)
        values = {name: value for name, value in found.items() if value is not None}
        for name in _NUMBERS:
            values[name] = int(values.get(name, 0))
        values["text"] = values.get("text") in (True, "true")
        if values.get("flags") == "-":
            values["flags"] = ""
        prefix = f"{values['proxy']};"
        for name in ("cluster", "route"):
            values[name] = values.get(name, "").removeprefix(prefix)
        return AccessLogEntry(**values)
    except (ValueError, TypeError, KeyError):
        return None
