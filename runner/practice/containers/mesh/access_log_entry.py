"""What Envoy says of a request or a connection once it is over.

The names are those of the JSON that the mesh's configuration asks Envoy for (`mesh/translation/access_log.py` of the API's
process; a test holds the two equal).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(slots=True)
class AccessLogEntry:
    """One line of Envoy's access log. What there was not is "" or 0."""

    proxy: str
    """The pod whose proxy reports, as in sleep-abc.default."""
    direction: Literal["inbound", "outbound"]
    """A gateway's is outbound."""
    protocol: str = ""
    """HTTP/1.1, HTTP/2; "" of a TCP connection."""
    method: str = ""
    path: str = ""
    authority: str = ""
    code: int = 0
    flags: str = ""
    """Envoy's response flags, as in "UH" or "UF,URX"; "" for none."""
    received: int = 0
    """Bytes."""
    sent: int = 0
    duration: int = 0
    """Milliseconds."""
    grpc_status: str = ""
    content_type: str = ""
    """Of the request."""
    request_id: str = ""
    cluster: str = ""
    """outbound|9080|v1|reviews.default.svc.cluster.local."""
    host: str = ""
    """The full name of the Service that was called."""
    service: str = ""
    service_namespace: str = ""
    upstream: str = ""
    """The real address of the endpoint, as in 10.244.0.7:9080."""
    upstream_pod: str = ""
    upstream_tls: str = ""
    """The version of TLS towards the endpoint."""
    peer: str = ""
    """The pod whose proxy sent an inbound request; "": it came from something without a proxy."""
    source: str = ""
    """The client's address."""
    principal: str = ""
    """The client's SPIFFE identity, of a connection with mutual TLS that came in."""
    route: str = ""
    upstream_principal: str = ""
    """The server's, of one that goes out."""
    local: str = ""
    """Where the client connected to."""
    line: str = ""
    """What the log of istio-proxy shows; "": nothing."""
    proxy_address: str = ""
    """Of the pod whose proxy reports. The mesh fills it in, as it does `peer_address`."""
    peer_address: str = ""


_NAMES = frozenset(AccessLogEntry.__dataclass_fields__) - {"proxy_address", "peer_address"}


def entry_of(data: bytes) -> AccessLogEntry | None:
    """The entry that a line of JSON is, without the prefixes by which proxies are told apart; None where it is none."""
    try:
        found: dict[str, Any] = json.loads(data)
        values = {name: value for name, value in found.items() if value is not None and name in _NAMES}
        prefix, semicolon, cluster = values.get("cluster", "").partition(";")
        if semicolon:
            values["cluster"] = cluster
            values["route"] = values.get("route", "").removeprefix(f"{prefix};")
        if values.get("flags") == "-":
            values["flags"] = ""
        line = values.get("line", "")
        if line:
            text = line if isinstance(line, str) else json.dumps(line, separators=(",", ":"))
            values["line"] = (text.replace(f"{prefix};", "") if semicolon else text).rstrip("\n")
        return AccessLogEntry(**values)
    except (ValueError, TypeError, AttributeError):
        return None
