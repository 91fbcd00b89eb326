"""What Envoy writes of each request and connection: one JSON object a line, for the proxies' logs and for the metrics."""

from __future__ import annotations

import re
from typing import Literal

from runner.practice.mesh.mesh_view import Json, MeshConfig, MeshProxy

PEER_TLV = 224
"""In the PROXY header that an istio-proxy sends: which pod it is of, "<name>.<namespace>"."""

ACCESS_LOG_FIELDS: dict[str, str] = {
    "protocol": "%PROTOCOL%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "authority": "%REQ(:AUTHORITY)%",
    "code": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "received": "%BYTES_RECEIVED%",
    "sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "grpc_status": "%GRPC_STATUS_NUMBER%",
    "content_type": "%REQ(CONTENT-TYPE)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "host": "%CLUSTER_METADATA(istio:host)%",
    "service": "%CLUSTER_METADATA(istio:name)%",
    "service_namespace": "%CLUSTER_METADATA(istio:namespace)%",
    "upstream": "%UPSTREAM_METADATA(istio:address)%",
    "upstream_pod": "%UPSTREAM_METADATA(istio:pod)%",
    "upstream_tls": "%UPSTREAM_TLS_VERSION%",
    "upstream_principal": "%UPSTREAM_PEER_URI_SAN%",
    "local": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "peer": "%FILTER_STATE(envoy.network.proxy_protocol.tlv:FIELD:peer)%",
    "source": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "principal": "%DOWNSTREAM_PEER_URI_SAN%",
    "route": "%ROUTE_NAME%",
}
"""By name: Envoy's operator. Beside them are `proxy` (the pod that logs, "<name>.<namespace>"), `direction`
(inbound, outbound; gateways have outbound) and `line`: what istio-proxy's log shows, made by Envoy in Istio's text format or
the mesh's own. It is left out where access logging is off, and its names begin with the pod's IP and ";" as `cluster` does.

code, received, sent and duration (ms) are numbers; what is unknown is null. `upstream` is the real address of the endpoint,
`upstream_pod` its pod, `peer` the pod whose istio-proxy sent an inbound request (null: something without a proxy sent it).
TCP connections have no method, path and authority, and code 0."""

TEXT_FORMAT = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%'
    ' %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED%'
    ' %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"'
    ' "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS%'
    " %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"
)
"""Istio's, since 1.9."""

_JSON_FORMAT = {
    name: f"%{operator}%"
    for name, operator in {
        "start_time": "START_TIME",
        "route_name": "ROUTE_NAME",
        "method": "REQ(:METHOD)",
        "path": "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)",
        "protocol": "PROTOCOL",
        "response_code": "RESPONSE_CODE",
        "response_flags": "RESPONSE_FLAGS",
        "response_code_details": "RESPONSE_CODE_DETAILS",
        "connection_termination_details": "CONNECTION_TERMINATION_DETAILS",
        "bytes_received": "BYTES_RECEIVED",
        "bytes_sent": "BYTES_SENT",
        "duration": "DURATION",
        "upstream_service_time": "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)",
        "x_forwarded_for": "REQ(X-FORWARDED-FOR)",
        "user_agent": "REQ(USER-AGENT)",
        "request_id": "REQ(X-REQUEST-ID)",
        "authority": "REQ(:AUTHORITY)",
        "upstream_host": "UPSTREAM_HOST",
        "upstream_cluster": "UPSTREAM_CLUSTER",
        "upstream_local_address": "UPSTREAM_LOCAL_ADDRESS",
        "downstream_local_address": "DOWNSTREAM_LOCAL_ADDRESS",
        "downstream_remote_address": "DOWNSTREAM_REMOTE_ADDRESS",
        "requested_server_name": "REQUESTED_SERVER_NAME",
        "upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
    }.items()
}
"""Of `accessLogEncoding: JSON`, whose `line` is an object."""


def access_log(
    config: MeshConfig,
    proxy: MeshProxy,
    direction: Literal["inbound", "outbound"],
    *,
    local: str = "",
    shown: bool | None = None,
) -> list[Json]:
    """The access_log of a connection manager or a TCP proxy.

    `local` is the address that the connection came to, where that is not in the PROXY header; `shown` is
    what a Telemetry says of the log (None: as the mesh's configuration has it)."""
    fields: Json = {"proxy": proxy.uid, "direction": direction, **ACCESS_LOG_FIELDS}
    line = _line(config)
    if line is not None and (shown if shown is not None else bool(config.settings.get("accessLogFile"))):
        fields["line"] = _with_real_addresses(line, local)
    return [
        {
            "name": "envoy.access_loggers.file",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": "/dev/stdout",
                "log_format": {"json_format": fields},
            },
        }
    ]


def _line(config: MeshConfig) -> str | Json:
    """The format that the mesh's configuration asks for."""
    custom = config.settings.get("accessLogFormat")
    if config.settings.get("accessLogEncoding") == "JSON":
        return _JSON_FORMAT
    return custom if isinstance(custom, str) and custom else TEXT_FORMAT


def _with_real_addresses(line: str | Json, local: str) -> str | Json:
    """Pipes have no addresses: those of the pods are in the metadata of endpoints."""
    if isinstance(line, dict):
        return {key: _with_real_addresses(value, local) for key, value in line.items()}
    line = re.sub(r"%UPSTREAM_(?:REMOTE_ADDRESS|HOST)%", "%UPSTREAM_METADATA(istio:address)%", line)
    line = line.replace("%UPSTREAM_LOCAL_ADDRESS%", "%UPSTREAM_METADATA(istio:local)%")
    return line.replace("%DOWNSTREAM_LOCAL_ADDRESS%", local) if local else line
