"""The connection manager of Envoy as Istio sets it up: one filter chain's HTTP."""

from __future__ import annotations

from typing import Any, Literal

from runner.practice.mesh.mesh_view import Json, MeshConfig, MeshProxy
from runner.practice.mesh.proxy_config import CONFIG_SOURCE
from runner.practice.mesh.translation.envoy_types import extension
from runner.practice.mesh.translation.telemetry import ProxyTelemetry

Direction = Literal["inbound", "outbound", "gateway"]

_NORMALIZATION: dict[str, Json] = {
    "NONE": {"normalize_path": False},
    "MERGE_SLASHES": {"normalize_path": True, "merge_slashes": True},
    "DECODE_AND_MERGE_SLASHES": {
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
    },
}

_CERTIFICATE_DETAILS = {"subject": True, "cert": True, "dns": True, "uri": True}


def connection_manager(
    config: MeshConfig,
    proxy: MeshProxy,
    telemetry: ProxyTelemetry,
    direction: Direction,
    *,
    stat_prefix: str,
    rds: str = "",
    route_config: Json | None = None,
    filters: list[Json] | None = None,
    local: str = "",
) -> Json:
    """A network filter. `rds` names a route configuration that is asked for; `filters` come before the usual ones;
    `local` is the address that clients came to, if the PROXY header does not have it."""
    fields: dict[str, Any] = {
        "stat_prefix": stat_prefix,
        "use_remote_address": direction == "gateway",
        "stream_idle_timeout": "0s",
        "delayed_close_timeout": "1s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "access_log": telemetry.access_log(direction, local),
        "http_filters": [*(filters or []), extension("cors"), extension("fault"), extension("router")],
        **_NORMALIZATION.get(
            (config.settings.get("pathNormalization") or {}).get("normalization", ""),
            {"normalize_path": True},
        ),
    }
    if rds:
        fields["rds"] = {"route_config_name": rds, "config_source": CONFIG_SOURCE}
    else:
        fields["route_config"] = route_config
    if tracing := telemetry.tracing(direction):
        fields["tracing"] = tracing
    if direction != "outbound":
        fields["server_name"] = "istio-envoy"
    if direction == "inbound":
        fields["forward_client_cert_details"] = "APPEND_FORWARD"
        fields["set_current_client_cert_details"] = {"subject": True, "dns": True, "uri": True}
    if direction == "gateway":
        topology = (config.settings.get("defaultConfig") or {}).get("gatewayTopology") or {}
        fields["forward_client_cert_details"] = topology.get("forwardClientCertDetails") or "SANITIZE_SET"
        fields["set_current_client_cert_details"] = _CERTIFICATE_DETAILS
        if topology.get("numTrustedProxies"):
            fields["xff_num_trusted_hops"] = int(topology["numTrustedProxies"])
    return extension("connection_manager", **fields)
