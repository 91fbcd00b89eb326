"""The JSON that Envoy writes of each request to /dev/stdout, which the container runtime reads.

The names are those of `AccessLogEntry` in the runtime; a test holds them equal.
"""

from __future__ import annotations

from typing import Literal

from runner.practice.mesh.mesh_view import Json

ADDRESS_METADATA = "labgate"
"""The key of an endpoint's filter_metadata with `address` ("10.244.0.7:9080") and `workload` ("reviews-v1-abc.default")."""
PROXY_TAG = "labgate.proxy"
"""The literal tag of spans with the address of the proxy's pod."""
PEER_HEADER = "x-envoy-peer-metadata-id"
"""With it a proxy says to the next one who it is: sidecar~10.244.0.5~sleep-abc.default~default.svc.cluster.local. Inbound
routes take it out of the request."""


def access_log(
    ip: str,
    direction: Literal["inbound", "outbound", "gateway"],
    *,
    text: bool,
    local: str = "",
    tcp: bool = False,
) -> Json:
    """The access logger of a listener of the proxy in the pod with that address.

    `text`: whether it is to be in the log of istio-proxy. `local`: the pod's own "ip:port" for a listener of one port, whose
    connections are known to arrive there; "": what the client connected to.
    """
    fields: Json = {
        "proxy": ip,
        "direction": direction,
        "start": "%START_TIME%",
        "code": "%RESPONSE_CODE%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "termination": "%CONNECTION_TERMINATION_DETAILS%",
        "transport_failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
        "received": "%BYTES_RECEIVED%",
        "sent": "%BYTES_SENT%",
        "duration": "%DURATION%",
        "upstream": f"%METADATA(UPSTREAM_HOST:{ADDRESS_METADATA}:address)%",
        "upstream_workload": f"%METADATA(UPSTREAM_HOST:{ADDRESS_METADATA}:workload)%",
        "cluster": "%UPSTREAM_CLUSTER%",
        "local": local or "%DOWNSTREAM_LOCAL_ADDRESS%",
        "remote": "%DOWNSTREAM_REMOTE_ADDRESS%",
        "sni": "%REQUESTED_SERVER_NAME%",
        "route": "%ROUTE_NAME%",
        "peer": "%DOWNSTREAM_PEER_URI_SAN%",
        "upstream_peer": "%UPSTREAM_PEER_URI_SAN%",
    }
    if not tcp:
        fields |= {
            "protocol": "%PROTOCOL%",
            "method": "%REQ(:METHOD)%",
            "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
            "authority": "%REQ(:AUTHORITY)%",
            "upstream_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
            "forwarded_for": "%REQ(X-FORWARDED-FOR)%",
            "user_agent": "%REQ(USER-AGENT)%",
            "request_id": "%REQ(X-REQUEST-ID)%",
            "peer_id": f"%REQ({PEER_HEADER.upper()})%",
            "grpc_status": "%GRPC_STATUS_NUMBER%",
            "request_type": "%REQ(CONTENT-TYPE)%",
        }
    if text:
        fields["text"] = "true"
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": "/dev/stdout",
            "log_format": {"json_format": fields},
        },
    }
